"""Faces in a shot and how it looks to the color network: the two models that the archive asks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from tremendo.archive.types import FaceBox
from tremendo.media.frames import Frame

if TYPE_CHECKING:
    from tremendo.perception.faces import FaceFinder

__all__ = ["embed", "faces_in", "scale_of"]

_CLOSE, _MEDIUM = 0.28, 0.11
"""Face height as a share of the picture's: head and shoulders; waist to knee."""
_EMBED_AREA = 256 * 192


@cache
def _finder() -> FaceFinder:
    from tremendo.perception.faces import FaceFinder

    return FaceFinder()


@cache
def _encoder() -> Any:  # noqa: ANN401 - untyped library
    from tremendo.models import open_onnx

    return open_onnx("color")


def faces_in(frames: Iterable[Frame], *, thorough: bool) -> list[tuple[FaceBox, ...]]:
    """The faces of each frame.

    Args:
        frames: ``(H, W, 3) uint8 RGB``.
        thorough: look for small faces too (five times slower).

    Raises:
        ModelMissingError: the face model is not on this machine.
    """
    finder = _finder()
    found = []
    for frame in frames:
        height, width = frame.shape[:2]
        boxes = []
        for face in finder.find(frame, fast=not thorough):
            left, top, right, bottom = face.box
            x, y = max(0.0, left / width), max(0.0, top / height)
            boxes.append(
                FaceBox(
                    x=round(x, 4),
                    y=round(y, 4),
                    width=round(min(1.0, right / width) - x, 4),
                    height=round(min(1.0, bottom / height) - y, 4),
                    score=round(float(face.score), 3),
                )
            )
        found.append(tuple(boxes))
    return found


def scale_of(faces: tuple[FaceBox, ...]) -> str:
    """``close``, ``medium`` or ``wide`` from the tallest face; ``wide`` without one."""
    tallest = max((face.height for face in faces), default=0.0)
    return "close" if tallest >= _CLOSE else "medium" if tallest >= _MEDIUM else "wide"


def embed(frame: Frame) -> tuple[float, ...]:
    """Unit vector of the color network's encoder: pictures that look alike point alike.

    Raises:
        ModelMissingError: the color network is not on this machine.
    """
    height, width = frame.shape[:2]
    scale = (_EMBED_AREA / (height * width)) ** 0.5
    size = (max(1, round(width * scale / 32)) * 32, max(1, round(height * scale / 32)) * 32)
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB))[None, None, :, :, 0]
    (vector,) = _encoder().run(["embedding"], {"luma": np.ascontiguousarray(luma)})[0]
    length = float(np.linalg.norm(vector))
    return tuple(round(float(v), 4) for v in vector / max(length, 1e-9))
