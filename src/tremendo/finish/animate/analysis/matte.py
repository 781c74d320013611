"""The person that a face belongs to, told from the backdrop."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = ["person_matte"]

_SIDE = 512
_SURE = (0.3, 0.7)
"""Belief in a person from which a pixel begins to be the sitter's, and from which it is."""
_SEEN = 0.6
"""Least share of the face's box that must be the sitter's: otherwise it has not been seen."""
_BELOW = ((0.3, 3.5), (1.2, 5.5))
"""Squares that the network is shown: how far below the face's middle, and their sides, in heights
of the face."""


def person_matte(
    photo: Frame, box: tuple[float, float, float, float], *, beyond: float = 0.03
) -> NDArray[np.float32] | None:
    """``(h, w)`` 0..1, long side at most 512: the sitter; None if the network is missing or blind.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        box: the face: left, top, right, bottom in pixels.
        beyond: by how much the sitter is made larger, in heights of the face.
    """
    from tremendo.perception import people

    if not people.available():
        return None
    left, top, right, bottom = box
    face = bottom - top
    x, y = (left + right) / 2, (top + bottom) / 2
    height, width = photo.shape[:2]
    step = max(1.0, max(height, width) / _SIDE)
    size = (max(1, round(width / step)), max(1, round(height / step)))
    squares = [(x, y + below * face, side * face) for below, side in _BELOW]
    belief = people.PeopleFinder().find(photo, squares, size)
    begins, is_sure = _SURE
    sure = np.clip((belief - begins) / (is_sure - begins), 0, 1)
    inside = tuple(
        slice(max(0, int(low / step)), int(high / step) + 1)
        for low, high in ((top, bottom), (left, right))
    )
    if sure[inside].mean() < _SEEN:
        return None
    reach = round(beyond * face / step)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(sure, disk), np.float32)
