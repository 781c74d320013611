"""Teeth, lips and the folds beside them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from tremendo.finish.animate.face.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.face.mesh.engine import MeshEngine
from tremendo.finish.animate.face.mesh.folds import FoldPainter
from tremendo.finish.animate.face.mesh.head import MeshHead
from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.mesh.teeth import Teeth
from tremendo.finish.animate.face.mesh.topology import LOWER_LIP, UPPER_LIP
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.paint import PhotoTone, whole
from tremendo.finish.animate.face.presets import preset_motion

STILL = (np.zeros(3), np.zeros(2))


@pytest.fixture(scope="module")
def face(finder, astronaut):
    return finder.find(astronaut)[0]


@pytest.fixture(scope="module")
def mesh(finder, face):
    return HeadMesh(face, finder.canonical, (512, 512))


def across(mesh, lip, *, below):
    """Picture points along a line so many centimeters under the middle of a lip, and where it is
    centimeters from the middle."""
    along = np.linspace(-1.5, 1.5, 301)
    points = np.stack([along, np.full_like(along, below), np.full_like(along, 0.3)], axis=1)
    return mesh.placed(lip, points)[None, :, :2], along


def upper(mesh, edge=0.34):
    lip = mesh.rest[UPPER_LIP[-1][5]]
    return Teeth(mesh, lip, edge=edge, upper=True), lip


class TestTeeth:
    def test_crowns_end_where_they_should_and_gums_begin_above(self, mesh):
        teeth, lip = upper(mesh)
        inside, beyond, above = (
            teeth.seen(across(mesh, lip, below=below)[0], *STILL) for below in (0.1, 0.7, -1.2)
        )
        middle = slice(130, 170)
        assert inside.crown[0, middle].mean() > 0.9
        assert beyond.crown.max() == beyond.gum.max() == 0
        assert above.gum[0, middle].mean() > 0.9
        assert above.crown[0, middle].max() < 0.1

    def test_less_light_between_two_teeth_and_on_the_sides(self, mesh):
        teeth, lip = upper(mesh)
        points, along = across(mesh, lip, below=0.2)
        light = teeth.seen(points, *STILL).light[0]
        tooth, gap, side = (light[np.abs(along - place).argmin()] for place in (0.42, 0.0, 1.45))
        assert gap < 0.97 * tooth
        assert side < 0.9 * tooth

    def test_upper_teeth_go_with_the_skull_and_lower_ones_with_the_jaw(self, mesh):
        teeth, lip = upper(mesh)
        points, _ = across(mesh, lip, below=0.1)
        turned = (np.array([0.0, 8.0, 0.0]), np.array([0.3, 0.0]))
        depth = np.concatenate([points[0], np.full((301, 1), lip[2])], axis=1)
        went = mesh.rigid(depth, *turned)[None, :, :2]
        still = teeth.seen(points, *STILL).crown
        assert np.abs(teeth.seen(went, *turned).crown - still).mean() < 0.1
        lower_lip = mesh.rest[LOWER_LIP[-1][5]]
        row = Teeth(mesh, lower_lip, edge=0.1, upper=False)
        points, _ = across(mesh, lower_lip, below=0.2)
        drop = np.array([0.0, 12.0])
        before, after = row.seen(points, *STILL), row.seen(points + drop, *STILL, drop)
        np.testing.assert_allclose(before.crown, after.crown, atol=1e-9)
        assert before.crown.max() > 0.9


def test_baring_the_teeth_brightens_the_mouth(finder, astronaut, face):
    """Lips part over teeth in the photograph's own gray, on a portrait whose own are hidden."""
    portrait = np.repeat(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    engine = MeshEngine(portrait, [face], finder.canonical, seed=0)
    head = engine.heads[0]
    basis = expression_basis(finder.canonical)
    told = basis[EXPRESSIONS.index("jaw open")] * 0.4 + basis[EXPRESSIONS.index("bare teeth")]
    motion = replace(HeadMotion.still(1), expression=told[None])
    moved = head.move(motion, 0)[:, :2]
    head._mouth._was_open = 0.0
    out = engine.frame([motion], 0)
    x, y = (moved[UPPER_LIP[-1][5]] + moved[LOWER_LIP[-1][5]]) / 2
    gap = float(moved[LOWER_LIP[-1][5], 1] - moved[UPPER_LIP[-1][5], 1])
    band = out[round(y - 0.3 * gap) : round(y), round(x) - 3 : round(x) + 4]
    dark, lit = head.tone.range
    assert band.mean() > dark + 0.5 * (lit - dark)
    assert np.ptp(band.reshape(-1, 3).astype(int), axis=1).max() <= 2


class TestFolds:
    def smile(self, finder, mesh, weight):
        basis = expression_basis(finder.canonical)
        moved = mesh.moved(
            *STILL, np.zeros(2), weight * basis[EXPRESSIONS.index("smile")].astype(float)
        )
        out = np.full((512, 512, 3), 160, np.uint8)
        FoldPainter(mesh, (512, 512)).paint(out, moved[:, :2], *STILL)
        return out.astype(int), moved

    def test_a_smile_creases_the_cheeks(self, finder, mesh):
        out, moved = self.smile(finder, mesh, 1.0)
        for fold in (206, 426):
            x, y = np.rint(moved[fold, :2]).astype(int)
            assert out[y, x, 0] < 160 - 8
        assert out.max() > 162

    def test_a_calm_face_is_left_alone(self, finder, mesh):
        out, _ = self.smile(finder, mesh, 0.1)
        assert (out == 160).all()


class TestTone:
    def test_grays_of_a_tinted_print_carry_its_tint(self, face):
        luma = np.tile(np.linspace(10, 250, 512), (512, 1))
        sepia = np.stack([luma * 1.05, luma, luma * 0.8], axis=-1).clip(0, 255).astype(np.uint8)
        oval = np.array([[100, 100], [400, 100], [400, 400], [100, 400]], float)
        tone = PhotoTone.of(sepia, whole(sepia), oval)
        red, _, blue = tone.gray(np.array(128.0))
        assert red / blue == pytest.approx(1.05 / 0.8, rel=0.05)

    def test_blur_is_measured(self, astronaut, face):
        from tremendo.finish.animate.face.mesh.topology import OVAL

        ring = face.landmarks[OVAL, :2]
        sharp, soft = (
            PhotoTone.of(picture, whole(picture), ring).blur
            for picture in (astronaut, cv2.GaussianBlur(astronaut, (0, 0), 2.5))
        )
        assert sharp < 1.2
        assert 1.7 < soft < 3.2


def test_laughter_comes_in_bursts_and_shakes_the_shoulders(finder):
    motion = preset_motion("laugh", finder.canonical, frames=144, fps=Fraction(24), seed=2)
    gap = motion.expression[:, 14, 1] - motion.expression[:, 13, 1]
    assert gap.max() > 0.6  # teeth show
    burst = gap[12:40]
    assert np.count_nonzero(np.diff(np.sign(np.diff(burst))) < 0) >= 2  # ha, ha, ha
    assert motion.turn[:, 1].max() > 3
    assert np.abs(motion.breath).max() > 1.3
    assert gap.min() < 0.4 * gap.max()


class TestMoustaches:
    """Dark hair painted from the nose over the lip, to so many centimeters under the mouth."""

    def head(self, finder, astronaut, face, mesh, down):
        lip = mesh.rest[LOWER_LIP[-1][5]]
        corners = np.array([[-2.2, -1.9, 0], [2.2, -1.9, 0], [2.2, down, 0], [-2.2, down, 0]])
        photo = np.repeat(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
        area = np.rint(mesh.placed(lip, corners)[:, :2]).astype(np.int32)
        cv2.fillPoly(photo, [area], (25, 25, 25))
        return MeshHead(photo, face, finder.canonical, (), 0)

    def test_one_that_hangs_over_the_mouth_hides_it(self, finder, astronaut, face, mesh):
        head = self.head(finder, astronaut, face, mesh, 0.6)
        teeth, gap = head._seen
        assert teeth < 0.05
        assert gap < 0.05

    def test_under_a_trimmed_one_the_jaw_swings(self, finder, astronaut, face, mesh):
        jaw = expression_basis(finder.canonical)[EXPRESSIONS.index("jaw open")]
        motion = replace(HeadMotion.still(1), expression=jaw[None])
        opened = []
        for down in (0.0, 0.6):
            head = self.head(finder, astronaut, face, mesh, down)
            moved = head.move(motion, 0)
            lower, upper = LOWER_LIP[-1][5], UPPER_LIP[-1][5]
            opened.append(float(moved[lower, 1] - moved[upper, 1]))
            assert moved[152, 1] - head.mesh.rest[152, 1] > 0.5 * mesh.scale  # the chin
        assert opened[0] > 1.3 * opened[1]
