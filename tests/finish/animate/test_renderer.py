"""The neural renderer changes closing lids, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tremendo.finish.animate.face.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.face.mesh.engine import MeshEngine
from tremendo.finish.animate.face.mesh.topology import LEFT_EYE, RIGHT_EYE
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.renderer import input as face_input
from tremendo.finish.animate.face.renderer.engine import RetouchedEngine


class Brightening:
    """A network that wants everything brighter."""

    def __init__(self):
        self.seen = None

    def run(self, names, given):
        assert names == ["change"]
        self.seen = given["maps"]
        assert self.seen.shape == (1, len(face_input.CHANNELS), face_input.SIDE, face_input.SIDE)
        assert self.seen.dtype == np.float32
        return [np.full((1, 1, face_input.SIDE, face_input.SIDE), 0.3, np.float32)]


@pytest.fixture(scope="module")
def face(finder, astronaut):
    return finder.find(astronaut)[0]


@pytest.fixture
def change(finder, astronaut, face):
    """What the network adds to a frame: (H, W), brighter by so much."""

    def of(motion, network=None):
        brightening = network or Brightening()
        engines = [
            MeshEngine(astronaut, [face], finder.canonical, seed=0),
            RetouchedEngine(astronaut, [face], finder.canonical, seed=0, network=brightening),
        ]
        plain, retouched = (engine.frame([motion], 0).astype(int) for engine in engines)
        return (retouched - plain).mean(axis=2)

    return of


def _lips(finder, name, share):
    basis = expression_basis(finder.canonical)[EXPRESSIONS.index(name)]
    return replace(HeadMotion.still(1), expression=(share * basis)[None])


def _around(face, points, margin):
    low, high = face.landmarks[points, :2].min(axis=0), face.landmarks[points, :2].max(axis=0)
    (x0, y0), (x1, y1) = np.floor(low - margin).astype(int), np.ceil(high + margin).astype(int)
    return slice(y0, y1), slice(x0, x1)


def test_a_still_face_is_the_photograph(change):
    assert np.abs(change(HeadMotion.still(1))).max() == 0


def test_closing_lids_are_retouched_and_nothing_far_from_them(change, face):
    added = change(replace(HeadMotion.still(1), lids=np.ones((1, 2))))
    for eye in (RIGHT_EYE, LEFT_EYE):
        place = _around(face, eye.ring, 0)
        assert added[place].max() > 5
    rest = added.copy()
    for points in (RIGHT_EYE.ring, LEFT_EYE.ring):
        rest[_around(face, points, 14)] = 0
    assert np.abs(rest).max() == 0


def test_wide_eyes_stay_the_photographs(change):
    told = replace(HeadMotion.still(1), lids=np.full((1, 2), -0.2), turn=np.full((1, 3), 4.0))
    assert np.abs(change(told)).max() == 0


def test_each_eye_is_retouched_as_far_as_it_closes(change, face):
    added = change(replace(HeadMotion.still(1), lids=np.array([[0.8, -0.2]])))
    assert added[_around(face, RIGHT_EYE.ring, 0)].max() > 5
    assert np.abs(added[_around(face, LEFT_EYE.ring, 0)]).max() == 0


def test_mouths_are_geometrys(change, finder):
    told = replace(_lips(finder, "jaw open", 0.4), lids=np.full((1, 2), -0.2))
    assert np.abs(change(told)).max() == 0


def test_the_network_sees_the_same_for_any_tone_of_the_print(finder, astronaut, face):
    seen = []
    told = replace(HeadMotion.still(1), lids=np.ones((1, 2)))
    for gain, fog in ((1.0, 0), (0.5, 60)):
        print_ = np.clip(astronaut * gain + fog, 0, 255).astype(np.uint8)
        network = Brightening()
        made = RetouchedEngine(print_, [face], finder.canonical, seed=0, network=network)
        made.frame([told], 0)
        seen.append(network.seen[0, :2])
    assert np.abs(seen[0] - seen[1]).mean() < 0.02
