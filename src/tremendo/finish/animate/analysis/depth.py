"""Depth of a photograph without a network: a receding ground, a far wall, and figures that stand.

The model is that of "Tour into the Picture" (Horry et al. 1997): a floor that rises to the
horizon, a far wall above it, side walls where lines converge, a sky behind all, and upright
figures cut out at their outlines that stand where their feet are. Disparity is 0 far to 1 near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.analysis.appearance import AppearanceMaps
from tremendo.finish.animate.analysis.composition import (
    WORK,
    Composition,
    FaceBox,
    sky_mask,
    tallest,
)
from tremendo.finish.animate.analysis.figures import Figure, find_figures
from tremendo.finish.animate.analysis.outlines import grow, hold, outline_support, soften
from tremendo.finish.animate.analysis.people import People
from tremendo.imaging.push_pull import spread
from tremendo.media.frames import Frame

__all__ = ["Depth", "crop_map", "estimate_depth"]

_FAR, _FAR_BEFORE_SKY = 0.08, 0.22
_SKY_OUTLINE, _BLUE = 0.8, 5.0
"""Least share of the skyline that must run along an edge; least -b* of the sky."""
_PORTRAIT = 0.12
"""Height of a face behind which a bright plain is a backdrop, not the sky."""


@dataclass(frozen=True)
class Depth:
    """Disparity of a photograph at low resolution (long side about 400 pixels).

    The sky, if there is one, lies at disparity 0.
    """

    ground: NDArray[np.float32]
    """``(h, w)`` disparity of what stands behind the figures, smooth."""
    figures: NDArray[np.float32]
    """``(h, w)`` disparity of the figure layer, smooth, defined everywhere."""
    matte: NDArray[np.float32]
    """``(h, w)`` 0..1: where the figure layer is."""
    sky: NDArray[np.float32]
    """``(h, w)`` 0..1: where nothing stands before the sky; 0 everywhere without one."""
    subject: float
    """Disparity of what the camera looks at."""
    cut: tuple[Figure, ...] = ()
    """The figures one by one, for the whole picture."""
    free: NDArray[np.float32] | None = None
    """``(h, w)`` 0..1, for the whole picture: how freely figures may move by themselves."""

    @property
    def people(self) -> int:
        """How many people stand free."""
        return sum(figure.person for figure in self.cut)

    def crop(self, box: tuple[float, float, float, float]) -> Depth:
        """The part inside ``box`` (fractions: left, top, right, bottom) at full work resolution."""
        maps = (self.ground, self.figures, self.matte, self.sky)
        ground, figures, matte, sky = (crop_map(one, box) for one in maps)
        return replace(self, ground=ground, figures=figures, matte=matte, sky=sky)


def crop_map(
    values: NDArray[np.float32], box: tuple[float, float, float, float]
) -> NDArray[np.float32]:
    """The part of a map ``(h, w[, n])`` inside fractions, its long side about 400 pixels."""
    rows, columns = values.shape[:2]
    left, top, right, bottom = box[0] * columns, box[1] * rows, box[2] * columns, box[3] * rows
    scale = WORK / max(right - left, bottom - top, 1.0)
    size = (max(2, round((right - left) * scale)), max(2, round((bottom - top) * scale)))
    # pixel centers of the part in the whole
    x = (left + (np.arange(size[0]) + 0.5) * (right - left) / size[0] - 0.5).astype(np.float32)
    y = (top + (np.arange(size[1]) + 0.5) * (bottom - top) / size[1] - 0.5).astype(np.float32)
    map_x, map_y = np.meshgrid(x, y)
    part = cv2.remap(values, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(part, np.float32)


def estimate_depth(
    small: Frame,
    faces: Sequence[FaceBox],
    composition: Composition,
    *,
    people: People | None = None,
    look: AppearanceMaps | None = None,
) -> Depth:
    """Depth of a photograph from its horizon, its lines, its sky, its people and its outlines.

    Args:
        small: ``(h, w, 3) uint8 RGB``, some hundred pixels wide.
        faces: boxes as fractions of the picture.
        composition: of the photograph.
        people: what the networks believe.
        look: of the photograph: without it no sky is told from a backdrop.
    """
    sky = _sky(small, faces, look)
    level = composition.horizon * len(small)
    far = _FAR_BEFORE_SKY if sky.any() else _FAR
    ground = _floor_and_walls(small.shape, level, far, composition.vanishing_point)
    found = find_figures(small, faces, people)
    if not found:
        raised = _raise_softly(ground, faces)
        nothing = np.zeros(raised.shape, np.float32)
        return Depth(raised, raised, nothing, sky, float(np.median(raised)))
    matte = np.max([figure.matte for figure in found], axis=0)
    layer = _stand(found, level, far)
    subject = float(np.average(layer, weights=matte))
    free = hold(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), matte > 0.5)
    return Depth(ground, layer, matte, sky * (1 - matte), subject, tuple(found), free)


def _floor_and_walls(
    shape: tuple[int, ...], level: float, far: float, point: tuple[float, float] | None
) -> NDArray[np.float32]:
    """The room the photograph was taken in; its horizon is at row ``level``."""
    rows, columns = shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    room = _on_floor(y, level, rows, far)
    if point is not None:
        side = point[0] * columns
        reach = np.maximum(np.where(x < side, side, columns - side), columns * 0.25)
        room = np.maximum(room, far + 0.75 * np.clip(np.abs(x - side) / reach, 0, 1))
    blurred = cv2.GaussianBlur(room.astype(np.float32), (0, 0), max(2.0, 0.03 * max(rows, columns)))
    return np.asarray(blurred, np.float32)


def _on_floor(row: NDArray[np.float32], level: float, rows: int, far: float) -> NDArray[np.float32]:
    """Disparity of the floor at rows of the picture."""
    return np.asarray(far + (1 - far) * np.clip((row - level) / max(rows - level, 1.0), 0, 1))


def _sky(
    small: Frame, faces: Sequence[FaceBox], look: AppearanceMaps | None
) -> NDArray[np.float32]:
    """``(h, w)`` 0..1: the sky, where it is blue and its edge can be trusted; otherwise 0."""
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    none = np.zeros(luma.shape, np.float32)
    if look is None or tallest(faces) > _PORTRAIT:
        return none
    plain = sky_mask(luma).astype(np.uint8)
    if not plain.any():
        return none
    seeds = np.full(luma.shape, cv2.GC_BGD, np.uint8)
    for reach, kind in ((19, cv2.GC_PR_BGD), (5, cv2.GC_PR_FGD)):
        seeds[cv2.dilate(plain, np.ones((reach, reach), np.uint8)) > 0] = kind
    seeds[cv2.erode(plain, np.ones((3, 3), np.uint8)) > 0] = cv2.GC_FGD
    sky = grow(small, seeds)
    if not sky.any() or look.yellow[sky].mean() > -_BLUE:
        return none
    return 1 - soften(~sky) if outline_support(luma, sky) > _SKY_OUTLINE else none


def _raise_softly(ground: NDArray[np.float32], faces: Sequence[FaceBox]) -> NDArray[np.float32]:
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


def _stand(figures: Sequence[Figure], level: float, far: float) -> NDArray[np.float32]:
    """``(h, w)`` disparity of figures, each as far as the ground it stands on."""
    rows = len(figures[0].matte)
    near = np.zeros(figures[0].matte.shape, np.float32)
    feet = np.array([max(figure.foot, level + 0.1 * rows) for figure in figures], np.float32)
    for figure, disparity in zip(figures, _on_floor(feet, level, rows, far), strict=True):
        near[figure.matte > 0.5] = disparity
    if not near.any():
        near[:] = float(_on_floor(feet, level, rows, far).mean())
    layer = spread(near, near > 0)
    # people who touch stay one cloth: their depths pass into each other
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.015 * max(layer.shape)), np.float32)
