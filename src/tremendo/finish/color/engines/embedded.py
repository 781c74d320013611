"""tremendo's own network: lightness in, a likely color and a confidence for each place out."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import MediaError
from tremendo.finish.color.decoding import (
    DEFAULT_DECODING,
    DecodingParams,
    decode_ab,
    decode_confidence,
)
from tremendo.finish.color.engine import ColorPrediction
from tremendo.finish.color.features import plain_features
from tremendo.finish.color.size import SIDE, working_size
from tremendo.finish.color.variant import VariantPreference, limit_chroma
from tremendo.models import open_onnx

__all__ = ["EmbeddedEngine"]

_METADATA_KEY = "tremendo"
_LONGEST = 768
"""Longest side of a picture that is shown to the network."""
_OWN = "color"
"""The packaged network's entry in the catalog."""


class EmbeddedEngine:
    """A classifier of luma into ab bins (Zhang, Isola and Efros 2016), opened from ONNX.

    Args:
        model: name in the catalog or path of an ``.onnx`` file made by ``tremendo train color``;
            by default the packaged one.
        threads: threads of one prediction.

    Raises:
        ModelMissingError: the weights are not on this machine.
        MediaError: the file is broken or no such network.
    """

    def __init__(self, model: str | Path | None = None, *, threads: int = 1) -> None:
        model = model or _OWN
        self._session = open_onnx(model, threads)
        self._name = str(model)
        given = [output.name for output in self._session.get_outputs()]
        self._outputs = ["logits", "embedding", *(["features"] if "features" in given else [])]
        self.grid, self._emphasis, self._power = self._checked()

    def predict(
        self,
        lightness: NDArray[np.float32],
        *,
        short_side: int = SIDE,
        params: DecodingParams = DEFAULT_DECODING,
    ) -> ColorPrediction:
        """Color one picture.

        Args:
            lightness: ``(H, W) float32`` CIE L*, any size from 1 x 1.
            short_side: the picture is scaled to about this; 160 to 256 suit the network.
            params: how the distribution is decoded.
        """
        height, width = lightness.shape
        size = working_size(width, height, short_side, min(_LONGEST, 4 * short_side))
        method = cv2.INTER_AREA if size[0] < width else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(lightness, size, interpolation=method), np.float32)
        logits, embedding, *rest = self._session.run(self._outputs, {"luma": small[None, None]})
        places = logits.shape[:1:-1]
        seen = np.asarray(cv2.resize(small, places, interpolation=cv2.INTER_AREA), np.float32)
        features = rest[0][0].transpose(1, 2, 0) if rest else plain_features(seen)
        ab, confidence = self._decode(logits[0], features, params)
        return ColorPrediction(ab, confidence, seen, features, embedding[0])

    def _decode(
        self, logits: NDArray[np.float32], features: NDArray[np.float32], params: DecodingParams
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Colors and confidence, rare colors lifted as much as ``params`` say."""
        height, width = logits.shape[1:]
        lift = np.float32(params.lift - self._power) * self._emphasis
        log_odds = logits.reshape(len(self.grid), -1).T + lift
        ab = decode_ab(log_odds, self.grid, params)
        if params.variant:
            preference = VariantPreference(params.variant, self.grid, features.shape[2])
            preferred = decode_ab(
                log_odds + preference.of(features, (height, width)), self.grid, params
            )
            ab = limit_chroma(preferred, ab)
        confidence = decode_confidence(log_odds, self.grid)
        return ab.reshape(height, width, 2), confidence.reshape(height, width)

    def _checked(self) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
        """Ab bins, emphasis and its power, after a trial run that shows the contract is kept."""
        try:
            facts = json.loads(self._session.get_modelmeta().custom_metadata_map[_METADATA_KEY])
            grid = np.asarray(facts["grid"], np.float32)
            emphasis = np.asarray(facts.get("emphasis", np.zeros(len(grid))), np.float32)
            power = float(facts.get("power", 0))
            trial = np.full((1, 1, 64, 96), 50, np.float32)
            logits, embedding, *_ = self._session.run(self._outputs, {"luma": trial})
        except Exception as error:  # onnxruntime raises its own, unexported kinds
            raise self._refusal(str(error)[:200]) from error
        sound = grid.ndim == 2 and grid.shape[1] == 2 and np.abs(grid).max() < 200
        if not sound or emphasis.shape != (len(grid),) or not np.isfinite(emphasis).all():
            raise self._refusal("its ab grid makes no sense")
        if logits.shape != (1, len(grid), 16, 24) or embedding.ndim != 2:
            raise self._refusal(f"its outputs have shapes {logits.shape}, {embedding.shape}")
        if not np.isfinite(logits).all():
            raise self._refusal("it gives numbers that are not finite")
        return grid, emphasis, power

    def _refusal(self, reason: str) -> MediaError:
        return MediaError(
            f"not a color network of tremendo: {reason}",
            path=self._name,
            hint="train one with `tremendo train color`, or leave --model away",
        )
