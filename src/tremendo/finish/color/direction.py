"""What the director asks of the color, and its application to one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.engine import Engine, Prediction, open_engine
from tremendo.finish.color.exemplar import Exemplar, remember, steer
from tremendo.finish.color.hint import Hint
from tremendo.finish.color.lab import frame_ab, frame_lightness
from tremendo.finish.color.palette import bridle, taste
from tremendo.finish.color.size import SIDE, reduced
from tremendo.media.frames import Frame

__all__ = ["NATURAL", "Colorist", "Direction", "Opinion"]

_REFERENCE_STRENGTH, _REFERENCE_DOUBT = 0.95, 14.0
_MEMORY_STRENGTH, _MEMORY_DOUBT = 0.5, 10.0
_GREY = 4.0


@dataclass(frozen=True)
class Direction:
    """The director's wishes.

    Attributes:
        vividness: 0 (cautious) to 1 (bold).
        style: one of ``STYLES``.
        variant: 0 the likeliest coloring; every other number another plausible one.
        hints: colors of objects.
        references: pictures in color, of the same scene or of one like it.
    """

    vividness: float = 0.5
    style: str = "natural"
    variant: int = 0
    hints: tuple[Hint, ...] = ()
    references: tuple[Frame, ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        if not 0 <= self.vividness <= 1:
            raise UsageError(f"vividness {self.vividness} is not between 0 and 1")
        if self.variant < 0:
            raise UsageError(f"variant {self.variant}", hint="0, 1, 2 ...")


NATURAL = Direction()


@dataclass(frozen=True)
class Opinion:
    """What is thought of one picture's colors.

    Attributes:
        ab: ``(h, w, 2) float32``.
        confidence: ``(h, w) float32``, 0 to 1.
        seen: the engine's own view.
    """

    ab: NDArray[np.float32]
    confidence: NDArray[np.float32]
    seen: Prediction

    def remembered(self) -> Exemplar:
        """Its places and colors, for other frames of the shot to agree with."""
        return remember(self.seen, self.ab)


class Colorist:
    """An engine under direction.

    Args:
        direction: the wishes.
        engine: by default tremendo's own network.

    Raises:
        UsageError: a reference without color.
        ModelMissingError: the weights are not on this machine.
    """

    def __init__(self, direction: Direction, engine: Engine | None = None) -> None:
        self.engine = engine or open_engine()
        self._taste = taste(direction.vividness, direction.variant)
        self._references = tuple(self._studied(reference) for reference in direction.references)

    def look(
        self,
        lightness: NDArray[np.float32],
        *,
        short_side: int = SIDE,
        memory: Sequence[Exemplar] = (),
    ) -> Opinion:
        """Color one picture: by the engine, then references, then hints.

        Args:
            lightness: ``(H, W) float32`` CIE L*.
            short_side: working size of the engine.
            memory: opinions on other frames of the shot.
        """
        seen = self.engine.predict(lightness, short_side=short_side, taste=self._taste)
        ab = bridle(seen.ab, seen.confidence, seen.lightness)
        ab, _ = steer(ab, seen, memory, strength=_MEMORY_STRENGTH, doubt=_MEMORY_DOUBT)
        ab, told = steer(
            ab, seen, self._references, strength=_REFERENCE_STRENGTH, doubt=_REFERENCE_DOUBT
        )
        confidence = np.maximum(seen.confidence, told)
        return Opinion(ab, np.asarray(confidence, np.float32), seen)

    def _studied(self, reference: Frame) -> Exemplar:
        small = reduced(reference, 2 * SIDE)
        ab = frame_ab(small)
        if float(np.hypot(ab[..., 0], ab[..., 1]).mean()) < _GREY:
            raise UsageError("the reference has no color", hint="give a picture in color")
        seen = self.engine.predict(frame_lightness(small), short_side=SIDE, taste=self._taste)
        size = seen.ab.shape[1::-1]
        colors = np.asarray(cv2.resize(ab, size, interpolation=cv2.INTER_AREA), np.float32)
        return remember(seen, colors)
