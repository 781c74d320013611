"""Lightness in, plain features of its places out, for engines that give none of their own."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["plain_features"]

_SCALES = (1.0, 2.5, 6.0)


def plain_features(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level and texture around each place at three scales.

    Args:
        lightness: ``(h, w)`` CIE L* of a coarse picture.

    Returns:
        ``(h, w, 6) float32``, each about -1 to 1.
    """
    planes = []
    for sigma in _SCALES:
        mean = np.asarray(cv2.GaussianBlur(lightness, (0, 0), sigma))
        square = np.asarray(cv2.GaussianBlur(lightness * lightness, (0, 0), sigma))
        planes += [mean / 50 - 1, np.sqrt(np.maximum(square - mean * mean, 0)) / 20]
    return np.dstack(planes).astype(np.float32)
