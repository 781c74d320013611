"""People and the sky cut out, and how far each stands."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.finish.animate.material import known
from tremendo.finish.animate.analysis.figures import find_figures
from tremendo.finish.animate.analysis.outlines import hold, outline_support, soften
from tremendo.finish.animate.analysis.people import Body, People
from tremendo.finish.animate.camera.layers import cut_layers

SHAPE = (300, 400)


def picture(people=((120, 240), (280, 285))):
    """Dark people, given by their middle and foot, before a light wall with grain."""
    rng = np.random.default_rng(1)
    gray = 190 + rng.normal(0, 4, SHAPE)
    drawn = np.zeros(SHAPE, np.uint8)
    for x, foot in people:
        cv2.rectangle(drawn, (x - 22, foot - 120), (x + 22, foot), 255, -1)
        cv2.circle(drawn, (x, foot - 135), 17, 255, -1)
    gray[drawn > 0] = 50 + rng.normal(0, 4, int((drawn > 0).sum()))
    return np.repeat(gray.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2), drawn > 0


def believed(people, offset=3):
    """What networks may believe: the people, blurred and a little off."""
    bodies = []
    for x, foot in people:
        one = picture([(x, foot)])[1]
        soft = cv2.GaussianBlur(np.roll(one, offset, axis=1).astype(np.float32), (0, 0), 3)
        joints = np.full((33, 2), (x, foot - 60), np.float32)
        joints[:11] = (x, foot - 135)
        joints[27:33] = (x, foot)
        bodies.append(Body(joints, np.ones(33, np.float32), soft, 80.0))
    return People(np.max([body.matte for body in bodies], axis=0), tuple(bodies))


def test_an_outline_follows_the_picture_not_the_belief():
    people = ((120, 240), (280, 285))
    photo, truth = picture(people)
    figures = find_figures(photo, (), believed(people))
    assert len(figures) == 2
    found = np.max([figure.matte for figure in figures], axis=0) > 0.9
    assert (found & truth).sum() / (found | truth).sum() > 0.9
    assert sorted(round(figure.foot) for figure in figures) == [240, 285]
    assert all(figure.person for figure in figures)


def test_people_who_touch_share_one_outline_without_a_gap():
    people = ((180, 260), (222, 260))
    photo, truth = picture(people)
    figures = find_figures(photo, (), believed(people, offset=0))
    assert len(figures) == 2
    assert (sum(figure.matte for figure in figures)[truth] > 0.99).mean() > 0.98
    overlap = np.minimum(figures[0].matte, figures[1].matte)
    assert overlap.max() == 0


def test_who_stands_lower_stands_nearer():
    people = ((120, 240), (280, 285))
    photo, _ = picture(people)
    depth = known(photo, (), people=believed(people)).depth
    far, near = depth.figures[200, 120], depth.figures[240, 280]
    assert near > far + 0.1
    # at the foot a figure is as far as the ground it stands on
    assert depth.figures[238, 120] == pytest.approx(depth.ground[238, 120], abs=0.08)


def test_the_sky_is_a_layer_behind_all_else():
    photo = np.full((300, 400, 3), 225, np.uint8)
    photo[170:] = 90
    photo[60:180, 180:240] = 70  # a tower
    noise = np.random.default_rng(0).normal(0, 3, (300, 400, 1))
    photo = np.clip(photo + noise, 0, 255).astype(np.uint8)
    blue = SimpleNamespace(yellow=np.full((300, 400), -12.0, np.float32))
    depth = known(photo, (), appearance=blue).depth
    assert depth.sky[20:150, 20:160].min() > 0.9
    assert depth.sky[80:160, 190:230].max() == 0
    assert len(cut_layers(photo, depth)) == 2
    gray = SimpleNamespace(yellow=np.zeros((300, 400), np.float32))
    assert not known(photo, (), appearance=gray).depth.sky.any()  # it may be a backdrop


def test_a_matte_holds_all_of_the_figure():
    _, truth = picture()
    matte = soften(truth)
    assert matte[truth].min() == 1
    near = cv2.dilate(truth.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    assert matte[~near].max() == 0


def test_an_outline_without_an_edge_is_held():
    photo, truth = picture([(200, 260)])
    luma = photo[..., 0]
    assert outline_support(luma, truth) > 0.95
    assert hold(luma, truth).min() > 0.9
    cut = truth.copy()
    cut[200:] = False  # cut through the legs
    free = hold(luma, cut)
    assert free[196:203, 190:210].max() < 0.2
    assert free[120:150, 190:210].min() > 0.9
