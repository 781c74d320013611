"""What every interpolator keeps; see ``tremendo.finish.interpolate.interpolator``."""

import numpy as np
import pytest

from tests.deliver.test_conform import error, scene
from tremendo.finish.interpolate.interpolator import FramePair, Interpolator
from tremendo.finish.interpolate.registry import INTERPOLATORS

STEP = 6
"""Pixels by which the scene moves from one frame to the next."""


class Panning:
    """RIFE's stand-in: knows the motion of the scene."""

    def motion(self, first, second):
        flow = np.zeros((*first.shape[:2], 4), np.float32)
        flow[..., 0], flow[..., 2] = -STEP / 2, STEP / 2
        return flow, np.full(first.shape[:2], 0.5, np.float32)


@pytest.fixture(params=INTERPOLATORS.names())
def interpolator(request):
    stand_ins = {"rife": (Panning(),)}
    return INTERPOLATORS.create(request.param, *stand_ins.get(request.param, ()))


@pytest.fixture
def pair():
    return scene(-40), scene(-40 + STEP)


def test_the_ends_are_the_frames_themselves(interpolator, pair):
    assert isinstance(interpolator, Interpolator)
    between = interpolator.pair(*pair)
    assert isinstance(between, FramePair)
    for share, frame in zip((0, 1), pair, strict=True):
        assert between.at(share) is frame
        assert between.at(float(share)) is frame


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_what_is_made_lies_between(interpolator, pair, share):
    made = interpolator.pair(*pair).at(share)
    assert made is not None
    assert made.shape == pair[0].shape
    assert made.dtype == pair[0].dtype
    truth = scene(-40 + STEP * share)
    if interpolator.synthesizes:
        assert error(made, truth) < 0.7 * min(error(frame, truth) for frame in pair)
    else:
        assert any(made is frame for frame in pair)


def test_nothing_is_made_up_across_a_cut(interpolator):
    first, second = scene(0, seed=1), scene(0, seed=2)
    made = interpolator.pair(first, second).at(0.5)
    assert made is (None if interpolator.synthesizes else first)


def test_the_same_pair_gives_the_same_picture_and_is_left_alone(interpolator, pair):
    for frame in pair:
        frame.flags.writeable = False
    first, second = (interpolator.pair(*pair).at(0.4) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", INTERPOLATORS.names())
def test_a_line_says_what_it_is(name):
    assert INTERPOLATORS.describe()[name]
