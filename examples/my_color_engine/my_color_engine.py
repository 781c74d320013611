"""A color engine in twenty lines: warm shadows and pale blue lights, as in split-toned prints.

pip install .
tremendo colorize photo.jpg -o toned.png --engine split-tone
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.decoding import DEFAULT_DECODING, DecodingParams
from tremendo.finish.color.engine import ColorPrediction
from tremendo.finish.color.features import plain_features

SHADOWS, LIGHTS = np.float32((9, 20)), np.float32((-2, -12))  # CIE a* and b*


class SplitTone:
    """Colors each place by its lightness; tremendo keeps lightness, motion and edges."""

    def __init__(self, model: str | Path | None = None) -> None:
        if model is not None:
            raise UsageError("the engine split-tone has no network", hint="leave --model away")

    def predict(
        self,
        lightness: NDArray[np.float32],
        *,
        short_side: int = 192,  # noqa: ARG002 - for networks that see a smaller picture
        params: DecodingParams = DEFAULT_DECODING,
    ) -> ColorPrediction:
        """Lightness ``(H, W)`` CIE L* in, colors on a grid of a quarter of the size out."""
        size = tuple(max(1, n // 4) for n in lightness.shape[::-1])
        seen = cv2.resize(lightness, size, interpolation=cv2.INTER_AREA)
        share = seen[..., None] / np.float32(100)
        gain = np.float32(params.gain / DEFAULT_DECODING.gain)
        ab = gain * (SHADOWS + share * (LIGHTS - SHADOWS))
        sure = np.full(seen.shape, 0.8, np.float32)
        features = plain_features(seen)
        return ColorPrediction(ab, sure, seen, features, features.mean(axis=(0, 1)))
