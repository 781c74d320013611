"""Bodies, joints and outlines by the pose and segmentation networks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data as pictures

from tremendo.models import find
from tremendo.perception import people, pose
from tremendo.perception.face_detector import anchors

needs_networks = pytest.mark.skipif(
    not (pose.available() and people.available()),
    reason="tremendo models pull pose-detector, pose, people",
)


@pytest.fixture(scope="module")
def astronaut():
    """A woman from the waist up, before a flag and a shuttle."""
    return pictures.astronaut()


def test_anchors_are_those_of_the_network():
    assert anchors(pose._GRIDS).shape == (2254, 2)


def test_the_networks_come_from_a_wheel_for_any_machine():
    for name in (*pose.NAMES, people.NAME):
        wheel = find(name).wheel
        assert wheel is not None
        assert wheel.python
        assert wheel.platform


@needs_networks
def test_one_person_with_joints_where_they_are(astronaut):
    (person, *others) = pose.PoseFinder().find(astronaut, [(180, 60, 270, 170)])
    assert person.score > 0.9
    assert all(other.score <= person.score for other in others)
    assert np.hypot(*(person.joints[0] - (226, 122))) < 20  # the nose
    left, right = person.joints[11], person.joints[12]
    assert left[0] - right[0] > 80
    assert (person.seen[[0, 11, 12]] > 0.8).all()


@needs_networks
def test_the_outline_is_in_the_picture_at_any_scale(astronaut):
    (person, *_) = pose.PoseFinder().find(astronaut, [(180, 60, 270, 170)])
    full, half = person.mask((512, 512)), person.mask((256, 256), 0.5)
    assert full[300, 230] > 0.8
    assert full[40, 40] < 0.2
    assert np.abs(cv2.resize(full, (256, 256), interpolation=cv2.INTER_AREA) - half).mean() < 0.02


@needs_networks
def test_people_are_told_from_the_background(astronaut):
    finder = people.PeopleFinder()
    belief = finder.find(astronaut, [(256, 256, 512)], (128, 128))
    assert belief.shape == (128, 128)
    assert belief[80, 58] > 0.8
    assert belief[10, 120] < 0.3
    assert not finder.find(astronaut, [], (64, 64)).any()


@needs_networks
def test_nobody_is_in_noise():
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    assert pose.PoseFinder().find(noise) == []
