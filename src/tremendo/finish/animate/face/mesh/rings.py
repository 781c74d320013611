"""Rings around a face: they carry its motion over hair and neck, and end it before the backdrop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.mesh.topology import OVAL
from tremendo.imaging.easing import smoothstep
from tremendo.perception.faces import Face

__all__ = ["FACTORS", "rings"]

FACTORS = (1.12, 1.28, 1.48, 1.72, 2.0, 2.35)
"""How far the rings lie from the middle of the face, the oval being 1."""
_BEHIND = 0.25
"""How much of the sitter's motion the backdrop close to it takes over: none would tear hair."""


def rings(
    landmarks: NDArray[np.float64],
    neighbors: tuple[Face, ...],
    size: tuple[int, int],
    person: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vertices ``(36 r, 3)`` around the face, and how much each follows the head, 0..1.

    Args:
        landmarks: of the face, pixels.
        neighbors: the other faces, which must not be dragged along.
        size: width and height of the photograph.
        person: ``(h, w)`` 0..1, the sitter; what lies behind follows less.
    """
    oval = landmarks[OVAL]
    center = oval.mean(axis=0)
    up = landmarks[10, :2] - landmarks[152, :2]
    height = float(np.linalg.norm(up))
    outward = oval[:, :2] - center[:2]
    upward = outward @ up / (np.linalg.norm(outward, axis=1) * height)
    radius = np.linalg.norm(outward, axis=1, keepdims=True)
    reach = outward / radius * np.maximum(radius, radius.mean())
    # The picture's edges stand still, unless the face is so near that it would fold up there.
    room = smoothstep(0.1 * height, 0.3 * height, _inside(oval, size))
    vertices, follow = [], []
    for factor in FACTORS:
        ring = oval.copy()
        ring[:, :2] += reach * (factor - 1)
        ring[:, 2] += 0.25 * (factor - 1) * height
        vertices.append(ring)
        # Hair goes with the head as a whole, the neck gives way from the jaw on, shoulders stay.
        still_from = 1.0 + 0.3 * np.maximum(upward, 0)
        still_at = FACTORS[-1] + 0.75 * np.minimum(upward, 0)
        fade = 1 - smoothstep(0, 1, (factor - still_from) / (still_at - still_from))
        fade *= 1 - room * (1 - smoothstep(0, 0.2 * height, _inside(ring, size)))
        follow.append(fade * _clear_of(ring[:, :2], neighbors))
    around_face = np.concatenate(vertices)
    if person is None:
        return around_face, np.concatenate(follow)
    return around_face, np.concatenate(follow) * _sitting(around_face, person, size)


def _sitting(
    vertices: NDArray[np.float64], person: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.float64]:
    """1 on the sitter; `_BEHIND` from where a ray from the face first leaves it."""
    scale = (np.array(person.shape[::-1]) - 1) / (np.array(size) - 1)
    at = np.rint(np.clip(vertices[:, :2], 0, np.array(size) - 1) * scale).astype(np.intp)
    on = person[at[:, 1], at[:, 0]].astype(np.float64).reshape(len(FACTORS), -1)
    on = np.minimum.accumulate(on, axis=0)
    soft = (on + np.roll(on, 1, axis=1) + np.roll(on, -1, axis=1)) / 3
    return np.asarray(_BEHIND + (1 - _BEHIND) * soft).ravel()


def _inside(points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Distance in pixels from the nearest edge of the picture, negative outside."""
    xy = points[:, :2]
    return np.asarray(np.minimum(xy, np.array(size) - 1 - xy).min(axis=1))


def _clear_of(points: NDArray[np.float64], faces: tuple[Face, ...]) -> NDArray[np.float64]:
    """0 on other faces, 1 a face's width away from them."""
    free = np.ones(len(points))
    for face in faces:
        low, high = np.array(face.box[:2]), np.array(face.box[2:])
        away = np.linalg.norm((points - (low + high) / 2) / ((high - low) / 2), axis=1)
        free *= smoothstep(1.1, 2.2, away)
    return free
