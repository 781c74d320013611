"""What a face is made of: photographs move, what is drawn or carved keeps still."""

from __future__ import annotations

import csv
import io
import tarfile
from fractions import Fraction

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.finish.animate.material import performed
from tremendo.errors import ModelMissingError, NothingUsableError
from tremendo.finish.animate.face.performance import usable_faces
from tremendo.media import read_photo
from tremendo.perception import depiction
from tremendo.perception.depiction import around, face_media

PHOTO = np.full((300, 200, 3), 128, np.uint8)
BOX = (60.0, 100.0, 140.0, 200.0)


def _of(picture, box):
    return face_media(picture, [box])[0]


def saying(monkeypatch, *logits):
    """Let the network say this; the sizes of what it was shown."""
    shown = []

    def network(part):
        shown.append(part.shape[:2])
        return np.array(logits, np.float32)

    monkeypatch.setattr(depiction, "medium_logits", network)
    monkeypatch.setattr(depiction, "_shows_statue", lambda _: False)
    return shown


@pytest.mark.parametrize(
    ("logits", "said"),
    [
        ((3, 0, 0), "photograph"),
        ((0, 0.3, 0), "photograph"),  # not sure enough
        ((0, 4, 2), "drawing"),
        ((2, 0, 1), "photograph"),
        ((0, 2, 4), "sculpture"),
    ],
)
def test_it_must_be_sure(monkeypatch, logits, said):
    shown = saying(monkeypatch, *logits)
    assert face_media(PHOTO, [BOX]) == [said]
    assert shown == [(190, 180)]  # the face and what is around it


def test_a_picture_of_a_statue_has_no_living_face(monkeypatch):
    saying(monkeypatch, 3, 0, 0)
    monkeypatch.setattr(depiction, "_shows_statue", lambda _: True)
    assert face_media(PHOTO, [BOX, BOX]) == ["sculpture"] * 2


def test_the_surroundings_end_with_the_picture():
    assert around(PHOTO, (0.0, 0.0, 100.0, 200.0)).shape == (290, 200, 3)
    assert around(PHOTO, BOX, 2.0).shape[0] > around(PHOTO, BOX).shape[0]


def test_without_the_network_all_are_photographs(monkeypatch):
    def missing(_):
        raise ModelMissingError("none")

    monkeypatch.setattr(depiction, "medium_logits", missing)
    assert face_media(PHOTO, [BOX]) == ["photograph"]


def test_what_is_carved_moves_only_when_told(monkeypatch, finder, astronaut):
    monkeypatch.setattr(
        "tremendo.finish.animate.analysis.photo.face_media",
        lambda _, boxes: ["sculpture"] * len(boxes),
    )

    def first(**more):
        return next(performed(astronaut, finder, driver="idle", frames=1, fps=Fraction(24), **more))

    with pytest.raises(NothingUsableError, match="sculpture") as refusal:
        first()
    assert "--motion face" in refusal.value.hint
    assert first(proposed=False, motion="face").shape == astronaut.shape


def test_a_portrait_is_photographed_and_its_drawings_are_drawn(finder, astronaut):
    """Made here with OpenCV, not with the styles of the training."""
    box = finder.find(astronaut)[0].box
    gray = cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)
    assert _of(astronaut, box) == "photograph"
    assert _of(np.repeat(gray[..., None], 3, axis=2), box) == "photograph"
    few_tones = cv2.medianBlur(gray, 9) // 48 * 48 + 24
    ink = cv2.adaptiveThreshold(cv2.medianBlur(gray, 5), 255, 0, 0, 11, 3)
    for drawn in (few_tones, ink):
        assert _of(np.repeat(drawn[..., None], 3, axis=2), box) == "drawing"


def test_people_of_the_period_live(data, finder):
    """None of all usable faces in 45 photographs is taken for a drawing or a statue."""
    wrong = []
    for path in sorted((data / "photos").glob("*.jpg")):
        picture = read_photo(path)
        faces, _ = usable_faces(finder.find(picture), picture.shape[1::-1], least=44)
        wrong += [path.name for face in faces if _of(picture, face.box) != "photograph"]
    assert wrong == []


def test_statues_are_recognized(data, finder):
    """Most of a folder of statues, of which one in five was held out of the training."""
    folder = data / "colour" / "train"
    with (folder / "manifest.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["class"] == "buddha"][:16]
    said = []
    for row in rows:
        with tarfile.open(folder / row["shard"]) as tar:
            image = Image.open(io.BytesIO(tar.extractfile(row["file"]).read())).convert("RGB")
        picture = np.asarray(image.resize((3 * image.width, 3 * image.height)))
        said += [_of(picture, face.box) for face in finder.find(picture) if face.fitted]
    assert len(said) >= 8
    assert said.count("sculpture") >= 0.8 * len(said)
