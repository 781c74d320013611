"""Takes that the tests render: a scene, figures moving, a drifting camera."""

from __future__ import annotations

import cv2
import numpy as np

from tremendo.media.frames import Frame


def scene(seed: int, width: int, height: int) -> np.ndarray:
    """A gray landscape of soft and hard shapes, ``(height, width) float32`` 0..255."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width), np.float32)
    for cells, share in ((3, 90), (8, 50), (24, 30), (60, 18)):
        coarse = rng.uniform(-1, 1, (cells * height // width + 2, cells)).astype(np.float32)
        picture += share * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    picture += 128
    for _ in range(int(rng.integers(6, 14))):
        x, y = rng.integers(0, width), rng.integers(0, height)
        far = (int(x + rng.integers(10, width // 4)), int(y + rng.integers(10, height // 3)))
        cv2.rectangle(picture, (int(x), int(y)), far, float(rng.uniform(10, 245)), -1)
    return np.clip(picture, 5, 250)


def take(
    seed: int,
    count: int,
    *,
    size: tuple[int, int] = (160, 120),
    speed: float = 2.0,
    pan: float = 0.4,
    grain: float = 2.0,
) -> list[Frame]:
    """Frames of one shot: a figure crosses at ``speed`` and the camera pans, pixels per frame."""
    rng = np.random.default_rng(seed + 1000)
    width, height = size
    room = int(pan * count) + 8
    wide = scene(seed, width + room, height + 8)
    start = float(rng.uniform(0.1, 0.4)) * width
    frames = []
    for number in range(count):
        x = pan * number
        matrix = np.array([[1, 0, -x], [0, 1, -4 + 0.3 * rng.standard_normal()]], np.float32)
        picture = cv2.warpAffine(wide, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        path = (start + speed * number) % (2 * width)
        center = (int(min(path, 2 * width - path)), int(0.6 * height))
        cv2.ellipse(picture, center, (height // 12, height // 4), 0, 0, 360, 235.0, -1)
        head = (center[0], center[1] - height // 3)
        cv2.circle(picture, head, height // 14, 20.0, -1)
        picture = picture + rng.normal(0, grain, picture.shape)
        gray = np.clip(picture, 0, 255).astype(np.uint8)
        frames.append(np.repeat(gray[..., None], 3, axis=2))
    return frames
