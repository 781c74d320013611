"""Which of the 478 landmarks form the oval, the lids and the lips, and the triangles of a head.

"Right" and "left" are the person's own: the right eye is on the picture's left.
Rows of lids and lips run from the picture's left to its right.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LASHES",
    "LASH_EDGE",
    "LASH_FOLD",
    "LEFT_EYE",
    "LOWER_LIP",
    "OVAL",
    "RIGHT_EYE",
    "RINGS",
    "SKULL",
    "UPPER_LIP",
    "Eye",
    "head_triangles",
]


@dataclass(frozen=True)
class Eye:
    """Landmarks of one eye, each row from the picture's left to its right.

    Attributes:
        corners: the two corners.
        upper: edge of the upper lid, seven points.
        lower: edge of the lower lid, seven points opposite ``upper``.
        crease: the fold above the upper lid.
        brow_side: between fold and brow.
        bag: the row under the lower lid.
        iris: center and four points of the rim.
    """

    corners: tuple[int, int]
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    crease: tuple[int, ...]
    brow_side: tuple[int, ...]
    bag: tuple[int, ...]
    iris: tuple[int, ...]

    @property
    def ring(self) -> NDArray[np.intp]:
        """The opening as a closed polygon of 16 points."""
        return np.array(
            [self.corners[0], *self.upper, self.corners[1], *reversed(self.lower)], np.intp
        )


RIGHT_EYE = Eye(
    corners=(33, 133),
    upper=(246, 161, 160, 159, 158, 157, 173),
    lower=(7, 163, 144, 145, 153, 154, 155),
    crease=(247, 30, 29, 27, 28, 56, 190),
    brow_side=(113, 225, 224, 223, 222, 221, 189),
    bag=(25, 110, 24, 23, 22, 26, 112),
    iris=(468, 469, 470, 471, 472),
)
LEFT_EYE = Eye(
    corners=(362, 263),
    upper=(398, 384, 385, 386, 387, 388, 466),
    lower=(382, 381, 380, 374, 373, 390, 249),
    crease=(414, 286, 258, 257, 259, 260, 467),
    brow_side=(413, 441, 442, 443, 444, 445, 342),
    bag=(341, 256, 252, 253, 254, 339, 255),
    iris=(473, 474, 475, 476, 477),
)

# fmt: off
OVAL = np.array([
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
], np.intp)
"""Outline of the face, clockwise in the picture from the top of the forehead."""

SKULL = np.array([6, 168, 33, 133, 362, 263, 127, 356, 162, 389, 21, 251], np.intp)
"""Bridge of the nose, corners of the eyes and temples: what no expression moves much."""

UPPER_LIP = np.array([
    [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291],
    [76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306],
    [62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292],
    [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308],
], np.intp)
"""Rows of the upper lip from the outer edge to the inner, both corners included."""

LOWER_LIP = np.array([
    [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291],
    [76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306],
    [62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292],
    [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308],
], np.intp)
"""Rows of the lower lip from the outer edge to the inner, both corners included."""
# fmt: on

LASH_EDGE = np.array([*RIGHT_EYE.upper[1:6], *LEFT_EYE.upper[1:6]], np.intp)
"""Lid points under the vertices that bound the lashes."""
LASH_FOLD = np.array([*RIGHT_EYE.crease[1:6], *LEFT_EYE.crease[1:6]], np.intp)
"""Points of the fold above the same vertices."""
LASHES = 478
"""First of the vertices that bound the lashes, five an eye."""
RINGS = LASHES + len(LASH_EDGE)
"""First vertex of the rings around the face, 36 a ring."""


def head_triangles(
    face: NDArray[np.int32], depth: NDArray[np.float64], rings: int
) -> NDArray[np.intp]:
    """All triangles ``(n, 3)`` in drawing order: openings first, then from back to front.

    Args:
        face: the canonical face's triangles.
        depth: of each vertex, larger is farther.
        rings: number of rings around the face.
    """
    opening = np.zeros(len(depth), int)
    for mark, ring in enumerate((RIGHT_EYE.ring, LEFT_EYE.ring, UPPER_LIP[-1], LOWER_LIP[-1])):
        opening[ring] = min(mark, 2) + 1
    between = [{*eye.upper, *eye.crease} for eye in (RIGHT_EYE, LEFT_EYE)]
    lid = [any(points >= set(corners) for points in between) for corners in face.tolist()]
    face = face[~(np.array(lid) & (opening[face] == 0).any(axis=1))].astype(np.intp)
    marks = opening[face]
    inside = (marks[:, 0] > 0) & (marks == marks[:, :1]).all(axis=1)
    skin = np.concatenate([face[~inside], *(_lid(eye) for eye in (RIGHT_EYE, LEFT_EYE))])
    skin = skin[np.argsort(-depth[skin].mean(axis=1), kind="stable")]
    return np.concatenate([face[inside], _ring_triangles(rings), skin])


def _lid(eye: Eye) -> NDArray[np.intp]:
    """The upper lid in two strips: lashes, which keep their height, and the skin above them."""
    first = LASHES + (0 if eye is RIGHT_EYE else 5)
    lashes = (eye.upper[0], *range(first, first + 5), eye.upper[-1])
    strips = [*_strip(eye.upper, lashes), *_strip(lashes, eye.crease)]
    return np.array([corners for corners in strips if len(set(corners)) == 3], np.intp)


def _strip(low: tuple[int, ...], high: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Triangles between two rows of equally many points."""
    triangles = []
    for a, b, c, d in zip(low, low[1:], high[1:], high, strict=False):
        triangles += [(a, b, c), (a, c, d)]
    return triangles


def _ring_triangles(rings: int) -> NDArray[np.intp]:
    """Triangles between the oval and the rings, the outermost first."""
    count = len(OVAL)
    rows = [OVAL, *(RINGS + number * count + np.arange(count) for number in range(rings))]
    strips = []
    for inner, outer in itertools.pairwise(rows):
        next_inner, next_outer = np.roll(inner, -1), np.roll(outer, -1)
        strips.append(np.stack([inner, next_outer, outer], 1))
        strips.append(np.stack([inner, next_inner, next_outer], 1))
    return np.concatenate(strips[::-1])
