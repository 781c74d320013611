"""One gray picture in, its likely colors out: an engine guided by options and exemplars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.decoding import compress_uncertain_hues, decoding_params
from tremendo.finish.color.engine import ColorEngine, ColorPrediction, open_engine
from tremendo.finish.color.exemplar import Exemplar, make_exemplar, transfer_colors
from tremendo.finish.color.lab import frame_ab, frame_lightness
from tremendo.finish.color.options import ColorOptions
from tremendo.finish.color.size import SIDE, reduced
from tremendo.media.frames import Frame

__all__ = ["ColorEstimate", "GuidedColorizer"]

_REFERENCE_STRENGTH, _REFERENCE_SCALE = 0.95, 14.0
_MEMORY_STRENGTH, _MEMORY_SCALE = 0.5, 10.0
"""How far colors are drawn toward those of a reference, or of other frames of the shot; squared
distances of keys at which a place is half believed to show the same (see ``transfer_colors``)."""
_GRAY_CHROMA = 4.0
"""Mean CIE chroma below which a picture counts as one without color."""


@dataclass(frozen=True)
class ColorEstimate:
    """The estimated colors of one picture.

    Attributes:
        ab: ``(h, w, 2) float32`` CIE a* and b*.
        confidence: ``(h, w) float32``, 0 to 1.
        prediction: the engine's own, unguided.
    """

    ab: NDArray[np.float32]
    confidence: NDArray[np.float32]
    prediction: ColorPrediction

    def exemplar(self) -> Exemplar:
        """Its places and colors, for other frames of the shot to agree with."""
        return make_exemplar(self.prediction, self.ab)


class GuidedColorizer:
    """An engine guided by options.

    Args:
        options: what is asked; hints are not applied here.
        engine: by default tremendo's own network.

    Raises:
        UsageError: a reference without color.
        ModelMissingError: the weights are not on this machine.
    """

    def __init__(self, options: ColorOptions, engine: ColorEngine | None = None) -> None:
        self.engine = engine or open_engine()
        self._params = decoding_params(options.vividness, options.variant)
        self._references = tuple(self._exemplar_of(picture) for picture in options.references)

    def estimate(
        self,
        lightness: NDArray[np.float32],
        *,
        short_side: int = SIDE,
        memory: Sequence[Exemplar] = (),
    ) -> ColorEstimate:
        """Color one picture: by the engine, then the memory, then references.

        Args:
            lightness: ``(H, W) float32`` CIE L*.
            short_side: working size of the engine.
            memory: exemplars of other frames of the shot.
        """
        seen = self.engine.predict(lightness, short_side=short_side, params=self._params)
        ab = compress_uncertain_hues(seen.ab, seen.confidence, seen.lightness)
        ab, _ = transfer_colors(
            ab, seen, memory, strength=_MEMORY_STRENGTH, distance_scale=_MEMORY_SCALE
        )
        ab, share = transfer_colors(
            ab,
            seen,
            self._references,
            strength=_REFERENCE_STRENGTH,
            distance_scale=_REFERENCE_SCALE,
        )
        confidence = np.maximum(seen.confidence, share)
        return ColorEstimate(ab, np.asarray(confidence, np.float32), seen)

    def _exemplar_of(self, reference: Frame) -> Exemplar:
        small = reduced(reference, 2 * SIDE)
        ab = frame_ab(small)
        if float(np.hypot(ab[..., 0], ab[..., 1]).mean()) < _GRAY_CHROMA:
            raise UsageError("the reference has no color", hint="give a picture in color")
        seen = self.engine.predict(frame_lightness(small), short_side=SIDE, params=self._params)
        size = seen.ab.shape[1::-1]
        colors = np.asarray(cv2.resize(ab, size, interpolation=cv2.INTER_AREA), np.float32)
        return make_exemplar(seen, colors)
