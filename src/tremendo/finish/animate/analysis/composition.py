"""What a photograph tells of its space without a network: vanishing point, horizon, interest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = [
    "WORK",
    "Composition",
    "FaceBox",
    "picture_area",
    "read_composition",
    "shrunk",
    "sky_mask",
    "tallest",
    "vanishing_point",
]

WORK = 400
"""Long side in pixels of the small picture in which a photograph is read."""

FaceBox = tuple[float, float, float, float]
"""A face box as fractions of the picture's width and height: left, top, width, height."""

_WORK = 384


@dataclass(frozen=True)
class Composition:
    """How a photograph is composed."""

    area: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels of the picture inside its rim, see `picture_area`."""
    focus: tuple[float, float]
    """Where a viewer looks, as fractions: the faces, or the center of local contrast."""
    vanishing_point: tuple[float, float] | None
    """Where receding lines meet, as fractions; None where none do."""
    horizon: float
    """Its height as a fraction of the picture, 0 top to 1 bottom."""

    def scaled(self, scale: float) -> Composition:
        """The same for a photograph brought to another size."""
        left, top, right, bottom = (round(edge * scale) for edge in self.area)
        return replace(self, area=(left, top, right, bottom))


def read_composition(photo: Frame, small: Frame, faces: Sequence[FaceBox]) -> Composition:
    """The composition of a photograph.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        small: the same, see `shrunk`.
        faces: boxes as fractions of the picture.
    """
    point = vanishing_point(small)
    return Composition(
        picture_area(photo), _focus(photo, faces), point, _horizon(small, faces, point)
    )


def shrunk(photo: Frame) -> Frame:
    """The photograph with a long side of at most 400 pixels."""
    scale = min(1.0, WORK / max(photo.shape[:2]))
    size = (max(2, round(photo.shape[1] * scale)), max(2, round(photo.shape[0] * scale)))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA))


def _small_luma(photo: Frame) -> NDArray[np.uint8]:
    scale = min(1.0, _WORK / max(photo.shape[:2]))
    size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))


def tallest(faces: Sequence[FaceBox]) -> float:
    """Height of the tallest face as a share of the picture's; 0 without any."""
    return max((face[3] for face in faces), default=0.0)


def picture_area(photo: Frame) -> tuple[int, int, int, int]:
    """The picture inside paper margins, masks and scan borders: left, top, right, bottom.

    Flat very dark or very bright areas connected to the edge are border; each side gives way until
    it holds little of them, by at most 10 % of the picture.
    """
    height, width = photo.shape[:2]
    luma = _small_luma(photo)
    rows, columns = luma.shape
    if min(rows, columns) < 32:
        return 0, 0, width, height
    smooth = cv2.GaussianBlur(luma, (0, 0), 1.2)
    spread = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    flat = ((smooth < 22) | (smooth > 240)) & (spread < 14)
    _, labels = cv2.connectedComponents(flat.astype(np.uint8), connectivity=4)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    border = np.isin(labels, np.unique(rim[rim > 0]))
    # flatness ends before the border does
    border = cv2.dilate(border.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    left, top, right, bottom = 0, 0, columns, rows
    limit_x, limit_y = columns // 10, rows // 10
    edges = {"left": border[:, 0], "right": border[:, -1], "top": border[0], "bottom": border[-1]}
    framed = {name: _is_frame(edge) for name, edge in edges.items()}
    while True:
        inside = border[top:bottom, left:right]
        shares = {
            "left": inside[:, 0].mean() * (left < limit_x) * framed["left"],
            "right": inside[:, -1].mean() * (right > columns - limit_x) * framed["right"],
            "top": inside[0].mean() * (top < limit_y) * framed["top"],
            "bottom": inside[-1].mean() * (bottom > rows - limit_y) * framed["bottom"],
        }
        side = max(shares, key=lambda name: shares[name])
        if shares[side] < 0.04:
            break
        left += side == "left"
        right -= side == "right"
        top += side == "top"
        bottom -= side == "bottom"
    if (left, top, right, bottom) == (0, 0, columns, rows):
        return 0, 0, width, height
    fx, fy = width / columns, height / rows
    pad = 1.5  # the border's own soft edge, in small pixels
    return (
        round((left + pad * (left > 0)) * fx),
        round((top + pad * (top > 0)) * fy),
        round((right - pad * (right < columns)) * fx),
        round((bottom - pad * (bottom < rows)) * fy),
    )


def _is_frame(edge: NDArray[np.bool_]) -> bool:
    """Whether an outermost line lies in a border: mostly, or at both ends (rounded corners)."""
    end = max(2, len(edge) // 25)
    return bool(edge.mean() > 0.5 or (edge[:end].all() and edge[-end:].all()))


def vanishing_point(photo: Frame) -> tuple[float, float] | None:
    """The point that receding lines meet in, as fractions of width and height, or None.

    Line segments that are neither upright nor level vote for the crossing of every pair; the
    winner must gather nine of them, a third of their length, and lie within the picture.
    """
    luma = _small_luma(photo)
    rows, columns = luma.shape
    if min(rows, columns) < 48:
        return None
    found = cv2.createLineSegmentDetector().detect(cv2.GaussianBlur(luma, (0, 0), 1.0))[0]
    if found is None:
        return None
    lines = np.asarray(found, np.float64).reshape(-1, 4)
    delta = lines[:, 2:] - lines[:, :2]
    length = np.hypot(delta[:, 0], delta[:, 1])
    slope = np.abs(np.degrees(np.arctan2(delta[:, 1], delta[:, 0])))
    slope = np.minimum(slope, 180 - slope)
    keep = (length > 0.05 * max(rows, columns)) & (slope > 8) & (slope < 78)
    order = np.argsort(-length[keep], kind="stable")[:60]
    lines, length = lines[keep][order], length[keep][order]
    if len(lines) < 6:
        return None
    ends = np.stack([lines[:, :2], lines[:, 2:]])
    homogeneous = np.concatenate([ends, np.ones((2, len(lines), 1))], axis=2)
    through = np.cross(homogeneous[0], homogeneous[1])
    first, second = np.triu_indices(len(lines), 1)
    crossing = np.cross(through[first], through[second])
    crossing = crossing[np.abs(crossing[:, 2]) > 1e-6]
    points = crossing[:, :2] / crossing[:, 2:]
    inside = (
        (points[:, 0] > 0.05 * columns)
        & (points[:, 0] < 0.95 * columns)
        & (points[:, 1] > 0.1 * rows)
        & (points[:, 1] < 0.7 * rows)
    )
    points = points[inside]
    if len(points) == 0:
        return None
    toward = points[:, None] - ends.mean(axis=0)[None]
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0], axis=1, keepdims=True)
    distance = np.linalg.norm(toward, axis=2) + 1e-6
    sine = np.abs(toward[..., 0] * along[:, 1] - toward[..., 1] * along[:, 0]) / distance
    support = ((sine < np.sin(np.radians(2.0))) * length).sum(axis=1)
    best = int(support.argmax())
    gathered = int((sine[best] < np.sin(np.radians(2.0))).sum())
    if gathered < 9 or support[best] < 0.34 * length.sum():
        return None
    return float(points[best, 0] / columns), float(points[best, 1] / rows)


def sky_mask(luma: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Smooth bright area that reaches the top edge; empty when there is no sky.

    Args:
        luma: ``(H, W) uint8``, some hundred pixels wide.
    """
    smooth = cv2.GaussianBlur(luma, (0, 0), 2.0)
    rough = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))
    bright = np.percentile(smooth, 55)
    plain = ((smooth >= bright) & (rough < 16)).astype(np.uint8)
    _, labels = cv2.connectedComponents(plain, connectivity=4)
    top = np.unique(labels[: max(2, len(luma) // 30)])
    mask = np.isin(labels, top[top > 0]).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    wide = mask[: max(2, len(luma) // 12)].mean() > 0.3
    return np.asarray(mask > 0) if wide and 0.03 < mask.mean() < 0.7 else np.zeros(luma.shape, bool)


def _horizon(photo: Frame, faces: Sequence[FaceBox], point: tuple[float, float] | None) -> float:
    """Height of the horizon as a fraction of the picture.

    In order of trust: how faces grow towards the viewer (their size is proportional to their
    distance below the horizon), the vanishing point, the level of a few standing people's eyes,
    the lower edge of the sky, and the photographer's habit (two fifths).
    """
    centers = np.array([face[1] + face[3] / 2 for face in faces])
    sizes = np.array([face[3] for face in faces])
    if len(faces) >= 5 and np.ptp(centers) > 0.2:
        slope, intercept = np.polyfit(sizes, centers, 1)
        if slope > 0 and np.corrcoef(sizes, centers)[0, 1] > 0.5:
            return float(np.clip(intercept, 0.05, 0.6))
    if point is not None:
        return point[1]
    if len(faces):
        return float(np.clip(np.median(centers), 0.15, 0.6))
    sky = sky_mask(_small_luma(photo))
    if sky.any():
        depth = np.where(sky.any(axis=0), len(sky) - np.argmax(sky[::-1], axis=0), 0)
        return float(np.clip(np.percentile(depth[depth > 0], 60) / len(sky), 0.15, 0.65))
    return 0.4


def _focus(photo: Frame, faces: Sequence[FaceBox]) -> tuple[float, float]:
    """Where a viewer looks, as fractions: the faces, or the center of local contrast.

    Large faces count for more; without faces the center of gravity of detail, drawn halfway to
    the middle and a little above it.
    """
    if faces:
        boxes = np.array(faces, np.float64)
        weight = boxes[:, 2] * boxes[:, 3]
        middle = boxes[:, :2] + boxes[:, 2:] / 2
        x, y = (middle * weight[:, None]).sum(axis=0) / weight.sum()
        return float(x), float(y)
    luma = _small_luma(photo).astype(np.float32)
    detail = cv2.GaussianBlur(np.abs(luma - cv2.GaussianBlur(luma, (0, 0), 4)), (0, 0), 12)
    rows, columns = luma.shape
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    bell = np.exp(-(((x / columns - 0.5) / 0.3) ** 2) - ((y / rows - 0.48) / 0.3) ** 2)
    weight = detail**2 * bell + 1e-6
    return float((weight * x).sum() / weight.sum() / columns), float(
        (weight * y).sum() / weight.sum() / rows
    )
