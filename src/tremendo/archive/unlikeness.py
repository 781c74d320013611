"""How little two pictures have in common: matching of blocks that may have moved."""

from __future__ import annotations

import cv2
import numpy as np

from tremendo.archive.pictures import Gray

__all__ = ["HEIGHT", "WIDTH", "unlikeness"]

WIDTH, HEIGHT = 64, 48
"""Size of the thumbnails."""
_BLOCK = 16
_REACH = 6


def unlikeness(first: Gray, second: Gray) -> float:
    """0 for pictures of the same content (even when it moved a little) to about 1.

    Each block of ``first`` is searched in ``second`` by normalized cross-correlation; the mean of
    what is missing, weighted by the blocks' contrast. 0 for nearly featureless pictures.

    Args:
        first: normalized thumbnail, ``(48, 64) float32``.
        second: the other.
    """
    padded = cv2.copyMakeBorder(second, _REACH, _REACH, _REACH, _REACH, cv2.BORDER_REFLECT)
    size = _BLOCK + 2 * _REACH
    missing, weights = [], []
    for top in range(0, HEIGHT, _BLOCK):
        for left in range(0, WIDTH, _BLOCK):
            block = first[top : top + _BLOCK, left : left + _BLOCK]
            contrast = float(block.std())
            if contrast < 0.1:
                continue
            around = padded[top : top + size, left : left + size]
            match = cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED)
            missing.append(1.0 - float(match.max()))
            weights.append(min(contrast, 0.5))
    return float(np.average(missing, weights=weights)) if len(missing) > 2 else 0.0
