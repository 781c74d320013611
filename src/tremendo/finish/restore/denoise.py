"""Grain is calmed by averaging each picture with its motion-compensated neighbours.

A neighbour counts as far as it looks the same there, given the grain; where motion is not
understood the picture stays as it is. What was taken away is kept for :mod:`.grain`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.glance import Glance
from tremendo.finish.restore.motion import pull
from tremendo.finish.restore.noise import Noise, settle_noise
from tremendo.finish.restore.picture import Picture, Plane, Window, soften
from tremendo.finish.restore.step import Breaks

__all__ = ["Denoise", "DenoiseSettings"]

_LEAST = 0.8
"""A shot with less grain than this (grey levels) is left alone."""


@dataclass(frozen=True)
class DenoiseSettings:
    """How the grain is calmed."""

    reach: int = 2
    """Neighbours on each side."""
    strength: float = 1.0
    """Weight of a neighbour that looks the same."""
    spatial: float = 1.0
    """How much of what grain is left is smoothed within the picture, 0..1."""


class Denoise:
    """Averages along the motion."""

    name = "denoise"
    version = 2

    def __init__(self, settings: DenoiseSettings) -> None:
        self._settings = settings
        self.radius = settings.reach

    def measure(self, glance: Glance) -> NDArray[np.float16] | None:
        """The grain of this frame."""
        return glance.noise

    def settle(
        self,
        measures: Sequence[NDArray[np.float16] | None],
        breaks: Breaks,  # noqa: ARG002
    ) -> Noise | None:
        """The grain of the shot."""
        return settle_noise(measures)

    def run(self, window: Window, plan: Noise | None) -> Picture:
        """Average the center with its neighbours."""
        picture = window.center
        if plan is None or plan.typical < _LEAST:
            return picture
        grain = plan.soft_at(picture.luma) * np.float32(picture.gain)
        likely = 1 / (2 * grain**2 + np.float32(0.1))
        total, weights = picture.luma.copy(), np.ones_like(picture.luma)
        squares = np.ones_like(picture.luma)
        for offset in range(-self.radius, self.radius + 1):
            moved = pull(window, offset) if offset else None
            if moved is None:
                continue
            error = cv2.sqrBoxFilter(picture.soft - soften(moved), cv2.CV_32F, (7, 7)) * likely
            weight = np.exp(np.minimum(1 - error, 0)) * np.float32(self._settings.strength)
            cv2.accumulateProduct(weight, moved, total)
            cv2.accumulate(weight, weights)
            cv2.accumulateSquare(weight, squares)
        calm = total / weights
        if self._settings.spatial > 0:
            left = (
                (plan.raw_at(picture.luma) * np.float32(picture.gain)) ** 2 * squares / weights**2
            )
            calm = _smooth(calm, left, self._settings.spatial)
        return replace(picture, luma=calm, grain=picture.luma - calm)


def _smooth(luma: Plane, variance: Plane, strength: float) -> Plane:
    """Local Wiener filter (Lee, PAMI 1980) in windows of 5 pixels, averaged over windows."""
    size = (5, 5)
    mean = cv2.blur(luma, size)
    spread = np.maximum(cv2.blur(luma * luma, size) - mean * mean, 1e-3)
    keep = np.maximum(spread - variance, 0) / spread
    keep, base = cv2.blur(keep, size), cv2.blur((1 - keep) * mean, size)
    return np.asarray(luma + np.float32(strength) * (keep * luma + base - luma), np.float32)
