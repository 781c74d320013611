"""Water, smoke, flags and leaves that move for ever: an area, a direction, a seamless loop.

Two copies of the picture drift along the flow half a period apart; each starts again while the
other covers it, so that no start is seen (after Chuang et al. 2005 and Holynski et al. 2021, with
a constant flow in place of an estimated one). Contrast that the mixing of two copies takes away
is given back. After one period the picture is the photograph again, exactly.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError, UsageError
from tremendo.finish.animate.face.paint import around
from tremendo.finish.animate.options import Way
from tremendo.media.frames import Frame

__all__ = ["Cinemagraph"]

_FADE = 0.012
"""Width over which the motion fades out inside the painted area, of the picture's long side."""
_MOST = 0.06
"""Farthest drift in one period, of the long side: beyond that pictures double visibly."""
_LEAST = 0.1
"""Paint darker than this share of white moves nothing."""
_SWAY = 0.004
_WAVES = 2.5
"""Waves of a swaying area across the long side."""


class Cinemagraph:
    """A photograph part of which moves in a loop.

    What does not change from frame to frame is computed once, for the rectangle that moves.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        area: ``(H, W) float`` 0..1 or bool: what moves, and how much of the way.
        way: see `options.Way`; a drift too long for one period is shortened.
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
        much = np.asarray(area, np.float32)
        if not (much > _LEAST).any():
            raise NothingUsableError("the mask is empty", hint="paint white what is to move")
        self._way, self._period, self._side = way, period, max(photo.shape[:2])
        weight = _faded(much > _LEAST, _FADE * self._side)
        rows, columns = np.nonzero(weight)
        region = around(np.stack([columns, rows], axis=1), 0, photo.shape[1::-1])
        self._part = region.slices
        self._photo = photo
        y, x = np.mgrid[self._part].astype(np.float32)
        self._here = np.stack([x, y], axis=-1)
        self._far = (weight * much)[self._part]
        self._share = np.clip(weight[self._part] * 4, 0, 1)
        self._still = weight[self._part] == 0
        blurred = cv2.GaussianBlur(photo, (0, 0), 0.01 * self._side)
        self._base = np.ascontiguousarray(blurred[self._part])

    def frame(self, picture: Frame, seconds: float) -> Frame:
        """The picture (the photograph, or one in which faces moved) at a time of the loop."""
        turn = (seconds / self._period) % 1.0
        if turn == 0.0:
            return picture.copy()
        moved = self._swaying(turn) if self._way == "sway" else self._drifting(turn, self._way)
        out = picture.copy()
        now = np.ascontiguousarray(picture[self._part])
        mixed = cv2.blendLinear(moved, now, self._share, 1 - self._share)
        mixed[self._still] = now[self._still]
        out[self._part] = mixed
        return out

    def _drifting(self, turn: float, way: tuple[float, float]) -> Frame:
        drift = np.array(way, np.float64) * self._period
        drift *= min(1.0, _MOST * self._side / max(float(np.linalg.norm(drift)), 1e-9))
        first, second = (
            self._sampled(self._far[..., None] * (drift * (phase - 0.5)).astype(np.float32))
            for phase in (turn, (turn + 0.5) % 1.0)
        )
        share = 1 - abs(2 * turn - 1)
        # the two copies' texture, at the contrast that one alone has
        gain = 1 / float(np.hypot(share, 1 - share))
        mixed = cv2.addWeighted(
            first, share * gain, second, (1 - share) * gain, 0.0, dtype=cv2.CV_32F
        )
        full = cv2.addWeighted(mixed, 1.0, self._base, 1 - gain, 0.0, dtype=cv2.CV_32F)
        return np.asarray(np.clip(np.rint(full), 0, 255), np.uint8)

    def _swaying(self, turn: float) -> Frame:
        """A wave that runs to the right and comes back after one period."""
        x, y = self._here[..., 0], self._here[..., 1]
        rest = 2 * np.pi * _WAVES * (x + 0.4 * y) / self._side
        wave = rest - np.float32(2 * np.pi * turn)
        size = np.float32(_SWAY * self._side) * self._far
        right, down = size * (np.sin(wave) - np.sin(rest)), size * (np.cos(wave) - np.cos(rest)) / 2
        return self._sampled(np.stack([right, down], axis=-1))

    def _sampled(self, moved: NDArray[np.float32]) -> Frame:
        """The photograph in the moving rectangle, each pixel moved by ``(h, w, 2)``."""
        border = cv2.BORDER_REFLECT_101
        at = self._here - moved
        return np.asarray(cv2.remap(self._photo, at, None, cv2.INTER_CUBIC, borderMode=border))


def _faded(area: NDArray[np.bool_], width: float) -> NDArray[np.float32]:
    """0 outside and at the border of the area, 1 from ``width`` pixels inside on."""
    inside = cv2.distanceTransform(area.astype(np.uint8), cv2.DIST_L2, 5)
    soft = np.clip(inside / max(width, 1.0), 0, 1)
    return np.asarray(soft * soft * (3 - 2 * soft), np.float32)
