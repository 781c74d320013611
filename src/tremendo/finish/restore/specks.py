"""Connected specks of a frame and what they are: dust, or a piece of something that moves.

A speck is a row of x, y, area, sign (1 bright, -1 dark), mean luma and 1 if the motion around it is
sound; a spot, which may be the trace of a moving thing, is the same without the last.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.picture import Mask, Plane

__all__ = ["Views", "find_specks", "find_spots", "flies"]

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
_PRIOR = -1.6
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
        shear: how much the motion differs from pixel to pixel, at half size.
    """

    here: Plane
    past: Plane
    future: Plane
    unexplained: Plane
    grain: Plane
    shear: Plane

    def part(self, rows: slice, columns: slice) -> Views:
        """What lies in a box."""
        box = (rows, columns)
        half = tuple(slice(s.start // 2, (s.stop + 1) // 2) for s in box)
        return Views(
            here=self.here[box],
            past=self.past[box],
            future=self.future[box],
            unexplained=self.unexplained[box],
            grain=self.grain[box],
            shear=self.shear[half],
        )


def find_specks(
    weak: Mask,
    depart: Plane,
    sign: int,
    views: Views,
    largest: float,
    labels: NDArray[np.int32],
    specks: list[tuple[float, ...]],
) -> None:
    """Append the specks of ``weak`` that are clear somewhere; write their numbers to ``labels``.

    Args:
        weak: where something departs from both neighbours.
        depart: by how much, in units of the needed contrast.
        sign: 1 for bright specks, -1 for dark ones.
        views: see :class:`Views`.
        largest: greatest area, pixels.
        labels: ``(H, W)``, written in place.
        specks: rows, appended to.
    """
    count, marks, stats, centers = cv2.connectedComponentsWithStats(weak.view(np.uint8))
    clear = np.bincount(marks[weak & (depart > 1)], minlength=count)
    mass = np.bincount(marks[weak], depart[weak], minlength=count)
    area = stats[:, cv2.CC_STAT_AREA]
    missed = float(np.quantile(views.unexplained[::4, ::4], 0.75))
    prior = _PRIOR + _LOST * float(np.log(max(1.0, missed / _UNDERSTOOD)))
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
        specks.append((*centers[mark], float(area[mark]), float(sign), level, sound))
        labels[box][own] = len(specks)


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
        "unexplained beside": np.log(np.quantile(near.unexplained[beside], 0.75) + 0.05),
        "goes on": (np.abs(near.here[beside] - level) < 0.4 * gap).mean(),
        "shear": np.log(near.shear.mean() + 0.05),
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
    count, marks, stats, centers = cv2.connectedComponentsWithStats(mask.view(np.uint8))
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
