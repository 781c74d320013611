import cv2
import numpy as np
import pytest

from tremendo.finish.color.lab import frame_lightness, with_chroma


def test_lightness_is_that_of_cie_lab() -> None:
    rng = np.random.default_rng(1)
    frame = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    lab = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    assert np.abs(frame_lightness(frame) - lab[..., 0]).max() < 0.25  # OpenCV interpolates


def test_grey_and_colored_paths_agree() -> None:
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    tinged = np.vstack([grey, np.array([[[9, 0, 0]]], np.uint8)])
    assert np.allclose(frame_lightness(grey), frame_lightness(tinged)[:-1], atol=1e-3)


@pytest.mark.parametrize("strength", [0.0, 12.0, 60.0, 130.0])
def test_lightness_survives_any_color(strength: float) -> None:
    rng = np.random.default_rng(2)
    grey = rng.integers(0, 256, (64, 64, 1), dtype=np.uint8).repeat(3, axis=2)
    light = frame_lightness(grey)
    ab = (rng.standard_normal((64, 64, 2)) * strength).astype(np.float32)
    out = with_chroma(light, ab)
    # One code value of rounding in the darkest greys is up to 0.3 of L*.
    assert np.abs(frame_lightness(out) - light).max() < 0.4


def test_colors_within_srgb_come_out_as_asked() -> None:
    light = np.full((8, 8), 60, np.float32)
    ab = np.full((8, 8, 2), (18, -22), np.float32)
    out = with_chroma(light, ab)
    lab = cv2.cvtColor(out.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    assert np.abs(lab - (60, 18, -22)).max() < 0.7


def test_colors_beyond_srgb_keep_their_hue_roughly() -> None:
    light = np.full((4, 4), 80, np.float32)
    out = with_chroma(light, np.full((4, 4, 2), (0, -90), np.float32))
    red, _green, blue = out[0, 0].astype(int)
    assert blue == 255
    assert red < 215
