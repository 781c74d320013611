"""Presets: blinks as people blink, nods on the beat, and always out of stillness."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from tremendo.finish.animate.face.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.face.mesh.topology import LOWER_LIP, UPPER_LIP
from tremendo.finish.animate.face.presets import PRESETS, preset_motion

FPS = Fraction(24)


def perform(finder, name, seconds=6.0, **more):
    return preset_motion(name, finder.canonical, frames=round(seconds * 24), fps=FPS, **more)


@pytest.mark.parametrize("name", sorted(PRESETS))
class TestEveryPreset:
    def test_starts_as_the_photograph(self, finder, name):
        motion = perform(finder, name, seed=4)
        assert np.abs(motion.turn[0]).max() == 0
        assert np.abs(motion.expression[0]).max() == 0
        assert np.abs(motion.lids[0]).max() == 0

    def test_moves_smoothly_and_within_reason(self, finder, name):
        motion = perform(finder, name, seed=3, beats=np.arange(0.5, 6, 0.5))
        assert np.ptp(motion.turn, axis=0).max() > 2
        assert np.abs(motion.turn).max() < 30
        assert np.abs(np.diff(motion.turn, axis=0)).max() < 4  # degrees a frame
        assert motion.lids.min() >= 0
        assert motion.lids.max() <= 1
        assert np.abs(motion.gaze).max() < 0.3

    def test_seed_decides(self, finder, name):
        a, b, c = (perform(finder, name, 2.0, seed=seed) for seed in (7, 7, 8))
        np.testing.assert_array_equal(a.turn, b.turn)
        np.testing.assert_array_equal(a.expression, b.expression)
        assert (a.turn != c.turn).any()

    def test_very_short(self, finder, name):
        assert len(preset_motion(name, finder.canonical, frames=1, fps=FPS)) == 1


def test_blinks_fifteen_to_twenty_a_minute(finder):
    counts = []
    for seed in range(6):
        shut = perform(finder, "idle", 60, seed=seed).lids[:, 0] > 0.9
        counts.append(np.count_nonzero(np.diff(shut.astype(int)) == 1))
    assert 13 < np.mean(counts) < 22
    assert np.std(counts) > 0


def test_eyes_close_faster_than_they_open(finder):
    lids = perform(finder, "idle", 20, seed=2).lids[:, 0]
    speed = np.diff(lids)
    assert speed.max() > 1.4 * -speed.min()


def test_nods_are_down_on_the_beat(finder):
    beats = np.arange(0.75, 6, 0.75)
    pitch = perform(finder, "nod", seed=1, beats=beats).turn[:, 1]
    on = np.array([pitch[round(beat * 24)] for beat in beats[:-1]])
    between = np.array([pitch[round((beat + 0.45) * 24)] for beat in beats[:-1]])
    assert (on < between - 2).all()


def test_singing_opens_the_mouth_on_beats(finder):
    basis = expression_basis(finder.canonical)[EXPRESSIONS.index("jaw open")]
    opened = basis[14, 1]
    motion = perform(finder, "sing", seed=1, beats=np.arange(0.5, 6, 0.6))
    gap = motion.expression[:, 14, 1] - motion.expression[:, 13, 1]
    assert gap.max() > 0.4 * opened
    assert np.count_nonzero(np.diff(gap > 0.2 * opened)) > 8


class TestExpressions:
    def test_left_and_right_mirror_each_other(self, finder):
        basis = expression_basis(finder.canonical)
        for name, shape in zip(EXPRESSIONS, basis, strict=True):
            right, left = shape[61], shape[291]
            np.testing.assert_allclose(right * (-1, 1, 1), left, atol=0.05, err_msg=name)

    def test_jaw_moves_the_lower_lip_and_not_the_forehead(self, finder):
        jaw = expression_basis(finder.canonical)[EXPRESSIONS.index("jaw open")]
        assert jaw[LOWER_LIP[-1, 5], 1] > 1
        assert abs(jaw[UPPER_LIP[-1, 5], 1]) < 0.05
        assert np.abs(jaw[[10, 151, 105, 334]]).max() < 0.05

    def test_smile_widens_and_lifts_the_corners(self, finder):
        smile = expression_basis(finder.canonical)[EXPRESSIONS.index("smile")]
        assert smile[291, 0] > 0.4
        assert smile[61, 0] < -0.4
        assert smile[291, 1] < -0.4
