"""The neural renderer changes lids and parted lips, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tremendo.finish.animate import closeup
from tremendo.finish.animate.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.mesh_engine import MeshEngine
from tremendo.finish.animate.motion import Motion
from tremendo.finish.animate.topology import LEFT_EYE, LOWER_LIP, RIGHT_EYE, UPPER_LIP


class Brightening:
    """A network that wants everything brighter."""

    def __init__(self):
        self.seen = None

    def run(self, names, given):
        assert names == ["change"]
        self.seen = given["maps"]
        assert self.seen.shape == (1, len(closeup.CHANNELS), closeup.SIDE, closeup.SIDE)
        assert self.seen.dtype == np.float32
        return [np.full((1, 1, closeup.SIDE, closeup.SIDE), 0.3, np.float32)]


@pytest.fixture(scope="module")
def face(finder, astronaut):
    return finder.find(astronaut)[0]


@pytest.fixture
def change(finder, astronaut, face):
    """What the network adds to a frame: (H, W), brighter by so much."""

    def of(motion, network=None):
        engines = [
            MeshEngine(astronaut, [face], finder.canonical, seed=0, network=one)
            for one in (None, network or Brightening())
        ]
        plain, retouched = (engine.frame([motion], 0).astype(int) for engine in engines)
        return (retouched - plain).mean(axis=2)

    return of


def _lips(finder, name, share):
    basis = expression_basis(finder.canonical)[EXPRESSIONS.index(name)]
    return replace(Motion.still(1), expression=(share * basis)[None])


def _around(face, points, margin):
    low, high = face.landmarks[points, :2].min(axis=0), face.landmarks[points, :2].max(axis=0)
    (x0, y0), (x1, y1) = np.floor(low - margin).astype(int), np.ceil(high + margin).astype(int)
    return slice(y0, y1), slice(x0, x1)


def test_a_still_face_is_the_photograph(change):
    assert np.abs(change(Motion.still(1))).max() == 0


def test_closing_lids_are_retouched_and_nothing_far_from_them(change, face, finder):
    added = change(replace(Motion.still(1), lids=np.ones((1, 2))))
    for eye in (RIGHT_EYE, LEFT_EYE):
        place = _around(face, eye.ring, 0)
        assert added[place].max() > 5
    rest = added.copy()
    for points in (RIGHT_EYE.ring, LEFT_EYE.ring, np.r_[UPPER_LIP[0], LOWER_LIP[0]]):
        rest[_around(face, points, 14)] = 0
    assert np.abs(rest).max() == 0


def test_wide_eyes_stay_the_photographs(change, face):
    added = change(replace(Motion.still(1), lids=np.full((1, 2), -0.2), turn=np.full((1, 3), 4.0)))
    for eye in (RIGHT_EYE, LEFT_EYE):
        assert np.abs(added[_around(face, eye.ring, -2)]).max() <= 1


def test_parted_lips_are_retouched_and_a_wide_mouth_is_not(change, face, finder):
    mouth = _around(face, np.r_[UPPER_LIP[0], LOWER_LIP[0]], 4)
    little, wide = (change(_lips(finder, "jaw open", share)) for share in (0.15, 1.4))
    assert little[mouth].max() > 5
    assert wide[mouth].max() < 0.3 * little[mouth].max()


def test_the_network_sees_the_same_for_any_tone_of_the_print(finder, astronaut, face):
    seen = []
    told = replace(Motion.still(1), turn=np.array([[8.0, 0, 0]]))
    for gain, fog in ((1.0, 0), (0.5, 60)):
        print_ = np.clip(astronaut * gain + fog, 0, 255).astype(np.uint8)
        network = Brightening()
        MeshEngine(print_, [face], finder.canonical, seed=0, network=network).frame([told], 0)
        seen.append(network.seen[0, :2])
    assert np.abs(seen[0] - seen[1]).mean() < 0.02
