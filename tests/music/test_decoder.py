import numpy as np
import pytest

from tremendo.music.decoder import decode

FPS = 50


def activations(beats, positions, seconds, *, seed=0):
    """Soft peaks at the beats, in the downbeat's column at position 1, and a noisy floor."""
    rng = np.random.default_rng(seed)
    act = rng.uniform(0.005, 0.03, (int(seconds * FPS), 2))
    for beat, position in zip(beats, positions, strict=True):
        frame = round(beat * FPS)
        act[frame, int(position == 1)] = 0.8
        act[frame + 1, int(position == 1)] = 0.3
    return act.astype(np.float32)


@pytest.mark.parametrize(("bpm", "meter"), [(70, 4), (128, 4), (95, 3), (200, 3), (120, 2)])
def test_beats_bars_and_meter_are_found(bpm, meter):
    beats = np.arange(0.5, 39, 60 / bpm)
    positions = (np.arange(len(beats)) + 1) % meter + 1
    path = decode(activations(beats, positions, 40), FPS, meters=(2, 3, 4))
    assert path.meter == meter
    assert len(path.frames) == pytest.approx(40 * bpm / 60, abs=1)
    inner = path.frames[(path.frames > 25) & (path.frames < 38 * FPS)]
    nearest = np.abs(inner[:, None] / FPS - beats).argmin(axis=1)
    assert np.abs(inner / FPS - beats[nearest]).max() <= 1.01 / FPS
    at = np.isin(path.frames, inner)
    assert np.array_equal(path.positions[at], positions[nearest])


def test_a_slowing_tempo_is_followed():
    beats = np.cumsum(np.linspace(0.45, 0.6, 70))
    path = decode(activations(beats, np.arange(70) % 4 + 1, beats[-1] + 1), FPS)
    distance = np.abs(beats[:, None] - path.frames / FPS).min(axis=1)
    assert np.mean(distance < 0.03) > 0.97


def test_same_beats_as_the_frame_by_frame_model():
    downbeats = pytest.importorskip("madmom_infer.features.downbeats")
    rng = np.random.default_rng(3)
    beats = np.cumsum(rng.normal(0.52, 0.015, 60))
    act = activations(beats, np.arange(60) % 4 + 1, beats[-1] + 1)
    act[500:700] = rng.uniform(0.005, 0.2, (200, 2))
    published = downbeats.DBNDownBeatTrackingProcessor([3, 4], fps=FPS, threshold=0)(
        act.astype(float)
    )
    ours = decode(act, FPS, meters=(3, 4))
    assert np.array_equal(ours.frames, np.round(published[:, 0] * FPS).astype(int))
    assert np.array_equal(ours.positions, published[:, 1].astype(int))


def test_too_short_for_a_beat_gives_no_beats():
    assert len(decode(np.full((5, 2), 0.1, np.float32), FPS).frames) <= 1
