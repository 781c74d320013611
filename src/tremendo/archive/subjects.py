"""What the pictures of a shot show, in words with their likelihood."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tremendo.media.frames import Frame
from tremendo.perception.tagger import likelihoods, word_head

__all__ = ["subjects_in"]

_BACKDROP = frozenset({"outdoor", "sky", "foliage", "water"})
"""Words that a studio's painted canvas can feign."""
_CLOSE_FACE = 0.12


def subjects_in(frames: Sequence[Frame], *, tallest_face: float = 0.0) -> dict[str, float]:
    """Words that the pictures of one shot justify, the surest first, with their likelihood 0..1.

    Args:
        frames: ``(H, W, 3) uint8 RGB`` each; the mean over them counts.
        tallest_face: height of the tallest face as a share of the picture's. In a portrait the
            surroundings are not told: they may be a studio's backdrop.

    Raises:
        ModelMissingError: the network or its head is not on this machine.
    """
    head = word_head()
    likely = np.mean([likelihoods(frame) for frame in frames], axis=0)
    hidden = _BACKDROP if tallest_face >= _CLOSE_FACE else frozenset[str]()
    order = [int(k) for k in np.argsort(-likely, kind="stable") if likely[k] >= head.bar[k]]
    return {head.words[k]: round(float(likely[k]), 2) for k in order if head.words[k] not in hidden}
