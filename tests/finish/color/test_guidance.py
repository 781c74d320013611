"""Hints, references and variants take hold, and hold."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from tests.finish.color.scenes import film, landscape
from tremendo.errors import UsageError
from tremendo.evaluate.color_figures import chroma_unrest, color_difference
from tremendo.finish.color.engines.embedded import EmbeddedEngine
from tremendo.finish.color.film import colorize_film
from tremendo.finish.color.lab import frame_ab
from tremendo.finish.color.options import ColorOptions
from tremendo.finish.color.photo import colorize_photo
from tremendo.media.frames import Frame


@pytest.fixture(scope="module")
def network() -> EmbeddedEngine:
    return EmbeddedEngine()


def hue(frame: Frame, x: int, y: int) -> float:
    a, b = frame_ab(frame)[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 2).mean(axis=0)
    return float(np.degrees(np.arctan2(b, a)))


def turn(first: float, second: float) -> float:
    return abs((first - second + 180) % 360 - 180)


def colored_still(frame: Frame) -> Frame:
    """The landscape with a violet sky and orange ground, as no network would think of."""
    lab = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab[: len(lab) // 2, :, 1:] = 25, -35
    lab[len(lab) // 2 :, :, 1:] = 25, 45
    return np.asarray(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255, 0, 255), np.uint8)


def test_a_reference_gives_its_colors_to_the_whole_shot(network: EmbeddedEngine) -> None:
    source = film(48)
    still = colored_still(next(iter(source.read(0, 1))))
    out = list(colorize_film(source, ColorOptions(references=(still,)), engine=network))
    for frame in out:
        assert turn(hue(frame, 80, 15), float(np.degrees(np.arctan2(-35, 25)))) < 15
        assert turn(hue(frame, 140, 105), float(np.degrees(np.arctan2(45, 25)))) < 15


def test_a_grey_reference_is_refused(network: EmbeddedEngine) -> None:
    with pytest.raises(UsageError, match="no color"):
        colorize_photo(landscape(), ColorOptions(references=(landscape(),)), engine=network)


def test_variants_differ_and_each_is_steady(network: EmbeddedEngine) -> None:
    source = film(12)
    films = [
        list(colorize_film(source, ColorOptions(variant=seed), engine=network))
        for seed in (0, 1, 2)
    ]
    for first, second in combinations(films, 2):
        assert np.mean([color_difference(a, b) for a, b in zip(first, second, strict=True)]) > 2
    assert max(chroma_unrest(frames) for frames in films) < 1.5
    again = list(colorize_film(source, ColorOptions(variant=2), engine=network))
    assert all(np.array_equal(a, b) for a, b in zip(again, films[2], strict=True))
