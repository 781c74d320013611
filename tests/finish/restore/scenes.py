"""Small moving scenes that the tests of restoration share."""

from functools import cache

import cv2
import numpy as np

from tremendo.media.frames import MemoryFrames

WIDTH, HEIGHT = 160, 128


@cache
def world(seed=0, width=WIDTH + 160, height=HEIGHT + 40):
    """A still textured picture, grey levels 30..220."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width))
    for size in (4, 9, 24):
        layer = cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), size)
        total += layer / layer.std()
    return np.clip(125 + 38 * total, 30, 220).astype(np.float32)


def view(dx, dy=20.0, seed=0):
    """The part of the world at ``(dx, dy)``, a float plane."""
    matrix = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
    return cv2.warpAffine(world(seed), matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)


def grey(plane):
    """A plane as a grey frame."""
    level = np.clip(np.rint(plane), 0, 255).astype(np.uint8)
    return np.repeat(level[..., None], 3, axis=2)


def still(count, seed=0):
    """The same picture again and again."""
    return [view(20.0, seed=seed) for _ in range(count)]


def pan(count, speed=1.0):
    """A steady pan."""
    return [view(20.0 + speed * t) for t in range(count)]


def aged(count=20, seed=1, speed=0.5, grain=6.0):
    """Planes of a pan with weave, flicker, grain, one scratch and blotches."""
    rng = np.random.default_rng(seed)
    planes = []
    for t in range(count):
        dx, dy = rng.normal(0, 1.0, 2)
        plane = view(20 + speed * t + dx, 20 + dy) * rng.normal(1, 0.08)
        plane = plane + rng.normal(0, grain, plane.shape)
        plane[:, 90:92] += 60
        for _ in range(3):
            x, y = rng.integers(12, WIDTH - 12), rng.integers(12, HEIGHT - 12)
            cv2.circle(plane, (int(x), int(y)), int(rng.integers(2, 4)), 5.0, -1)
        planes.append(plane.astype(np.float32))
    return planes


def film(planes):
    """Planes as frames that can be read again."""
    return MemoryFrames([grey(p) for p in planes])
