"""The head as a mesh that can be turned: landmarks, and rings around them for hair and neck.

The 468 landmarks are lifted to three dimensions by the network's own depth. Rings around the
face carry its motion outward: fully over the hair, ever less toward a last ring that stands
still, so that nothing outside it moves by a bit. A frame is made by drawing the triangles where
they have moved and asking each pixel where it came from: no holes, and no tears as long as no
triangle turns over.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.mesh.glasses import Glasses, behind_lenses
from tremendo.finish.animate.face.mesh.rings import FACTORS, rings
from tremendo.finish.animate.face.mesh.topology import (
    LASH_EDGE,
    LASH_FOLD,
    LASHES,
    LEFT_EYE,
    LOWER_LIP,
    OVAL,
    RIGHT_EYE,
    RINGS,
    UPPER_LIP,
    Eye,
    head_triangles,
)
from tremendo.finish.animate.face.paint import Region, around
from tremendo.perception.face_geometry import CanonicalFace, rotation
from tremendo.perception.faces import Face

__all__ = ["NECK", "HeadMesh", "with_lids"]

_GIVES = (0.7, 0.2, 0.0, 0.0, 0.0, 0.0)
"""How much of the motion of jaw and brows each ring takes over: skin stretches, a collar stays."""
NECK = np.array([0.0, 9.0, 4.0])
"""Where the head turns: head axes, centimeters (level with the chin, behind the ears)."""
_GRID = 256
"""Longest side of the grid on which the field is computed; finer is not visible."""
_CLOSING = ((0, 0.96), (1, 0.42), (2, 0.1))
"""Share of the opening by which lid edge, fold and the row above it come down in a blink."""
_STEEPEST = 1.3
_RESPONSE = np.array([1.3, 1.2, 1.0])
"""Gains of yaw, pitch and roll: on eight portraits the networks saw 67, 78 and 99 per cent of
an uncorrected turn on the rendered frames, since the depth is flattened."""
_EDGE_ON = 3.0
"""Pixels of the photograph that a triangle crams into one, from which it counts as edge-on."""
_UNDER_LID = 0.16
"""The network draws the lower lid too high by about this share of the opening."""
_DETAILS = (RIGHT_EYE.ring, LEFT_EYE.ring, np.concatenate([UPPER_LIP[0], LOWER_LIP[0]]))
"""Parts drawn pixel by pixel, since lids and lips move sharply against what is behind them."""


def with_lids(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """Landmarks ``(478, 2 or 3)`` with the lower lids where they are, not where they are found."""
    mended = landmarks.astype(np.float64)
    for eye in (RIGHT_EYE, LEFT_EYE):
        upper, lower = list(eye.upper), list(eye.lower)
        mended[lower] += _UNDER_LID * (mended[lower] - mended[upper])
    return mended


class HeadMesh:
    """One head of a photograph.

    Args:
        face: the face as found.
        canonical: the face model's mean face.
        size: width and height of the photograph.
        neighbors: the other faces, which must not be dragged along.
        glasses: on this face; they stay rigid.
        person: see `person_matte`; what is not the sitter follows less.
    """

    def __init__(
        self,
        face: Face,
        canonical: CanonicalFace,
        size: tuple[int, int],
        neighbors: tuple[Face, ...] = (),
        glasses: Glasses | None = None,
        person: NDArray[np.float32] | None = None,
    ) -> None:
        self.face = face
        scale, self._turn, origin = canonical.fit(face.landmarks)
        self.scale = scale
        landmarks = with_lids(face.landmarks)
        self._free = np.ones((len(landmarks), 1))
        if glasses is not None:
            held = glasses.held(landmarks)
            landmarks = behind_lenses(landmarks, held, self._turn)
            self._free = 1 - held[:, None]
        self.head = (landmarks - origin) @ self._turn / scale
        self._pivot = scale * self._turn @ NECK + origin
        gentle = _gentle(landmarks)
        self.middle = gentle.mean(axis=0)
        around_face, self._follow = rings(gentle, neighbors, size, person)
        self.rest = np.concatenate([gentle, _lashes(gentle), around_face])
        self.triangles = head_triangles(canonical.triangles, self.rest[:, 2], len(FACTORS))
        self._size = size
        self.region = around(self.rest, 1, size)
        self._step = max(1.0, max(self.region.width, self.region.height) / _GRID)

    def moved(
        self,
        turn: NDArray[np.float64],
        shift: NDArray[np.float64],
        lids: NDArray[np.float64],
        expression: NDArray[np.floating],
    ) -> NDArray[np.float64]:
        """Where the vertices (landmarks, lashes, rings) go: ``(n, 3)`` pixels.

        The arguments are one frame of a `Motion`.
        """
        head = _closed_lips(self.head + expression * self._free, self.head)
        for eye, closing in ((RIGHT_EYE, lids[0]), (LEFT_EYE, lids[1])):
            _close(head, self.head, eye, float(closing))
        faces = self.rest.copy()
        mien = (head - self.head) @ self._turn.T * self.scale
        faces[:LASHES] += mien
        faces[LASHES:RINGS] += mien[LASH_EDGE]
        faces[RINGS:] += np.concatenate([share * mien[OVAL] for share in _GIVES])
        moved = self.rigid(faces, turn, shift) - self.rest
        moved[RINGS:] *= self._follow[:, None]
        return np.asarray(self.rest + moved)

    def placed(
        self, anchor: NDArray[np.float64], points: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Picture points ``(n, 3)`` that lie centimeters (head axes) from a picture point."""
        return np.asarray(anchor + self.scale * points @ self._turn.T)

    def rigid(
        self, points: NDArray[np.float64], turn: NDArray[np.float64], shift: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Picture points ``(n, 3)`` moved with the skull, whatever the expression.

        The middle of the face swings about the neck; around that the face turns by a little more.
        """
        swing = rotation(*map(float, turn))
        middle = (self.middle - self._pivot) @ swing.T + self._pivot
        more = rotation(*map(float, turn * _RESPONSE))
        return np.asarray(
            (points - self.middle) @ more.T + middle + np.append(shift, 0) * self.scale
        )

    def field(
        self, moved: NDArray[np.float64], source: NDArray[np.float64] | None = None
    ) -> NDArray[np.float32]:
        """Where each pixel of the region comes from, minus the pixel itself: ``(h, w, 2)``.

        Args:
            moved: where the vertices are.
            source: where their pixels come from; the photographed vertices by default.
        """
        moved = moved[:, :2]
        away = (self.rest if source is None else source)[:, :2] - moved
        field = self._drawn(moved, away, self.region, self._step)
        if self._step > 1:
            for points in _DETAILS:
                part = around(moved[points], 2 * self._step, self._size)
                x, y = part.left - self.region.left, part.top - self.region.top
                room = field[y : y + part.height, x : x + part.width]
                room[:] = self._drawn(moved, away, part, 1.0)
        return field

    def _drawn(
        self,
        moved: NDArray[np.float64],
        away: NDArray[np.float64],
        region: Region,
        step: float,
    ) -> NDArray[np.float32]:
        """The field of a region, computed every ``step`` pixels by drawing the triangles."""
        columns = int(np.ceil((region.width - 1) / step)) + 1
        rows = int(np.ceil((region.height - 1) / step)) + 1
        now = (moved - (region.left, region.top)) / step
        corners = now[self.triangles]
        near = (corners.max(axis=1) >= -1).all(1) & (corners.min(axis=1) <= (columns, rows)).all(1)
        corners, triangles = corners[near], self.triangles[near]
        which = np.full((rows, columns), len(triangles), np.int32)
        for number, corner in enumerate(np.rint(corners * 256).astype(np.int32)):
            cv2.fillConvexPoly(which, corner, number, lineType=cv2.LINE_8, shift=8)
        back = _affine(corners, away[triangles])
        back = np.concatenate([back, np.zeros((1, 3, 2), np.float32)])[which]
        x = np.arange(columns, dtype=np.float32)[None, :, None]
        y = np.arange(rows, dtype=np.float32)[:, None, None]
        field = back[..., 0, :] * x + back[..., 1, :] * y + back[..., 2, :]
        field = np.asarray(cv2.GaussianBlur(field, (3, 3), 0.7))
        if step == 1:
            return field
        to_grid = np.array([[1 / step, 0, 0], [0, 1 / step, 0]])
        size = (region.width, region.height)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        edge = cv2.BORDER_REPLICATE
        return np.asarray(cv2.warpAffine(field, to_grid, size, flags=flags, borderMode=edge))

    def stretch(self, moved: NDArray[np.float64]) -> NDArray[np.float64]:
        """Signed area of each visible triangle relative to the still; negative = turned over."""
        before = _areas(self.rest[:, :2], self.triangles)
        after = _areas(moved[:, :2], self.triangles)
        visible = before > 0.02 * self.scale**2
        return np.asarray(after[visible] / before[visible])


def _gentle(landmarks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Landmarks whose depth falls off by at most `_STEEPEST` pixels per pixel.

    The sides of the face drop away from the camera more steeply than a photograph can follow:
    a small turn would fold them over. The lower envelope of cones around all points keeps what
    is near and brings the rest forward, so that cheeks and hair go along instead.
    """
    gentle = landmarks.copy()
    away = np.linalg.norm(landmarks[:, None, :2] - landmarks[None, :, :2], axis=-1)
    gentle[:, 2] = (landmarks[None, :, 2] + _STEEPEST * away).min(axis=1)
    return gentle


def _lashes(landmarks: NDArray[np.float64]) -> NDArray[np.float64]:
    """The upper border of the lashes: it moves with the lid's edge, so that they never stretch."""
    edge = landmarks[LASH_EDGE]
    return np.asarray(edge + 0.4 * (landmarks[LASH_FOLD] - edge))


def _close(head: NDArray[np.float64], rest: NDArray[np.float64], eye: Eye, closing: float) -> None:
    """Lower the upper lid by ``closing`` of the opening and raise the lower lid a little."""
    opening = rest[list(eye.lower)] - rest[list(eye.upper)]
    for row, share in _CLOSING:
        points = list((eye.upper, eye.crease, eye.brow_side)[row])
        head[points] += opening * share * closing
    head[list(eye.lower)] -= opening * (1 - _CLOSING[0][1]) * closing
    head[list(eye.bag)] -= opening * 0.05 * closing


def _closed_lips(head: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lips that would pass through each other meet in the middle instead."""
    upper, lower = UPPER_LIP[-1, 1:-1], LOWER_LIP[-1, 1:-1]
    least = np.minimum(0.0, rest[lower, 1] - rest[upper, 1])
    lack = np.maximum(0.0, least - (head[lower, 1] - head[upper, 1]))
    head[upper, 1] -= lack / 2
    head[lower, 1] += lack / 2
    return head


def _affine(now: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.float32]:
    """Per triangle ``(t, 3, 2)``: ``value = a x + b y + c``, from three corners each."""
    edge = now[:, 1:] - now[:, :1]
    area = edge[:, 0, 0] * edge[:, 1, 1] - edge[:, 0, 1] * edge[:, 1, 0]
    area = np.where(np.abs(area) < 1e-3, np.inf, area)[:, None]
    rise = value[:, 1:] - value[:, :1]
    a = (rise[:, 0] * edge[:, 1, 1:] - rise[:, 1] * edge[:, 0, 1:]) / area
    b = (rise[:, 1] * edge[:, 0, :1] - rise[:, 0] * edge[:, 1, :1]) / area
    c = value[:, 0] - a * now[:, 0, :1] - b * now[:, 0, 1:]
    plane = np.stack([a, b, c], axis=1)
    # Seen edge-on, a triangle would send the pixels on its border far away.
    edge_on = np.abs(plane[:, :2]).max(axis=(1, 2)) > _EDGE_ON
    plane[edge_on] = 0
    plane[edge_on, 2] = value[edge_on].mean(axis=1)
    return np.asarray(plane, np.float32)


def _areas(points: NDArray[np.float64], triangles: NDArray[np.intp]) -> NDArray[np.float64]:
    """Signed areas, positive for what faces the camera (counter-clockwise in the picture)."""
    edge = points[triangles][:, 1:] - points[triangles][:, :1]
    return np.asarray(edge[:, 0, 1] * edge[:, 1, 0] - edge[:, 0, 0] * edge[:, 1, 1]) / 2
