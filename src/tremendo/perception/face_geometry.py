"""The canonical face and the pose of a real one.

The face model carries a canonical head (468 vertices in centimeters: x to the picture's right,
y up, z toward the camera) in a protocol-buffer file; a few lines read it without any protobuf
library. A pose is the similarity that lays the canonical face onto the landmarks (weighted
orthogonal Procrustes: Kabsch 1976, Umeyama 1991).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CanonicalFace", "angles", "rotation"]

_TO_PICTURE = np.array([1.0, -1.0, -1.0])
"""Canonical axes (y up, z to the camera) to picture axes (y down, z away from the camera)."""


@dataclass(frozen=True)
class CanonicalFace:
    """The model's mean face.

    Attributes:
        vertices: ``(468, 3) float64`` centimeters in picture axes (x right, y down, z away).
        triangles: ``(898, 3) int32``: a disk without holes, eyes and mouth filled.
        weights: ``(468,) float64``: how much each vertex counts in the pose fit, sum 1.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]
    weights: NDArray[np.float64]

    @classmethod
    def read(cls, data: bytes) -> CanonicalFace:
        """Read ``geometry_pipeline_metadata_landmarks.binarypb`` of the face model."""
        mesh = next(value for number, value in _fields(data) if number == 1)
        assert isinstance(mesh, bytes)
        floats = b"".join(v for n, v in _fields(mesh) if n == 3 and isinstance(v, bytes))
        vertices = np.frombuffer(floats, "<f4").reshape(-1, 5)[:, :3].astype(np.float64)
        triangles = np.array([v for n, v in _fields(mesh) if n == 4], np.int32).reshape(-1, 3)
        weights = np.zeros(len(vertices))
        for number, reference in _fields(data):
            if number == 2 and isinstance(reference, bytes):
                entry = dict(_fields(reference))
                index = entry.get(1, 0)
                assert isinstance(index, int)
                assert isinstance(entry[2], bytes)
                weights[index] = np.frombuffer(entry[2], "<f4")[0]
        return cls(vertices * _TO_PICTURE, triangles, weights / weights.sum())

    def fit(
        self, landmarks: NDArray[np.floating]
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """Scale (px per cm), rotation (3, 3) and translation with ``s R v + t = landmark``."""
        target = landmarks[: len(self.vertices)].astype(np.float64)
        weights = self.weights[:, None]
        center, middle = (self.vertices * weights).sum(0), (target * weights).sum(0)
        a, b = self.vertices - center, target - middle
        u, spread, vt = np.linalg.svd((b * weights).T @ a)
        mirror = np.diag([1.0, 1.0, float(np.sign(np.linalg.det(u @ vt)))])
        turn = u @ mirror @ vt
        scale = float((spread * np.diag(mirror)).sum() / (weights * a * a).sum())
        return scale, turn, middle - scale * turn @ center


def rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """Rotation matrix in picture axes from degrees.

    Positive yaw turns the nose to the picture's right, positive pitch lifts it, positive roll
    leans the head clockwise as seen in the picture. Order: yaw, then pitch, then roll.
    """
    y, p, r = np.radians([-yaw, -pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


def angles(turn: NDArray[np.floating]) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees of a rotation matrix: the inverse of `rotation`."""
    pitch = -np.arcsin(np.clip(turn[2, 1], -1, 1))
    yaw = np.arctan2(turn[2, 0], turn[2, 2])
    roll = np.arctan2(-turn[0, 1], turn[1, 1])
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and raw values of one protocol-buffer message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        size = 8 if wire == 1 else 4
        if wire == 2:
            size, at = _varint(data, at)
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
