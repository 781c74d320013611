"""Small faces: a cascade of three little networks over an image pyramid (MTCNN, Zhang et al. 2016).

The networks have 0.5 million weights together and run in NumPy. The first looks at every place
of every size, the second and third look again at what the one before took for a face. Compared
with `face_detector` it finds faces from 20 pixels on, profiles included.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.media.frames import Frame
from tremendo.models.torch_file import read_state_dict

__all__ = ["NAMES", "Cascade"]

NAMES = ("faces-1", "faces-2", "faces-3")
"""The three networks in the catalog."""
_STEP = 0.709
_CELL, _STRIDE = 12, 2
_SCORES = (0.6, 0.7, 0.7)
_LARGEST_SIDE = 1600
_BATCH = 256

_Array = NDArray[np.float32]


class Cascade:
    """Face boxes with five points (eyes, nose, corners of the mouth).

    Raises `ModelMissingError` when the networks are not on this machine.
    """

    def __init__(self) -> None:
        self._nets = [_Net(read_state_dict(models.path(name))) for name in NAMES]

    def find(self, frame: Frame, *, smallest: float) -> _Array:
        """Detections ``(n, 15)``: x0, y0, x1, y1, five (x, y), score; pixels, best first.

        Args:
            frame: ``(H, W, 3) uint8 RGB``.
            smallest: width in pixels of the smallest face looked for.
        """
        scale = min(1.0, _LARGEST_SIDE / max(frame.shape[:2]))
        size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
        small = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))
        if min(small.shape[:2]) < 2 * _CELL:
            return np.zeros((0, 15), np.float32)
        boxes = self._propose(small, max(smallest * scale, _CELL))
        boxes = self._refine(small, boxes)
        found = self._score(small, boxes)
        found[:, :14] /= scale
        return found

    def _propose(self, picture: Frame, smallest: float) -> _Array:
        """Square boxes and scores ``(n, 5)`` from the first network."""
        found = [np.zeros((0, 5), np.float32)]
        scale = _CELL / smallest
        while min(picture.shape[:2]) * scale >= _CELL:
            size = (int(picture.shape[1] * scale + 1), int(picture.shape[0] * scale + 1))
            kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            score, shift = self._nets[0].look(
                _normal(np.asarray(cv2.resize(picture, size, interpolation=kind)))[None]
            )
            rows, columns = np.nonzero(score[0] >= _SCORES[0])
            corner = np.stack([columns, rows], axis=1) * _STRIDE + 1
            box = np.concatenate([corner, corner + _CELL - 1], axis=1) / scale
            moved = _shifted(box, shift[0, rows, columns])
            scored = np.concatenate([moved, score[0, rows, columns, None]], axis=1)
            found.append(scored[_apart(scored, 0.5)])
            scale *= _STEP
        boxes = np.concatenate(found)
        return _squares(boxes[_apart(boxes, 0.7)])

    def _refine(self, picture: Frame, boxes: _Array) -> _Array:
        score, shift, _ = self._look_again(1, picture, boxes, 24)
        keep = score > _SCORES[1]
        box = np.concatenate([_shifted(boxes[keep, :4], shift[keep]), score[keep, None]], axis=1)
        return _squares(box[_apart(box, 0.7)])

    def _score(self, picture: Frame, boxes: _Array) -> _Array:
        score, shift, points = self._look_again(2, picture, boxes, 48)
        keep = score > _SCORES[2]
        box, score, shift, points = boxes[keep, :4], score[keep], shift[keep], points[keep]
        size = box[:, 2:] - box[:, :2] + 1
        places = points.reshape(-1, 2, 5).transpose(0, 2, 1) * size[:, None] + box[:, None, :2]
        moved = _shifted(box, shift)
        found = np.concatenate([moved, places.reshape(-1, 10), score[:, None]], axis=1)
        return found[_apart(np.concatenate([moved, score[:, None]], axis=1), 0.5, inside=True)]

    def _look_again(
        self, which: int, picture: Frame, boxes: _Array, side: int
    ) -> tuple[_Array, _Array, _Array]:
        """Score, shift of the box and points of each box."""
        if not len(boxes):
            return np.zeros(0, "f4"), np.zeros((0, 4), "f4"), np.zeros((0, 10), "f4")
        parts = np.stack([_part(picture, box, side) for box in boxes])
        answers = [
            self._nets[which].score(parts[at : at + _BATCH]) for at in range(0, len(parts), _BATCH)
        ]
        score, shift, points = (np.concatenate(each) for each in zip(*answers, strict=True))
        return score, shift, points


class _Net:
    """One network, read from its weights: convolutions, then dense layers, then heads."""

    def __init__(self, weights: dict[str, _Array]) -> None:
        self._weights = weights

    def look(self, pictures: _Array) -> tuple[_Array, _Array]:
        """Fully convolutional: scores ``(n, h, w)`` and shifts ``(n, h, w, 4)``."""
        x = _pool(self._convolved(pictures, 1), 2)
        x = self._convolved(self._convolved(x, 2), 3)
        return _second(self._dense(x, "conv4_1")), self._dense(x, "conv4_2")

    def score(self, parts: _Array) -> tuple[_Array, _Array, _Array]:
        """Scores ``(n,)``, shifts ``(n, 4)`` and points ``(n, 10)`` (zeros where it has none)."""
        deep = "dense6_1.weight" in self._weights
        x = _pool(self._convolved(parts, 1), 3)
        x = _pool(self._convolved(x, 2), 3)
        x = self._convolved(x, 3)
        if deep:
            x = self._convolved(_pool(x, 2), 4)
        x = x.transpose(0, 2, 1, 3).reshape(len(x), -1)
        head = 6 if deep else 5
        x = self._bent(self._dense(x, f"dense{head - 1}"), head - 1)
        points = self._dense(x, "dense6_3") if deep else np.zeros((len(x), 10), np.float32)
        return _second(self._dense(x, f"dense{head}_1")), self._dense(x, f"dense{head}_2"), points

    def _convolved(self, x: _Array, number: int) -> _Array:
        """Valid convolution as a sum of shifted products, then PReLU; ``(n, h, w, c)``."""
        kernel = self._weights[f"conv{number}.weight"]
        side = kernel.shape[2]
        height, width = x.shape[1] - side + 1, x.shape[2] - side + 1
        out = np.broadcast_to(
            self._weights[f"conv{number}.bias"], (len(x), height, width, len(kernel))
        ).copy()
        for row in range(side):
            for column in range(side):
                part = np.ascontiguousarray(x[:, row : row + height, column : column + width])
                out += part @ kernel[:, :, row, column].T
        return self._bent(out, number)

    def _bent(self, x: _Array, number: int) -> _Array:
        return np.where(x > 0, x, x * self._weights[f"prelu{number}.weight"])

    def _dense(self, x: _Array, name: str) -> _Array:
        weight = self._weights[f"{name}.weight"]
        return np.asarray(x @ weight.reshape(len(weight), -1).T + self._weights[f"{name}.bias"])


def _pool(x: _Array, side: int) -> _Array:
    """Maximum over ``side`` x ``side`` every second pixel, incomplete cells included."""
    out = [-(-(n - side) // 2) + 1 for n in x.shape[1:3]]
    lack = [(n - 1) * 2 + side - have for n, have in zip(out, x.shape[1:3], strict=True)]
    x = np.pad(x, ((0, 0), (0, lack[0]), (0, lack[1]), (0, 0)), constant_values=-np.inf)
    cells = [
        x[:, row : row + 2 * out[0] - 1 : 2, column : column + 2 * out[1] - 1 : 2]
        for row in range(side)
        for column in range(side)
    ]
    return np.asarray(np.maximum.reduce(cells))


def _second(logits: _Array) -> _Array:
    """Softmax of two: the share of the second."""
    return np.asarray(1 / (1 + np.exp(np.clip(logits[..., 0] - logits[..., 1], -80, 80))))


def _normal(picture: Frame) -> _Array:
    return (picture.astype(np.float32) - np.float32(127.5)) / np.float32(128)


def _part(picture: Frame, box: _Array, side: int) -> _Array:
    left, top = (max(0, int(v)) for v in box[:2])
    right, bottom = max(left + 1, int(box[2])), max(top + 1, int(box[3]))
    part = picture[top:bottom, left:right]
    if part.size == 0:
        return np.zeros((side, side, 3), np.float32)
    kind = cv2.INTER_AREA if len(part) > side else cv2.INTER_LINEAR
    return _normal(np.asarray(cv2.resize(part, (side, side), interpolation=kind)))


def _shifted(boxes: NDArray[np.floating], shift: _Array) -> _Array:
    size = np.tile(boxes[:, 2:4] - boxes[:, :2] + 1, 2)
    return np.asarray(boxes[:, :4] + shift * size, np.float32)


def _squares(boxes: _Array) -> _Array:
    """The boxes made square around their centers."""
    side = (boxes[:, 2:4] - boxes[:, :2]).max(axis=1, keepdims=True)
    corner = (boxes[:, :2] + boxes[:, 2:4] - side) / 2
    return np.concatenate([corner, corner + side, boxes[:, 4:]], axis=1)


def _apart(boxes: _Array, most: float, *, inside: bool = False) -> list[int]:
    """Non-maximum suppression: which boxes to keep, best first.

    ``inside``: the overlap counts against the smaller box instead of the union.
    """
    area = np.prod(boxes[:, 2:4] - boxes[:, :2] + 1, axis=1)
    rest = np.argsort(-boxes[:, 4], kind="stable")
    keep: list[int] = []
    while len(rest):
        first, others = rest[0], rest[1:]
        keep.append(int(first))
        low = np.maximum(boxes[first, :2], boxes[others, :2])
        high = np.minimum(boxes[first, 2:4], boxes[others, 2:4])
        common = np.prod(np.clip(high - low + 1, 0, None), axis=1)
        whole = np.minimum(area[first], area[others]) if inside else area[first] + area[others]
        rest = others[common / (whole if inside else whole - common) <= most]
    return keep
