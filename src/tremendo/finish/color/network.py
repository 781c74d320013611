"""The color network at work: from lightness to a likely color and how sure it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import MediaError
from tremendo.models import open_onnx

__all__ = ["ColorNetwork", "Prediction"]

_METADATA_KEY = "tremendo"
_STRIDE = 32
_LONGEST = 768


@dataclass(frozen=True)
class Prediction:
    """What the network believes, at a quarter of its working size.

    Attributes:
        ab: ``(h, w, 2) float32`` CIE a* and b*: the annealed mean of the distribution.
        confidence: ``(h, w) float32``, 0 (all hues alike) to 1 (one hue).
        lightness: ``(h, w) float32`` what the network saw, CIE L*.
        embedding: ``(D,) float32`` features of the whole scene.
    """

    ab: NDArray[np.float32]
    confidence: NDArray[np.float32]
    lightness: NDArray[np.float32]
    embedding: NDArray[np.float32]


class ColorNetwork:
    """A classifier of luma into ab bins (Zhang, Isola and Efros 2016), opened from ONNX.

    Args:
        model: name in the catalog or path of an ``.onnx`` file made by ``tremendo train color``.
        threads: threads of one prediction.

    Raises:
        ModelMissingError: the weights are not on this machine.
        MediaError: the file is broken or no such network.
    """

    def __init__(self, model: str | Path = "color", *, threads: int = 1) -> None:
        self._session = open_onnx(model, threads)
        self._name = str(model)
        self.grid = self._checked_grid()

    def predict(
        self,
        lightness: NDArray[np.float32],
        *,
        short_side: int = 192,
        temperature: float = 0.38,
    ) -> Prediction:
        """Color one picture.

        Args:
            lightness: ``(H, W) float32`` CIE L*, any size from 1 x 1.
            short_side: the picture is scaled to about this; 160 to 256 suit the network.
            temperature: of the annealed mean: 0.3 is vivid, 0.55 cautious.
        """
        height, width = lightness.shape
        size = _working_size(width, height, short_side)
        method = cv2.INTER_AREA if size[0] < width else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(lightness, size, interpolation=method), np.float32)
        logits, embedding = self._session.run(["logits", "embedding"], {"luma": small[None, None]})
        ab, confidence = self._annealed(logits[0], temperature)
        seen = cv2.resize(small, confidence.shape[::-1], interpolation=cv2.INTER_AREA)
        return Prediction(ab, confidence, np.asarray(seen, np.float32), embedding[0])

    def _annealed(
        self, logits: NDArray[np.float32], temperature: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        bins, height, width = logits.shape
        places = logits.reshape(bins, -1).T
        places = places - places.max(axis=1, keepdims=True)
        chances = np.exp(places / np.float32(temperature))
        ab = (chances @ self.grid) / chances.sum(axis=1, keepdims=True)
        plain = np.exp(places)
        reach = plain @ np.linalg.norm(self.grid, axis=1)
        confidence = np.linalg.norm(plain @ self.grid, axis=1) / np.maximum(reach, 1e-6)
        return ab.reshape(height, width, 2), confidence.reshape(height, width)

    def _checked_grid(self) -> NDArray[np.float32]:
        """The ab bins of the file, after a trial run has shown that it keeps the contract."""
        try:
            facts = json.loads(self._session.get_modelmeta().custom_metadata_map[_METADATA_KEY])
            grid = np.asarray(facts["grid"], np.float32)
            trial = np.full((1, 1, 64, 96), 50, np.float32)
            logits, embedding = self._session.run(["logits", "embedding"], {"luma": trial})
        except Exception as error:  # onnxruntime raises its own, unexported kinds
            raise self._refusal(str(error)[:200]) from error
        sound = grid.ndim == 2 and grid.shape[1] == 2 and np.abs(grid).max() < 200
        if not sound:
            raise self._refusal("its ab grid makes no sense")
        if logits.shape != (1, len(grid), 16, 24) or embedding.ndim != 2:
            raise self._refusal(f"its outputs have shapes {logits.shape}, {embedding.shape}")
        if not np.isfinite(logits).all():
            raise self._refusal("it gives numbers that are not finite")
        return grid

    def _refusal(self, reason: str) -> MediaError:
        return MediaError(
            f"not a color network of tremendo: {reason}",
            path=self._name,
            hint="train one with `tremendo train color`, or leave --model away",
        )


def _working_size(width: int, height: int, short_side: int) -> tuple[int, int]:
    """Width and height near the short side, multiples of 32, at most four times as long."""
    scale = short_side / min(width, height)
    longest = min(_LONGEST, 4 * short_side)
    sides = (
        min(longest, max(_STRIDE, round(n * scale / _STRIDE) * _STRIDE)) for n in (width, height)
    )
    wide, high = sides
    return wide, high
