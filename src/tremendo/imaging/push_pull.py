"""Known values go in; a picture in which they have flowed smoothly over the unknown comes out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["push_pull", "spread"]


def spread(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Let known values flow smoothly over unknown ones (push-pull pyramid, Gortler et al. 1996).

    Args:
        values: ``(H, W)`` or ``(H, W, C) float32``.
        known: ``(H, W)``; at least one pixel must be known.

    Returns:
        Like ``values``; known pixels are unchanged.
    """
    weight = known.astype(np.float32)
    flat = values if values.ndim == 3 else values[..., None]
    filled = push_pull(flat * weight[..., None], weight)
    result = np.where(known[..., None], flat, filled)
    return np.asarray(result.reshape(values.shape), np.float32)


def push_pull(weighted: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weighted values divided by their weight, holes taken from the next coarser level."""
    mean = weighted / np.maximum(weight, 1e-6)[..., None]
    rows, columns = weight.shape
    if min(rows, columns) <= 2:
        total = weighted.sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
        return np.where(weight[..., None] > 0, mean, total).astype(np.float32)
    half = ((columns + 1) // 2, (rows + 1) // 2)
    below = push_pull(_shrink(weighted, half), _shrink(weight, half)[..., 0])
    coarse = cv2.resize(below, (columns, rows), interpolation=cv2.INTER_LINEAR)
    coarse = coarse.reshape(mean.shape)
    share = np.minimum(weight, 1.0)[..., None]
    return np.asarray(mean * share + coarse * (1 - share), np.float32)


def _shrink(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Half size; always ``(h, w, C)``."""
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).reshape(size[1], size[0], -1)
