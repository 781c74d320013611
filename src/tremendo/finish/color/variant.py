"""A variant's number in, a preference over colors out: other plausible colorings of a picture.

Where a network hesitates (a coat, a wall, a curtain) its distribution has several humps. A variant
is a smooth, seeded preference over colors that depends on what a place shows, added to the log
odds: it tips the balance the same way on every place and frame that shows the same thing, and is
powerless where the network is sure. So a variant is coherent and steady, not noise.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["VariantPreference", "limit_chroma"]

_STRENGTH = 1.6
"""Typical preference between two colors far apart, in natural logarithms of odds."""
_RANGE = 40.0
"""How far apart in ab two colors must be for preferences to differ."""
_KINDS = 4
_WAVES = 24
_CONTRAST = 5.0
_MORE, _EXTRA = 1.1, 11.0


class VariantPreference:
    """One variant's likes and dislikes.

    Args:
        seed: which variant, 1 or more; 1 and 2, 3 and 4 ... like the opposite.
        grid: ``(Q, 2)`` ab bins.
        depth: number of features of a place.
    """

    def __init__(self, seed: int, grid: NDArray[np.float32], depth: int) -> None:
        pair, sign = (seed + 1) // 2, 1 if seed % 2 else -1
        rng = np.random.default_rng([pair, 0xC0108])
        waves = rng.normal(0, 1 / _RANGE, (_KINDS, _WAVES, 2))
        phase = rng.uniform(0, 2 * np.pi, (_KINDS, _WAVES, 1))
        liking = np.cos(waves @ grid.T + phase).sum(axis=1) * np.sqrt(2 / _WAVES)
        self._liking = np.asarray(sign * _STRENGTH * liking, np.float32)
        kinds = rng.normal(0, _CONTRAST, (depth, _KINDS - 1))
        self._kinds = np.asarray(kinds - kinds.mean(axis=0), np.float32)

    def of(self, features: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
        """Additions to the log odds of each place.

        Args:
            features: ``(h2, w2, D)``.
            size: height and width of the grid of places.

        Returns:
            ``(h * w, Q) float32``.
        """
        length = np.linalg.norm(features, axis=2, keepdims=True)
        kinds = np.tanh(features / np.maximum(length, 1e-6) @ self._kinds)
        everywhere = np.ones((*features.shape[:2], 1), np.float32)
        amount = np.concatenate([everywhere, kinds], axis=2).astype(np.float32)
        even = cv2.GaussianBlur(amount, (0, 0), 1.0)
        fine = cv2.resize(even, size[::-1], interpolation=cv2.INTER_LINEAR)
        return np.asarray(fine.reshape(-1, _KINDS) @ self._liking, np.float32)


def limit_chroma(ab: NDArray[np.float32], likeliest: NDArray[np.float32]) -> NDArray[np.float32]:
    """A variant's colors, little more colorful than the likeliest ones ``(..., 2)``."""
    most = _MORE * np.linalg.norm(likeliest, axis=-1, keepdims=True) + _EXTRA
    chroma = np.linalg.norm(ab, axis=-1, keepdims=True)
    return np.asarray(ab * np.minimum(1, most / np.maximum(chroma, 1e-6)), np.float32)
