"""People who stir: feet on the ground, nothing torn, the background still, on the beat."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from tests.finish.animate.material import filmed
from tremendo.finish.animate.analysis.depth import Depth
from tremendo.finish.animate.analysis.figures import Figure
from tremendo.finish.animate.analysis.people import Body
from tremendo.finish.animate.people.puppets import Puppets

SIZE = (400, 300)
FOOT = 260.0


def body(x=200.0):
    """Somebody who stands upright, arms a little away."""
    joints = np.zeros((33, 2), np.float32)
    joints[:11] = (x, 70)
    for left, (dx, y) in {11: (22, 100), 13: (38, 135), 15: (44, 165), 23: (14, 170)}.items():
        joints[left], joints[left + 1] = (x + dx, y), (x - dx, y)
    for left, (dx, y) in {25: (15, 215), 27: (16, 252), 29: (16, 258), 31: (20, FOOT)}.items():
        joints[left], joints[left + 1] = (x + dx, y), (x - dx, y)
    return Body(joints, np.ones(33, np.float32), matte(x), 110.0)


def matte(x=200.0):
    drawn = np.zeros(SIZE[::-1], np.uint8)
    cv2.ellipse(drawn, (int(x), 70), (18, 24), 0, 0, 360, 255, -1)
    cv2.rectangle(drawn, (int(x) - 46, 92), (int(x) + 46, int(FOOT)), 255, -1)
    return drawn.astype(np.float32) / 255


def person(x=200.0, posed=True):
    return Figure(matte(x), FOOT, body(x) if posed else None, person=True)


def turned(puppets, seconds):
    """The field in a map of the small picture."""
    return cv2.resize(puppets.field(seconds), SIZE, interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize("posed", [True, False])
def test_the_head_moves_and_the_feet_stay(posed):
    puppets = Puppets([person(posed=posed)], SIZE, strength=1.0)
    fields = [turned(puppets, t) for t in np.linspace(0, 8, 17)]
    head = [field[70, 200] for field in fields]
    assert np.ptp(head, axis=0).max() > 1.0
    assert max(np.abs(field[int(FOOT) - 2 :]).max() for field in fields) < 0.1
    assert max(np.abs(field).max() for field in fields) < 12


def test_nothing_folds_or_tears():
    crowd = [person(120), person(200), person(285, posed=False)]
    puppets = Puppets(crowd, SIZE, strength=1.0, seed=4)
    for seconds in np.linspace(0, 6, 13):
        field = turned(puppets, seconds).astype(np.float64)
        (xx, xy), (yx, yy) = (np.gradient(field[..., n])[::-1] for n in (0, 1))
        assert ((1 + xx) * (1 + yy) - xy * yx).min() > 0.4


def test_weight_shifts_from_beat_to_beat():
    beats = np.arange(0.25, 4, 0.5)
    puppets = Puppets([person()], SIZE, beats=beats, strength=1.0, seed=2)
    side = np.array([turned(puppets, t + 0.06)[150, 200, 0] for t in beats])
    assert (np.sign(side[1:]) == -np.sign(side[:-1])).all()
    between = np.array([turned(puppets, t + 0.31)[150, 200, 0] for t in beats])
    assert np.abs(between).max() < 0.7 * np.abs(side).min()


def test_people_keep_a_time_of_their_own():
    puppets = Puppets([person(100), person(300)], SIZE, strength=1.0, seed=1)
    times = np.linspace(0, 12, 60)
    left, right = (np.array([turned(puppets, t)[120, x, 0] for t in times]) for x in (100, 300))
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.9


def test_who_is_no_person_does_not_stir():
    assert not Puppets([Figure(matte(), FOOT)], SIZE)
    assert Puppets([person()], SIZE)


def test_where_an_outline_was_cut_through_nothing_moves():
    free = np.ones(SIZE[::-1], np.float32)
    free[:120] = 0
    puppets = Puppets([person()], SIZE, free, strength=1.0)
    assert max(np.abs(turned(puppets, t)[:112]).max() for t in (0.5, 1.5, 2.5)) < 1e-6
    assert max(np.abs(turned(puppets, t)[150:200]).max() for t in (0.5, 1.5, 2.5)) > 0.3


def test_the_background_is_bit_still():
    photo = np.random.default_rng(0).integers(60, 200, (300, 400, 3), dtype=np.uint8)
    photo[matte() > 0] //= 2
    ground = np.full(SIZE[::-1], 0.5, np.float32)
    depth = Depth(ground, ground, matte(), np.zeros_like(ground), 0.5, (person(),))
    frames = filmed(
        photo,
        depth=depth,
        fps=Fraction(4),
        width=400,
        height=300,
        move="push",
        framing="fill",
        strength=0.0,
        stir=1.0,
    )
    away = cv2.dilate(matte(), np.ones((41, 41), np.uint8)) == 0
    for frame in frames[1:]:
        np.testing.assert_array_equal(frame[away], frames[0][away])
    assert any((frame[80:200, 160:240] != frames[0][80:200, 160:240]).any() for frame in frames[1:])
