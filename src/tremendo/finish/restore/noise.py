"""How strong the grain is, by brightness: what the dust and denoise steps measure against.

The grain is what is left between a frame and its motion-compensated neighbor in the blocks that
match best, so that fine texture does not count as grain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.picture import Plane, soften

__all__ = ["Noise", "fit_noise", "measure_noise"]

_LEVELS = np.arange(16, 256, 32, dtype=np.float64)
_SIDE = 16
_BLOCKS = 200
"""About so many blocks of a frame are kept: figures of a long shot must stay small."""
_FRAMES = 200
"""So many frames are enough for the grain of a shot."""
_MATCHING = 0.3
"""Share of the blocks, the best, that counts as matching."""
_BEST = 0.05


@dataclass(frozen=True)
class Noise:
    """Standard deviation of the grain at ``_LEVELS`` of luma: raw and after :func:`soften`."""

    raw: tuple[float, ...]
    soft: tuple[float, ...]

    @property
    def typical(self) -> float:
        """Grain of the whole picture, grey levels."""
        return float(np.median(self.raw))

    def raw_at(self, luma: Plane) -> Plane:
        """Map of the grain for a picture ``(H, W)``."""
        return _by_level(luma, self.raw)

    def soft_at(self, luma: Plane) -> Plane:
        """The same after :func:`soften`."""
        return _by_level(luma, self.soft)


def _by_level(luma: Plane, values: tuple[float, ...]) -> Plane:
    table = np.interp(np.arange(256), _LEVELS, values).astype(np.float32)
    small = cv2.resize(luma, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    coarse = table[np.clip(cv2.blur(small, (3, 3)), 0, 255).astype(np.uint8)]
    return np.asarray(
        cv2.resize(coarse, luma.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32
    )


def measure_noise(luma: Plane, before: Plane) -> NDArray[np.float16]:
    """Blocks' mean luma and spread against the previous frame brought to this one's position.

    Returns:
        rows of mean, raw and soft standard deviation of the frame's grain, ``(3, blocks)``.
    """
    change = luma - before
    usable = (luma > 4) & (luma < 251)
    mean = _block_mean(luma)
    raw = _block_spread(change)
    soft = _block_spread(soften(change))
    good = _block_mean(usable.astype(np.float32)) > 0.98
    good &= raw > 0.02
    good[[0, -1]] = good[:, [0, -1]] = False
    figures = np.stack([mean[good], raw[good] / np.sqrt(2), soft[good] / np.sqrt(2)])
    thin = max(1, figures.shape[1] // _BLOCKS)
    return figures[:, ::thin].astype(np.float16)


def fit_noise(measures: Sequence[NDArray[np.float16] | None]) -> Noise | None:
    """The grain of the shot by level; None when no two frames could be compared."""
    found = [m for m in measures if m is not None and m.shape[1]]
    if not found:
        return None
    found = found[:: 1 + len(found) // _FRAMES]
    mean, raw, soft = np.concatenate(found, axis=1).astype(np.float64)
    return Noise(_curve(mean, raw), _curve(mean, soft))


def _curve(mean: NDArray[np.float64], spread: NDArray[np.float64]) -> tuple[float, ...]:
    """Spread of the well-matching blocks around each level, levels without blocks filled in."""
    whole = _typical(spread)
    values = []
    for level in _LEVELS:
        near = spread[np.abs(mean - level) < 24]
        count = near.size
        own = _typical(near) if count else whole
        values.append((own * count + whole * 40) / (count + 40))
    return tuple(values)


def _typical(spread: NDArray[np.float64]) -> float:
    """Spread of the blocks that match; where few do, not much more than that of the very best."""
    best, good = np.quantile(spread, (_BEST, _MATCHING))
    return float(min(good, 1.3 * best))


def _block_mean(plane: Plane) -> Plane:
    rows, columns = plane.shape[0] // _SIDE, plane.shape[1] // _SIDE
    cut = plane[: rows * _SIDE, : columns * _SIDE]
    return np.asarray(
        cut.reshape(rows, _SIDE, columns, _SIDE).mean(axis=(1, 3), dtype=np.float64), np.float32
    )


def _block_spread(plane: Plane) -> Plane:
    variance = _block_mean(plane**2) - _block_mean(plane) ** 2
    return np.asarray(np.sqrt(np.maximum(variance, 0)), np.float32)
