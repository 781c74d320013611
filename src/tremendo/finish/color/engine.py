"""The seam for color engines: a gray picture in, likely colors on a coarse grid of places out.

*Why a grid and not a picture.* An engine only says what color each place may have had, and how sure
it is. Keeping the lightness, following motion, agreeing over a shot and going up to full size is
done once, by the same pipeline, for every engine: so an engine of twenty lines is a whole one (see
``examples/my_color_engine``), and any of them is steady on film.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.decoding import DEFAULT_DECODING, DecodingParams
from tremendo.finish.color.registry import COLOR_ENGINES
from tremendo.finish.color.size import SIDE

__all__ = ["ColorEngine", "ColorPrediction", "open_engine"]


@dataclass(frozen=True)
class ColorPrediction:
    """What an engine believes about a picture, on a coarse grid of places.

    Attributes:
        ab: ``(h, w, 2) float32`` CIE a* and b*.
        confidence: ``(h, w) float32``, 0 (all hues alike) to 1 (one hue).
        lightness: ``(h, w) float32`` what the engine saw, CIE L*.
        features: ``(h2, w2, D) float32``: what each place shows; like places have like features.
            ``plain_features`` makes some for engines that have none.
        embedding: ``(E,) float32`` features of the whole scene.
    """

    ab: NDArray[np.float32]
    confidence: NDArray[np.float32]
    lightness: NDArray[np.float32]
    features: NDArray[np.float32]
    embedding: NDArray[np.float32]


@runtime_checkable
class ColorEngine(Protocol):
    """Something that colors one gray picture; the same picture always alike."""

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
            short_side: the size at which it is looked at, for engines that leave a choice.
            params: how vivid, and which of several plausible colorings.
        """
        ...


def open_engine(name: str = "embedded", model: str | Path | None = None) -> ColorEngine:
    """The engine of that name, ready to predict.

    Args:
        name: one of ``COLOR_ENGINES.names()``, or ``package.module:attribute`` of a factory.
        model: its weights: a file, or an entry of the catalog; by default the engine's own entry.

    Raises:
        UsageError: no such engine, or no such entry of the catalog.
        ModelMissingError: the weights are not on this machine.
        MediaError: the file is broken or not such a network.
    """
    return COLOR_ENGINES.create(name, model)
