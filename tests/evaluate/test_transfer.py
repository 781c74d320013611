"""A face carried over to a photograph: followed, still itself, nothing torn, nothing else moved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tremendo.errors import NothingUsableError
from tremendo.evaluate.transfer import transfer
from tremendo.perception.face_geometry import rotation


def driver(face, yaws):
    """The face as seen in a film in which the head turns."""
    center = face.landmarks.mean(axis=0)
    turned = []
    for yaw in yaws:
        turn = rotation(yaw, 0, 0)
        points = ((face.landmarks - center) @ turn.T + center).astype("f4")
        turned.append(replace(face, landmarks=points, turn=turn @ face.turn))
    return turned


def test_a_turning_head_is_followed(finder, astronaut):
    (face,) = finder.find(astronaut)
    tracked = driver(face, 10 * np.sin(np.linspace(0, 2 * np.pi, 9)))
    figures = transfer(
        astronaut, tracked, 24.0, finder, every=1, embedding=lambda _, seen: seen.expression
    )
    assert figures.frames + figures.lost == 9
    assert figures.correlation["yaw"] > 0.95
    assert 0.75 < figures.gain["yaw"] < 1.1
    assert figures.background == 0
    assert figures.torn < 0.001
    assert 0.8 < figures.identity[1] <= figures.identity[0] <= 1


def test_without_a_face_there_is_nothing_to_drive(finder, astronaut):
    (face,) = finder.find(astronaut)
    with pytest.raises(NothingUsableError, match="no face"):
        transfer(np.full((200, 200, 3), 99, np.uint8), [face], 24.0, finder)
