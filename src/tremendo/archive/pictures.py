"""Small views of a frame that the archive measures on: gray thumbnails and their normalization."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = ["Gray", "Luma", "correlation", "gray_thumbnail", "luma_of", "normalized"]

Luma = NDArray[np.uint8]
"""``(H, W) uint8``: what the archive's meters are fed, so that a frame is converted once."""

Gray = NDArray[np.float32]
"""``(H, W) float32`` luma, 0..255 unless normalized."""


def luma_of(frame: Frame) -> Luma:
    """The luma of an RGB frame."""
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def gray_thumbnail(luma: Luma, width: int, height: int) -> Gray:
    """The picture at ``width`` x ``height`` by area averaging, ``(H, W) float32`` 0..255."""
    small = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32)


def normalized(gray: Gray) -> Gray:
    """Mean 0 and standard deviation 1, so that flicker and exposure cancel.

    A blank picture gives zeros.
    """
    centered = gray - gray.mean()
    spread = float(centered.std())
    return centered / spread if spread > 1.0 else np.zeros_like(gray)


def correlation(first: Gray, second: Gray, reach: int = 0) -> float:
    """Highest normalized cross-correlation of two equally large pictures, -1..1.

    Args:
        first: the reference.
        second: compared with it.
        reach: shifts up to this many pixels in each direction are tried (camera move, weave).
    """
    inner = second[reach : second.shape[0] - reach, reach : second.shape[1] - reach]
    if first.std() < 1e-3 or inner.std() < 1e-3:
        return 0.0
    return float(cv2.matchTemplate(first, inner, cv2.TM_CCOEFF_NORMED).max())
