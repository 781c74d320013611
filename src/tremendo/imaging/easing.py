"""Curves that ease."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["smoothstep"]


def smoothstep(low: float, high: float, x: NDArray[np.floating]) -> NDArray[np.float64]:
    """0 below ``low``, 1 above ``high``, an S between."""
    t = np.clip((np.asarray(x, np.float64) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
