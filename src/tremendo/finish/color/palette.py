"""Taste: how vivid colors are, and a bridle for hues that go wrong on old film."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["bridle", "chroma_gain", "temperature"]

_PURPLE = (285.0, 345.0)
_CALM = 12.0


def temperature(vividness: float) -> float:
    """The annealed mean's temperature for a vividness of 0 (safe) to 1 (bold)."""
    return 0.55 - 0.27 * vividness


def chroma_gain(vividness: float) -> float:
    """A factor on chroma for a vividness of 0 to 1; 1.0 at one half."""
    return 0.75 + 0.5 * vividness


def bridle(ab: NDArray[np.float32], limit: float = _CALM) -> NDArray[np.float32]:
    """Colors with violet and purple held back; skies, water and foliage are left alone.

    A network's doubt between blue and red shows as purple, and before synthetic dyes were cheap
    little was that color. Chroma beyond the limit is compressed, fully between hue angles 295 and
    335 degrees and gradually less toward 275 and 355.

    Args:
        ab: ``(..., 2) float32``.
        limit: chroma that stays untouched.
    """
    chroma = np.hypot(ab[..., 0], ab[..., 1])
    hue = np.degrees(np.arctan2(ab[..., 1], ab[..., 0])) % 360
    start, end = _PURPLE
    wrong = np.clip(np.minimum(hue - start + 10, end + 10 - hue) / 20, 0, 1)
    excess = np.maximum(chroma - limit, 0)
    calm = np.minimum(chroma, limit) + excess / (1 + wrong * excess / 4)
    scale = calm / np.maximum(chroma, 1e-6)
    return np.asarray(ab * scale[..., None], np.float32)
