"""A frame in, figures of it out: each computed once and shared by all steps that measure."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.motion import common_motion, flow_between, grid, warp_by
from tremendo.finish.restore.noise import measure_noise
from tremendo.finish.restore.picture import Plane

__all__ = ["FrameStats"]

_CONTRAST_SIZE = 9.0
"""Brightness and contrast are evened out over so many half-size pixels before motion is sought."""

_BROKEN = 0.5
"""Below this match the motion does not explain a frame by the one before."""
_SOUND = 0.7
"""Above this match of its neighbors, a frame that matches neither of them is torn."""
_EVERY = 3
"""The grain is measured in one frame of so many."""


class FrameStats:
    """Figures of one frame in the first pass, each computed when it is first asked for.

    Args:
        number: frame counted from the shot's start.
        luma: ``(H, W) float32``, 0..255.
        previous: the stats before, None for the first; no more than two are held back.
    """

    def __init__(self, number: int, luma: Plane, previous: FrameStats | None) -> None:
        self.number = number
        self.luma = luma
        self.previous = previous
        if previous is not None and previous.previous is not None:
            previous.previous.previous = None

    @cached_property
    def small(self) -> Plane:
        """Half-size luma without blotches."""
        height, width = self.luma.shape
        size = ((width + 1) // 2, (height + 1) // 2)
        return np.asarray(
            cv2.medianBlur(cv2.resize(self.luma, size, interpolation=cv2.INTER_AREA), 3), np.float32
        )

    @cached_property
    def even(self) -> NDArray[np.uint8]:
        """``small`` with local brightness and contrast evened out: blind to flicker."""
        soft = cv2.GaussianBlur(self.small, (0, 0), 1.0)
        mean = cv2.GaussianBlur(soft, (0, 0), _CONTRAST_SIZE)
        spread = np.sqrt(cv2.GaussianBlur((soft - mean) ** 2, (0, 0), _CONTRAST_SIZE))
        return np.asarray(np.clip(128 + 48 * (soft - mean) / (spread + 4), 0, 255), np.uint8)

    @cached_property
    def flow(self) -> Plane:
        """Where this frame's pixels were in the previous one, ``(H/2, W/2, 2)`` half pixels."""
        if self.previous is None:
            return np.zeros((*self.small.shape, 2), np.float32)
        return flow_between(self.even, self.previous.even)

    @cached_property
    def moved(self) -> tuple[float, float]:
        """How far the frame has moved against the previous one, x and y in full-size pixels.

        Where the previous one is torn, against the one before that.
        """
        if self.previous is None:
            return 0.0, 0.0
        if self.bridges and self.previous.previous is not None:
            dx, dy = common_motion(self._skip, self.even, self.previous.previous.even)
        else:
            dx, dy = common_motion(self.flow, self.even, self.previous.even)
        return -2 * dx, -2 * dy

    @cached_property
    def noise(self) -> NDArray[np.float16] | None:
        """The grain of this frame against the previous one; None for most frames."""
        if self.previous is None or self.number % _EVERY != 1:
            return None
        return measure_noise(self.luma, warp_by(self.previous.luma, 2 * self.flow))

    @cached_property
    def match(self) -> float:
        """How well the motion explains the frame: correlation with the moved previous one."""
        if self.previous is None:
            return 1.0
        return likeness(self.even, self.previous.even, self.flow)

    @cached_property
    def broken(self) -> bool:
        """Whether motion does not explain this frame by the previous one."""
        return self.match < _BROKEN

    @cached_property
    def bridges(self) -> bool:
        """Whether the previous frame is torn: its neighbors match each other, but not it."""
        if self.previous is None or self.previous.previous is None:
            return False
        if not (self.broken and self.previous.broken):
            return False
        return likeness(self.even, self.previous.previous.even, self._skip) > _SOUND

    @cached_property
    def _skip(self) -> Plane:
        """Where this frame's pixels were two frames ago."""
        before = None if self.previous is None else self.previous.previous
        if before is None:
            return np.zeros((*self.small.shape, 2), np.float32)
        return flow_between(self.even, before.even)


def likeness(here: NDArray[np.uint8], there: NDArray[np.uint8], flow: Plane) -> float:
    """Median over blocks of the correlation of ``here`` with ``there`` moved along ``flow``.

    The flow is smoothed first: a free one makes any two pictures look alike. Within takes of the
    test films it is at least 0.93, across cuts at most 0.41.
    """
    height, width = here.shape
    coarse = cv2.resize(flow, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(coarse, (0, 0), max(12, min(height, width) / 20) / 4)
    where = grid(height, width) + cv2.resize(coarse, (width, height))
    moved = cv2.remap(there, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    a = _blocks(here)
    b = _blocks(np.asarray(moved, np.uint8))
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    powers = (a**2).sum(1), (b**2).sum(1)
    energy = np.sqrt(powers[0] * powers[1])
    textured = energy > np.percentile(energy, 40)
    if not textured.any():  # one or both are blank
        return float(powers[0].any() == powers[1].any())
    return float(np.median((a * b).sum(1)[textured] / energy[textured]))


def _blocks(plane: NDArray[np.uint8], side: int = 16) -> Plane:
    """Cut into squares: ``(blocks, side * side) float32``."""
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    cut = plane[: rows * side, : columns * side].astype(np.float32)
    return cut.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(rows * columns, -1)
