"""Grain is calmed by averaging each picture with its motion-compensated neighbors.

A neighbor counts as far as it looks the same there, given the grain; where motion is not
understood the picture stays as it is. What was taken away is kept for :mod:`.grain`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.frame_stats import FrameStats
from tremendo.finish.restore.motion import warp_neighbor
from tremendo.finish.restore.noise import Noise, fit_noise
from tremendo.finish.restore.picture import Picture, Plane, TemporalWindow, soften
from tremendo.finish.restore.step import Breaks

__all__ = ["Denoise", "DenoiseOptions"]

_LEAST = 0.8
"""A shot with less grain than this (grey levels) is left alone."""


@dataclass(frozen=True)
class DenoiseOptions:
    """How the grain is calmed."""

    reach: int = 2
    """Neighbors on each side."""
    strength: float = 1.0
    """Weight of a neighbor that looks the same."""
    spatial: float = 1.0
    """How much of what grain is left is smoothed within the picture, 0..1."""


class Denoise:
    """Averages along the motion."""

    name = "denoise"
    version = 2

    def __init__(self, options: DenoiseOptions) -> None:
        self._options = options
        self.radius = options.reach

    def measure(self, stats: FrameStats) -> NDArray[np.float16] | None:
        """The grain of this frame."""
        return stats.noise

    def make_plan(
        self,
        measures: Sequence[NDArray[np.float16] | None],
        breaks: Breaks,  # noqa: ARG002
    ) -> Noise | None:
        """The grain of the shot."""
        return fit_noise(measures)

    def run(self, window: TemporalWindow, plan: Noise | None) -> Picture:
        """Average the center with its neighbors."""
        picture = window.center
        if plan is None or plan.typical < _LEAST:
            return picture
        grain = plan.soft_at(picture.luma) * np.float32(picture.gain)
        likely = 1 / (2 * grain**2 + np.float32(0.1))
        total, weights = picture.luma.copy(), np.ones_like(picture.luma)
        squares = np.ones_like(picture.luma)
        for offset in range(-self.radius, self.radius + 1):
            moved = warp_neighbor(window, offset) if offset else None
            if moved is None:
                continue
            error = cv2.sqrBoxFilter(picture.soft - soften(moved), cv2.CV_32F, (7, 7)) * likely
            weight = np.exp(np.minimum(1 - error, 0)) * np.float32(self._options.strength)
            cv2.accumulateProduct(weight, moved, total)
            cv2.accumulate(weight, weights)
            cv2.accumulateSquare(weight, squares)
        calm = total / weights
        if self._options.spatial > 0:
            left = (
                (plan.raw_at(picture.luma) * np.float32(picture.gain)) ** 2 * squares / weights**2
            )
            calm = _smooth(calm, left, self._options.spatial)
        return replace(picture, luma=calm, grain=picture.luma - calm)


def _smooth(luma: Plane, variance: Plane, strength: float) -> Plane:
    """Local Wiener filter (Lee, PAMI 1980) in windows of 5 pixels, averaged over windows."""
    size = (5, 5)
    mean = cv2.blur(luma, size)
    spread = np.maximum(cv2.blur(luma * luma, size) - mean * mean, 1e-3)
    keep = np.maximum(spread - variance, 0) / spread
    keep, base = cv2.blur(keep, size), cv2.blur((1 - keep) * mean, size)
    return np.asarray(luma + np.float32(strength) * (keep * luma + base - luma), np.float32)
