"""The film tells what was done, not what was planned: a drawing's face keeps still and says so."""

from __future__ import annotations

import csv
from fractions import Fraction

import cv2
import numpy as np
import pytest

from tests.pipeline.conftest import write_reel, write_song
from tremendo.deliver.provenance import verify
from tremendo.errors import ModelMissingError
from tremendo.media import write_photo
from tremendo.models import path
from tremendo.pipeline import make
from tremendo.project import Film, Project

PICTURES = ("drawing.png", "portrait.png")


def drawn(photo):
    """A pen drawing after a photograph: outlines, and hatching that is denser in the dark."""
    gray = cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), (0, 0), 1)
    y, x = np.mgrid[: gray.shape[0], : gray.shape[1]]
    light = gray / 255
    one, other = ((np.sin(2 * np.pi * (x + s * y) / 4) + 1) / 2 for s in (1, -1))
    hatching = np.where((one > 1.6 * light) & (one > 0) | (other > 2.6 * light), 0, 255)
    edges = cv2.morphologyEx(cv2.GaussianBlur(gray, (0, 0), 1), cv2.MORPH_GRADIENT, np.ones((3, 3)))
    ink = np.minimum(hatching, 255 - np.clip(edges * 4.0, 0, 255)).astype(np.uint8)
    return np.repeat(cv2.GaussianBlur(ink, (0, 0), 0.7)[..., None], 3, 2)


@pytest.fixture(scope="module")
def film(tmp_path_factory, astronaut):
    """A film of two reels, a portrait and a drawing of it; the rows of its table."""
    for model in ("beatnet-1", "face", "medium"):
        try:
            path(model)
        except ModelMissingError as error:
            pytest.skip(f"{error.message}: {error.hint}")
    folder = tmp_path_factory.mktemp("records")
    for number in range(2):
        write_reel(folder / "in" / f"reel-{number}.mkv", number)
    write_photo(folder / "in" / "drawing.png", drawn(astronaut))
    write_photo(folder / "in" / "portrait.png", astronaut)
    write_song(folder / "song.wav", seconds=8)
    project = Project(
        folder / "p.tremendo",
        (folder / "in",),
        folder / "song.wav",
        film=Film(fps=Fraction(12), width=480, height=270, density=2.0),
    )
    project.save()
    made = make(project, folder / "film.mp4", workers=2)
    with (project.folder / "shots.csv").open() as table:
        return project, made, list(csv.DictReader(table))


def of(rows, name):
    found = [row for row in rows if row["source"].endswith(name)]
    assert found, f"{name} is not in the cut"
    return found


def test_a_drawing_with_a_clear_face_is_told_as_a_camera_move_with_the_reason(film):
    project, made, rows = film
    planned = {slot.shot: slot.technique for slot in made.timeline.slots}
    drawing = next(clip for clip in made.clips if clip.path.name == "drawing.png")
    assert planned[drawing.shots[0].id] == "face"
    for row in of(rows, "drawing.png"):
        assert row["treatment"] == "parallax"
        assert "drawing" in row["refused"]
        assert "camera move" in row["motion"]
        page = (project.folder / "report.html").read_text()
        assert f"no moving face: {row['refused']}" in page
    for row in of(rows, "portrait.png"):
        assert (row["treatment"], row["refused"]) == ("face", "")


def test_the_signed_record_names_moved_faces_only_where_a_face_moves(film):
    _, made, _ = film
    verdict = verify(made.output)
    assert verdict.state == "Valid"
    said = [action.get("description", "") for action in verdict.actions]
    moved = [text for text in said if text.startswith("faces in photographs set in motion")]
    assert len(moved) == 1
    assert "portrait.png" in moved[0]
    assert "drawing.png" not in moved[0]
    assert any(text.startswith("photographs filmed by a virtual camera") for text in said)
    assert {"drawing.png", "portrait.png"} <= {i["title"] for i in verdict.ingredients}


def test_the_table_names_the_weights_that_were_opened(film):
    _, _, rows = film
    opened = {name: set(of(rows, name)[0]["models"].split(", ")) for name in PICTURES}
    assert {"face", "color"} <= opened["drawing.png"]
    assert "face" in opened["portrait.png"]
    assert "color" not in opened["portrait.png"]  # it has colors of its own
    for row in rows:
        if row["treatment"] == "film":
            assert row["models"] == "color"
