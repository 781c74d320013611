"""Glasses are found where there are some, and stay rigid while the face under them moves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tremendo.finish.animate.face.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.face.mesh.glasses import Glasses, find_glasses
from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.mesh.topology import LEFT_EYE, RIGHT_EYE


@pytest.fixture(scope="module")
def face(finder, astronaut):
    return finder.find(astronaut)[0]


def with_glasses(photo, face, tone, *, width=1.0, height=1.0):
    """Rims, a bridge and temples drawn on a face."""
    points = face.landmarks[:, :2].astype(float)
    apart = float(np.linalg.norm(points[263] - points[33]))
    along = (points[263] - points[33]) / apart
    mask = np.zeros(photo.shape[:2], np.uint8)
    radius = 0.26 * apart
    axes = (round(16 * radius * width), round(16 * radius * height))
    thick = max(1, round(0.025 * apart))
    middles = []
    for eye, ear, side in ((RIGHT_EYE, 127, -1), (LEFT_EYE, 356, 1)):
        middle = points[list(eye.corners)].mean(axis=0) + np.array([0, 0.03 * apart])
        middles.append(middle)
        at = tuple(np.rint(16 * middle).astype(int).tolist())
        cv2.ellipse(mask, at, axes, face.roll, 0, 360, 255, thick, cv2.LINE_AA, 4)
        ends = middle + side * radius * width * along, points[ear]
        line = [np.rint(16 * end).astype(int).tolist() for end in ends]
        cv2.line(mask, *line, 255, thick, cv2.LINE_AA, 4)
    ends = middles[0] + radius * width * along, middles[1] - radius * width * along
    cv2.line(
        mask, *[np.rint(16 * e).astype(int).tolist() for e in ends], 255, thick, cv2.LINE_AA, 4
    )
    share = mask[..., None] / 255
    return np.rint(photo * (1 - share) + tone * share).astype(np.uint8), np.array(middles), radius


@pytest.mark.parametrize(
    ("tone", "width", "height"), [(20, 1, 1), (150, 1, 1), (40, 1, 0.8), (20, 1.05, 0.7)]
)
def test_rims_are_found_dark_or_golden_round_or_flat(astronaut, face, tone, width, height):
    photo, middles, radius = with_glasses(astronaut, face, tone, width=width, height=height)
    found = find_glasses(photo, face.landmarks)
    assert found is not None
    assert np.linalg.norm(found.middles - middles, axis=1).max() < 0.35 * radius
    assert found.radius == pytest.approx(radius, rel=0.3)


def test_gray_worn_and_small_copies_too(astronaut, face):
    photo, _, _ = with_glasses(astronaut, face, 30)
    gray = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    noise = np.random.default_rng(0).normal(0, 8, gray.shape[:2])[..., None]
    worn = np.clip(0.6 * gray + 60 + noise, 0, 255).astype(np.uint8)
    assert find_glasses(worn, face.landmarks) is not None
    large = cv2.resize(worn, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
    assert find_glasses(large, face.landmarks * 2.5) is not None
    small = cv2.resize(photo, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    assert find_glasses(small, face.landmarks * 0.4) is None  # too small to tell


def test_bare_faces_wear_none(astronaut, face, finder, data):
    from tremendo.media.photo import read_photo

    assert find_glasses(astronaut, face.landmarks) is None
    assert find_glasses(astronaut[:, ::-1].copy(), _mirrored(face.landmarks)) is None
    for name in ("marktwain", "evelyn-nesbit", "dolores1920s", "1860girls"):
        photo = read_photo(data / "photos" / f"{name}.jpg")
        for one in finder.find(photo, fast=True):
            assert find_glasses(photo, one.landmarks) is None, name


def _mirrored(landmarks):
    flat = landmarks.copy()
    flat[:, 0] = 511 - flat[:, 0]
    swapped = flat.copy()
    swapped[RIGHT_EYE.ring], swapped[LEFT_EYE.ring] = flat[LEFT_EYE.ring], flat[RIGHT_EYE.ring]
    return swapped


def _around(middles, radius):
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [middle + circle for middle in middles]


def _bent(mesh, moved, rim):
    """Distance of a rim's points, as they move, from the nearest affine image of the rim."""
    field = mesh.field(mesh.rest, source=moved)  # forward: where the resting pixels go
    left, top = mesh.region.left, mesh.region.top
    at = (rim - (left, top)).astype(np.float32)[None]
    go = cv2.remap(field, at[..., 0], at[..., 1], cv2.INTER_LINEAR)[0]
    ones = np.concatenate([rim, np.ones((len(rim), 1))], axis=1)
    target = rim + go
    fit = ones @ np.linalg.lstsq(ones, target, rcond=None)[0]
    return float(np.linalg.norm(target - fit, axis=1).max())


@pytest.mark.parametrize("turn", [(12, 0, 0), (-12, 0, 0), (0, 9, 0)])
def test_rims_stay_round_when_the_head_turns(astronaut, face, finder, turn):
    photo, middles, radius = with_glasses(astronaut, face, 20)
    glasses = find_glasses(photo, face.landmarks)
    bends = []
    for worn in (None, glasses):
        mesh = HeadMesh(face, finder.canonical, (512, 512), glasses=worn)
        moved = mesh.moved(np.array(turn, float), np.zeros(2), np.zeros(2), np.zeros((478, 3)))
        bends.append(max(_bent(mesh, moved, rim) for rim in _around(middles, radius)))
    assert bends[1] < 0.5 * bends[0]
    assert bends[1] < 0.05 * radius


def test_brows_and_cheeks_do_not_pull_at_rims_but_lids_close(astronaut, face, finder):
    photo, _, _ = with_glasses(astronaut, face, 20)
    glasses = find_glasses(photo, face.landmarks)
    mesh = HeadMesh(face, finder.canonical, (512, 512), glasses=glasses)
    basis = expression_basis(finder.canonical)
    mien = basis[EXPRESSIONS.index("brows up")] + basis[EXPRESSIONS.index("smile")]
    still = np.zeros(3), np.zeros(2)
    moved = mesh.moved(*still, np.ones(2), mien) - mesh.rest
    held = glasses.held(mesh.rest) == 1
    lids = np.zeros(len(held), bool)
    for eye in (RIGHT_EYE, LEFT_EYE):
        lids[[*eye.upper, *eye.lower, *eye.crease, *eye.brow_side, *eye.bag]] = True
    lids[478:] = True
    assert (held & ~lids).sum() > 10
    assert np.abs(moved[held & ~lids]).max() < 1e-9
    assert moved[RIGHT_EYE.upper[3], 1] > 1
    assert np.abs(moved[[61, 291]]).max() > 1  # corners of the mouth smile


def test_what_lenses_hold_fades(astronaut):
    glasses = Glasses(np.array([[100.0, 100], [160, 100]]), 20.0)
    points = np.array([[100.0, 100], [100, 121], [100, 130], [100, 140], [130, 100]])
    held = glasses.held(points)
    assert held[0] == held[1] == held[4] == 1
    assert 0 < held[2] < 1
    assert held[3] == 0
