"""What a network of ImageNet's classes sees in a gray picture, and words made of it.

EfficientNet-Lite2 looks at the gray picture. Subjects are groups of its ImageNet classes, their
likelihood calibrated on gray and aged photographs; scenes, light and water are logistic
regressions on its features. Both come from ``tremendo train tags``; what is known of how often
they are right stands in ``models/weights/subjects.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo import models

__all__ = ["SIGHT_AREA", "Head", "likelihoods", "log_odds", "sized", "word_head"]

Floats = NDArray[np.float32]
SIGHT_AREA = 256 * 256


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


def likelihoods(rgb: NDArray[np.uint8]) -> Floats:
    """How likely each of the words of :func:`word_head` is, 0 to 1.

    Raises:
        ModelMissingError: the network or its head is not on this machine.
    """
    gray = cv2.cvtColor(sized(rgb), cv2.COLOR_RGB2GRAY).astype(np.float32)[None, None]
    features, classes = _network().run(
        ["features", "classes"], {"gray": np.ascontiguousarray(gray)}
    )
    grown = np.exp(classes[0] - classes[0].max())
    return word_head().likelihoods(features[0], grown / grown.sum())


def sized(rgb: NDArray[np.uint8], area: int = SIGHT_AREA) -> NDArray[np.uint8]:
    """The picture at about ``area`` pixels, its sides multiples of 32."""
    height, width = rgb.shape[:2]
    scale = (area / (height * width)) ** 0.5
    size = (max(1, round(width * scale / 32)) * 32, max(1, round(height * scale / 32)) * 32)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, size, interpolation=method), np.uint8)


@cache
def _network() -> Any:  # noqa: ANN401 - untyped library
    return models.open_onnx("sight")


@cache
def word_head() -> Head:
    """The packaged words.

    Raises:
        ModelMissingError: they are not on this machine.
    """
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
