"""A network's distribution over ab bins in, one color and one confidence for each place out.

*Why.* The network learns with rare colors lifted, or it would call everything grey. Decoded as it
is, that lift gives a cast to what should stay neutral; so most of it is taken back, the annealed
mean is taken, and the colors that remain, which are the sure ones, are boosted. Hues in which a
network's doubt shows on old film (violet, doubtful reds) are compressed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DEFAULT_DECODING",
    "MAX_CHROMA",
    "MAX_COMPENSATION",
    "MEAN_SHARE",
    "USUAL_DESATURATION",
    "DecodingParams",
    "annealed_mean",
    "boost_chroma",
    "compress_uncertain_hues",
    "decode_ab",
    "decode_confidence",
    "decoding_params",
]

MAX_CHROMA = 50.0
"""CIE chroma of the bluest sky and the greenest lawn: boosted chroma is compressed toward it."""
MEAN_SHARE = 0.3
"""How much of the gain a picture's mean color takes: it is mostly a cast."""
USUAL_DESATURATION, MAX_COMPENSATION = 3.5, 1.3
"""Desaturation at which the gain is as asked; the most by which it is raised or lowered."""

_PURPLE = (290.0, 345.0)
_RED = (160.0, 208.0)
"""Hue angles 340 to 28 degrees, turned by 180 so that they do not wrap around."""
_HUE_MARGIN = 10.0
"""Degrees over which compression fades out beside these hues."""
_FREE_CHROMA_DARK, _FREE_CHROMA_LIGHT = 7.0, 3.0
"""CIE chroma that is never compressed, for dark and for light places."""
_SURE_RED = (0.65, 0.85)
"""Confidence at which reds begin to be left alone, and at which they are wholly."""
_MIDDLE_LIGHT = (50.0, 80.0)
"""L* between which places pass from dark to light."""


@dataclass(frozen=True)
class DecodingParams:
    """How a color is decoded from the network's distribution.

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


def decoding_params(vividness: float, variant: int = 0) -> DecodingParams:
    """Decoding parameters for a vividness of 0 (cautious) to 1 (bold)."""
    return DecodingParams(lift=0.4, temperature=0.5, gain=1.4 + 2.0 * vividness, variant=variant)


DEFAULT_DECODING = decoding_params(0.5)


def annealed_mean(
    log_odds: NDArray[np.float32], grid: NDArray[np.float32], temperature: float
) -> NDArray[np.float32]:
    """Mean colors ``(n, 2)`` of annealed distributions (Zhang, Isola and Efros 2016).

    Args:
        log_odds: ``(n, Q)`` logarithms of the chances, whatever their sum.
        grid: ``(Q, 2)`` the ab bins.
        temperature: 1 gives the plain mean, toward 0 the likeliest bin.
    """
    return np.asarray(_softmax(log_odds, temperature) @ grid, np.float32)


def decode_ab(
    log_odds: NDArray[np.float32], grid: NDArray[np.float32], params: DecodingParams
) -> NDArray[np.float32]:
    """Colors ``(n, 2)`` of a picture's places: annealed means, chroma boosted.

    Where several colors are as likely, their mean is paler than any of them. This desaturation (the
    spread of all that is possible by the spread of the means) is partly compensated: the gain grows
    with its root.

    Args:
        log_odds: ``(n, Q)`` logarithms of the chances, whatever their sum.
        grid: ``(Q, 2)`` the ab bins.
        params: how they are decoded; the lift is not applied here.
    """
    ab = annealed_mean(log_odds, grid, params.temperature)
    plain = _softmax(log_odds, 1.0)
    variance = plain @ (grid**2).sum(axis=1) - ((plain @ grid) ** 2).sum(axis=1)
    spread = max(float(((ab - ab.mean(axis=0)) ** 2).sum(axis=1).mean()), 1e-3)
    desaturation = np.sqrt(1 + float(variance.mean()) / spread)
    compensation = np.clip(
        np.sqrt(desaturation / USUAL_DESATURATION), 1 / MAX_COMPENSATION, MAX_COMPENSATION
    )
    return boost_chroma(ab, params.gain * float(compensation))


def decode_confidence(
    log_odds: NDArray[np.float32], grid: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How far the likely colors of each place agree in hue, ``(n,)``, 0 to 1."""
    plain = _softmax(log_odds, 1.0)
    reach = plain @ np.linalg.norm(grid, axis=1)
    return np.asarray(np.linalg.norm(plain @ grid, axis=1) / np.maximum(reach, 1e-6), np.float32)


def boost_chroma(ab: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    """A picture's colors ``(n, 2)`` in, the same set farther apart out.

    Differences from the picture's mean color take the whole gain, the mean itself ``MEAN_SHARE`` of
    it: a network in doubt gives everything a cast of its mean, which should not grow. Chroma that
    comes near ``MAX_CHROMA`` grows ever less.

    Args:
        ab: ``(n, 2)`` the colors of all places.
        gain: factor on differences.
    """
    mean = ab.mean(axis=0)
    apart = mean * np.float32(1 + MEAN_SHARE * (gain - 1)) + (ab - mean) * np.float32(gain)
    chroma = np.linalg.norm(apart, axis=1, keepdims=True)
    return np.asarray(apart / np.cbrt(1 + (chroma / MAX_CHROMA) ** 3), np.float32)


def compress_uncertain_hues(
    ab: NDArray[np.float32], confidence: NDArray[np.float32], lightness: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Colors with the chroma of violets and doubtful reds compressed; all others as they are.

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
    red = _within((hue + 180) % 360, *_RED) * (1 - _smoothstep(confidence, *_SURE_RED))
    wrong = np.maximum(purple, red)
    light = _smoothstep(lightness, *_MIDDLE_LIGHT)
    limit = _FREE_CHROMA_DARK + (_FREE_CHROMA_LIGHT - _FREE_CHROMA_DARK) * light
    excess = np.maximum(chroma - limit, 0)
    calm = np.minimum(chroma, limit) + excess / (1 + wrong * excess / 2)
    return np.asarray(ab * (calm / np.maximum(chroma, 1e-6))[..., None], np.float32)


def _softmax(log_odds: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities ``(n, Q)`` of log odds, annealed."""
    raised = np.exp((log_odds - log_odds.max(axis=1, keepdims=True)) / np.float32(temperature))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def _within(hue: NDArray[np.floating], start: float, end: float) -> NDArray[np.floating]:
    """1 between two hue angles, falling to 0 over the margin outside."""
    inside = np.minimum(hue - start + _HUE_MARGIN, end + _HUE_MARGIN - hue) / _HUE_MARGIN
    return np.asarray(np.clip(inside, 0, 1), np.float32)


def _smoothstep(value: NDArray[np.floating], low: float, high: float) -> NDArray[np.floating]:
    along = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(along * along * (3 - 2 * along), np.float32)
