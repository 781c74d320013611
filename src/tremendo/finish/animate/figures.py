"""Cutting people and things out of a photograph at their outlines, and knowing when one cannot.

Seeds (a body below each face, or what stands out in the middle) are grown by GrabCut (Rother et
al. 2004) on tone and texture, and kept only where the outline runs along real edges: a wrong
outline looks worse than none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.scene import Face
from tremendo.media.frames import Frame

__all__ = ["Figure", "find_figures"]

_MOST_FACES = 16
"""In a larger crowd bodies hide each other and outlines cannot be told."""
_SUPPORTED_OUTLINE = 0.93
"""Least share of the outline that must run along an edge of the picture."""

_FADE = 3.0
"""Width of the matte's soft rim in pixels of the small picture."""


@dataclass(frozen=True)
class Figure:
    """One thing that stands free before its background."""

    matte: NDArray[np.float32]
    """``(h, w)`` 0..1."""
    foot: int
    """Row where it touches the ground."""
    face_height: float
    """Of its largest face, as a fraction of the picture's height; 0 without a face."""


def find_figures(small: Frame, faces: Sequence[Face]) -> list[Figure]:
    """Figures whose outlines can be trusted; often none.

    Args:
        small: ``(h, w, 3) uint8 RGB``, some hundred pixels wide.
        faces: boxes as fractions of the picture.
    """
    rows, columns = small.shape[:2]
    if min(rows, columns) < 48 or len(faces) > _MOST_FACES:
        return []
    seeds = _seeds_of_faces(faces, rows, columns) if faces else _seeds_of_contrast(small)
    if seeds is None:
        return []
    mask = _grow(_tone_and_texture(small), seeds)
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    figures = []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for label in range(1, count):
        part = labels == label
        share = stats[label, cv2.CC_STAT_AREA] / part.size
        if not 0.012 < share < 0.72 or (seeds[part] == cv2.GC_FGD).sum() < 8:
            continue
        if _outline_support(luma, part) < _SUPPORTED_OUTLINE or _cramped(part, seeds):
            continue
        face_height = _face_height(faces, part)
        if not (_whole_body(part, face_height) if faces else _before_plain(luma, part)):
            continue
        if not _background_around(luma, part, seeds):
            continue
        foot = int(np.percentile(np.flatnonzero(part.any(axis=1)), 98))
        figures.append(Figure(_soften(part), foot, face_height))
    return figures if _holds_all(figures, faces) else []


def _holds_all(figures: Sequence[Figure], faces: Sequence[Face]) -> bool:
    """Whether every face belongs to a figure: of a group all are cut out, or none."""
    if not figures:
        return False
    together = np.max([figure.matte for figure in figures], axis=0)
    return all(_head(together, face).mean() > 0.9 for face in faces)


def _head(values: NDArray[np.float32], face: Face) -> NDArray[np.float32]:
    """The part of a map that a face box and the hair above it cover."""
    rows, columns = values.shape
    left, right = face[0] * columns, (face[0] + face[2]) * columns
    top, bottom = (face[1] - 0.1 * face[3]) * rows, (face[1] + 1.1 * face[3]) * rows
    part = values[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1]
    return part if part.size else np.zeros((1, 1), np.float32)


def _at_face(values: NDArray[np.float32], face: Face) -> float:
    rows, columns = values.shape
    row = int((face[1] + face[3] / 2) * rows)
    column = int((face[0] + face[2] / 2) * columns)
    return float(values[min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)])


def _seeds_of_faces(faces: Sequence[Face], rows: int, columns: int) -> NDArray[np.uint8]:
    """Sure and likely figure below each face, sure background away from all bodies."""
    seeds = np.full((rows, columns), cv2.GC_BGD, np.uint8)
    boxes = [(x * columns, y * rows, w * columns, h * rows) for x, y, w, h in faces]
    for x, y, w, h in boxes:
        _fill(seeds, (x - 2.6 * w, y - 1.4 * h, x + 3.6 * w, y + 10 * h), cv2.GC_PR_BGD)
    for x, y, w, h in boxes:
        _fill(seeds, (x - 0.75 * w, y + 1.2 * h, x + 1.75 * w, y + 4.2 * h), cv2.GC_PR_FGD)
        _fill(seeds, (x - 0.4 * w, y + 4.2 * h, x + 1.4 * w, y + 7.5 * h), cv2.GC_PR_FGD)
        _fill(seeds, (x - 0.1 * w, y - 0.35 * h, x + 1.1 * w, y + h), cv2.GC_PR_FGD)
    for x, y, w, h in boxes:
        center = (round(x + w / 2), round(y + h / 2))
        axes = (max(1, round(w * 0.42)), max(1, round(h * 0.5)))
        cv2.ellipse(seeds, center, axes, 0, 0, 360, cv2.GC_FGD, -1)
        _fill(seeds, (x + 0.1 * w, y + 1.5 * h, x + 0.9 * w, y + 3.0 * h), cv2.GC_FGD)
    return seeds


def _fill(seeds: NDArray[np.uint8], box: tuple[float, float, float, float], value: int) -> None:
    left, top, right, bottom = (max(0, round(edge)) for edge in box)
    seeds[top:bottom, left:right] = value


def _seeds_of_contrast(small: Frame) -> NDArray[np.uint8] | None:
    """What differs in tone from the rim of the picture; None when nothing stands out."""
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rows, columns = luma.shape
    smooth = cv2.GaussianBlur(luma, (0, 0), 2.0)
    # every row is compared with its own two ends: sky, sea and ground differ from each other
    rim = max(3, columns // 12)
    ends = np.concatenate([smooth[:, :rim], smooth[:, -rim:]], axis=1)
    middle = cv2.GaussianBlur(np.median(ends, axis=1)[:, None], (1, 0), 1, sigmaY=8.0)
    width = cv2.GaussianBlur(np.std(ends, axis=1).astype(np.float32)[:, None], (1, 0), 1, sigmaY=8)
    apart = np.abs(smooth - middle) / (width + 8.0)
    x = np.linspace(-1, 1, columns)[None]
    apart = apart * np.exp(-((x / 0.65) ** 4))
    sure, likely = apart > 4.0, apart > 2.4
    if not 0.01 < sure.mean() < 0.5:
        return None
    seeds = np.full((rows, columns), cv2.GC_PR_BGD, np.uint8)
    seeds[likely] = cv2.GC_PR_FGD
    seeds[cv2.erode(sure.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = cv2.GC_FGD
    seeds[:, : rim // 2] = seeds[:, columns - rim // 2 :] = cv2.GC_BGD
    return seeds


def _tone_and_texture(small: Frame) -> NDArray[np.uint8]:
    """Three channels for GrabCut: tone, tone of the neighborhood, texture; color where there is."""
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = cv2.bilateralFilter(luma, 5, 25, 3)
    broad = cv2.GaussianBlur(luma, (0, 0), 5)
    texture = cv2.GaussianBlur(np.abs(luma - cv2.GaussianBlur(luma, (0, 0), 2)), (0, 0), 3) * 4
    return np.asarray(np.clip(np.stack([fine, broad, texture], axis=2), 0, 255), np.uint8)


def _grow(features: NDArray[np.uint8], seeds: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """GrabCut, then small holes closed and crumbs dropped: 0 or 1."""
    mask = seeds.copy()
    if not ((mask == cv2.GC_BGD) | (mask == cv2.GC_PR_BGD)).any():
        return np.zeros(mask.shape, np.uint8)
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(features, mask, None, models[0], models[1], 4, cv2.GC_INIT_WITH_MASK)
    figure = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    figure = cv2.morphologyEx(figure, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    figure = cv2.morphologyEx(figure, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - figure, connectivity=4)
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < 0.004 * figure.size:
            figure[labels == label] = 1
    return np.asarray(figure)


def _outline_support(luma: NDArray[np.uint8], part: NDArray[np.bool_]) -> float:
    """Share of the outline, away from the picture's rim, that runs along an edge.

    An edge is a gradient above the typical one of the neighborhood, within two pixels.
    """
    smooth = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), 1.0)
    slope = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    solid = part.astype(np.uint8)
    ring = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    ring[:2] = ring[-2:] = False
    ring[:, :2] = ring[:, -2:] = False
    if not ring.any():
        return 0.0
    nearby = np.asarray(cv2.blur(slope, (31, 31)))
    best = np.asarray(cv2.dilate(slope, np.ones((5, 5), np.uint8)))
    return float((best[ring] > 1.5 * nearby[ring] + 12).mean())


def _cramped(part: NDArray[np.bool_], seeds: NDArray[np.uint8]) -> bool:
    """Whether the figure runs along the limit it was given: it would have grown on."""
    edge = cv2.morphologyEx(part.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    limit = cv2.dilate((seeds == cv2.GC_BGD).astype(np.uint8), np.ones((5, 5), np.uint8))
    return float((limit[edge > 0] > 0).mean()) > 0.05


def _whole_body(part: NDArray[np.bool_], face_height: float) -> bool:
    """Whether a person is cut out down to the feet or to the picture's lower edge."""
    rows = np.flatnonzero(part.any(axis=1))
    at_edge = bool(part[-3:].any()) and part[-3:].any(axis=0).mean() > 0.15
    return at_edge or len(rows) > 6.5 * face_height * len(part) > 0


def _before_plain(luma: NDArray[np.uint8], part: NDArray[np.bool_]) -> bool:
    """Whether a thing without a face stands before sky, sea or a backdrop, and is no sky itself."""
    if part[:2].mean() > 0.05:
        return False
    smooth = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), 1.5)
    slope = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    around = _ring(part, 5, 13)
    return bool(around.any()) and float((slope[around] < 24).mean()) > 0.78


def _background_around(
    luma: NDArray[np.uint8], part: NDArray[np.bool_], seeds: NDArray[np.uint8]
) -> bool:
    """Whether what lies next to the outline has tones that the background far away has too.

    Where it has not, a piece of the figure was left behind.
    """
    far = luma[(seeds == cv2.GC_BGD) & ~part]
    around = luma[_ring(part, 4, 10)]
    if far.size < 50 or around.size == 0:
        return True
    low, high = np.percentile(far, [6, 94])
    return float(((around >= low - 12) & (around <= high + 12)).mean()) > 0.8


def _ring(part: NDArray[np.bool_], inner: int, outer: int) -> NDArray[np.bool_]:
    """Pixels between ``inner`` and ``outer`` pixels outside the outline."""
    away = cv2.distanceTransform(1 - part.astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray((away >= inner) & (away <= outer))


def _soften(part: NDArray[np.bool_]) -> NDArray[np.float32]:
    """A matte that holds all of the figure and fades outside it.

    A little of the background that moves along is not noticed; a piece of the figure left behind
    is. Narrow gaps (rigging, the space under an arm) go with the figure for the same reason.
    """
    reach = max(3, round(0.03 * max(part.shape))) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    padded = np.pad(part.astype(np.uint8), reach, mode="edge")
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[reach:-reach, reach:-reach]
    outside = cv2.distanceTransform(1 - closed, cv2.DIST_L2, 5)
    return np.asarray(np.clip(1 - (outside - 1.0) / _FADE, 0, 1), np.float32)


def _face_height(faces: Sequence[Face], part: NDArray[np.bool_]) -> float:
    inside = [face[3] for face in faces if _at_face(part.astype(np.float32), face) > 0.5]
    return max(inside, default=0.0)
