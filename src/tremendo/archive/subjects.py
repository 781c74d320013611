"""What a picture shows, in words with their likelihood.

EfficientNet-Lite2 looks at the gray picture. Subjects are groups of its ImageNet classes, their
likelihood calibrated on gray and aged photographs; scenes, light and water are logistic
regressions on its features. Both come from ``tremendo train tags``; what is known of how often
they are right stands in ``models/weights/subjects.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = ["SIGHT_AREA", "Head", "sized", "subjects_in"]

Floats = NDArray[np.float32]
SIGHT_AREA = 256 * 256
_BACKDROP = frozenset({"outdoor", "sky", "foliage", "water"})
"""Words that a studio's painted canvas can feign."""
_CLOSE_FACE = 0.12


@dataclass(frozen=True)
class Head:
    """From the network's outputs to words.

    Attributes:
        words: the ``S`` subjects, then the ``P`` scenes and places.
        groups: ``(1000, S)`` 0 or 1, classes of each subject.
        slope: of the calibration of the subjects.
        weights: ``(1280, P)`` of the scenes.
        offset: ``(S + P,)`` added to the score (the logarithm of the odds).
        bar: ``(S + P,)`` the likelihood from which a word is said.
    """

    words: tuple[str, ...]
    groups: Floats
    slope: float
    weights: Floats
    offset: Floats
    bar: Floats

    def likelihoods(self, features: Floats, seen: Floats) -> Floats:
        """``(..., S + P)`` 0..1 from features ``(..., 1280)`` and probabilities ``(..., 1000)``."""
        subjects = self.slope * log_odds(seen @ self.groups)
        score = np.concatenate([subjects, features @ self.weights], axis=-1) + self.offset
        return np.asarray(1 / (1 + np.exp(-score)), np.float32)


def log_odds(share: Floats) -> Floats:
    """Logarithm of the odds of a probability, kept finite."""
    inside = np.clip(share, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(inside / (1 - inside)), np.float32)


def subjects_in(frames: Sequence[Frame], *, tallest_face: float = 0.0) -> dict[str, float]:
    """Words that the pictures of one shot justify, the surest first, with their likelihood 0..1.

    Args:
        frames: ``(H, W, 3) uint8 RGB`` each; the mean over them counts.
        tallest_face: height of the tallest face as a share of the picture's. In a portrait the
            surroundings are not told: they may be a studio's backdrop.

    Raises:
        ModelMissingError: the network or its head is not on this machine.
    """
    head = _head()
    likely = np.mean([head.likelihoods(*_look(frame)) for frame in frames], axis=0)
    hidden = _BACKDROP if tallest_face >= _CLOSE_FACE else frozenset[str]()
    order = [int(k) for k in np.argsort(-likely, kind="stable") if likely[k] >= head.bar[k]]
    return {head.words[k]: round(float(likely[k]), 2) for k in order if head.words[k] not in hidden}


def sized(rgb: Frame, area: int = SIGHT_AREA) -> Frame:
    """The picture at about ``area`` pixels, its sides multiples of 32."""
    height, width = rgb.shape[:2]
    scale = (area / (height * width)) ** 0.5
    size = (max(1, round(width * scale / 32)) * 32, max(1, round(height * scale / 32)) * 32)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, size, interpolation=method), np.uint8)


def _look(frame: Frame) -> tuple[Floats, Floats]:
    gray = cv2.cvtColor(sized(frame), cv2.COLOR_RGB2GRAY).astype(np.float32)[None, None]
    features, classes = _sight().run(["features", "classes"], {"gray": np.ascontiguousarray(gray)})
    grown = np.exp(classes[0] - classes[0].max())
    return features[0], grown / grown.sum()


@cache
def _sight() -> Any:  # noqa: ANN401 - untyped library
    from tremendo.models import open_onnx

    return open_onnx("sight")


@cache
def _head() -> Head:
    from tremendo import models

    with np.load(models.path("subjects")) as file:
        groups = np.zeros((1000, len(file["starts"]) - 1), np.float32)
        for k, (start, end) in enumerate(zip(file["starts"], file["starts"][1:], strict=False)):
            groups[file["classes"][start:end], k] = 1
        return Head(
            tuple(str(word) for word in file["words"]),
            groups,
            float(file["slope"]),
            file["weights"].astype(np.float32),
            file["offset"].astype(np.float32),
            file["bar"].astype(np.float32),
        )
