import cv2
import numpy as np

from tests.archive.material import take
from tremendo.archive.edges import EdgeMeter
from tremendo.archive.pictures import luma_of


def crop_of(frames):
    height, width = frames[0].shape[:2]
    meter = EdgeMeter(width, height, every=1)
    for frame in frames:
        meter.add(luma_of(frame))
    return meter.result()


def framed(frame, left, top, right, bottom, black=8):
    return cv2.copyMakeBorder(
        frame, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(black,) * 3
    )


def test_full_picture_is_not_cropped():
    assert crop_of(take(1, 12)).crop == (0, 0, 160, 120)


def test_black_bars_go():
    left, top, right, bottom = crop_of([framed(f, 30, 10, 26, 12) for f in take(2, 12)]).crop
    assert (left, top) == (31, 11)
    assert 30 + 160 - 2 <= right <= 30 + 160 - 1
    assert 10 + 120 - 2 <= bottom <= 10 + 120 - 1
    assert (right - left) % 2 == (bottom - top) % 2 == 0


def test_rounded_mask_is_cropped_a_little():
    mask = np.zeros((120, 160, 1), np.uint8)
    cv2.rectangle(mask, (12, 4), (147, 115), 1, -1)
    cv2.rectangle(mask, (4, 12), (155, 107), 1, -1)
    left, top, right, bottom = crop_of([f * mask for f in take(3, 12)]).crop
    assert 4 <= left <= 8
    assert 4 <= top <= 8
    assert 151 <= right <= 156
    assert 111 <= bottom <= 116


def moving_edge(depths):
    frames = take(4, len(depths))
    for frame, depth in zip(frames, depths, strict=True):
        frame[:, 160 - depth :] = 7
    return crop_of(frames)


def test_moving_edge_is_cropped_at_its_innermost_place():
    edges = moving_edge([0] * 12 + [6, 14, 9, 18, 12, 16, 8, 18])
    assert edges.crop[2] <= 160 - 17
    assert "right" in edges.warnings[0]


def test_edge_that_would_cost_too_much_stays():
    edges = moving_edge([0] * 14 + [40, 44, 48, 40, 44, 46])
    assert edges.crop == (0, 0, 160, 120)
    assert "left in view" in edges.warnings[0]


def test_dark_scene_is_not_a_border():
    frames = take(5, 12, grain=3)
    shade = np.clip(np.linspace(0, 1, 160), 0.15, 1)[None, :, None]
    assert crop_of([(f * shade).astype(np.uint8) for f in frames]).crop[0] <= 4


def test_blank_film_is_not_cropped():
    assert crop_of([np.zeros((120, 160, 3), np.uint8)] * 8).crop == (0, 0, 160, 120)
