"""Water, smoke, flags and leaves that move for ever: a painted area, a direction, a seamless loop.

Two copies of the picture drift along the flow half a period apart; each starts again while the
other covers it, so that no start is seen (after Chuang et al. 2005 and Holynski et al. 2021, with
a constant flow in place of an estimated one). Contrast that the mixing of two copies takes away
is given back. After one period the picture is the photograph again, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError, UsageError
from tremendo.finish.animate.paint import grid, sample, whole
from tremendo.media.frames import Frame

__all__ = ["Flow", "Way"]

Way = tuple[float, float] | Literal["sway"]
"""Pixels a second to the right and down, or to and fro on the spot."""
_FADE = 0.012
"""Width over which the motion fades out inside the painted area, of the picture's long side."""
_MOST = 0.06
"""Farthest drift in one period, of the long side: beyond that pictures double visibly."""
_SWAY = 0.004
_WAVES = 2.5
"""Waves of a swaying area across the long side."""


@dataclass(frozen=True)
class _Copy:
    """One drifting copy: how far along its drift it is (-0.5 to 0.5) and how much of it shows."""

    along: float
    share: float


class Flow:
    """A photograph part of which moves in a loop.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        area: ``(H, W) float`` 0..1 or bool: what moves.
        way: see `Way`; a drift too long for one period is shortened.
        period: seconds of the loop; take a bar of the music.

    Raises:
        UsageError: the area has another size, or the period is not positive.
        NothingUsableError: nothing is painted.
    """

    def __init__(self, photo: Frame, area: NDArray[np.generic], way: Way, *, period: float) -> None:
        if area.shape != photo.shape[:2]:
            high, wide = photo.shape[:2]
            raise UsageError(f"the mask is {area.shape[1]}x{area.shape[0]}, not {wide}x{high}")
        if period <= 0:
            raise UsageError("a loop needs a length")
        if not (np.asarray(area) > 0.5).any():
            raise NothingUsableError("the mask is empty", hint="paint white what is to move")
        self._photo, self._way, self._period = photo, way, period
        side = max(photo.shape[:2])
        self._weight = _faded(np.asarray(area, np.float32) > 0.5, _FADE * side)
        self._here = grid(whole(photo)).astype(np.float32)
        self._base = np.asarray(cv2.GaussianBlur(photo, (0, 0), 0.01 * side), np.float32)
        self._side = side

    def frame(self, picture: Frame, seconds: float) -> Frame:
        """The picture (the photograph, or one in which faces moved) at a time of the loop."""
        turn = (seconds / self._period) % 1.0
        moved = self._swaying(turn) if self._way == "sway" else self._drifting(turn, self._way)
        share = np.clip(self._weight * 4, 0, 1)[..., None]
        mixed = picture + (moved - picture) * share
        out = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
        out[self._weight == 0] = picture[self._weight == 0]
        return out

    def _drifting(self, turn: float, way: tuple[float, float]) -> NDArray[np.float32]:
        drift = np.array(way, np.float64) * self._period
        drift *= min(1.0, _MOST * self._side / max(float(np.linalg.norm(drift)), 1e-9))
        copies = [
            _Copy(phase - 0.5, 1 - abs(2 * phase - 1)) for phase in (turn, (turn + 0.5) % 1.0)
        ]
        texture = np.zeros_like(self._base)
        for copy in copies:
            if copy.share > 0:
                field = self._weight[..., None] * (drift * copy.along).astype(np.float32)
                texture += np.float32(copy.share) * (
                    sample(self._photo, self._here - field) - self._base
                )
        kept = float(np.sqrt(sum(copy.share**2 for copy in copies)))
        return np.asarray(self._base + texture / np.float32(kept))

    def _swaying(self, turn: float) -> NDArray[np.float32]:
        """A wave that runs to the right and comes back after one period."""
        x, y = self._here[..., 0], self._here[..., 1]
        wave = 2 * np.pi * (_WAVES * (x + 0.4 * y) / self._side - turn)
        rest = 2 * np.pi * _WAVES * (x + 0.4 * y) / self._side
        size = np.float32(_SWAY * self._side) * self._weight
        right, down = size * (np.sin(wave) - np.sin(rest)), size * (np.cos(wave) - np.cos(rest)) / 2
        return sample(self._photo, self._here - np.stack([right, down], axis=-1))


def _faded(area: NDArray[np.bool_], width: float) -> NDArray[np.float32]:
    """0 outside and at the border of the area, 1 from ``width`` pixels inside on."""
    inside = cv2.distanceTransform(area.astype(np.uint8), cv2.DIST_L2, 5)
    soft = np.clip(inside / max(width, 1.0), 0, 1)
    return np.asarray(soft * soft * (3 - 2 * soft), np.float32)
