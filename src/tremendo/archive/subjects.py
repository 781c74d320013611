"""What a picture shows, in words with their likelihood: a head on the color network's embedding.

The head is trained by `tremendo train tags`; each of its words was right at least 85 times in a
hundred on pictures it had not seen (see ``models/weights/subjects.md``). Period photographs are
further from those than they are from each other, so words are few rather than many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["subjects_in"]

_BACKDROP = frozenset({"outdoor", "sky", "foliage", "water"})
"""Words that a studio's painted canvas can feign."""
_CLOSE_FACE = 0.12


@dataclass(frozen=True)
class _Head:
    """``weights`` ``(E, W)``, ``bias`` ``(W,)`` (0 is a threshold), ``precision`` there."""

    words: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    precision: NDArray[np.float32]


def subjects_in(embedding: Sequence[float], *, tallest_face: float = 0.0) -> dict[str, float]:
    """Words that the picture justifies, the surest first, each with its likelihood 0..1.

    Args:
        embedding: of the picture, as in ``Shot.embedding``; empty: no words.
        tallest_face: height of the tallest face as a share of the picture's. In a portrait the
            surroundings are not told: they may be a studio's backdrop.

    Raises:
        ModelMissingError: the head is not on this machine.
    """
    head = _head()
    if len(embedding) != len(head.weights):
        return {}
    score = np.asarray(embedding, np.float32) @ head.weights + head.bias
    odds = head.precision / (1 - np.minimum(head.precision, 0.99))
    likely = 1 / (1 + np.exp(-score) / odds)
    order = [int(k) for k in np.argsort(-likely, kind="stable") if score[k] > 0]
    hidden = _BACKDROP if tallest_face >= _CLOSE_FACE else frozenset[str]()
    return {head.words[k]: round(float(likely[k]), 2) for k in order if head.words[k] not in hidden}


@cache
def _head() -> _Head:
    from tremendo import models

    with np.load(models.path("subjects")) as file:
        return _Head(
            tuple(str(word) for word in file["words"]),
            file["weights"].astype(np.float32),
            file["bias"],
            file["precision"],
        )
