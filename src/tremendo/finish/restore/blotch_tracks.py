"""A blotch and two neighbor frames in, what they show of it near its place out.

A limb whose motion was misjudged is in neither neighbor where it was looked for, but a few steps
away; dust is nowhere. So the neighbors are searched as they are, not as the motion bends them,
only moved along with the surroundings. All at half size, where grain disturbs least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from tremendo.finish.restore.picture import Plane

__all__ = ["BlotchPatch", "BlotchTrack", "BlotchTracker"]

_PAD = 48
_MOST_REACH = 33
"""Farthest step of a thing in one frame, half-size pixels."""
_FLOW_STEP = 4
"""The motion of surroundings is read at every fourth place."""
_ALIKE = 0.35
"""Matter is the blotch's if its brightness is so near, as a share of the blotch's contrast, ..."""
_LEAST_ALIKE = 12.0
"""... or nearer than this, grey levels."""
_DEPARTS = 0.5
"""It is gone where the frame departs from it by this share of the blotch's contrast."""
_AROUND = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class BlotchPatch:
    """A blotch, cut out at half size.

    Attributes:
        y: first row, half-size pixels.
        x: first column.
        mask: its pixels, ``(h, w) float32``, 0 or 1.
        frame: the same and one pixel around.
        area: of the blotch, half-size pixels.
        sign: 1 brighter than what it hides, -1 darker.
        level: its luma.
        gap: its contrast to what it hides, grey levels.
    """

    y: int
    x: int
    mask: Plane
    frame: Plane
    area: float
    sign: int
    level: float
    gap: float


@dataclass(frozen=True)
class BlotchTrack:
    """What a frame's neighbors show of a blotch; the less, the more it is dust.

    Attributes:
        alike: difference, rms, of its pixels to the likest place nearby in either neighbor, as a
            share of its contrast.
        framed: the same for its pixels and those around: its outline counts.
        gone: area of its brightness, as a share of its own, that stands near in *each* neighbor
            and is gone in the frame.
    """

    alike: float
    framed: float
    gone: float


class BlotchTracker:
    """Two neighbors of a frame, to be searched.

    Args:
        here: the frame, softened, ``(H, W)``.
        others: each neighbor likewise, with the flow to it, ``(H/2, W/2, 2)`` in full-size pixels.
    """

    def __init__(self, here: Plane, others: Sequence[tuple[Plane, Plane]]) -> None:
        self._here = _half(here)
        self._others = [
            (_half(other), np.asarray(flow[::_FLOW_STEP, ::_FLOW_STEP] / 2, np.float32))
            for other, flow in others
        ]

    def track(self, place: BlotchPatch) -> BlotchTrack:
        """Search both neighbors around a place."""
        alike, framed, gone = zip(
            *(self._search(place, other, flow) for other, flow in self._others), strict=True
        )
        return BlotchTrack(min(alike), min(framed), min(gone))

    def _search(self, place: BlotchPatch, other: Plane, flow: Plane) -> tuple[float, float, float]:
        height, width = place.mask.shape
        reach = min(int(7 + 2.5 * np.sqrt(place.area)), _MOST_REACH)
        size = (height + 2 * reach, width + 2 * reach)
        here = _cut(self._here, place.y - reach, place.x - reach, size)
        dy, dx = _drift(flow, place.y + height // 2, place.x + width // 2)
        there = _cut(other, place.y + dy - reach, place.x + dx - reach, size)
        around = there - np.float32(place.level)
        own = here[reach : reach + height, reach : reach + width] - np.float32(place.level)
        misses = [_least_miss(own, mask, around) for mask in (place.mask, place.frame)]
        bound = cv2.dilate(here, _AROUND) if place.sign > 0 else cv2.erode(here, _AROUND)
        gone = place.sign * (there - bound) > _DEPARTS * place.gap
        like = np.abs(around) < max(_ALIKE * place.gap, _LEAST_ALIKE)
        area = np.count_nonzero(gone & like) / place.area
        return misses[0] / place.gap, misses[1] / place.gap, area


def _half(plane: Plane) -> Plane:
    """Half size, with a margin to look beyond the edges."""
    height, width = plane.shape
    half = cv2.resize(plane, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.copyMakeBorder(half, _PAD, _PAD, _PAD, _PAD, cv2.BORDER_REFLECT), np.float32
    )


def _cut(plane: Plane, y: int, x: int, size: tuple[int, int]) -> Plane:
    """A part of a padded plane, moved inwards where it would reach beyond."""
    top = min(max(y + _PAD, 0), plane.shape[0] - size[0])
    left = min(max(x + _PAD, 0), plane.shape[1] - size[1])
    return np.asarray(plane[top : top + size[0], left : left + size[1]])


def _drift(flow: Plane, y: int, x: int) -> tuple[int, int]:
    """How far the surroundings of a place move, whole half-size pixels."""
    y, x = y // _FLOW_STEP, x // _FLOW_STEP
    near = flow[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4]
    return round(float(np.median(near[..., 1]))), round(float(np.median(near[..., 0])))


def _least_miss(own: Plane, mask: Plane, around: Plane) -> float:
    """Root mean square under ``mask`` between ``own`` and the likest place of ``around``."""
    product = cv2.matchTemplate(around, mask * own, cv2.TM_CCORR)
    power = cv2.matchTemplate(around * around, mask, cv2.TM_CCORR)
    least = float((power - 2 * product).min()) + float((mask * own * own).sum())
    return float(np.sqrt(max(least, 0.0) / mask.sum()))
