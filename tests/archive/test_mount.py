"""Prints on colored card: the print is judged, not its mount."""

import cv2
import numpy as np
import pytest

from tremendo.archive.describe import has_real_color
from tremendo.archive.mount import print_box, print_chroma

CARDS = {
    "yellow": (226, 190, 90),
    "maroon": (92, 24, 30),
    "green": (120, 142, 110),
    "blue": (110, 122, 140),
    "cream": (236, 226, 204),
}


def scene(seed=0, height=360, width=240):
    """A gray scene of soft shapes, 0..1."""
    rng = np.random.default_rng(seed)
    gray = np.full((height, width), 0.35, np.float32)
    for _ in range(25):
        center = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(gray, center, int(rng.integers(10, 70)), float(rng.uniform(0.05, 0.95)), -1)
    return cv2.GaussianBlur(gray, (0, 0), 3)


def on_card(picture, color, seed=1):
    """A picture on card with grain, as a scanner sees it."""
    height, width = picture.shape[:2]
    card = np.empty((height + 200, width + 100, 3), np.float32)
    card[:] = color
    card[30 : 30 + height, 50 : 50 + width] = picture
    card += np.random.default_rng(seed).normal(0, 3, card.shape)
    return np.clip(card, 0, 255).astype(np.uint8)


def sepia(gray):
    return np.stack([40 + 205 * gray, 28 + 200 * gray, 18 + 180 * gray], axis=-1)


@pytest.mark.parametrize("color", CARDS.values(), ids=CARDS)
@pytest.mark.parametrize("tone", [sepia, lambda gray: np.repeat(255 * gray[..., None], 3, 2)])
def test_toned_and_neutral_prints_on_colored_card_are_no_color_photographs(color, tone):
    assert not has_real_color(print_chroma(on_card(tone(scene()), color)))


@pytest.mark.parametrize("color", CARDS.values(), ids=CARDS)
def test_the_print_is_found_on_its_card(color):
    left, top, right, bottom = print_box(on_card(sepia(scene()), color))
    assert np.abs(np.array([left - 50, top - 30, right - 290, bottom - 390])).max() <= 12


@pytest.mark.parametrize("color", CARDS.values(), ids=CARDS)
def test_color_photographs_on_card_stay_color_photographs(color):
    colors = np.dstack([scene(1), scene(2), scene(3)]) * 255
    assert has_real_color(print_chroma(on_card(colors, color)))


def test_a_picture_without_a_mount_is_whole():
    picture = np.clip(sepia(scene()), 0, 255).astype(np.uint8)
    assert print_box(picture) == (0, 0, 240, 360)
