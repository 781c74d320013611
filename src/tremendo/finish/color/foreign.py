"""Color networks of others, exported to ONNX by their user.

``ChromaNetwork`` runs the DDColor contract (Kang et al. 2023): a grey picture as sRGB in 0 to 1,
``(N, 3, H, W)``, gives a* and b*, ``(N, 2, H, W)``. ``PaintNetwork`` runs the DeOldify contract
(Antic 2018): a grey picture as sRGB in 0 to 255 gives a colored one, of which only the colors are
taken. Both may have a fixed input size; the picture is then squeezed into it and its colors
stretched back. Where DeOldify's is free it is a square, as its author found to color best.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import MediaError, UsageError
from tremendo.finish.color.engine import Prediction
from tremendo.finish.color.features import plain_features
from tremendo.finish.color.lab import frame_ab, gray
from tremendo.finish.color.palette import BALANCED, Taste
from tremendo.finish.color.size import SIDE, working_size
from tremendo.models import open_onnx

__all__ = ["ChromaNetwork", "PaintNetwork"]

_SIDE, _SQUARE = 256, 320
_COARSE = 4
_SURE = 0.7
_LARGEST = 1024


class _Foreign(ABC):
    """What both kinds share: the picture's way in, and plain features on the way out."""

    _channels: int
    _kind: str
    _squared: bool

    def __init__(self, model: str | Path, *, threads: int = 1) -> None:
        self._session = open_onnx(model, threads)
        self._name = str(model)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shape = inputs[0].shape
        if len(inputs) != 1 or len(shape) != 4 or shape[1] not in (3, "3") or not outputs:
            raise self._refusal("it does not take one picture (N, 3, H, W)")
        self._input, self._output = inputs[0].name, outputs[0].name
        self._fixed = tuple(n for n in shape[2:] if isinstance(n, int) and n > 0)
        if self._fixed and (len(self._fixed) != 2 or max(self._fixed) > _LARGEST):
            raise self._refusal(f"its input size {shape[2:]} cannot be served")
        self._run(np.full((64, 64), 50, np.float32))

    def predict(
        self, lightness: NDArray[np.float32], *, short_side: int = SIDE, taste: Taste = BALANCED
    ) -> Prediction:
        """Color one picture; see ``Engine``.

        Raises:
            UsageError: a variant is wanted; such networks know one coloring.
        """
        del short_side  # these networks have a size of their own
        if taste.variant:
            raise UsageError(
                "this engine knows only one coloring of a picture", hint="leave --seed away"
            )
        ab = self._run(lightness)
        size = tuple(max(1, n // _COARSE) for n in ab.shape[1::-1])
        coarse = np.asarray(cv2.resize(ab, size, interpolation=cv2.INTER_AREA), np.float32)
        seen = np.asarray(cv2.resize(lightness, size, interpolation=cv2.INTER_AREA), np.float32)
        features = plain_features(seen)[::2, ::2]
        sure = np.full(seen.shape, _SURE, np.float32)
        gain = np.float32(taste.gain / BALANCED.gain)
        return Prediction(coarse * gain, sure, seen, features, features.mean(axis=(0, 1)))

    def _run(self, lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        """Colors ``(h, w, 2)`` at the network's size."""
        height, width = lightness.shape
        square = (_SQUARE, _SQUARE) if self._squared else ()
        size = self._fixed[::-1] or square or working_size(width, height, _SIDE, _LARGEST)
        small = np.asarray(cv2.resize(lightness, size, interpolation=cv2.INTER_AREA), np.float32)
        grey = gray(small)
        picture = grey.astype(np.float32).transpose(2, 0, 1)[None]
        try:
            (answer,) = self._session.run([self._output], {self._input: self._scaled(picture)})
        except Exception as error:  # onnxruntime raises its own, unexported kinds
            raise self._refusal(str(error)[:200]) from error
        if answer.shape[:2] != (1, self._channels) or answer.ndim != 4:
            raise self._refusal(f"its output has the shape {answer.shape}")
        if not np.isfinite(answer).all():
            raise self._refusal("it gives numbers that are not finite")
        return self._colors(np.ascontiguousarray(answer[0].transpose(1, 2, 0), np.float32))

    @abstractmethod
    def _scaled(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """The picture as the network wants it, from 0 to 255."""

    @abstractmethod
    def _colors(self, answer: NDArray[np.float32]) -> NDArray[np.float32]:
        """a* and b* ``(h, w, 2)`` of an answer ``(h, w, channels)``."""

    def _refusal(self, reason: str) -> MediaError:
        return MediaError(
            f"not a {self._kind} network: {reason}",
            path=self._name,
            hint="export it to ONNX with one picture in and its colors out",
        )


class ChromaNetwork(_Foreign):
    """A network of the DDColor contract: grey in 0 to 1 in, a* and b* out."""

    _channels, _kind, _squared = 2, "DDColor", False

    def _scaled(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return picture / np.float32(255)

    def _colors(self, answer: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(np.clip(answer, -128, 128), np.float32)


class PaintNetwork(_Foreign):
    """A network of the DeOldify contract: grey in 0 to 255 in, a colored picture out."""

    _channels, _kind, _squared = 3, "DeOldify", True

    def _scaled(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return picture

    def _colors(self, answer: NDArray[np.float32]) -> NDArray[np.float32]:
        return frame_ab(np.clip(answer, 0, 255).astype(np.uint8))
