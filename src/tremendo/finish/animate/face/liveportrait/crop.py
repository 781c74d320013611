"""The square around a face that LivePortrait sees, its way back, and the photograph's own tone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.mesh.topology import (
    LEFT_EYE,
    LOWER_LIP,
    OVAL,
    RIGHT_EYE,
    UPPER_LIP,
)
from tremendo.finish.animate.face.paint import Region, around
from tremendo.media.frames import LUMA, Frame

__all__ = ["PAINTED", "Crop", "Tint"]

PAINTED = 512
"""Pixels of the square that the networks paint."""
_REACH, _LIFT = 2.3, -0.125
"""Side of the square around brows and jaw, and how far it is lifted, in sides, as published."""
_EYES = np.concatenate([RIGHT_EYE.ring, LEFT_EYE.ring])
_LIPS = np.concatenate([UPPER_LIP[0], LOWER_LIP[0]])
_BROWS = np.array([70, 63, 105, 66, 107, 336, 296, 334, 293, 300], np.intp)
_FRAMED = np.concatenate([OVAL[8:29], _BROWS, _EYES, _LIPS])
"""Jaw from ear to ear, brows, eyes and lips: what LivePortrait's own landmarks cover."""


@dataclass(frozen=True)
class Crop:
    """A square in the picture that leans with the face.

    Attributes:
        center: ``(2,)`` pixels.
        side: pixels.
        axes: ``(2, 2)`` the crop's x and y axes in the picture, as columns.
    """

    center: NDArray[np.float64]
    side: float
    axes: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        landmarks: NDArray[np.floating],
        *,
        reach: float = _REACH,
        lift: float = _LIFT,
        leaning: bool = True,
    ) -> Crop:
        """Around a face's 478 landmarks, its eyes above its lips or, not leaning, upright."""
        points = landmarks[:, :2].astype(np.float64)
        down = points[_LIPS].mean(axis=0) - points[_EYES].mean(axis=0)
        down = down / max(float(np.linalg.norm(down)), 1e-6) if leaning else np.array([0.0, 1.0])
        axes = np.stack([np.array([down[1], -down[0]]), down], axis=1)
        local = points[_FRAMED] @ axes
        low, high = local.min(axis=0), local.max(axis=0)
        side = reach * float((high - low).max())
        return cls(axes @ ((low + high) / 2 + (0, lift * side)), side, axes)

    def to_picture(self, size: int) -> NDArray[np.float64]:
        """``(2, 3)`` from pixels of the crop, ``size`` a side, to those of the picture."""
        matrix = np.empty((2, 3))
        matrix[:, :2] = self.axes * (self.side / size)
        matrix[:, 2] = self.center - matrix[:, :2] @ np.full(2, (size - 1) / 2)
        return matrix

    def cut(self, picture: Frame) -> Frame:
        """``(512, 512, 3)``, averaged where it is made smaller, black beyond the picture."""
        size = PAINTED * max(1, int(self.side // PAINTED))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        crop = cv2.warpAffine(picture, self.to_picture(size), (size, size), flags=flags)
        area = cv2.INTER_AREA
        return np.asarray(cv2.resize(crop, (PAINTED, PAINTED), interpolation=area), np.uint8)

    def region(self, size: tuple[int, int]) -> Region:
        """The part of a picture of ``size`` (width, height) that it lies in."""
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (self.side / 2)
        return around(self.center + corners @ self.axes.T, 0, size)

    def back(self, painted: NDArray[np.float32], region: Region) -> NDArray[np.float32]:
        """A crop's pixels ``(512, 512)`` or ``(512, 512, C)`` where they lie in the picture."""
        size = min(PAINTED, max(1, round(self.side)))
        if size < PAINTED:
            painted = np.asarray(cv2.resize(painted, (size, size), interpolation=cv2.INTER_AREA))
        matrix = self.to_picture(size)
        matrix[:, 2] -= (region.left, region.top)
        flat = (region.width, region.height)
        edge = cv2.BORDER_REPLICATE
        return np.asarray(
            cv2.warpAffine(painted, matrix, flat, flags=cv2.INTER_CUBIC, borderMode=edge)
        )


class Tint:
    """How a photograph without colors of its own is toned: gray, sepia, or a print's blue.

    Args:
        crop: the photograph around the face.
    """

    _PURE = 5.0
    """Largest mean distance from the tone, in 8-bit steps, of a photograph without colors."""

    def __init__(self, crop: Frame) -> None:
        luma = np.clip(np.rint(crop @ LUMA), 0, 255).astype(np.intp).ravel()
        count = np.bincount(luma, minlength=256)
        seen = np.flatnonzero(count)
        pixels = crop.reshape(-1, 3)
        sums = np.stack([np.bincount(luma, pixels[:, c], 256) for c in range(3)], axis=1)
        means = sums[seen] / count[seen, None]
        steps = np.arange(256)
        tone = np.stack([np.interp(steps, seen, means[:, c]) for c in range(3)], axis=1)
        away = float(np.abs(pixels - tone[luma]).mean())
        self._tone = tone if away < self._PURE else None

    def __call__(self, painted: NDArray[np.float32]) -> NDArray[np.float32]:
        """The painted crop in the photograph's tone; unchanged if that has colors."""
        if self._tone is None:
            return painted
        steps = np.arange(256)
        luma = painted @ LUMA
        return np.stack(
            [np.interp(luma, steps, self._tone[:, c]).astype(np.float32) for c in range(3)], axis=-1
        )
