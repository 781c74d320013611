"""Outlines: growing what is believed to be a figure to its edges, and judging the result.

The growing is GrabCut (Rother et al. 2004) on tone and texture. A wrong outline looks worse than
none, so there are tests that tell a good one.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.imaging.easing import smoothstep
from tremendo.media.frames import Frame

__all__ = [
    "before_plain",
    "grow",
    "hold",
    "outline_support",
    "parts",
    "ring",
    "soften",
]

_FADE = 3.0
"""Width of a matte's soft rim in pixels of the small picture."""
_STRETCH = 16
"""Pixels of a stretch of outline without an edge that would be seen to tear."""
_HOLD = 0.06
"""How far from there on motion is whole, of the long side."""


def _tone_and_texture(small: Frame) -> NDArray[np.uint8]:
    """Three channels for GrabCut: tone, tone of the neighborhood, texture."""
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = cv2.bilateralFilter(luma, 5, 25, 3)
    broad = cv2.GaussianBlur(luma, (0, 0), 5)
    texture = cv2.GaussianBlur(np.abs(luma - cv2.GaussianBlur(luma, (0, 0), 2)), (0, 0), 3) * 4
    return np.asarray(np.clip(np.stack([fine, broad, texture], axis=2), 0, 255), np.uint8)


def grow(small: Frame, seeds: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """GrabCut from seeds, then small holes closed and crumbs dropped.

    Args:
        small: ``(h, w, 3) uint8 RGB``.
        seeds: ``(h, w)`` of OpenCV's four classes.
    """
    mask = seeds.copy()
    ground = (mask == cv2.GC_BGD) | (mask == cv2.GC_PR_BGD)
    if not ground.any():
        return np.zeros(mask.shape, bool)
    if not ground.all():
        cv2.setRNGSeed(0)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        features = _tone_and_texture(small)
        cv2.grabCut(features, mask, None, models[0], models[1], 3, cv2.GC_INIT_WITH_MASK)
    figure = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    figure = cv2.morphologyEx(figure, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    figure = cv2.morphologyEx(figure, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - figure, connectivity=4)
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < 0.004 * figure.size:
            figure[labels == label] = 1
    return np.asarray(figure > 0)


def parts(mask: NDArray[np.bool_], fits: Callable[[float], bool]) -> list[NDArray[np.bool_]]:
    """Connected parts whose area, as a share of the picture's, fits."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA] / mask.size
    return [labels == n for n in range(1, count) if fits(areas[n])]


def outline_support(luma: NDArray[np.uint8], part: NDArray[np.bool_]) -> float:
    """Share of the outline, away from the picture's rim, that runs along an edge."""
    rim = _rim(part)
    return float(_edges(luma)[rim].mean()) if rim.any() else 0.0


def hold(luma: NDArray[np.uint8], part: NDArray[np.bool_]) -> NDArray[np.float32]:
    """``(h, w)`` how freely a figure may move by itself: 0 where its outline follows no edge.

    There it was cut through, and would tear; with the distance from such a stretch it goes to 1.
    """
    loose = (_rim(part) & ~_edges(luma)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(loose, connectivity=8)
    long = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] >= _STRETCH]
    torn = np.isin(labels, long) & (loose > 0)
    if not torn.any():
        return np.ones(part.shape, np.float32)
    away = cv2.distanceTransform(1 - torn.astype(np.uint8), cv2.DIST_L2, 5)
    return smoothstep(0.0, _HOLD * max(part.shape), away).astype(np.float32)


def _rim(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The outline, away from the picture's own rim."""
    solid = part.astype(np.uint8)
    rim = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    rim[:2] = rim[-2:] = False
    rim[:, :2] = rim[:, -2:] = False
    return np.asarray(rim)


def _edges(luma: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where there is an edge within two pixels: a gradient above the neighborhood's typical one."""
    smooth = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), 1.0)
    slope = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    nearby = np.asarray(cv2.blur(slope, (31, 31)))
    best = np.asarray(cv2.dilate(slope, np.ones((5, 5), np.uint8)))
    return np.asarray(best > 1.5 * nearby + 12)


def before_plain(luma: NDArray[np.uint8], part: NDArray[np.bool_]) -> bool:
    """Whether a thing without a face stands before sky, sea or a backdrop, and is no sky itself."""
    if part[:2].mean() > 0.05:
        return False
    smooth = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), 1.5)
    slope = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    around = ring(part, 5, 13)
    return bool(around.any()) and float((slope[around] < 24).mean()) > 0.78


def ring(part: NDArray[np.bool_], inner: int, outer: int) -> NDArray[np.bool_]:
    """Pixels between ``inner`` and ``outer`` pixels outside the outline."""
    away = cv2.distanceTransform(1 - part.astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray((away >= inner) & (away <= outer))


def soften(part: NDArray[np.bool_], closing: float = 0.012) -> NDArray[np.float32]:
    """A matte that holds all of the figure and fades outside it.

    A little of the background that moves along is not noticed; a piece of the figure left behind
    is. Narrow gaps (rigging, the space under an arm), up to ``closing`` of the picture's long side,
    go with the figure for the same reason.
    """
    reach = max(3, round(closing * max(part.shape))) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    padded = np.pad(part.astype(np.uint8), reach, mode="edge")
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[reach:-reach, reach:-reach]
    outside = cv2.distanceTransform(1 - closed, cv2.DIST_L2, 5)
    return np.asarray(np.clip(1 - (outside - 1.0) / _FADE, 0, 1), np.float32)
