"""The mesh engine: the photograph itself, bent along the meshes of its heads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.engine import FaceEngine
from tremendo.finish.animate.face.mesh.head import MeshHead
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.paint import Region, around, grid, sample
from tremendo.imaging.easing import smoothstep
from tremendo.media.frames import Frame
from tremendo.perception.face_geometry import CanonicalFace
from tremendo.perception.faces import Face

__all__ = ["BentFrame", "MeshEngine"]


_CROWDED = 1.5
"""Pixels of the photograph in one of the frame's from which they are averaged."""


class BentFrame(NamedTuple):
    """A frame of the mesh engine.

    Attributes:
        picture: all of it.
        field: where the pixels of the engine's region come from, minus the pixel itself.
        moved: of each head, where its vertices are.
    """

    picture: Frame
    field: NDArray[np.float32]
    moved: list[NDArray[np.float64]]


class MeshEngine(FaceEngine):
    """An engine of geometry alone: the photograph itself, bent along the mesh of the head.

    Args:
        photo: the photograph.
        faces: which of its faces move.
        canonical: the face model's mean face.
        seed: of the grain.
    """

    def __init__(
        self, photo: Frame, faces: Sequence[Face], canonical: CanonicalFace, *, seed: int
    ) -> None:
        self._photo = photo
        self._soft = np.asarray(cv2.GaussianBlur(photo, (0, 0), 1.0))
        size = (photo.shape[1], photo.shape[0])
        self.heads = [
            MeshHead(photo, face, canonical, tuple(f for f in faces if f is not face), seed)
            for face in faces
        ]
        low = np.min([head.reach[:2] for head in self.heads], axis=0)
        high = np.max([head.reach[2:] for head in self.heads], axis=0)
        self.region = around(np.stack([low, high - 1]), 0, size)
        self._grid = grid(self.region).astype(np.float32)

    def frame(self, motions: Sequence[HeadMotion], number: int) -> Frame:
        """One frame."""
        return self.rendered(motions, number).picture

    def rendered(self, motions: Sequence[HeadMotion], number: int) -> BentFrame:
        """One frame as geometry alone makes it, and how it came about."""
        moved = [
            head.move(motion, number) for head, motion in zip(self.heads, motions, strict=True)
        ]
        field = self._field(moved, motions, number)
        warped = sample(self._photo, self._grid + field)
        for head in self.heads:
            inside = self._local(head.mesh.region)
            steps = _steps(field[inside])
            self._smooth_crowded(warped, inside, field, steps)
            warped[inside] += _lost_grain(steps, head.noise[head.mesh.region.slices])
        out = self._photo.copy()
        out[self.region.slices] = np.clip(np.rint(warped), 0, 255)
        for head, motion, points in zip(self.heads, motions, moved, strict=True):
            head.paint(out, motion, number, points)
        return BentFrame(out, field, moved)

    def _smooth_crowded(
        self,
        warped: NDArray[np.float32],
        inside: tuple[slice, slice],
        field: NDArray[np.float32],
        steps: tuple[NDArray[np.float32], NDArray[np.float32]],
    ) -> None:
        """Average where the warp crams several pixels into one, which would glitter otherwise."""
        crowd = np.maximum(*(np.hypot(step[..., 0], step[..., 1]) for step in steps))
        rows, columns = (np.flatnonzero((crowd > _CROWDED).any(axis=axis)) for axis in (1, 0))
        if len(rows) == 0:
            return
        part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        fine = tuple(slice(2 * one.start, 2 * one.stop) for one in part)
        share = smoothstep(_CROWDED, 2 * _CROWDED, crowd[part]).astype(np.float32)
        to, at = warped[inside][fine], (self._grid + field)[inside][fine]
        share = np.asarray(cv2.resize(share, (to.shape[1], to.shape[0])))[..., None]
        to += (sample(self._soft, at) - to) * share

    def flow(self, motions: Sequence[HeadMotion], number: int) -> NDArray[np.float32]:
        """The motion of the skin; eyes and the inside of the mouth are painted over it."""
        moved = [
            head.move(motion, number) for head, motion in zip(self.heads, motions, strict=True)
        ]
        return self._field(moved, motions, number)

    def _field(
        self, moved: Sequence[NDArray[np.float64]], motions: Sequence[HeadMotion], number: int
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


def _steps(field: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How far the source moves per pixel to the right and down, at half the size: ``(h, w, 2)``."""
    half = field[::2, ::2]
    right = np.asarray(cv2.Sobel(half, cv2.CV_32F, 1, 0, scale=1 / 16))
    down = np.asarray(cv2.Sobel(half, cv2.CV_32F, 0, 1, scale=1 / 16))
    return right + np.array([1, 0], np.float32), down + np.array([0, 1], np.float32)


def _lost_grain(
    steps: tuple[NDArray[np.float32], NDArray[np.float32]], noise: NDArray[np.float32]
) -> NDArray[np.float32]:
    """``(h, w, 1)``: what is missing where the picture was stretched, its grain with it."""
    right, down = steps
    area = right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]
    lost = np.sqrt(np.clip(0.97 - area, 0, 0.8))
    return (np.asarray(cv2.resize(lost, noise.shape[::-1])) * noise)[..., None]
