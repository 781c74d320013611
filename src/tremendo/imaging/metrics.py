"""Two pictures in, how alike they are out; one picture in, how colorful it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["colorfulness", "psnr"]

_PEAK = 255.0
_LEAST_ERROR = 1e-6
"""Squared code values; equal pictures so have 108 dB, not infinity."""


def psnr(ours: NDArray[np.generic], truth: NDArray[np.generic]) -> float:
    """Peak signal to noise ratio in dB over all values of two arrays of one shape, 0 to 255."""
    error = np.mean((ours.astype(np.float64) - truth.astype(np.float64)) ** 2)
    return float(10 * np.log10(_PEAK**2 / np.maximum(error, _LEAST_ERROR)))


def colorfulness(frame: NDArray[np.generic]) -> float:
    """Colorfulness of ``(H, W, 3)`` RGB, 0 to 255 (Hasler and Suesstrunk 2003, signed opponents).

    Spread plus 0.3 times mean of the opponents R - G and (R + G) / 2 - B.
    """
    red, green, blue = (frame[..., i].astype(np.float64) for i in range(3))
    first, second = red - green, (red + green) / 2 - blue
    spread = np.hypot(first.std(), second.std())
    return float(spread + 0.3 * np.hypot(first.mean(), second.mean()))
