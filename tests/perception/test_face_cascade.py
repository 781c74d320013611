"""Small faces by the cascade of three networks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tremendo import models
from tremendo.perception.face_cascade import NAMES, Cascade, _apart, _pool, _squares

present = all(models.find(name).present for name in NAMES)
needs_networks = pytest.mark.skipif(not present, reason="tremendo models pull faces-1 (2, 3)")


def crowd(astronaut, places, size):
    """The astronaut's head in a grey picture, ``size`` pixels wide, at places."""
    head = cv2.resize(astronaut[30:230, 120:320], (size, size), interpolation=cv2.INTER_AREA)
    picture = np.full((300, 420, 3), 110, np.uint8)
    for x, y in places:
        picture[y : y + size, x : x + size] = head
    return picture


@needs_networks
def test_small_heads_are_found_where_they_are(astronaut):
    places = [(30, 40), (200, 30), (330, 180)]
    found = Cascade().find(crowd(astronaut, places, 50), smallest=16)
    sure = found[found[:, 14] > 0.9]
    assert len(sure) == 3
    centers = sorted(((sure[:, :2] + sure[:, 2:4]) / 2).tolist())
    for center, (x, y) in zip(centers, places, strict=True):
        np.testing.assert_allclose(center, (x + 26, y + 25), atol=8)
    assert (sure[:, 4] < sure[:, 6]).all()  # right eye left of the left one
    assert (sure[:, 9] < sure[:, 11]).all()  # nose above the mouth


@needs_networks
def test_nothing_in_noise_or_tiny_pictures():
    noise = np.random.default_rng(0).integers(0, 255, (160, 200, 3), np.uint8)
    assert (Cascade().find(noise, smallest=20)[:, 14] < 0.9).all()
    assert len(Cascade().find(noise[:9, :9], smallest=20)) == 0


@needs_networks
def test_a_half_hidden_face_is_framed_but_not_moved(finder, astronaut):
    from tremendo.finish.animate.face.performance import usable_faces

    head = astronaut[20:240, 100:330].copy()
    head[:, 120:] = 90
    picture = np.full((400, 500, 3), 90, np.uint8)
    picture[100:320, 100:330] = head
    for face in finder.find(picture):
        assert 120 < face.box[0] < 260
        if not face.fitted:
            assert usable_faces([face], (500, 400))[0] == []


def test_pooling_keeps_incomplete_cells():
    x = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    np.testing.assert_array_equal(_pool(x, 2)[0, :, :, 0], [[5, 7], [13, 15]])
    np.testing.assert_array_equal(_pool(x, 3)[0, :, :, 0], [[10, 11], [14, 15]])


def test_boxes_apart_and_square():
    boxes = np.array([[0, 0, 9, 9, 0.8], [1, 1, 10, 10, 0.9], [50, 50, 59, 69, 0.7]], np.float32)
    assert _apart(boxes, 0.5) == [1, 2]
    assert _apart(boxes, 0.99) == [1, 0, 2]
    np.testing.assert_array_equal(_squares(boxes)[2], [45, 50, 64, 69, np.float32(0.7)])
