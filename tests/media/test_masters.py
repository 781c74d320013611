"""Every master is verified by reading it back: count, duration, color tags, sound."""

from fractions import Fraction

import av
import numpy as np
import pytest

from tremendo.media import FilmWriter, open_frames, read_audio
from tremendo.media.writer import CODECS

RATE = 48_000
FRAMES, FPS = 60, Fraction(24000, 1001)
LOSSLESS = {"ffv1", "prores", "dnxhr"}


@pytest.fixture(scope="module")
def sound():
    """Noise and a click, so that a shift of one sample shows."""
    rng = np.random.default_rng(2)
    samples = rng.normal(0, 0.05, (int(FRAMES / FPS * RATE), 2))
    samples[RATE] = 0.9
    return (np.round(samples * 2**23) / 2**23).astype(np.float32)


@pytest.fixture(params=sorted(CODECS))
def master(request, tmp_path, sound):
    """A master in each codec."""
    path = tmp_path / ("m" + CODECS[request.param].suffixes[0])
    ramp = np.linspace(0, 235, 320).astype(np.uint8)
    with FilmWriter(path, 320, 180, FPS, request.param, audio=(sound, RATE)) as film:
        for number in range(FRAMES):
            frame = np.repeat(np.tile(ramp, (180, 1))[..., None], 3, 2)
            frame[:60] = (200, 40, 90)
            frame[120:, : 4 * number] = 255
            film.write(frame)
    return request.param, path


def test_count_duration_and_tags(master):
    codec, path = master
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        assert stream.average_rate == FPS
        assert float(container.duration / av.time_base) == pytest.approx(
            float(FRAMES / FPS), abs=0.03
        )
        context = stream.codec_context
        if codec != "ffv1":  # RGB needs no matrix
            assert int(frames[0].colorspace) == 1  # BT.709
            assert int(frames[0].color_range) == 1  # limited
            assert int(context.color_primaries) == 1
            assert int(context.color_trc) == 1
    assert len(frames) == FRAMES
    film = open_frames(path)
    assert (len(film), film.fps) == (FRAMES, FPS)
    last = list(film.read())[-1].astype(int)
    assert np.abs(last[10:50, 20:300].mean((0, 1)) - (200, 40, 90)).max() < 4
    assert last[150, 200].min() > 245


def test_sound_is_the_songs_to_the_sample(master, sound):
    codec, path = master
    heard = read_audio(path, None, mono=False)
    assert int(np.argmax(np.abs(heard[:, 0]))) == RATE
    if codec in LOSSLESS:
        assert len(heard) == len(sound)
        assert np.abs(heard - sound).max() < 2**-22
    else:
        assert 0 <= len(heard) - len(sound) < 2048
        power = float((sound**2).mean())
        error = float(((heard[: len(sound)] - sound) ** 2).mean())
        assert error < 0.05 * power
