"""What a face is made of: taken from life, drawn or carved.

A small network of tremendo's own (``tremendo train medium``) looks at texture; how often it is
right stands in ``models/weights/medium.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.errors import ModelMissingError
from tremendo.media.frames import Frame
from tremendo.perception.tagger import likelihoods, word_head

__all__ = ["FACE_SIDE", "MEDIA", "Medium", "around", "face_media", "medium_logits"]

Medium = Literal["photograph", "drawing", "sculpture"]
MEDIA: tuple[Medium, ...] = ("photograph", "drawing", "sculpture")
FACE_SIDE = 192
"""Pixels of the square that the network sees."""
_WIDE, _TALL = 0.9, 0.95
"""Half the width and height of what is looked at, in heights of the face."""
_SURE: dict[Medium, float] = {"drawing": 0.5, "sculpture": 0.0}
"""By how much (difference of logits) a medium must be likelier than a photograph to be said: of 69
faces of the period and 50 of today, none comes above 0.44 and -0.69."""


def around(
    picture: Frame, box: tuple[float, float, float, float], reach: float = 1.0
) -> NDArray[np.uint8]:
    """The face and what is around it: hair, neck, a little of the ground.

    Args:
        picture: ``(H, W, 3) uint8 RGB``.
        box: left, top, right, bottom of the face in pixels.
        reach: how much more or less around it than usual.
    """
    x, y, tall = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, reach * (box[3] - box[1])
    rows = slice(int(max(0, y - _TALL * tall)), int(max(1, y + _TALL * tall)))
    columns = slice(int(max(0, x - _WIDE * tall)), int(max(1, x + _WIDE * tall)))
    return np.ascontiguousarray(picture[rows, columns])


def face_media(picture: Frame, boxes: Sequence[tuple[float, float, float, float]]) -> list[Medium]:
    """What each face is made of; photographs where the networks are missing.

    A picture that is said to show a statue (see :mod:`tremendo.perception.tagger`) has no living
    faces.

    Args:
        picture: ``(H, W, 3) uint8 RGB``.
        boxes: left, top, right, bottom of the faces in pixels.
    """
    try:
        media = [_medium(around(picture, box)) for box in boxes]
        statue = "photograph" in media and _shows_statue(picture)
    except ModelMissingError:
        return ["photograph"] * len(boxes)
    return ["sculpture" if statue and one == "photograph" else one for one in media]


def _medium(part: NDArray[np.uint8]) -> Medium:
    if not part.size:
        return "photograph"
    logits = medium_logits(part)
    lead = {name: logits[k] - logits[0] - _SURE[name] for k, name in enumerate(MEDIA) if k}
    likeliest = max(lead, key=lambda name: lead[name])
    return likeliest if lead[likeliest] > 0 else "photograph"


def _shows_statue(picture: Frame) -> bool:
    word = word_head().words.index("statue")
    return bool(likelihoods(picture)[word] >= word_head().bar[word])


def medium_logits(part: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits ``(3,)`` of :data:`MEDIA` for what :func:`around` gave.

    Raises:
        ModelMissingError: the network is not on this machine.
    """
    gray = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    method = cv2.INTER_AREA if min(gray.shape) > FACE_SIDE else cv2.INTER_CUBIC
    sized = cv2.resize(gray, (FACE_SIDE, FACE_SIDE), interpolation=method).astype(np.float32)
    return np.asarray(_network().run(None, {"gray": sized[None, None]})[0][0], np.float32)


@cache
def _network() -> Any:  # noqa: ANN401 - untyped library
    return models.open_onnx("medium")
