import cv2
import numpy as np
import pytest

from tests.archive.material import take
from tests.archive.reedit import _wear
from tremendo.archive.damage import WearMeter, flicker, wear
from tremendo.archive.exposure import REAL_COLOR, chroma_beyond_tint, measure_tone
from tremendo.archive.pictures import luma_of


def wear_of(frames):
    meter = WearMeter(frames[0].shape[1], frames[0].shape[0])
    for frame in frames:
        meter.add(luma_of(frame))
    light = np.array([f.mean() / 255 for f in frames])
    return wear(light, *meter.result())


def test_worn_film_is_told_from_clean():
    clean = take(1, 24, grain=1, size=(320, 240))
    rng = np.random.default_rng(0)
    assert wear_of(clean) < 0.15
    assert wear_of([_wear(f, rng) for f in clean]) > 0.5


def test_slow_change_of_light_is_no_flicker():
    assert flicker(np.linspace(0.2, 0.7, 40)) < 0.01
    assert flicker(0.5 + 0.05 * np.array([1, -1] * 20)) > 0.03


def test_light_and_contrast():
    dark = measure_tone(luma_of(np.full((60, 80, 3), 26, np.uint8)))
    assert dark.light == pytest.approx(0.1, abs=0.01)
    assert dark.contrast == dark.sharpness == 0
    halves = np.zeros((60, 80, 3), np.uint8)
    halves[:, 40:] = 255
    assert measure_tone(luma_of(halves)).contrast == pytest.approx(1.0)


def test_sharpness_falls_with_blur_and_ignores_grain():
    picture = take(2, 1, size=(480, 360), grain=0)[0]
    values = [measure_tone(luma_of(picture)).sharpness]
    values += [
        measure_tone(luma_of(cv2.GaussianBlur(picture, (0, 0), s))).sharpness for s in (1, 2, 4)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] - values[-1] > 0.3
    soft = cv2.GaussianBlur(picture, (0, 0), 4)
    grain = np.random.default_rng(0).normal(0, 6, (*soft.shape[:2], 1))
    grainy = np.clip(soft + grain, 0, 255).astype(np.uint8)
    assert measure_tone(luma_of(grainy)).sharpness < values[0] - 0.2


def test_sepia_and_stains_are_no_color():
    gray = take(3, 1, size=(320, 240))[0].astype(np.float32)
    sepia = np.clip(gray * [1.0, 0.86, 0.66] + [18, 8, 0], 0, 255)
    fading = np.linspace(0, 20, 320)[None, :, None] * [1.0, 0.9, 0.2]
    assert chroma_beyond_tint(np.clip(sepia + fading, 0, 255).astype(np.uint8)) < REAL_COLOR


def test_colored_things_are_color():
    picture = take(4, 1, size=(320, 240))[0].copy()
    picture[60:140, 60:140] = picture[60:140, 60:140] * [1.0, 0.4, 0.3]
    picture[150:200, 180:260] = picture[150:200, 180:260] * [0.3, 0.5, 1.0]
    assert chroma_beyond_tint(picture) > REAL_COLOR
