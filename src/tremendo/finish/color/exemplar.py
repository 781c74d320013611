"""Colors of one picture in, drawn toward those of exemplars out.

Exemplars are a shot's own key frames, or a reference in color.

Places of the picture at hand look for places that show the same thing, are as light and lie about
where they do; the nearest four give their colors (non-local attention over exemplars, in the
manner of Zhang et al. 2019 and Yang et al. 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.engine import ColorPrediction

__all__ = ["Exemplar", "make_exemplar", "transfer_colors"]

_FEATURES, _LIGHTNESS, _POSITION = 6.0, 9.0, 0.8
"""Weight of the angle between features; steps of L* and of the short side that count as one."""
_NEIGHBORS = 4


@dataclass(frozen=True)
class Exemplar:
    """Places of a picture and their colors.

    Attributes:
        keys: ``(n, D) float32``; like places are near each other.
        ab: ``(n, 2) float32``.
    """

    keys: NDArray[np.float32]
    ab: NDArray[np.float32]


def make_exemplar(seen: ColorPrediction, ab: NDArray[np.float32]) -> Exemplar:
    """An exemplar of a picture and its colors ``(h, w, 2)``."""
    size = seen.features.shape[1::-1]
    coarse = np.asarray(cv2.resize(ab, size, interpolation=cv2.INTER_AREA), np.float32)
    return Exemplar(_keys(seen), coarse.reshape(-1, 2))


def transfer_colors(
    ab: NDArray[np.float32],
    seen: ColorPrediction,
    exemplars: Sequence[Exemplar],
    *,
    strength: float,
    distance_scale: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colors moved toward those of like places in the exemplars; fine detail stays.

    Args:
        ab: ``(h, w, 2)`` colors of the picture that was ``seen``.
        seen: the engine's prediction.
        exemplars: of one engine at one size; none leaves everything as it is.
        strength: 0 (nothing) to 1 (as in the exemplar).
        distance_scale: distance of keys at which a place is no longer believed to show the same.

    Returns:
        The colors, and how much of them is the exemplars', ``(h, w)``, 0 to 1.
    """
    shape = ab.shape[:2]
    if not exemplars:
        return ab, np.zeros(shape, np.float32)
    keys = _keys(seen)
    stored = np.concatenate([exemplar.keys for exemplar in exemplars])
    colors = np.concatenate([exemplar.ab for exemplar in exemplars])
    distance = _distances(keys, stored)
    nearest = np.argpartition(distance, min(_NEIGHBORS, len(stored)) - 1, axis=1)[:, :_NEIGHBORS]
    near = np.take_along_axis(distance, nearest, axis=1)
    least = near.min(axis=1, keepdims=True)
    share = np.exp((least - near) / 2)
    found = np.sum(colors[nearest] * (share / share.sum(axis=1, keepdims=True))[..., None], axis=1)
    trust = np.float32(strength) / (1 + np.exp(2 * (least[:, 0] - distance_scale) / distance_scale))
    coarse = seen.features.shape[:2]
    own = cv2.resize(ab, coarse[::-1], interpolation=cv2.INTER_AREA)
    change = (found.reshape(*coarse, 2) - own) * trust.reshape(*coarse, 1)
    fine = cv2.resize(
        np.dstack([change, trust.reshape(coarse)]).astype(np.float32),
        shape[::-1],
        interpolation=cv2.INTER_LINEAR,
    )
    return np.asarray(ab + fine[..., :2], np.float32), np.asarray(fine[..., 2], np.float32)


def _keys(seen: ColorPrediction) -> NDArray[np.float32]:
    height, width = seen.features.shape[:2]
    features = seen.features.reshape(height * width, -1)
    features = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-6)
    light = cv2.resize(seen.lightness, (width, height), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[:height, :width] / np.float32(_POSITION * min(height, width))
    parts = [
        features * _FEATURES,
        light.reshape(-1, 1) / _LIGHTNESS,
        x.reshape(-1, 1),
        y.reshape(-1, 1),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _distances(keys: NDArray[np.float32], stored: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared distances ``(n, m)``."""
    squares = (keys**2).sum(axis=1)[:, None] + (stored**2).sum(axis=1)[None]
    return np.asarray(np.maximum(squares - 2 * keys @ stored.T, 0), np.float32)
