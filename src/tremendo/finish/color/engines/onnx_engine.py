"""Color networks of others as ONNX: their way in and out, the same for every architecture.

A network may have a fixed input size; the picture is then squeezed into it and its colors stretched
back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import MediaError, UsageError
from tremendo.finish.color.decoding import DEFAULT_DECODING, DecodingParams
from tremendo.finish.color.engine import ColorPrediction
from tremendo.finish.color.features import plain_features
from tremendo.finish.color.lab import gray
from tremendo.finish.color.size import SIDE, working_size
from tremendo.models import catalog, open_onnx

__all__ = ["OnnxColorEngine"]

_SIDE, _SQUARE = 256, 320
"""Short side, or side of a square, at which a network of free input size sees pictures."""
_COARSE = 4
"""Pixels of the network's answer to a place of the prediction."""
_SURE = 0.7
"""Confidence of every place: these networks say none."""
_LARGEST = 1024
"""Longest side of a picture that is shown to a network."""


class OnnxColorEngine(ABC):
    """A network from one gray picture to its colors, with plain features on the way out.

    Args:
        model: ``.onnx`` file or entry of the catalog; by default the entry of the kind's name,
            under which ``tremendo models add`` has put it.
        threads: threads of one prediction.

    Raises:
        UsageError: no model is given and there is no such entry.
        ModelMissingError: the weights are not on this machine.
        MediaError: the file is broken or no such network.
    """

    _channels: int
    _kind: str
    _squared: bool

    def __init__(self, model: str | Path | None = None, *, threads: int = 1) -> None:
        model = model or self._added()
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
        self,
        lightness: NDArray[np.float32],
        *,
        short_side: int = SIDE,
        params: DecodingParams = DEFAULT_DECODING,
    ) -> ColorPrediction:
        """Color one picture; see :class:`~tremendo.finish.color.engine.ColorEngine`.

        Raises:
            UsageError: a variant is wanted; such networks know one coloring.
        """
        del short_side  # these networks have a size of their own
        if params.variant:
            raise UsageError(
                "this engine knows only one coloring of a picture", hint="leave --seed away"
            )
        ab = self._run(lightness)
        size = tuple(max(1, n // _COARSE) for n in ab.shape[1::-1])
        coarse = np.asarray(cv2.resize(ab, size, interpolation=cv2.INTER_AREA), np.float32)
        seen = np.asarray(cv2.resize(lightness, size, interpolation=cv2.INTER_AREA), np.float32)
        features = plain_features(seen)[::2, ::2]
        sure = np.full(seen.shape, _SURE, np.float32)
        gain = np.float32(params.gain / DEFAULT_DECODING.gain)
        return ColorPrediction(coarse * gain, sure, seen, features, features.mean(axis=(0, 1)))

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

    def _added(self) -> str:
        """The entry of the catalog under which the user has added a network of this kind."""
        name = self._kind.lower()
        if name not in catalog():
            raise UsageError(
                f"the engine {name} needs a network, which tremendo may not pass on",
                hint=f"--model FILE.onnx, or once: tremendo models add {name} FILE",
            )
        return name

    def _refusal(self, reason: str) -> MediaError:
        return MediaError(
            f"not a {self._kind} network: {reason}",
            path=self._name,
            hint="export it to ONNX with one picture in and its colors out",
        )
