"""Which of the 478 landmarks form the oval, the lids and the lips.

"Right" and "left" are the person's own: the right eye is on the picture's left.
Rows of lids and lips run from the picture's left to its right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEFT_EYE", "LOWER_LIP", "OVAL", "RIGHT_EYE", "UPPER_LIP", "Eye"]

from dataclasses import dataclass


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
