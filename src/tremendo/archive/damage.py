"""How worn a film is: flicker, dirt and scratches."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.archive.pictures import Gray, Luma, gray_thumbnail

__all__ = ["WearMeter", "flicker", "wear"]

_WIDTH = 320
_SPECK = 14.0
"""Gray levels by which dirt differs from the frames before and after."""
_REACH = 9
"""Things may move by half of this between frames, in pixels of the thumbnail."""


class WearMeter:
    """Dirt and scratches frame by frame; holds three thumbnails.

    A speck is brighter or darker than everything near its place in the frames before and after
    (rank-order detection: Kokaram 1998), so that what merely moved or shook is none; a scratch is
    so along much of a column.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = (_WIDTH, max(32, round(height * _WIDTH / width)))
        self._recent: deque[Gray] = deque(maxlen=3)
        self._dirt: list[float] = []
        self._scratched: list[float] = []

    def add(self, luma: Luma) -> None:
        """Take the next frame."""
        self._recent.append(gray_thumbnail(luma, *self._size))
        if len(self._recent) == 3:
            dirt, scratched = _specks(*self._recent)
            self._dirt.append(dirt)
            self._scratched.append(scratched)
        else:
            self._dirt.append(0.0)
            self._scratched.append(0.0)

    def result(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Share of the picture that is dirt, and of its columns that are scratched, per frame.

        The values stand one frame late, which is of no account for a shot's mean.
        """
        return np.array(self._dirt), np.array(self._scratched)


def _specks(before: Gray, now: Gray, after: Gray) -> tuple[float, float]:
    """Shares of dirty pixels and of scratched columns in the middle one of three frames."""
    level = float(now.mean())
    neighbors = [gray * (level / max(float(gray.mean()), 1.0)) for gray in (before, after)]
    reach = np.ones((_REACH, _REACH), np.uint8)
    ceiling = cv2.dilate(np.maximum(*neighbors), reach)
    floor = cv2.erode(np.minimum(*neighbors), reach)
    excess = np.maximum(now - ceiling, 0) - np.maximum(floor - now, 0)
    lines = np.clip(excess, -_SPECK, _SPECK).mean(axis=0)
    return float((np.abs(excess) > _SPECK).mean()), float((np.abs(lines) > 0.15 * _SPECK).mean())


def flicker(light: NDArray[np.float64]) -> float:
    """Standard deviation of the frames' mean luma (0..1) about its own slow course."""
    if len(light) < 5:
        return 0.0
    width = min(9, len(light) - (len(light) + 1) % 2)
    padded = np.pad(light, width // 2, mode="reflect", reflect_type="odd")
    trend = np.convolve(padded, np.full(width, 1 / width), mode="valid")
    return float(np.std(light - trend))


def wear(
    light: NDArray[np.float64], dirt: NDArray[np.float64], scratched: NDArray[np.float64]
) -> float:
    """One figure 0..1 for a shot: 0 clean, 0.3 visibly worn, 0.7 badly damaged."""
    return float(
        1 - np.exp(-(30 * flicker(light) + 60 * _usual(dirt[2:]) + 20 * _usual(scratched[2:])))
    )  # the first two frames compare across the cut


def _usual(values: NDArray[np.float64]) -> float:
    """Mean without the highest fifth: frames in which something ran by fast."""
    kept = np.sort(values)[: max(1, len(values) * 4 // 5)]
    return float(kept.mean()) if len(values) else 0.0
