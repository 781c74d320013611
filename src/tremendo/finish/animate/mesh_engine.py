"""The mesh engine: the photograph itself, bent along the meshes of its heads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.head import Head
from tremendo.finish.animate.motion import Motion
from tremendo.finish.animate.paint import Region, around, grid, sample
from tremendo.finish.animate.retouch import Retouch
from tremendo.media.frames import Frame
from tremendo.models.face import Face
from tremendo.models.face_geometry import CanonicalFace

__all__ = ["MeshEngine", "Rendered"]


class Rendered(NamedTuple):
    """A frame of the mesh engine.

    Attributes:
        picture: all of it.
        field: where the pixels of the engine's region come from, minus the pixel itself.
        moved: of each head, where its vertices are.
    """

    picture: Frame
    field: NDArray[np.float32]
    moved: list[NDArray[np.float64]]


class MeshEngine:
    """The default engine: the photograph itself, bent along the mesh of the head.

    Args:
        photo: the photograph.
        faces: which of its faces move.
        canonical: the face model's mean face.
        seed: of the grain.
        network: the renderer that retouches each frame, see `retouch.renderer`; none by default.
    """

    def __init__(
        self,
        photo: Frame,
        faces: Sequence[Face],
        canonical: CanonicalFace,
        *,
        seed: int,
        network: Any = None,  # noqa: ANN401 - onnxruntime has no types
    ) -> None:
        self._photo = photo
        size = (photo.shape[1], photo.shape[0])
        self.heads = [
            Head(photo, face, canonical, tuple(f for f in faces if f is not face), seed)
            for face in faces
        ]
        low = np.min([head.reach[:2] for head in self.heads], axis=0)
        high = np.max([head.reach[2:] for head in self.heads], axis=0)
        self.region = around(np.stack([low, high - 1]), 0, size)
        self._grid = grid(self.region).astype(np.float32)
        self._retouches = [] if network is None else [
            Retouch(photo, head, network) for head in self.heads
        ]

    def frame(self, motions: Sequence[Motion], number: int) -> Frame:
        """One frame."""
        picture, field, moved = self.rendered(motions, number)
        for retouch, motion, points in zip(self._retouches, motions, moved, strict=False):
            retouch.paint(picture, motion, number, points, (field, self.region))
        return picture

    def rendered(self, motions: Sequence[Motion], number: int) -> Rendered:
        """One frame as geometry alone makes it, and how it came about."""
        moved = [
            head.move(motion, number) for head, motion in zip(self.heads, motions, strict=True)
        ]
        field = self._field(moved, motions, number)
        warped = sample(self._photo, self._grid + field)
        for head in self.heads:
            inside = self._local(head.mesh.region)
            warped[inside] += _lost_grain(field[inside], head.noise[head.mesh.region.slices])
        out = self._photo.copy()
        out[self.region.slices] = np.clip(np.rint(warped), 0, 255)
        for head, motion, points in zip(self.heads, motions, moved, strict=True):
            head.paint(out, motion, number, points)
        return Rendered(out, field, moved)

    def flow(self, motions: Sequence[Motion], number: int) -> NDArray[np.float32]:
        """The motion of the skin; eyes and the inside of the mouth are painted over it."""
        moved = [
            head.move(motion, number) for head, motion in zip(self.heads, motions, strict=True)
        ]
        return self._field(moved, motions, number)

    def _field(
        self, moved: Sequence[NDArray[np.float64]], motions: Sequence[Motion], number: int
    ) -> NDArray[np.float32]:
        field = np.zeros_like(self._grid)
        for head, points, motion in zip(self.heads, moved, motions, strict=True):
            field[self._local(head.mesh.region)] += head.mesh.field(points)
            field[self._local(head.chest_region)] += head.chest * np.float32(motion.breath[number])
        return field

    def _local(self, region: Region) -> tuple[slice, slice]:
        rows, columns = region.slices
        top, left = self.region.top, self.region.left
        return (
            slice(rows.start - top, rows.stop - top),
            slice(columns.start - left, columns.stop - left),
        )


def _lost_grain(field: NDArray[np.float32], noise: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(h, w, 1)``: what is missing where the picture was stretched, its grain with it."""
    half = field[::2, ::2]
    dx = np.asarray(cv2.Sobel(half, cv2.CV_32F, 1, 0, scale=1 / 16))
    dy = np.asarray(cv2.Sobel(half, cv2.CV_32F, 0, 1, scale=1 / 16))
    area = (1 + dx[..., 0]) * (1 + dy[..., 1]) - dx[..., 1] * dy[..., 0]
    lost = np.sqrt(np.clip(0.97 - area, 0, 0.8))
    size = (field.shape[1], field.shape[0])
    return (np.asarray(cv2.resize(lost, size)) * noise)[..., None]
