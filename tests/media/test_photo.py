from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from tremendo.errors import MediaError
from tremendo.media import open_frames, read_photo, write_photo
from tremendo.media.photo import photo_size


def gradient(height=24, width=40):
    frame = np.zeros((height, width, 3), np.uint8)
    frame[..., 0] = np.arange(width) * 6
    frame[..., 1] = (np.arange(height) * 10)[:, None]
    return frame


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg"])
def test_round_trip(tmp_path, suffix):
    frame = gradient()
    back = read_photo(write_photo(tmp_path / f"a{suffix}", frame))
    assert np.abs(back.astype(int) - frame).mean() < (0.1 if suffix in {".png", ".tif"} else 6)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(tmp_path, orientation):
    upright = gradient()
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.png"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif)
    assert np.array_equal(read_photo(path), upright)
    assert photo_size(path) == (40, 24)


def test_deep_grey_keeps_its_range(tmp_path):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, 0)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    seen = read_photo(tmp_path / "a.png")
    assert (seen[..., 0].min(), seen[..., 0].max()) == (0, 255)
    assert np.abs(seen[0, :, 0].astype(int) - np.arange(256)).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "LAB", "RGBA", "LA", "F", "I"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    path = tmp_path / "a.tif"
    image = Image.fromarray(gradient())
    (image if mode != "LAB" else image.convert("RGB")).convert(
        mode if mode != "LAB" else "RGB"
    ).save(path)
    assert read_photo(path).shape == (24, 40, 3)


def test_transparency_is_laid_on_white(tmp_path):
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "a.png")
    assert read_photo(tmp_path / "a.png").min() == 255


def test_bomb_text_and_empty_are_refused(tmp_path):
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    Image.new("1", (30_000, 30_000)).save(tmp_path / "bomb.png")
    for name in ("text.jpg", "empty.jpg", "bomb.png"):
        with pytest.raises(MediaError) as caught:
            read_photo(tmp_path / name)
        assert caught.value.path.endswith(name)
        assert caught.value.hint


def test_sequence_with_a_gap_and_a_broken_picture(tmp_path):
    for number in [*range(1, 6), *range(7, 13)]:
        write_photo(tmp_path / f"take_{number:04}.png", np.full((20, 30, 3), number * 10, np.uint8))
    (tmp_path / "take_0009.png").write_bytes(b"broken")
    film = open_frames(tmp_path, fps=Fraction(18))
    frames = [int(f[0, 0, 0]) // 10 for f in film.read()]
    assert frames == [1, 2, 3, 4, 5, 5, 7, 8, 8, 10, 11, 12]
    assert (len(film), film.fps, film.bad_frames) == (12, 18, 2)
    assert any("missing before take_0007" in w for w in film.warnings)


def test_a_box_of_photographs_is_no_sequence(tmp_path):
    for year in (1888, 1895, 1904):
        write_photo(tmp_path / f"street{year}.png", gradient())
    with pytest.raises(MediaError, match="no numbered image sequence"):
        open_frames(tmp_path)


def test_hostile_pictures_end_in_a_frame_or_a_typed_error(data):
    for path in sorted((data / "badmedia" / "image").iterdir()):
        try:
            frame, refusal = read_photo(path), None
        except MediaError as error:
            frame, refusal = None, error
        if refusal is None:
            assert frame.shape[2] == 3, path
            assert frame.dtype == np.uint8, path
        else:
            assert refusal.hint, path
