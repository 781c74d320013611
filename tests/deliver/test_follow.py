"""The crop keeps what matters, moves softly, and stands still when it may."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from tremendo.archive.faces import faces_in
from tremendo.deliver.auto_reframe import FacesSeen, action_along, follow_action, lead_window
from tremendo.media import FrameSelection, open_frames

FPS = Fraction(16)


def walker(count=64, width=320, height=240, grain=2.0):
    """Someone crosses a still, textured scene from left to right."""
    rng = np.random.default_rng(0)
    ground = cv2.resize(rng.uniform(60, 190, (12, 16)).astype(np.float32), (width, height))
    frames, places = [], []
    for number in range(count):
        x = 40 + (width - 80) * number / (count - 1)
        frame = ground + rng.normal(0, grain, ground.shape)
        cv2.ellipse(frame, (round(x), 150), (14, 50), 0, 0, 360, 20.0, -1)
        frames.append(np.repeat(np.clip(frame, 0, 255).astype(np.uint8)[..., None], 3, 2))
        places.append(x / width)
    return frames, np.array(places)


@pytest.mark.parametrize("turned", [False, True])
def test_the_window_follows_someone_who_walks_through(turned):
    frames, places = walker()
    if turned:
        frames = [np.ascontiguousarray(f.transpose(1, 0, 2)) for f in frames]
    shape = 16 / 9 if turned else 9 / 16
    path = follow_action(frames, FPS, shape)[:, 1 if turned else 0]
    half = (240 / 320 * 9 / 16) / 2
    inside = np.abs(path - places) < half
    assert inside[4:-4].mean() > 0.97
    assert np.abs(np.diff(path, n=2)).max() < 0.01  # eased
    assert path.min() >= half - 1e-6
    assert path.max() <= 1 - half + 1e-6


def test_it_stands_still_when_nothing_moves():
    rng = np.random.default_rng(1)
    frame = rng.integers(0, 255, (120, 160, 3), dtype=np.uint8)
    path = follow_action([frame] * 20, FPS, 9 / 16)
    assert np.ptp(path, axis=0).max() == 0
    assert path[0, 0] == pytest.approx(0.5, abs=0.05)


def test_faces_weigh_more_than_motion():
    motion = np.zeros((32, 96))
    motion[:, 80:90] = 5.0
    boxes = np.array([[0.10, 0.2, 0.25, 0.5]])
    seen = [FacesSeen(n, boxes) for n in range(0, 32, 4)]
    path = lead_window(action_along(motion, seen, across=True), 0.4, 16.0, 0.5)
    assert (np.abs(path - 0.175) < 0.2 - 0.07).all()


def test_a_single_frame_and_a_fitting_shape():
    frame = np.zeros((90, 160, 3), np.uint8)
    assert follow_action([frame], FPS, 9 / 16).shape == (1, 2)
    assert (follow_action([frame] * 3, FPS, 16 / 9) == 0.5).all()


def shown(faces, center, half):
    """Area of faces inside the window."""
    low, high = center - half, center + half
    return sum(max(0, min(high, f.x + f.width) - max(low, f.x)) * f.height for f in faces)


@pytest.mark.slow
def test_the_faces_of_the_silent_comedy_stay_in_the_upright_frame(data):
    film = open_frames(data / "films" / "chaplin-1910s.mp4")
    frames = list(FrameSelection(film, range(0, 240, 5), crop=(72, 0, 568, 360)).read())
    height, width = frames[0].shape[:2]
    half = 9 / 16 * height / width / 2
    path = follow_action(frames, Fraction(5), 9 / 16)[:, 0]
    kept = best = 0.0
    for center, frame in list(zip(path, frames, strict=True))[::2]:
        faces = faces_in([frame], thorough=True)[0]
        kept += shown(faces, center, half)
        best += max(shown(faces, place, half) for place in np.linspace(half, 1 - half, 60))
    assert best > 0
    assert kept / best > 0.93  # two men far apart: no upright window holds both
