"""Two frames in, their dense motion out: DIS flow (Kroeger et al., ECCV 2016) at half size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.picture import Mask, Picture, Plane, TemporalWindow

__all__ = [
    "CompensatedPairs",
    "MotionEstimation",
    "common_motion",
    "compensated_pairs",
    "compose_flows",
    "flow_between",
    "middle",
    "midpoint_flow",
    "path",
    "warp_by",
    "warp_half",
    "warp_neighbor",
]

_ALIKE = 1.0
"""Points whose motion is this near to the common one (pixels) take part in the alignment."""
_ALIKE_LEVEL = 16.0
"""Differences of evened brightness from which a point loses its say."""
_ENOUGH = 0.02
_BEYOND = 6
"""So many pixels beyond the edge the picture's reflection still stands for the scene."""
_SAFE = 8
"""A band this wide (half-size pixels) at each edge does not count: gate edges stand there."""


def flow_between(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Plane:
    """Where the pixels of ``a`` are in ``b``: ``(h, w, 2) float32``, x and y in pixels.

    Both ``(h, w) uint8``; the result does not depend on the number of threads.
    """
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    dis.setFinestScale(1)
    flow = dis.calc(np.ascontiguousarray(a), np.ascontiguousarray(b), None)
    return np.asarray(flow, np.float32)


def common_motion(
    flow: Plane, here: NDArray[np.uint8], there: NDArray[np.uint8]
) -> tuple[float, float]:
    """The motion that most textured points share, to some hundredths of a pixel.

    The densest motion of the flow starts a robust least-squares alignment (Lucas and Kanade, 1981)
    of the points that move so.

    Args:
        flow: ``(h, w, 2)``, from ``here`` to ``there``.
        here: ``(h, w)``, brightness evened out.
        there: the same.

    Returns:
        x and y, in the flow's pixels.
    """
    inner = (slice(_SAFE, -_SAFE), slice(_SAFE, -_SAFE))
    across, down = (cv2.Sobel(here, cv2.CV_32F, *d, scale=1 / 8)[inner] for d in ((1, 0), (0, 1)))
    vectors = flow[inner]
    move = np.array(
        [
            _mode(vectors[::2, ::2, 0], np.abs(across[::2, ::2])),
            _mode(vectors[::2, ::2, 1], np.abs(down[::2, ::2])),
        ]
    )
    along = (np.abs(vectors - move.astype(np.float32)) < _ALIKE).all(axis=2)
    if along.mean() < _ENOUGH:
        return float(move[0]), float(move[1])
    for _ in range(3):
        matrix = np.array([[1, 0, move[0]], [0, 1, move[1]]], np.float32)
        moved = cv2.warpAffine(
            there,
            matrix,
            there.shape[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
        change = here[inner].astype(np.float32) - moved[inner]
        weight = along / (1 + (change / _ALIKE_LEVEL) ** 2)
        gx, gy = (cv2.Sobel(moved, cv2.CV_32F, *d, scale=1 / 8)[inner] for d in ((1, 0), (0, 1)))
        gx, gy = (gx + across) / 2, (gy + down) / 2
        xx, xy, yy = (float((weight * p).sum()) for p in (gx * gx, gx * gy, gy * gy))
        x, y = (float((weight * g * change).sum()) for g in (gx, gy))
        step = np.array([yy * x - xy * y, xx * y - xy * x]) / (xx * yy - xy * xy + 1e-6)
        move = move + np.clip(step, -0.5, 0.5)
    return float(move[0]), float(move[1])


def _mode(values: Plane, texture: Plane) -> float:
    """Center of the densest values among the textured half, by a narrowing window."""
    if values.size == 0:
        return 0.0
    chosen = values[texture >= np.median(texture)].astype(np.float64)
    center = float(np.median(chosen))
    spread = 1.48 * float(np.median(np.abs(chosen - center)))
    for factor in (2.5, 2.0, 1.5, 1.5):
        near = chosen[np.abs(chosen - center) <= max(factor * spread, 0.1)]
        if near.size == 0:
            break
        center = float(near.mean())
        spread = min(spread, float(near.std()) + 0.02)
    return center


@cache
def grid(height: int, width: int) -> Plane:
    """Pixel coordinates ``(height, width, 2)``, x and y."""
    y, x = np.mgrid[:height, :width]
    return np.dstack([x, y]).astype(np.float32)


def warp_by(plane: Plane, flow: Plane, how: int = cv2.INTER_CUBIC) -> Plane:
    """Fetch ``plane`` from where ``flow`` (half size, full-size pixels) points to."""
    return _fetch(plane, _places(flow, plane.shape), how)


def middle(before: Plane, after: Plane, across: Plane) -> Plane:
    """What two neighbors show half way between them; ``across`` leads from there to the later."""
    return np.asarray((warp_by(before, -across) + warp_by(after, across)) / 2, np.float32)


def warp_half(plane: NDArray[np.uint8], flow: Plane) -> NDArray[np.uint8]:
    """The same for a half-size picture."""
    where = grid(*plane.shape[:2]) + flow / 2
    moved = cv2.remap(plane, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def _places(flow: Plane, shape: tuple[int, ...]) -> Plane:
    """Where ``flow`` points to from each pixel of a picture of ``shape``, ``(H, W, 2)``."""
    height, width = shape[:2]
    full = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.add(full, grid(height, width)), np.float32)


def _fetch(plane: Plane, places: Plane, how: int) -> Plane:
    taken = cv2.remap(plane, places, None, how, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(taken, np.float32)


def compose_flows(first: Plane, second: Plane) -> Plane:
    """The flow that goes along ``first`` and then along ``second`` (half size both)."""
    height, width = first.shape[:2]
    where = grid(height, width) + first / 2
    carried = cv2.remap(second, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(first + carried, np.float32)


def warp_neighbor(window: TemporalWindow, offset: int) -> Plane | None:
    """The luma ``offset`` frames away, brought to the center's position; None past the ends."""
    other = window.at(offset)
    flow = path(window, offset)
    return None if other is None or flow is None else warp_by(other.luma, flow)


def path(window: TemporalWindow, offset: int) -> Plane | None:
    """Flow from the center to the neighbor ``offset`` frames away, chained frame by frame."""
    side = 1 if offset > 0 else -1
    total: Plane | None = None
    for number in range(0, offset, side):
        picture = window.at(number)
        if picture is None or window.at(number + side) is None:
            return None
        leg = picture.ahead if side > 0 else picture.back
        if leg is None:
            return None
        total = leg if total is None else compose_flows(total, leg)
    return total


@dataclass(frozen=True)
class CompensatedPairs:
    """Two neighbors brought to the center's position, in one or two ways.

    Attributes:
        views: each way, the earlier and the later neighbor, softened, ``(H, W)``.
        known: where both neighbors show what the center shows.
        sources: both neighbors' luma and where in them the center's pixels are, ``(H, W, 2)``.
        neighbors: both neighbors as they are, softened, and the flow to them.
    """

    views: list[tuple[Plane, Plane]]
    known: Mask
    sources: list[tuple[Plane, Plane]]
    neighbors: tuple[tuple[Plane, Plane], tuple[Plane, Plane]]

    def fill(self, box: tuple[slice, slice]) -> Plane:
        """What both neighbors show in a part of the picture."""
        both = [_fetch(luma, places[box], cv2.INTER_CUBIC) for luma, places in self.sources]
        return np.asarray((both[0] + both[1]) / 2, np.float32)


def compensated_pairs(window: TemporalWindow) -> CompensatedPairs | None:
    """The neighbors to compare the center with, motion-compensated.

    Inside a take the frames before and after, brought here twice: by the center's own flow, and by
    half of the flow between the two, which no blotch on the center can disturb. At the ends of a
    take the two next frames of the one side there is. None in takes of less than three frames.
    """
    for sides in ((-1, 1), (1, 2), (-2, -1)):
        first, second = (window.at(offset) for offset in sides)
        here, there = (path(window, offset) for offset in sides)
        if first is None or second is None or here is None or there is None:
            continue
        views: list[tuple[Plane, Plane]] = []
        ways = [(here, there)]
        across = window.center.across
        if sides == (-1, 1) and across is not None:
            ways.append((np.negative(across), across))
        shape = first.luma.shape
        for way in ways:
            places = [_places(flow, shape) for flow in way]
            past, future = (
                _fetch(picture.soft, where, cv2.INTER_CUBIC)
                for picture, where in zip((first, second), places, strict=True)
            )
            views.append((past, future))
        known = _inside(here, shape) & _inside(there, shape)
        sources = list(zip((first.luma, second.luma), places, strict=True))
        return CompensatedPairs(views, known, sources, ((first.soft, here), (second.soft, there)))
    return None


def _inside(flow: Plane, shape: tuple[int, ...]) -> Mask:
    """Where a flow (half size) does not point beyond the edges of a picture of ``shape``."""
    height, width = shape
    inside = np.ones(flow.shape[:2], bool)
    for start, move, size in zip(
        cv2.split(grid(*flow.shape[:2])), cv2.split(flow), (width, height), strict=True
    ):
        where = 2 * start + move
        inside &= (where >= -_BEYOND) & (where <= size - 2 + _BEYOND)
    full = cv2.resize(inside.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(full > 0)


def midpoint_flow(flow: Plane) -> Plane:
    """Half of the flow from one picture to another, seen from the moment in the middle."""
    half = np.asarray(flow / 2, np.float32)
    for _ in range(2):
        where = grid(*half.shape[:2]) - half / 2
        seen = cv2.remap(flow, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        half = np.asarray(seen / 2, np.float32)
    return half


class MotionEstimation:
    """Attaches to each picture its flow to both neighbors; changes no pixel."""

    name = "motion"
    version = 2
    radius = 1

    def run(self, window: TemporalWindow, plan: None) -> Picture:  # noqa: ARG002 - the protocol's
        """Add ``back``, ``ahead`` and ``across``; None at the ends of the take."""
        here = window.center.small
        sides = [window.at(-1), window.at(1)]
        small = [None if other is None else other.small for other in sides]
        back, ahead = (None if s is None else 2 * flow_between(here, s) for s in small)
        across = None
        if small[0] is not None and small[1] is not None:
            across = midpoint_flow(2 * flow_between(small[0], small[1]))
        return replace(window.center, back=back, ahead=ahead, across=across)
