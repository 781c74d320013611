"""What a virtual camera sees of layers of pixels with depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.camera.moves import Pose
from tremendo.media.frames import Frame

__all__ = ["Layer", "VirtualCamera", "render"]

_CELL = 10
"""Frame pixels between two points at which the camera's map is computed."""


@dataclass(frozen=True)
class Layer:
    """Pixels with their disparity; both in the canvas."""

    pixels: NDArray[np.uint8]
    """``(H, W, 3)`` or, with a matte, ``(H, W, 4)``."""
    disparity: NDArray[np.float32]
    """``(h, w)``, low resolution."""
    matte: NDArray[np.float32]
    """``(h, w)``, low resolution: not zero where the layer shows."""
    bend: NDArray[np.float32] | None = None
    """``(h, w, 2)``, low resolution: how far the layer's own pixels have moved, in the canvas."""


class VirtualCamera:
    """Maps frame pixels to canvas pixels for a pose.

    Args:
        start: where the camera looks first, ``(x, y)`` in canvas pixels.
        end: where it looks last.
        subject: disparity that keeps its place.
        size: of the frame: width, height.
        canvas: of the layers' pixels: height, width.
        both_ways: whether the move may be shortened at its start too.
    """

    def __init__(
        self,
        start: NDArray[np.float64],
        end: NDArray[np.float64],
        subject: float,
        size: tuple[int, int],
        canvas: tuple[int, ...],
        *,
        both_ways: bool,
    ) -> None:
        self._start, self._end = start, end
        self._subject = subject
        self._size = size
        self._canvas = canvas
        self._limit = np.array([canvas[1] - 1, canvas[0] - 1], np.float64)
        self._both_ways = both_ways
        self._zoom = 1.0
        # one cell more on every side: the enlarged grid is cropped to the frame
        cells_x, cells_y = -(-size[0] // _CELL) + 2, -(-size[1] // _CELL) + 2
        x = (np.arange(cells_x, dtype=np.float32) - 0.5) * _CELL - size[0] / 2
        y = (np.arange(cells_y, dtype=np.float32) - 0.5) * _CELL - size[1] / 2
        self._grid = np.meshgrid(x, y)

    def keep_inside(self, layers: Sequence[Layer], poses: Sequence[Pose]) -> None:
        """Zoom in no more than needed, then travel as far as the canvas allows.

        No pose sees past the canvas afterwards. A pan or a tilt is shortened at both ends, every
        other move only at the end where the camera is near.
        """
        pivot = (self._start + self._end) / 2 if self._both_ways else self._start
        back, forth = self._start - pivot, self._end - pivot
        self._start = self._end = pivot
        for _ in range(24):
            low, high = self._overflow(layers, poses)
            if max(low.max(), high.max()) <= 0:
                break
            pivot = pivot + (np.maximum(low, 0) - np.maximum(high, 0)) / 2
            self._start = self._end = pivot
            lacking = np.maximum(np.minimum(low, high), 0) + np.abs(low - high) / 4
            self._zoom *= 1 + max(0.004, float((lacking / self._limit).max()))
        for share in np.linspace(1, 0, 17):
            self._start, self._end = pivot + share * back, pivot + share * forth
            low, high = self._overflow(layers, poses)
            if max(low.max(), high.max()) <= 0:
                return

    def _overflow(
        self, layers: Sequence[Layer], poses: Sequence[Pose]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far poses see past the canvas, ``(x, y)`` at its low and at its high side."""
        low, high = np.full(2, -np.inf), np.full(2, -np.inf)
        for pose in poses:
            for layer in layers:
                x, y = self.look(layer.disparity, pose)
                low = np.maximum(low, -np.array([x.min(), y.min()], np.float64))
                high = np.maximum(high, np.array([x.max(), y.max()], np.float64) - self._limit)
        return low, high

    def look(
        self, disparity: NDArray[np.float32], pose: Pose
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Canvas coordinates of a coarse grid over the frame, by fixed-point iteration."""
        aim = self._start + (self._end - self._start) * pose.along
        zoom = pose.zoom * self._zoom
        grid_x, grid_y = self._grid
        x = (grid_x / zoom + aim[0]).astype(np.float32)
        y = (grid_y / zoom + aim[1]).astype(np.float32)
        fx = (disparity.shape[1] - 1) / (self._canvas[1] - 1)
        fy = (disparity.shape[0] - 1) / (self._canvas[0] - 1)
        for _ in range(4):
            d = cv2.remap(
                disparity, x * fx, y * fy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            d = d - self._subject
            grow = zoom * (1 + pose.depth * d)
            x = ((grid_x - pose.shift_x * self._size[0] * d) / grow + aim[0]).astype(np.float32)
            y = ((grid_y - pose.shift_y * self._size[1] * d) / grow + aim[1]).astype(np.float32)
        return x, y

    def sample(self, layer: Layer, pose: Pose) -> tuple[NDArray[np.uint8], int, int]:
        """The part of the frame that the layer covers, with its left and top edge."""
        x, y = self.look(layer.disparity, pose)
        if layer.bend is not None:
            x, y = self._unbent(layer.bend, x, y)
        left, top, right, bottom = self._covered(layer, x, y)
        part = (slice(top, bottom), slice(left, right))
        matted = layer.pixels.shape[2] == 4
        pixels = cv2.remap(
            layer.pixels,
            self._enlarge(x)[part],
            self._enlarge(y)[part],
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE if matted else cv2.BORDER_REFLECT,
        )
        return np.asarray(pixels), left, top

    def _unbent(
        self, bend: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where the pixels that have come to canvas coordinates came from."""
        fx, fy = bend.shape[1] / self._canvas[1], bend.shape[0] / self._canvas[0]
        from_x, from_y = x, y
        for _ in range(2):
            moved = cv2.remap(
                bend,
                (from_x + 0.5) * fx - 0.5,
                (from_y + 0.5) * fy - 0.5,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            from_x, from_y = x - moved[..., 0], y - moved[..., 1]
        return from_x, from_y

    def _covered(
        self, layer: Layer, x: NDArray[np.float32], y: NDArray[np.float32]
    ) -> tuple[int, int, int, int]:
        """Bounds of the layer in the frame: left, top, right, bottom."""
        width, height = self._size
        if layer.pixels.shape[2] == 3:
            return 0, 0, width, height
        fx = layer.matte.shape[1] / self._canvas[1]
        fy = layer.matte.shape[0] / self._canvas[0]
        coarse = cv2.remap(
            layer.matte, x * fx, y * fy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        rows = np.flatnonzero((coarse > 0).any(axis=1))
        columns = np.flatnonzero((coarse > 0).any(axis=0))
        if len(rows) == 0:
            return 0, 0, 1, 1
        return (
            max(0, (int(columns[0]) - 2) * _CELL),
            max(0, (int(rows[0]) - 2) * _CELL),
            min(width, (int(columns[-1]) + 2) * _CELL),
            min(height, (int(rows[-1]) + 2) * _CELL),
        )

    def _enlarge(self, coarse: NDArray[np.float32]) -> NDArray[np.float32]:
        """One value a pixel of the frame."""
        rows, columns = coarse.shape
        fine = cv2.resize(coarse, (columns * _CELL, rows * _CELL), interpolation=cv2.INTER_LINEAR)
        width, height = self._size
        return np.ascontiguousarray(fine[_CELL : _CELL + height, _CELL : _CELL + width])


def render(layers: Sequence[Layer], camera: VirtualCamera, pose: Pose) -> Frame:
    """Layers one over the other, back to front."""
    frame, _, _ = camera.sample(layers[0], pose)
    for layer in layers[1:]:
        cut, left, top = camera.sample(layer, pose)
        under = frame[top : top + cut.shape[0], left : left + cut.shape[1]]
        alpha = cut[..., 3].astype(np.float32) / 255
        under[:] = cv2.blendLinear(cut[..., :3].copy(), under.copy(), alpha, 1 - alpha)
    return frame
