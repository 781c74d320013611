"""Colors read out of a distribution over ab bins, place by place.

The network learns with rare colors lifted, or it would call everything grey. Read as it is, that
lift gives a cast to what should stay neutral; so most of it is taken back, and the colors that
remain, which are the sure ones, are made as strong as life.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.palette import Taste

__all__ = [
    "CAST_SHARE",
    "MOST_GIVEN_BACK",
    "RICHEST",
    "USUAL_PALLOR",
    "read_ab",
    "read_confidence",
    "strengthen",
]

RICHEST = 50.0
"""Chroma of the bluest sky and the greenest lawn."""
CAST_SHARE = 0.3
"""How much of the gain a picture's mean color takes."""
USUAL_PALLOR, MOST_GIVEN_BACK = 3.5, 1.3
"""Pallor at which the gain is as told; the most by which it is raised or lowered."""


def read_ab(
    odds: NDArray[np.float32], grid: NDArray[np.float32], taste: Taste
) -> NDArray[np.float32]:
    """Colors ``(n, 2)`` of a picture's places: annealed means (Zhang et al. 2016), strengthened.

    Where several colors are as likely, their mean is paler than any of them. What doubt has taken
    from a picture is partly given back: the gain grows with the root of its pallor, which is the
    spread of all that is possible by the spread of the means.

    Args:
        odds: ``(n, Q)`` logarithms of the chances, whatever their sum.
        grid: ``(Q, 2)`` the bins.
        taste: how they are read; its lift is not applied here.
    """
    ab = _chances(odds, taste.temperature) @ grid
    plain = _chances(odds, 1.0)
    variance = plain @ (grid**2).sum(axis=1) - ((plain @ grid) ** 2).sum(axis=1)
    spread = max(float(((ab - ab.mean(axis=0)) ** 2).sum(axis=1).mean()), 1e-3)
    pallor = np.sqrt(1 + float(variance.mean()) / spread)
    given_back = np.clip(np.sqrt(pallor / USUAL_PALLOR), 1 / MOST_GIVEN_BACK, MOST_GIVEN_BACK)
    return strengthen(ab, taste.gain * float(given_back))


def read_confidence(odds: NDArray[np.float32], grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far the likely colors of each place agree in hue, ``(n,)``, 0 to 1."""
    plain = _chances(odds, 1.0)
    reach = plain @ np.linalg.norm(grid, axis=1)
    return np.asarray(np.linalg.norm(plain @ grid, axis=1) / np.maximum(reach, 1e-6), np.float32)


def strengthen(ab: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    """A picture's colors set farther apart.

    Differences from the picture's mean color take the whole gain, the mean itself little of it: a
    network in doubt gives everything a cast of its mean, which should not grow. Chroma that comes
    near the richest of life grows ever less.

    Args:
        ab: ``(n, 2)`` the colors of all places.
        gain: factor on differences.
    """
    mean = ab.mean(axis=0)
    apart = mean * np.float32(1 + CAST_SHARE * (gain - 1)) + (ab - mean) * np.float32(gain)
    chroma = np.linalg.norm(apart, axis=1, keepdims=True)
    return np.asarray(apart / np.cbrt(1 + (chroma / RICHEST) ** 3), np.float32)


def _chances(odds: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities ``(n, Q)`` of log odds, annealed."""
    raised = np.exp((odds - odds.max(axis=1, keepdims=True)) / np.float32(temperature))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)
