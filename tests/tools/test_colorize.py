"""Photographs in, the same in color out: depth, description and what is said about them."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from tremendo.finish.color.engine import open_engine
from tremendo.finish.color.options import ColorOptions
from tremendo.media.frames import LUMA
from tremendo.media.inventory import Item
from tremendo.media.photo import load_photo
from tremendo.tools.colorize import colorize_file, with_fine_steps


@pytest.fixture(scope="module")
def engine():
    return open_engine("embedded")


def deep_ramp(path):
    """A gray scan of 16 bits with 600 steps between two 8-bit grays, and its samples."""
    gray = np.tile(np.linspace(30_000, 34_000, 96).astype(np.uint16), (64, 1))
    tifffile.imwrite(path, gray, photometric="minisblack", description="A ramp")
    return gray


def test_fine_steps_come_back_to_a_colored_picture():
    gray = np.tile(np.arange(30_000, 31_000, dtype=np.uint16), (2, 1))
    source = np.repeat(gray[..., None], 3, axis=2)
    rounded = ((source.astype(int) + 128) // 257).astype(np.uint8)
    deep = with_fine_steps(rounded + np.uint8([20, 0, 0]), source)
    assert np.abs(deep[..., 1].astype(int) - gray).max() <= 1
    assert np.abs(deep[..., 0].astype(int) - gray - 20 * 257).max() <= 1


@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_a_sixteen_bit_scan_is_colored_at_its_depth(tmp_path, suffix, engine):
    gray = deep_ramp(tmp_path / "a.tif")
    out = tmp_path / f"out{suffix}"
    note = colorize_file(
        Item(tmp_path / "a.tif", "photo", ()), out, options=ColorOptions(), engine=engine
    )
    assert note is None
    photo = load_photo(out, 16)
    assert photo.bits == 16
    luma = photo.pixels.astype(np.float64) @ LUMA
    assert len(np.unique(luma.round().astype(int)[0])) > 60  # 8 bits have 16 there
    assert np.abs(luma - gray).max() < 4 * 257


def test_what_eight_bits_lose_is_told_and_the_description_stays(tmp_path, engine):
    deep_ramp(tmp_path / "a.tif")
    out = tmp_path / "out.jpg"
    note = colorize_file(
        Item(tmp_path / "a.tif", "photo", ()), out, options=ColorOptions(), engine=engine
    )
    assert "16 bits a sample become 8" in note
    with Image.open(out) as image:
        assert image.getexif()[270] == "A ramp"
        assert "interpretation" in image.getexif()[305]
