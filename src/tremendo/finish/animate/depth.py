"""Depth of a photograph without a network: a receding ground, a far wall, and figures that stand.

The model is that of "Tour into the Picture" (Horry et al. 1997): a floor that rises to the
horizon, a far wall above it, side walls where lines converge, and upright figures cut out at
their outlines. Disparity is 0 far to 1 near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.figures import Figure, find_figures
from tremendo.finish.animate.inpaint import spread
from tremendo.finish.animate.scene import Face, horizon, vanishing_point
from tremendo.media.frames import Frame

__all__ = ["Depth", "estimate_depth"]

_WORK = 400
_FAR = 0.08


@dataclass(frozen=True)
class Depth:
    """Disparity of a photograph at low resolution (long side about 400 pixels)."""

    ground: NDArray[np.float32]
    """``(h, w)`` disparity of what stands behind the figures, smooth."""
    figures: NDArray[np.float32]
    """``(h, w)`` disparity of the figure layer, smooth, defined everywhere."""
    matte: NDArray[np.float32]
    """``(h, w)`` 0..1: where the figure layer is."""
    subject: float
    """Disparity of what the camera looks at."""

    def crop(self, box: tuple[float, float, float, float]) -> Depth:
        """The part inside ``box`` (fractions: left, top, right, bottom) at full work resolution."""
        rows, columns = self.ground.shape
        left, top, right, bottom = box[0] * columns, box[1] * rows, box[2] * columns, box[3] * rows
        scale = _WORK / max(right - left, bottom - top, 1.0)
        size = (max(2, round((right - left) * scale)), max(2, round((bottom - top) * scale)))
        # pixel centers of the part in the whole
        x = (left + (np.arange(size[0]) + 0.5) * (right - left) / size[0] - 0.5).astype(np.float32)
        y = (top + (np.arange(size[1]) + 0.5) * (bottom - top) / size[1] - 0.5).astype(np.float32)
        map_x, map_y = np.meshgrid(x, y)

        def cut(values: NDArray[np.float32]) -> NDArray[np.float32]:
            part = cv2.remap(
                values, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            return np.asarray(part, np.float32)

        return Depth(cut(self.ground), cut(self.figures), cut(self.matte), self.subject)


def estimate_depth(photo: Frame, faces: Sequence[Face]) -> Depth:
    """Depth of a photograph from its horizon, its lines, its faces and its outlines.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        faces: boxes as fractions of the picture.
    """
    scale = min(1.0, _WORK / max(photo.shape[:2]))
    size = (max(2, round(photo.shape[1] * scale)), max(2, round(photo.shape[0] * scale)))
    small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA))
    ground = _floor_and_walls(small, faces)
    found = find_figures(small, faces)
    if not found:
        raised = _raise_softly(ground, faces)
        return Depth(raised, raised, np.zeros(raised.shape, np.float32), float(np.median(raised)))
    matte = np.max([figure.matte for figure in found], axis=0)
    near = np.zeros(ground.shape, np.float32)
    for figure in sorted(found, key=lambda one: _disparity(one, ground)):
        near[figure.matte > 0.5] = _disparity(figure, ground)
    layer = spread(near, near > 0)
    layer = np.asarray(cv2.GaussianBlur(layer, (0, 0), 3.0), np.float32)
    subject = float(np.average(layer, weights=matte))
    return Depth(ground, layer, matte, subject)


def _floor_and_walls(small: Frame, faces: Sequence[Face]) -> NDArray[np.float32]:
    """The room the photograph was taken in."""
    rows, columns = small.shape[:2]
    level = horizon(small, faces) * rows
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    floor = _FAR + (1 - _FAR) * np.clip((y - level) / max(rows - level, 1.0), 0, 1)
    room = floor
    point = vanishing_point(small)
    if point is not None:
        side = point[0] * columns
        reach = np.maximum(np.where(x < side, side, columns - side), columns * 0.25)
        room = np.maximum(floor, _FAR + 0.75 * np.clip(np.abs(x - side) / reach, 0, 1))
    blurred = cv2.GaussianBlur(room.astype(np.float32), (0, 0), max(2.0, 0.03 * max(rows, columns)))
    return np.asarray(blurred, np.float32)


def _raise_softly(ground: NDArray[np.float32], faces: Sequence[Face]) -> NDArray[np.float32]:
    """Where no outline can be trusted, people come forward in a bulge too smooth to be seen."""
    rows, columns = ground.shape
    bulge = np.zeros(ground.shape, np.float32)
    for left, top, wide, high in faces:
        x0, x1 = (left - wide) * columns, (left + 2 * wide) * columns
        y0, y1 = (top - 0.5 * high) * rows, (top + 7 * high) * rows
        near = min(1.0, high * 4)
        area = bulge[max(0, round(y0)) : round(y1), max(0, round(x0)) : round(x1)]
        np.maximum(area, near, out=area)
    sigma = 0.06 * max(rows, columns)
    return np.asarray(cv2.GaussianBlur(np.maximum(ground, bulge), (0, 0), sigma), np.float32)


def _disparity(figure: Figure, ground: NDArray[np.float32]) -> float:
    """A figure is as far as the ground it stands on, or as its face is large."""
    row = min(figure.foot, ground.shape[0] - 1)
    columns = np.flatnonzero((figure.matte > 0.5).any(axis=0))
    standing = float(ground[row, columns].mean()) if len(columns) else 0.5
    return float(np.clip(max(standing, 3.2 * figure.face_height, 0.3), 0, 1))
