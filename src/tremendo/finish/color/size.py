"""Sizes of pictures in, the sizes at which engines see them out."""

from __future__ import annotations

import cv2
import numpy as np

from tremendo.media.frames import Frame

__all__ = ["SIDE", "reduced", "reduced_size", "working_size"]

SIDE = 192
"""Short side of what an engine sees, and of what is kept of a film's frames."""
_STRIDE = 32


def reduced_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height at a short side of at most ``side``, at most eight times as long."""
    scale = min(1.0, side / min(width, height))
    longest = 8 * side
    return (
        min(longest, max(1, round(width * scale))),
        min(longest, max(1, round(height * scale))),
    )


def reduced(frame: Frame, side: int) -> Frame:
    """A picture at its reduced size; one whose short side is small enough stays as it is."""
    height, width = frame.shape[:2]
    if min(height, width) <= side:
        return frame
    size = reduced_size(width, height, side)
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def working_size(width: int, height: int, side: int, longest: int) -> tuple[int, int]:
    """Width and height near the short side, multiples of 32, at most ``longest``."""
    scale = side / min(width, height)
    wide, high = (
        min(longest, max(_STRIDE, round(n * scale / _STRIDE) * _STRIDE)) for n in (width, height)
    )
    return wide, high
