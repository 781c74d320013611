"""The seam for color engines: whoever can say what color a grey picture may have had.

``embedded`` is tremendo's own network. ``ddcolor`` and ``deoldify`` run a network that the user
has, as ONNX (``tremendo models add`` makes it of a checkpoint); the same steady pipeline then
serves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.palette import BALANCED, Taste
from tremendo.finish.color.size import SIDE
from tremendo.models import catalog

__all__ = ["ENGINES", "Engine", "Prediction", "open_engine"]


@dataclass(frozen=True)
class Prediction:
    """What an engine believes about a picture, on a coarse grid of places.

    Attributes:
        ab: ``(h, w, 2) float32`` CIE a* and b*.
        confidence: ``(h, w) float32``, 0 (all hues alike) to 1 (one hue).
        lightness: ``(h, w) float32`` what the engine saw, CIE L*.
        features: ``(h2, w2, D) float32``: what each place shows; like places have like features.
        embedding: ``(E,) float32`` features of the whole scene.
    """

    ab: NDArray[np.float32]
    confidence: NDArray[np.float32]
    lightness: NDArray[np.float32]
    features: NDArray[np.float32]
    embedding: NDArray[np.float32]


class Engine(Protocol):
    """Something that colors one grey picture."""

    def predict(
        self, lightness: NDArray[np.float32], *, short_side: int = SIDE, taste: Taste = BALANCED
    ) -> Prediction:
        """Color one picture.

        Args:
            lightness: ``(H, W) float32`` CIE L*, any size from 1 x 1.
            short_side: the size at which it is looked at, for engines that leave a choice.
            taste: how vivid, and which of several plausible colorings.
        """
        ...


def _embedded(model: str | Path | None) -> Engine:
    from tremendo.finish.color.network import ColorNetwork

    return ColorNetwork(model or "color")


def _ddcolor(model: str | Path | None) -> Engine:
    from tremendo.finish.color.foreign import ChromaNetwork

    return ChromaNetwork(model or _brought("ddcolor"))


def _deoldify(model: str | Path | None) -> Engine:
    from tremendo.finish.color.foreign import PaintNetwork

    return PaintNetwork(model or _brought("deoldify"))


def _brought(name: str) -> str:
    """The entry of the catalog under which the user has added a network of that kind."""
    if name not in catalog():
        raise UsageError(
            f"the engine {name} needs a network, which tremendo may not pass on",
            hint=f"--model FILE.onnx, or once: tremendo models add {name} FILE",
        )
    return name


ENGINES: dict[str, Callable[[str | Path | None], Engine]] = {
    "embedded": _embedded,
    "ddcolor": _ddcolor,
    "deoldify": _deoldify,
}


def open_engine(name: str = "embedded", model: str | Path | None = None) -> Engine:
    """The engine of that name.

    Args:
        name: one of ``ENGINES``.
        model: its weights: a file, or an entry of the catalog; by default the engine's own entry.

    Raises:
        UsageError: no such engine, or no such entry of the catalog.
        ModelMissingError: the weights are not on this machine.
        MediaError: the file is broken or not such a network.
    """
    if name not in ENGINES:
        raise UsageError(f"no color engine {name}", hint=f"one of: {', '.join(ENGINES)}")
    return ENGINES[name](model)
