from __future__ import annotations

import wave
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from tremendo.demo import song
from tremendo.demo.damage import Wear
from tremendo.demo.instruments import RATE, drum_kit, pluck, power_chord
from tremendo.demo.material import REELS, _write_wav, make_material, make_reel
from tremendo.demo.prints import make_prints
from tremendo.demo.stage import HEIGHT, WIDTH, Limb, body, cloud, over, placed
from tremendo.media import open_frames, read_photo

SHOTS = [shot for reel in REELS for shot in reel.shots]


@pytest.fixture(scope="module")
def tune():
    return song.compose(0)


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.render.__name__)
def test_every_shot_is_a_moving_picture_with_depth(shot):
    frames = list(shot.render(np.random.default_rng(0), 6, 16.0))
    assert len(frames) == 6
    for frame in frames:
        assert frame.shape == (HEIGHT, WIDTH)
        assert frame.dtype == np.float32
        assert np.isfinite(frame).all()
    assert 0.5 < np.percentile(frames[0], 99.5) < 1.8
    assert np.percentile(frames[0], 2) < 0.45
    steps = [np.abs(a - b).mean() for a, b in pairwise(frames)]
    assert max(steps) > 0.001


def test_a_shot_is_the_same_for_the_same_seed():
    first, again, other = (
        next(iter(SHOTS[0].render(np.random.default_rng(seed), 2, 16.0))) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_body_is_round_and_lit_from_its_side():
    canvas = np.zeros((120, 120), np.float32)
    body(canvas, [Limb((60, 30), (60, 90), 20, 20, 0.8)], light=(-1, 0, 0.5))
    assert canvas[60, 47] > canvas[60, 73] + 0.2
    assert canvas[60, 36:40].max() < canvas[60, 47]
    assert canvas[5].max() == 0
    assert canvas.max() <= 1.2


def test_placed_limbs_scale_and_move():
    limb = placed([Limb((1, 2), (3, 4), 0.5, 0.25, 0.3, 0.1)], 10, 20, 2)[0]
    assert limb == Limb((12, 24), (16, 28), 1.0, 0.5, 0.3, 0.2)


def test_over_ignores_what_lies_outside():
    canvas = np.zeros((10, 10), np.float32)
    over(canvas, 1.0, np.ones((6, 6), np.float32), -3, 8)
    over(canvas, 1.0, np.ones((6, 6), np.float32), 50, 50)
    assert canvas.sum() == 6
    assert canvas[8:, :3].all()


def test_clouds_join_from_right_to_left():
    noise = cloud(np.random.default_rng(0), 80, 200, 60)
    assert noise.min() >= 0
    assert noise.max() <= 1
    assert 0.05 < noise.std() < 0.35
    inside = np.abs(np.diff(noise, axis=1)).mean()
    assert np.abs(noise[:, 0] - noise[:, -1]).mean() < 4 * inside


def test_wear_grows_with_its_amount_and_keeps_the_picture():
    picture = np.tile(np.linspace(0.1, 0.8, 320, dtype=np.float32), (240, 1))
    flicker = {}
    for amount in (0.0, 1.0):
        wear = Wear(3, amount, 240, 320)
        frames = [wear.apply(picture)[..., 0].astype(float) for _ in range(16)]
        flicker[amount] = np.std(frames, axis=0).mean()
        middle = np.mean(frames, axis=0)[100:140, 40:280].mean(axis=0)
        assert np.all(np.diff(middle[::24]) > 0)
        assert frames[0][0, 0] < 25
    assert flicker[1.0] > 1.8 * flicker[0.0]


def test_a_reel_is_written_at_its_speed(tmp_path):
    reel = replace(REELS[0], shots=(replace(SHOTS[0], frames=4), replace(SHOTS[1], frames=4)))
    one = make_reel(tmp_path / "a" / "reel.mkv", reel, 0)
    with open_frames(one) as film:
        assert (film.width, film.height, film.fps) == (WIDTH, HEIGHT, Fraction(24))
        frames = list(film.read())
    assert len(frames) == 12
    doubled = [np.array_equal(a, b) for a, b in pairwise(frames)]
    assert doubled == [i % 3 == 0 for i in range(11)]
    two = make_reel(tmp_path / "b" / "reel.mkv", reel, 0)
    with open_frames(two) as film:
        assert all(np.array_equal(a, b) for a, b in zip(frames, film.read(), strict=True))


def test_prints_look_old_and_are_the_same_each_time(tmp_path):
    paths = make_prints(tmp_path / "one", 0)
    again = make_prints(tmp_path / "two", 0)
    assert len(paths) >= 5
    for path, copy in zip(paths, again, strict=True):
        assert path.read_bytes() == copy.read_bytes()
        photo = read_photo(path)
        assert max(photo.shape) >= 1000
        assert photo.std() > 25
        saturation = photo.max(axis=2).astype(int) - photo.min(axis=2)
        assert saturation.mean() < 70


def test_the_song_has_the_length_and_the_shape_it_should(tune):
    bar = 4 * 60 / song.BEATS_PER_MINUTE
    bars = sum(length for _, length in song.SECTIONS)
    assert len(tune) / RATE == pytest.approx(bars * bar, abs=0.5)
    assert tune.dtype == np.float32
    assert tune.shape[1] == 2
    assert np.abs(tune).max() <= 1
    loudness, at = [], 0.05
    for _, length in song.SECTIONS:
        part = tune[round(at * RATE) : round((at + length * bar) * RATE)]
        loudness.append(float(np.sqrt((part**2).mean())))
        at += length * bar
    intro, verse, chorus, pause, last, _ = loudness
    assert intro < 0.8 * verse < 0.8 * chorus
    assert pause < chorus
    assert last == pytest.approx(chorus, rel=0.15)
    assert np.abs(tune[-200:]).max() < 0.02


def test_the_song_has_its_tempo(tune):
    """Onset energy repeats after a beat."""
    power = np.abs(tune.mean(axis=1)).astype(np.float64)
    hop = 441
    level = power[: len(power) // hop * hop].reshape(-1, hop).mean(axis=1)
    onset = np.maximum(np.diff(np.log(level + 1e-3)), 0)
    onset -= onset.mean()
    likeness = np.correlate(onset, onset, "full")[len(onset) - 1 :]
    lags = np.arange(30, 60)
    assert lags[likeness[lags].argmax()] / 100 == pytest.approx(60 / 148, abs=0.015)


def test_the_song_is_the_same_for_the_same_seed(tune):
    assert np.array_equal(song.compose(0), tune)


@pytest.mark.parametrize("pitch", [82.4, 110.0, 329.6])
def test_strings_are_in_tune(pitch):
    string = pluck(pitch, 1.0, np.random.default_rng(0))
    spectrum = np.abs(np.fft.rfft(string * np.hanning(len(string)), 8 * len(string)))
    hertz = np.fft.rfftfreq(8 * len(string), 1 / RATE)
    near = (hertz > pitch * 0.9) & (hertz < pitch * 1.1)
    found = hertz[near][spectrum[near].argmax()]
    assert 1200 * abs(np.log2(found / pitch)) < 8


def test_instruments_end_in_silence():
    rng = np.random.default_rng(0)
    for sound in (*drum_kit(rng).values(), power_chord(82.4, 0.3, rng)):
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() > 0.1
        assert abs(sound[-1]) < 1e-6


def test_wav_holds_the_samples(tmp_path):
    samples = np.linspace(-1, 1, 2000, dtype=np.float32).reshape(-1, 2)
    with wave.open(str(_write_wav(tmp_path / "a.wav", samples))) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, RATE, 1000)
        read = np.frombuffer(file.readframes(1000), "<i2").reshape(-1, 2)
    assert np.abs(read / 32767 - samples).max() < 1e-4


@pytest.mark.slow
def test_all_the_material(tmp_path):
    material = make_material(tmp_path, 0)
    assert len(material.films) == len(REELS)
    assert all(path.is_file() for path in (*material.films, *material.photos, material.song))
    assert {path.parent.parent for path in material.films} == {material.footage}
