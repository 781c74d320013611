import os

import numpy as np
import pytest
from PIL import Image

from tremendo.errors import MediaError
from tremendo.media import discover, write_photo


@pytest.fixture
def box(tmp_path):
    root = tmp_path / "footage"
    for name in (
        "acrobats/reel-12.mkv",
        "acrobats/Late Show/b.mp4",
        "priests/p.jpg",
        "notes.txt",
        ".hidden.mp4",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def test_kinds_and_tags_come_from_names_and_folders(box):
    items, warnings = discover([box])
    seen = {i.path.name: (i.kind, i.tags) for i in items}
    assert seen == {
        "reel-12.mkv": ("film", ("acrobats",)),
        "b.mp4": ("film", ("acrobats", "late-show")),
        "p.jpg": ("photo", ("priests",)),
    }
    assert warnings == []


def test_a_file_given_twice_is_taken_once(box):
    items, _ = discover([box, box / "priests" / "p.jpg", box / "priests"])
    assert len(items) == 3


def test_links_out_of_the_folder_are_left_out(box, tmp_path):
    (tmp_path / "secret.mp4").write_bytes(b"x")
    (box / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    (box / "loop").symlink_to(box)
    (box / "circle.mp4").symlink_to(box / "circle.mp4")
    (box / "dead.mp4").symlink_to(box / "nowhere.mp4")
    items, warnings = discover([box])
    assert len(items) == 3
    assert len(warnings) == 3
    assert all("out of the folder" in text for text in warnings)


def test_a_sequence_folder_is_one_film(tmp_path):
    for number in range(10):
        write_photo(tmp_path / "reel" / f"f{number:03}.png", np.zeros((8, 8, 3), np.uint8))
    items, _ = discover([tmp_path])
    assert [(i.path.name, i.kind) for i in items] == [("reel", "film")]


def test_given_but_unknown_or_absent(box):
    items, warnings = discover([box / "notes.txt"])
    assert items == []
    assert "left out" in warnings[0]
    with pytest.raises(MediaError, match="no such file"):
        discover([box / "nowhere"])


def portrait(seed, height=90, width=60):
    """A picture that looks like no other: a few random ovals."""
    import cv2

    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), rng.integers(30, 220), np.uint8)
    for _ in range(12):
        center = int(rng.integers(width)), int(rng.integers(height))
        axes = int(rng.integers(5, width // 2)), int(rng.integers(5, height // 2))
        cv2.ellipse(picture, center, axes, 0, 0, 360, [int(rng.integers(255))] * 3, -1)
    return picture


def test_numbered_scans_of_unlike_photographs_are_photographs(tmp_path):
    for number in range(12):
        write_photo(tmp_path / f"scan{number:03}.jpg", portrait(number))
    items, warnings = discover([tmp_path])
    assert [item.kind for item in items] == ["photo"] * 12
    assert "12 numbered pictures are taken for photographs" in warnings[0]
    assert [item.kind for item in discover([tmp_path], numbered="sequence")[0]] == ["film"]


def test_numbered_pictures_of_several_sizes_are_photographs(tmp_path):
    for number in range(12):
        write_photo(tmp_path / f"scan{number:03}.png", np.zeros((8 + number, 8, 3), np.uint8))
    assert len(discover([tmp_path])[0]) == 12


def test_frames_of_a_moving_film_with_cuts_stay_one_film(tmp_path):
    for number in range(40):
        scene = portrait(number // 10, 90, 120)
        write_photo(tmp_path / f"f{number:03}.png", np.roll(scene, 3 * number, axis=1))
    assert [item.kind for item in discover([tmp_path])[0]] == ["film"]
    assert len(discover([tmp_path], numbered="photos")[0]) == 40


def test_content_decides_and_what_is_left_out_is_named(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "a", "PNG")
    Image.new("RGB", (4, 4)).save(tmp_path / "b.jfif", "JPEG")
    frames = [Image.new("L", (4, 4), value) for value in (0, 255)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "still.gif")
    (tmp_path / "camcorder.MOD").write_bytes(b"\0\0\x01\xba" + bytes(100))
    (tmp_path / "art.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n")
    (tmp_path / "photo.cr3").write_bytes(b"\0\0\0\x18ftypcrx " + bytes(20))
    (tmp_path / "table.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(50))
    (tmp_path / "notes.txt").write_text("of no account")
    items, warnings = discover([tmp_path])
    assert {item.path.name: item.kind for item in items} == {
        "a": "photo",
        "b.jfif": "photo",
        "moving.gif": "film",
        "still.gif": "photo",
        "camcorder.MOD": "film",
    }
    told = "\n".join(warnings)
    assert "art.jpg: PostScript" in told
    assert "photo.cr3: a camera raw file" in told
    assert "table.xls: neither film nor photograph" in told
    assert "notes" not in told


def test_pipes_are_left_out_at_once_and_refused_when_given(tmp_path):
    os.mkfifo(tmp_path / "a.mp4")
    items, warnings = discover([tmp_path])
    assert items == []
    assert "a.mp4: a pipe, not a file: left out" in warnings[0]
    with pytest.raises(MediaError, match="a pipe, not a file"):
        discover([tmp_path / "a.mp4"])


def test_the_payload_folder_of_a_bag_is_no_tag(tmp_path):
    film = tmp_path / "bag-7" / "data" / "circus" / "a.mp4"
    film.parent.mkdir(parents=True)
    film.write_bytes(b"x")
    (tmp_path / "bag-7" / "bagit.txt").write_text("BagIt-Version: 1.0\n")
    assert discover([tmp_path / "bag-7"])[0][0].tags == ("bag-7", "circus")
    (tmp_path / "bag-7" / "bagit.txt").unlink()
    assert discover([tmp_path / "bag-7"])[0][0].tags == ("bag-7", "data", "circus")
