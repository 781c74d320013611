from fractions import Fraction

import numpy as np
import pytest

from tests.archive.material import take
from tremendo.archive.motion import MotionMeter, landings, main_direction
from tremendo.archive.pictures import luma_of


def motion_of(frames, fps=24):
    height, width = frames[0].shape[:2]
    meter = MotionMeter(width, height, Fraction(fps))
    for frame in frames:
        meter.add(luma_of(frame))
    return meter.result()


def test_still_scene_has_none_and_more_speed_is_more():
    still, slow, fast = (
        motion_of(take(1, 20, speed=v, pan=0)).energy[1:].mean() for v in (0, 1, 3)
    )
    assert still < 0.1 < slow < fast


def test_camera_move_is_taken_away():
    panning = motion_of(take(2, 20, speed=-2, pan=2)).energy[1:].mean()
    walking = motion_of(take(2, 20, speed=2, pan=0)).energy[1:].mean()
    assert panning < 0.4 * walking


@pytest.mark.parametrize(("turn", "expected"), [(0, 0), (1, 90), (2, 180), (3, 270)])
def test_direction(turn, expected):
    frames = take(3, 16, size=(128, 128), speed=3, pan=0)
    motion = motion_of([np.ascontiguousarray(np.rot90(f, turn)) for f in frames])
    direction = main_direction(motion, 0, 16)
    assert direction is not None
    assert abs((direction - expected + 180) % 360 - 180) < 25


def test_no_direction_without_motion():
    assert main_direction(motion_of(take(4, 12, speed=0, pan=0)), 0, 12) is None


def test_gestures_land_at_the_peaks():
    time = np.arange(72)
    energy = 0.3 + 2 * np.exp(-((time - 20) ** 2) / 8) + 1.5 * np.exp(-((time - 50) ** 2) / 8)
    assert landings(energy, Fraction(24)) == (20, 50)
    assert landings(np.full(72, 0.02), Fraction(24)) == ()
