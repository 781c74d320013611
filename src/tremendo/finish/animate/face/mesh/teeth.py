"""Two rows of teeth behind the lips: where each tooth is seen, and how much light reaches it.

Nobody knows the teeth of a person who was photographed with closed lips. These have the mean
measures of anatomy (crowns and arch after Wheeler) and sit where teeth sit: the upper row on the
skull, its edge three millimeters under the resting lip, the lower row on the jaw.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.imaging.easing import smoothstep

__all__ = ["Row", "Teeth"]

_UPPER_WIDTHS = (0.85, 0.66, 0.76, 0.70, 0.68, 1.0)
_UPPER_HEIGHTS = (1.03, 0.90, 1.0, 0.85, 0.78, 0.75)
_UPPER_EDGES = (0.0, -0.06, 0.01, -0.07, -0.12, -0.2)
"""Centimeters, from the middle to one side; edges relative to that of the front teeth, down +."""
_LOWER_WIDTHS = (0.5, 0.55, 0.66, 0.68, 0.7, 1.1)
_LOWER_HEIGHTS = (0.85, 0.9, 1.0, 0.85, 0.8, 0.75)
_LOWER_EDGES = (0.0, 0.0, -0.03, 0.06, 0.1, 0.15)
_CURVE, _BEHIND_LIP = 0.27, 0.3
"""Depth of the arch at a centimeter from the middle; how far its front is behind the lip."""
_ACROSS = np.linspace(-2.6, 2.6, 53)
_ROUND, _GAP = 0.05, 0.08
"""How far the corner of a tooth is rounded off; half the dark between two; centimeters."""
_SHADE_BETWEEN = 0.2


class Row(NamedTuple):
    """A row of teeth on a part of the picture, ``(h, w)`` each.

    Attributes:
        crown: how much of a pixel is tooth.
        gum: how much of it is gum.
        light: how squarely the tooth faces the camera, less between two teeth, 0 to 1.
    """

    crown: NDArray[np.float64]
    gum: NDArray[np.float64]
    light: NDArray[np.float64]


class Teeth:
    """One row of teeth of one head.

    Args:
        mesh: the head.
        lip: ``(3,)`` picture point of the resting lip's edge in the middle.
        edge: centimeters by which the front teeth stand out beyond that edge.
        upper: or the lower row.
    """

    def __init__(
        self, mesh: HeadMesh, lip: NDArray[np.float64], *, edge: float, upper: bool
    ) -> None:
        self._mesh = mesh
        widths, heights, edges = (
            (_UPPER_WIDTHS, _UPPER_HEIGHTS, _UPPER_EDGES)
            if upper
            else (_LOWER_WIDTHS, _LOWER_HEIGHTS, _LOWER_EDGES)
        )
        way = 1 if upper else -1
        self._bounds = np.concatenate([[0.0], np.cumsum(widths)])
        self._heights, self._edges = np.array(heights), way * np.array(edges)
        depth = _CURVE * _ACROSS**2
        step = np.hypot(np.diff(_ACROSS), np.diff(depth))
        along = np.concatenate([[0.0], np.cumsum(step)])
        self._along = along - np.interp(0.0, _ACROSS, along)
        front = np.full_like(depth, way * edge)
        line = np.stack([_ACROSS, front, depth + _BEHIND_LIP], axis=1)
        self._line = mesh.placed(lip, line)
        self._way = way
        self._down = mesh.placed(lip, np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))

    def seen(
        self,
        at: NDArray[np.float64],
        turn: NDArray[np.float64],
        shift: NDArray[np.float64],
        drop: NDArray[np.float64] | None = None,
    ) -> Row:
        """The row at picture points ``(h, w, 2)`` of a head that has turned.

        Args:
            at: the points.
            turn: see `HeadMesh.rigid`.
            shift: likewise.
            drop: ``(2,)`` pixels by which the jaw has come down.
        """
        line = self._mesh.rigid(self._line, turn, shift)[:, :2]
        foot, below = self._mesh.rigid(self._down, turn, shift)[:, :2]
        if drop is not None:
            line = line + drop
        fall = below - foot
        unit = max(float(np.linalg.norm(fall)), 1e-6)
        down = fall / unit
        right = np.array([down[1], -down[0]])
        middle = line[len(line) // 2]
        x, y = (line - middle) @ right, (line - middle) @ down
        front = _rising(x)
        x, y, along = x[front], y[front], self._along[front]
        here = at - middle
        across = here @ right
        place = np.interp(across, x, along, left=np.inf, right=np.inf)
        under = (here @ down - np.interp(across, x, y)) / unit * self._way
        facing = np.interp(across, x, np.gradient(x, along)) / self._mesh.scale
        return self._row(place, under, facing, 1 / self._mesh.scale)

    def _row(
        self,
        place: NDArray[np.float64],
        under: NDArray[np.float64],
        facing: NDArray[np.float64],
        pixel: float,
    ) -> Row:
        """From place along the arch and distance beyond its edge, both in centimeters."""
        known = np.isfinite(place) & (np.abs(place) < self._bounds[-1])
        aside = np.where(known, np.abs(place), 0.0)
        tooth = np.searchsorted(self._bounds[1:-1], aside, side="right")
        start, end = self._bounds[tooth], self._bounds[tooth + 1]
        beside = np.minimum(aside - start, end - aside)
        corner = np.clip(1 - beside / (2 * _ROUND), 0, 1) ** 2 * _ROUND
        over = under - self._way * self._edges[tooth] + corner
        soft = 0.6 * pixel + 0.02
        ends = 1 - smoothstep(-soft, soft, over)
        neck = smoothstep(-soft, soft, over + self._heights[tooth])
        wide = max(_GAP, 0.8 * pixel)
        between = (1 - smoothstep(0.0, wide, beside)) * _GAP / wide
        between *= np.clip(1 + over / self._heights[tooth], 0, 1)
        light = np.clip(facing, 0.0, 1.0) * (1 - _SHADE_BETWEEN * between)
        return Row(known * ends * neck, known * ends * (1 - neck), light)


def _rising(x: NDArray[np.float64]) -> slice:
    """The part around the middle in which x grows: what of an arch is not hidden by its front."""
    grows = np.diff(x) > 1e-6
    middle = len(x) // 2
    left, right = middle, middle
    while left > 0 and grows[left - 1]:
        left -= 1
    while right < len(x) - 1 and grows[right]:
        right += 1
    return slice(left, max(right, left + 1) + 1)
