import numpy as np
import pytest

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
