"""Where the faces are: the short-range BlazeFace detector over a pyramid of tiles.

The network (Bazarevsky et al. 2019) sees 128 x 128 pixels and finds faces that fill at least
about a tenth of that, so small faces of a group need tiles. Anchors and decoding follow the
published graph of the face landmarker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = ["Detector", "anchors", "overlap"]

_SIDE = 128
_MIN_SCORE = 0.5
_SAME_FACE = 0.3
_SMALLEST_SHARE = 0.14
"""Faces narrower than this share of a tile are left to smaller tiles."""


_GRIDS = ((16, 2), (8, 6))
"""Cells of a side, and anchors in each: 896 in all."""


def anchors(grids: Iterable[tuple[int, int]]) -> NDArray[np.float32]:
    """Centers ``(n, 2)`` as fractions, of grids given by cells of a side and anchors in each."""
    centers = []
    for cells, per_cell in grids:
        line = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        centers.append(np.repeat(grid, per_cell, axis=0))
    return np.concatenate(centers).astype(np.float32)


class Detector:
    """Face boxes with six key points (right eye, left eye, nose, mouth, right ear, left ear).

    Args:
        net: LiteRT interpreter of ``face_detector.tflite`` with its tensors allocated.
    """

    def __init__(self, net: Any) -> None:  # noqa: ANN401 - LiteRT has no types
        self._net = net
        self._input = net.get_input_details()[0]["index"]
        self._boxes, self._scores = (
            next(d["index"] for d in net.get_output_details() if d["shape"][-1] == width)
            for width in (16, 1)
        )
        self._anchors = anchors(_GRIDS)

    def find(
        self, frame: Frame, *, smallest: float, levels: int | None = None
    ) -> NDArray[np.float32]:
        """Detections ``(n, 17)``: x0, y0, x1, y1, six (x, y) key points, score; pixels, best first.

        Args:
            frame: the picture.
            smallest: width in pixels of the smallest face looked for.
            levels: most pyramid levels to look at (each halves the tile); None for all.
        """
        found = [
            self._look(frame, left, top, side)
            for left, top, side in _tiles(frame.shape[1], frame.shape[0], smallest, levels)
        ]
        return _merge(np.concatenate(found))

    def _look(self, frame: Frame, left: int, top: int, side: int) -> NDArray[np.float32]:
        """Detections in one square tile; what lies outside the picture is black."""
        part = frame[max(top, 0) : top + side, max(left, 0) : left + side]
        scale = _SIDE / side
        width, height = (max(1, round(n * scale)) for n in (part.shape[1], part.shape[0]))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        tile = np.full((_SIDE, _SIDE, 3), -1.0, np.float32)
        x, y = round(max(-left, 0) * scale), round(max(-top, 0) * scale)
        small = np.asarray(cv2.resize(part, (width, height), interpolation=method), np.float32)
        room = tile[y : y + height, x : x + width]
        room[:] = small[: room.shape[0], : room.shape[1]] / 127.5 - 1.0
        self._net.set_tensor(self._input, tile[None])
        self._net.invoke()
        logits = self._net.get_tensor(self._scores)[0, :, 0]
        raw = self._net.get_tensor(self._boxes)[0]
        score = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -100, 100)))
        keep = score > _MIN_SCORE
        raw, anchor, score = raw[keep] / _SIDE, self._anchors[keep], score[keep]
        center, half = raw[:, :2] + anchor, raw[:, 2:4] / 2
        points = raw[:, 4:].reshape(-1, 6, 2) + anchor[:, None]
        found = np.concatenate([center - half, center + half, points.reshape(-1, 12)], axis=1)
        found = found.reshape(-1, 8, 2) * side + np.array([left, top], np.float32)
        return np.concatenate([found.reshape(-1, 16), score[:, None]], axis=1).astype(np.float32)


def _tiles(
    width: int, height: int, smallest: float, levels: int | None
) -> Iterator[tuple[int, int, int]]:
    """Left, top and side of the tiles: the whole picture, then squares with half overlap."""
    side = max(width, height)
    yield -(side - width) // 2, -(side - height) // 2, side
    level = 1
    while (levels is None or level < levels) and side * _SMALLEST_SHARE > smallest:
        side = max(_SIDE, side // 2)
        level += 1
        for top in _starts(height, side):
            for left in _starts(width, side):
                yield left, top, side
        if side == _SIDE:
            return


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [-(side - length) // 2]
    count = int(np.ceil((length - side) / (side / 2))) + 1
    return [round(x) for x in np.linspace(0, length - side, count)]


def overlap(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of boxes ``(..., 4)``; 1 as well when one lies inside the other."""
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:4], b[..., 2:4])
    common = np.prod(np.clip(high - low, 0, None), axis=-1)
    area_a, area_b = (np.prod(x[..., 2:4] - x[..., :2], axis=-1) for x in (a, b))
    inside = common > 0.8 * np.minimum(area_a, area_b)
    return np.where(inside, 1.0, common / (area_a + area_b - common + 1e-9))


def _merge(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weighted non-maximum suppression: overlapping detections become their weighted mean."""
    rest = found[np.argsort(-found[:, 16], kind="stable")]
    merged = []
    while len(rest):
        same = overlap(rest[0], rest) > _SAME_FACE
        same[0] = True
        group = rest[same]
        mean = np.average(group, axis=0, weights=group[:, 16])
        mean[16] = group[0, 16]
        merged.append(mean)
        rest = rest[~same]
    return np.array(merged, np.float32).reshape(-1, 17)
