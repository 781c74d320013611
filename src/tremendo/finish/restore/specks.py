"""Connected specks of a frame and what they are: dust, or a piece of something that moves.

A speck is a row of x, y, area, sign (1 bright, -1 dark), mean luma and 1 if the motion around it is
sound; a spot, which may be the trace of a moving thing, is the same without the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.picture import Mask, Plane

__all__ = ["Specks", "Views", "find_specks", "find_spots", "flies"]

_LEAST_MASS = 12.0
"""Least contrast, summed over the speck's pixels in units of the needed contrast."""
_LEAST_SPOT = 8
_REACH = 8
"""Pixels around a speck that are looked at."""
_EVIDENCE = {
    "unexplained around": -1.69,
    "unexplained beside": -1.14,
    "goes on": -8.97,
    "shear": -0.99,
    "clearness": 2.16,
    "unusual size": -1.08,
}
"""Weights of the evidence that a speck is dust, fitted to synthetic scenes (seeds 10 to 17)."""
_PRIOR = -1.8
"""Fitted -1.6, lowered a little: rather a speck that stays than a limb that is eaten."""
_UNDERSTOOD = 1.4
"""Grains by which the neighbours miss a quarter of a frame whose motion is understood."""
_LOST = -8.0
"""Weight of the logarithm of what goes beyond that."""
_CLEAR_ENOUGH = 12.0
"""More grains of contrast than these make no speck likelier: on clean film limbs have them too."""
_USUAL = 1.4e-4
"""Usual size of a speck as a share of the picture, ..."""
_LEAST_USUAL = 24
"""... but at least so many pixels."""


@dataclass(frozen=True)
class Views:
    """The frame and what its neighbours say of it, all ``(H, W)`` but the last.

    Attributes:
        here: the frame, softened.
        past: the earlier neighbour, brought here.
        future: the later one.
        unexplained: by how many grains the neighbours miss the frame.
        grain: standard deviation of a difference of two frames.
        flow: the motion, ``(H/2, W/2, 2)``.
    """

    here: Plane
    past: Plane
    future: Plane
    unexplained: Plane
    grain: Plane
    flow: Plane

    def part(self, rows: slice, columns: slice) -> Views:
        """What lies in a box."""
        box = (rows, columns)
        half = tuple(slice(max(0, s.start // 2 - 1), (s.stop + 1) // 2 + 1) for s in box)
        return Views(
            here=self.here[box],
            past=self.past[box],
            future=self.future[box],
            unexplained=self.unexplained[box],
            grain=self.grain[box],
            flow=self.flow[half],
        )

    @cached_property
    def shear(self) -> float:
        """How much the motion differs from pixel to pixel."""
        flow = np.ascontiguousarray(self.flow)
        slopes = [
            slope
            for direction in ((1, 0), (0, 1))
            for slope in cv2.split(cv2.Sobel(flow, cv2.CV_32F, *direction, scale=1 / 8))
        ]
        return float(np.sqrt(sum(slope[1:-1, 1:-1] ** 2 for slope in slopes)).mean())

    @cached_property
    def lost(self) -> float:
        """How far the motion of the whole picture is from understood, as a logarithm."""
        missed = _quantile(self.unexplained[::4, ::4], 0.75)
        return float(np.log(max(1.0, missed / _UNDERSTOOD)))


@dataclass(frozen=True)
class Specks:
    """What is found in a frame: labels ``(H, W)``, and by label a row and the box around it."""

    labels: NDArray[np.int32]
    rows: list[tuple[float, ...]]
    boxes: list[tuple[slice, slice]]

    @staticmethod
    def none(shape: tuple[int, ...]) -> Specks:
        """None as yet."""
        return Specks(np.zeros(shape, np.int32), [], [])


def find_specks(
    weak: Mask,
    depart: Plane,
    sign: int,
    views: Views,
    largest: float,
    specks: Specks,
) -> None:
    """Add the specks of ``weak`` that are clear somewhere to ``specks``.

    Args:
        weak: where something departs from both neighbours.
        depart: by how much, in units of the needed contrast.
        sign: 1 for bright specks, -1 for dark ones.
        views: see :class:`Views`.
        largest: greatest area, pixels.
        specks: those found before, added to in place.
    """
    count, marks, stats, centers = _components(weak)
    clear = np.bincount(marks[weak & (depart > 1)], minlength=count)
    mass = np.bincount(marks[weak], depart[weak], minlength=count)
    area = stats[:, cv2.CC_STAT_AREA]
    prior = _PRIOR + _LOST * views.lost
    for mark in np.flatnonzero((clear >= 2) & (mass > _LEAST_MASS) & (area <= largest)):
        x, y, width, height = stats[mark, :4]
        box = (
            slice(max(0, y - _REACH), y + height + _REACH),
            slice(max(0, x - _REACH), x + width + _REACH),
        )
        own = marks[box] == mark
        level = float(views.here[box][own].mean())
        size = area[mark] / max(_LEAST_USUAL, _USUAL * views.here.size)
        sound = float(prior + _evidence(own, views.part(*box), level, size) > 0)
        specks.rows.append((*centers[mark], float(area[mark]), float(sign), level, sound))
        specks.boxes.append(box)
        specks.labels[box][own] = len(specks.rows)


def _evidence(own: Mask, near: Views, level: float, size: float) -> float:
    """By how much a speck's looks change the log odds that it is dust and not misjudged motion.

    Against dust speak: the neighbours do not explain the surroundings either; the surroundings go
    on in the speck's own brightness, as the rest of a limb does; the motion changes from pixel to
    pixel, as it does around limbs; the speck is faint, or much larger or smaller than usual.
    """
    around, beside = _ring(own, 7, 13), _ring(own, 5, 9)
    if not around.any() or not beside.any():
        return -np.inf
    gap = abs(level - float((near.past[own] + near.future[own]).mean()) / 2) + 1e-3
    evidence = {
        "unexplained around": np.log(near.unexplained[around].mean() + 0.05),
        "unexplained beside": np.log(_quantile(near.unexplained[beside], 0.75) + 0.05),
        "goes on": (np.abs(near.here[beside] - level) < 0.4 * gap).mean(),
        "shear": np.log(near.shear + 0.05),
        "clearness": np.log(min(gap / near.grain[own].mean(), _CLEAR_ENOUGH) + 0.05),
        "unusual size": np.log(size) ** 2,
    }
    return float(sum(_EVIDENCE[name] * value for name, value in evidence.items()))


def _ring(own: Mask, inner: int, outer: int) -> Mask:
    """Pixels outside a square dilation by ``inner`` and inside one by ``outer``."""
    speck = own.view(np.uint8)
    near = cv2.dilate(speck, np.ones((inner, inner), np.uint8))
    far = cv2.dilate(speck, np.ones((outer, outer), np.uint8))
    return np.asarray((far > 0) & (near == 0))


def find_spots(mask: Mask, luma: Plane, sign: int) -> NDArray[np.float64]:
    """Connected spots of a mask: rows of x, y, area, sign and mean luma."""
    count, marks, stats, centers = _components(mask)
    area = stats[:, cv2.CC_STAT_AREA]
    level = np.bincount(marks[mask], luma[mask], minlength=count) / area
    rows = np.column_stack([centers, area, np.full(count, sign), level])
    return np.asarray(rows[1:][area[1:] >= _LEAST_SPOT], np.float64)


def flies(
    speck: NDArray[np.float64],
    before: NDArray[np.float64] | None,
    after: NDArray[np.float64] | None,
    reach: float,
) -> bool:
    """Whether a speck is to be kept: it is part of a motion, or unsound.

    Args:
        speck: row of :func:`find_specks`.
        before: spots of the frame before that are gone in this one; None at the end of a take.
        after: spots of the frame after that were not in this one.
        reach: longest step of a thing in one frame, pixels.
    """
    if speck[5] == 0:
        return True
    reach = min(reach, 10 + 4 * float(np.sqrt(speck[2])))
    came, goes = (_steps(speck, spots, reach) for spots in (before, after))
    if came is None or goes is None:
        one = came if came is not None else goes
        return one is not None and len(one) > 0
    for step in came:
        miss = np.hypot(*(goes + step).T)
        if (miss < 3 + 0.15 * float(np.hypot(*step))).any():
            return True
    return False


def _steps(
    speck: NDArray[np.float64], spots: NDArray[np.float64] | None, reach: float
) -> NDArray[np.float64] | None:
    """Displacements from ``speck`` to spots of like size, sign and brightness."""
    if spots is None:
        return None
    ratio = spots[:, 2] / speck[2]
    step = spots[:, :2] - speck[:2]
    alike = (spots[:, 3] == speck[3]) & (ratio > 0.3) & (ratio < 3.3)
    alike &= (np.abs(spots[:, 4] - speck[4]) < 30) & (np.hypot(*step.T) < reach)
    return np.asarray(step[alike], np.float64)


def _quantile(values: Plane, share: float) -> float:
    """The value that ``share`` of the others do not exceed."""
    place = int(share * (values.size - 1))
    return float(np.partition(values, place, axis=None)[place])


def _components(mask: Mask) -> Sequence[Any]:
    """Count, labels, statistics and centers of connected pixels, 8 neighbors each.

    The method is the fastest by far for the few small spots that there are.
    """
    return cv2.connectedComponentsWithStatsWithAlgorithm(
        mask.view(np.uint8), 8, cv2.CV_32S, cv2.CCL_GRANA
    )
