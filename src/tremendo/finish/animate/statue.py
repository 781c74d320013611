"""Whether a face in a photograph is carved: statues keep still."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tremendo.errors import ModelMissingError
from tremendo.media.frames import Frame
from tremendo.models.sight import likelihoods, word_head

__all__ = ["is_statue"]

_AROUND = 0.4
"""How much around a face is looked at, in heights of the face."""
_SURE = 0.4
"""Likelihood from which a face is stone or bronze: half of the statues held out reach it, none of
330 persons, and of 54 faces of the period none comes above .35."""


def is_statue(photo: Frame, boxes: Sequence[tuple[float, float, float, float]]) -> bool:
    """Whether the picture, or what surrounds its tallest face, is said to be a statue.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        boxes: left, top, right, bottom of its faces in pixels.
    """
    if not boxes:
        return False
    left, top, right, bottom = max(boxes, key=lambda box: box[3] - box[1])
    margin = _AROUND * (bottom - top)
    rows = slice(max(0, round(top - margin)), max(1, round(bottom + margin)))
    columns = slice(max(0, round(left - margin)), max(1, round(right + margin)))
    part = photo[rows, columns]
    try:
        word = word_head().words.index("statue")
        bar = float(word_head().bar[word])
        return bool(
            likelihoods(photo)[word] >= bar
            or (part.size and likelihoods(np.ascontiguousarray(part))[word] >= _SURE)
        )
    except ModelMissingError:
        return False
