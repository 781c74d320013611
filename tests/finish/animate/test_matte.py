"""The backdrop close to a head follows it less than hair and shoulders do."""

from __future__ import annotations

import numpy as np
import pytest

from tremendo.finish.animate.analysis.matte import person_matte
from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.mesh.rings import FACTORS, rings
from tremendo.perception import people


@pytest.fixture(scope="module")
def face(finder, astronaut):
    return finder.find(astronaut)[0]


def test_the_sitter_is_told_from_the_backdrop(astronaut, face):
    if not people.available():
        pytest.skip("the network that tells people is not on this machine")
    matte = person_matte(astronaut, face.box)
    assert matte.shape == (512, 512)
    left, top, right, bottom = map(int, face.box)
    assert matte[top:bottom, left:right].mean() > 0.9
    assert matte[220:300, 200:260].min() > 0.9  # the neck and the suit
    assert matte[20:200, 440:].max() < 0.1  # the shuttle
    assert person_matte(np.full_like(astronaut, 90), face.box) is None


def test_a_smaller_answer_serves_a_larger_photograph(astronaut, face):
    if not people.available():
        pytest.skip("the network that tells people is not on this machine")
    large = np.repeat(np.repeat(astronaut, 3, axis=0), 3, axis=1)
    matte = person_matte(large, tuple(3 * v for v in face.box))
    assert matte.shape == (512, 512)
    left, top, right, bottom = map(int, face.box)
    assert matte[top:bottom, left:right].mean() > 0.9


def test_rings_behind_the_sitter_follow_less(face):
    points = face.landmarks.astype(np.float64)
    _, alone = rings(points, (), (512, 512))
    left_half = np.zeros((128, 128), np.float32)
    left_half[:, : round(points[4, 0] / 4)] = 1  # to the nose: the other half is backdrop
    vertices, follow = rings(points, (), (512, 512), left_half)
    right = vertices[:, 0] > points[:, 0].max()
    left = vertices[:, 0] < points[:, 0].min()
    assert np.allclose(follow[left], alone[left])
    assert np.allclose(follow[right], 0.25 * alone[right])
    none = rings(points, (), (512, 512), np.ones((64, 64), np.float32))[1]
    assert np.allclose(none, alone)


def test_what_a_ray_meets_beyond_a_gap_is_not_the_sitter(face):
    points = face.landmarks.astype(np.float64)
    split = np.ones((512, 512), np.float32)
    split[:, round(points[:, 0].max()) + 20 : round(points[:, 0].max()) + 45] = 0
    _, alone = rings(points, (), (512, 512))
    vertices, follow = rings(points, (), (512, 512), split)
    far = (np.arange(len(vertices)) // 36 == len(FACTORS) - 2) & (
        vertices[:, 0] > points[:, 0].max() + 50
    )
    assert far.any()
    assert (follow[far] < alone[far]).all()


@pytest.mark.parametrize("yaw", [12, -12])
def test_the_backdrop_moves_half_as_far_and_nothing_tears(astronaut, face, finder, yaw):
    matte = person_matte(astronaut, face.box)
    if matte is None:
        pytest.skip("the network that tells people is not on this machine")
    away = []
    turn, rest = np.array([yaw, 3.0, 3]), (np.zeros(2), np.zeros(2), np.zeros((478, 3)))
    for person in (None, matte):
        mesh = HeadMesh(face, finder.canonical, (512, 512), person=person)
        moved = mesh.moved(turn, *rest)
        field = mesh.field(moved)
        behind = matte[mesh.region.slices] == 0
        away.append(np.linalg.norm(field, axis=-1)[behind].mean())
        across, down = np.gradient(field, axis=1), np.gradient(field, axis=0)
        area = (1 + across[..., 0]) * (1 + down[..., 1]) - across[..., 1] * down[..., 0]
        assert (area <= 0).mean() < 2e-4
    assert away[1] < 0.5 * away[0]
