"""Coarse colors in, colors at full size out that end where the picture has edges.

First the colors are smoothed within regions of like lightness, weighted by confidence (fast global
smoother, Min et al. 2014); then a guided filter (He, Sun and Tang 2010) in its fast form, with
coefficients at the coarse size and the full-size lightness as guide, carries them up.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.lab import code_values

__all__ = ["LinearColors", "guided_upsample", "smooth_in_regions"]

_RADIUS = 4
"""Of the guided filter's windows, small pixels."""
_EPSILON = 4e-4
"""Variance of lightness (0 to 1) below which a window counts as even."""


@dataclass(frozen=True)
class LinearColors:
    """Colors as a locally linear function of lightness: ``ab = slope * L / 100 + offset``.

    Attributes:
        slope: ``(h, w, 2) float32``.
        offset: ``(h, w, 2) float32``.
    """

    slope: NDArray[np.float32]
    offset: NDArray[np.float32]

    def toned(self, scale: float, shift: float) -> LinearColors:
        """The same colors for pictures whose lightness is ``(L - shift) / scale``."""
        return LinearColors(
            self.slope * np.float32(scale), self.offset + self.slope * np.float32(shift / 100)
        )

    def at(
        self, lightness: NDArray[np.float32], *, top: int = 0, height: int | None = None
    ) -> NDArray[np.float32]:
        """Colors ``(H, W, 2)`` for full-size lightness, or for a band of its rows.

        Args:
            lightness: ``(H, W)`` CIE L*, the whole width.
            top: first row of the band.
            height: rows of the whole picture; by default those of ``lightness``.
        """
        rows, width = lightness.shape
        down = len(self.slope) / (height or rows)
        across = self.slope.shape[1] / width
        place = np.array(
            [[across, 0, across / 2 - 0.5], [0, down, (top + 0.5) * down - 0.5]], np.float32
        )
        slope, offset = (
            cv2.warpAffine(
                plane,
                place,
                (width, rows),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for plane in (self.slope, self.offset)
        )
        return np.asarray(slope * (lightness[..., None] / 100) + offset, np.float32)


def smooth_in_regions(
    ab: NDArray[np.float32],
    confidence: NDArray[np.float32],
    lightness: NDArray[np.float32],
    *,
    reach: float = 0.025,
    contrast: float = 5.0,
) -> NDArray[np.float32]:
    """Coarse colors in, colors at the size of ``lightness`` out, smooth within its regions.

    Sure places lead (fast global smoother, Min et al. 2014).

    Args:
        ab: ``(h, w, 2)`` coarse colors, or any other planes.
        confidence: ``(h, w)``, 0 to 1.
        lightness: ``(H, W)`` CIE L* of a small version of the picture (short side about 240).
        reach: how far colors flow, as a share of the short side.
        contrast: a step of lightness, in code values of 255, that stops them.
    """
    size = lightness.shape[1::-1]
    weight = np.asarray(cv2.resize(confidence, size, interpolation=cv2.INTER_LINEAR)) ** 2 + 0.02
    flow = (reach * min(lightness.shape)) ** 2
    guide = code_values(lightness)
    smoother = cv2.ximgproc.createFastGlobalSmootherFilter(guide, flow, contrast)
    total = np.asarray(smoother.filter(weight))
    large = (cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC) for plane in cv2.split(ab))
    planes = [np.asarray(smoother.filter(weight * plane)) / total for plane in large]
    return np.dstack(planes).astype(np.float32)


def guided_upsample(ab: NDArray[np.float32], lightness: NDArray[np.float32]) -> LinearColors:
    """The guided filter's coefficients for colors and lightness of one small size."""
    guide = lightness / 100
    mean = _box(guide)
    variance = _box(guide * guide) - mean * mean
    slopes, offsets = [], []
    for plane in cv2.split(ab):
        plane_mean = _box(plane)
        slope = (_box(guide * plane) - mean * plane_mean) / (variance + _EPSILON)
        slopes.append(_box(slope))
        offsets.append(_box(plane_mean - slope * mean))
    return LinearColors(np.dstack(slopes), np.dstack(offsets))


def _box(plane: NDArray[np.floating]) -> NDArray[np.float32]:
    side = 2 * _RADIUS + 1
    return np.asarray(cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
