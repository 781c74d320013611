"""Statues keep still, unless the director says otherwise."""

from __future__ import annotations

import csv
import io
import tarfile
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from tremendo.errors import NothingUsableError
from tremendo.finish.animate import statue
from tremendo.finish.animate.face import animate_face
from tremendo.finish.animate.statue import is_statue
from tremendo.models.sight import word_head

PHOTO = np.full((300, 200, 3), 128, np.uint8)
BOXES = [(10.0, 10.0, 40.0, 40.0), (60.0, 100.0, 140.0, 200.0)]


def seeing(monkeypatch, whole, part):
    """Let the network say this of the whole picture and of a part; the sizes it was shown."""
    shown = []

    def likelihoods(picture):
        shown.append(picture.shape[:2])
        likely = np.zeros(len(word_head().words), np.float32)
        likely[word_head().words.index("statue")] = whole if picture is PHOTO else part
        return likely

    monkeypatch.setattr(statue, "likelihoods", likelihoods)
    return shown


@pytest.mark.parametrize(
    ("whole", "part", "said"), [(0.6, 0.0, True), (0.1, 0.5, True), (0.3, 0.3, False)]
)
def test_picture_or_face_tells(monkeypatch, whole, part, said):
    shown = seeing(monkeypatch, whole, part)
    assert is_statue(PHOTO, BOXES) is said
    if len(shown) > 1:
        assert shown[1] == (180, 160)  # the tallest face and what is around it


def test_without_a_face_nobody_asks(monkeypatch):
    shown = seeing(monkeypatch, 1.0, 1.0)
    assert not is_statue(PHOTO, [])
    assert not shown


def test_a_statue_moves_only_when_told(monkeypatch, finder, astronaut):
    monkeypatch.setattr("tremendo.finish.animate.face.is_statue", lambda *_: True)

    def first(**more):
        return next(
            animate_face(
                astronaut, driver="idle", frames=1, fps=Fraction(24), finder=finder, **more
            )
        )

    with pytest.raises(NothingUsableError, match="statue") as refusal:
        first()
    assert "--motion face" in refusal.value.hint
    assert first(statues=True).shape == astronaut.shape


def test_people_of_the_period_are_not_taken_for_statues(data, finder):
    from tremendo.media import read_photo

    photos = sorted((data / "photos").glob("*.jpg"))
    wrong = []
    for photo in photos:
        picture = read_photo(photo)
        if is_statue(picture, [face.box for face in finder.find(picture)]):
            wrong.append(photo.name)
    assert wrong == []


def test_statues_are_recognized(data, finder):
    """The pictures of a folder of statues that the head was trained on: most are known again."""
    folder = data / "colour" / "train"
    with (folder / "manifest.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["class"] == "buddha"][:12]
    known = 0
    for row in rows:
        with tarfile.open(folder / row["shard"]) as tar:
            picture = Image.open(io.BytesIO(tar.extractfile(row["file"]).read()))
            height, width = np.array(picture).shape[:2]
            known += is_statue(np.array(picture.convert("RGB")), [(0.0, 0.0, width, height)])
    assert known >= 9
