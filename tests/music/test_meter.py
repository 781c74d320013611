import numpy as np

from tremendo.music.features import sound_features
from tremendo.music.meter import bar_positions, clearest_meter, harmonic_change, steady_grid


def peaks(frames, count, height=0.8):
    act = np.full((count, 2), 0.01, np.float32)
    act[np.round(frames).astype(int), 0] = height
    return act


def test_a_steady_song_keeps_its_grid_through_an_unclear_intro():
    grid = np.arange(7.3, 4000, 26.7)
    heard = grid.copy()
    heard[:12] += 13  # an intro that plays on the off-beat
    found = steady_grid(peaks(heard, 4000), np.round(heard).astype(int))
    offset = np.abs(found[:, None] - grid).min(axis=1)
    assert len(found) == len(grid)
    assert offset.max() < 1.0


def test_a_song_that_slows_down_keeps_the_beats_heard():
    heard = np.round(np.cumsum(np.linspace(22, 30, 140))).astype(int)
    found = steady_grid(peaks(heard, heard[-1] + 20), heard)
    assert np.array_equal(found, heard)


def test_bars_follow_the_evidence_and_allow_a_clear_odd_bar():
    evidence = np.tile([2.0, -2.0, -2.0, -2.0], 30)
    assert bar_positions(np.roll(evidence, 2), 4).tolist() == [3, 4, *([1, 2, 3, 4] * 30)][:120]
    odd = np.concatenate([evidence[:60], [-2.0, -2.0], evidence[60:]])
    downbeats = np.flatnonzero(bar_positions(odd, 4) == 1)
    assert set(np.flatnonzero(odd > 0)) <= set(downbeats)


def test_one_misleading_bar_does_not_move_the_count():
    evidence = np.tile([2.0, -2.0, -2.0, -2.0], 30)
    evidence[40:48] = np.roll(evidence[40:48], 1)
    assert np.array_equal(bar_positions(evidence, 4), np.tile([1, 2, 3, 4], 30))


def test_the_meter_with_the_clearest_downbeats_is_taken():
    rng = np.random.default_rng(0)
    for meter in (3, 4):
        evidence = rng.normal(0, 0.5, 120)
        evidence[1::meter] += 2
        assert clearest_meter(evidence) == meter


def test_harmony_changes_where_the_chords_do():
    rate, beat = 22050, 0.5
    time = np.arange(int(beat * rate)) / rate
    tones = [sum(np.sin(2 * np.pi * f * time) for f in chord)
             for chord in ((262, 330, 392), (220, 262, 349), (196, 247, 294))]  # fmt: skip
    song = np.concatenate([np.tile(tones[bar % 3], 4) for bar in range(12)]) * 0.1
    change = harmonic_change(sound_features(song.astype(np.float32)), np.arange(48) * beat)
    assert change.reshape(12, 4)[1:].argmax(axis=1).tolist() == [0] * 11
