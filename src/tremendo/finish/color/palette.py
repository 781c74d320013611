"""Taste: how vivid colors are, and a bridle for hues that go wrong on old film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BALANCED", "Taste", "bridle", "taste"]

_PURPLE = (290.0, 345.0)
_RED = (160.0, 208.0)
"""Hue angles 340 to 28 degrees, turned by 180 so that they do not wrap around."""
_CALM_DARK, _CALM_LIGHT = 7.0, 3.0
"""Chroma that is always left alone, for dark and for light places."""


@dataclass(frozen=True)
class Taste:
    """How a color is read out of the network's distribution.

    Attributes:
        lift: how much of the lift is left, 0 (true odds) to 1 (as trained at full power).
        temperature: of the annealed mean: low takes the likeliest color, high the mean.
        gain: factor on chroma.
        variant: which of several plausible colorings: 0 the likeliest, others see ``variant``.
    """

    lift: float
    temperature: float
    gain: float
    variant: int = 0


def taste(vividness: float, variant: int = 0) -> Taste:
    """The taste for a vividness of 0 (cautious) to 1 (bold)."""
    return Taste(lift=0.4, temperature=0.5, gain=1.4 + 2.0 * vividness, variant=variant)


BALANCED = taste(0.5)


def bridle(
    ab: NDArray[np.float32], confidence: NDArray[np.float32], lightness: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Colors with doubtful purples and reds held back; skies, foliage and skin are left alone.

    A network's doubt between blue and red shows as purple, its doubt about dark cloth as maroon,
    about white cloth as pink; old pictures are full of cloth. Chroma beyond a limit is compressed:
    always from violet to magenta, and from magenta to red where the network is not sure.

    Args:
        ab: ``(h, w, 2) float32``.
        confidence: ``(h, w)``, 0 to 1.
        lightness: ``(h, w)`` CIE L*.
    """
    chroma = np.hypot(ab[..., 0], ab[..., 1])
    hue = np.degrees(np.arctan2(ab[..., 1], ab[..., 0])) % 360
    purple = _within(hue, *_PURPLE)
    red = _within((hue + 180) % 360, *_RED) * (1 - _ramp(confidence, 0.65, 0.85))
    wrong = np.maximum(purple, red)
    limit = _CALM_DARK + (_CALM_LIGHT - _CALM_DARK) * _ramp(lightness, 50, 80)
    excess = np.maximum(chroma - limit, 0)
    calm = np.minimum(chroma, limit) + excess / (1 + wrong * excess / 2)
    return np.asarray(ab * (calm / np.maximum(chroma, 1e-6))[..., None], np.float32)


def _within(hue: NDArray[np.floating], start: float, end: float) -> NDArray[np.floating]:
    """1 between two hue angles, falling to 0 over ten degrees outside."""
    inside = np.minimum(hue - start + 10, end + 10 - hue) / 10
    return np.asarray(np.clip(inside, 0, 1), np.float32)


def _ramp(value: NDArray[np.floating], low: float, high: float) -> NDArray[np.floating]:
    along = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(along * along * (3 - 2 * along), np.float32)
