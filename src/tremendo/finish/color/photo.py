"""Photographs in color."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.direction import NATURAL, Colorist, Direction, Opinion
from tremendo.finish.color.engine import Engine
from tremendo.finish.color.hint import Hint, painted
from tremendo.finish.color.lab import frame_lightness, with_chroma
from tremendo.finish.color.object_mask import around, look_at
from tremendo.finish.color.size import reduced
from tremendo.finish.color.style import find_style
from tremendo.finish.color.upsampling import settle, spread
from tremendo.media.frames import Frame

__all__ = ["colorize_photo"]

_SIZES = (192, 256)
_SMALL_SIDE = 320
_BAND_PIXELS = 1 << 21


def colorize_photo(
    frame: Frame, direction: Direction = NATURAL, *, engine: Engine | None = None
) -> Frame:
    """Color a photograph; its own lightness stays (except in tints), only chroma is added.

    The engine looks at the picture and its mirror image, at two sizes, and the four answers are
    averaged by confidence. A colored input counts by its lightness.

    Args:
        frame: ``(H, W, 3) uint8 RGB``, any size from 1 x 1.
        direction: the wishes.
        engine: by default tremendo's own network.

    Raises:
        UsageError: an unknown style, a hint outside the picture, a reference without color.
        ModelMissingError: the weights are not on this machine.
    """
    way = find_style(direction.style)
    _check(direction.hints, frame)
    if way.dye is not None:
        return way.dye(frame)
    small = frame_lightness(reduced(frame, _SMALL_SIDE))
    colorist = Colorist(direction, engine)
    ab = settle(*_averaged(colorist, small), small)
    if direction.hints:
        ab = painted(ab, direction.hints, _claims(direction.hints, frame, small, colorist))
    colors = spread(way.recolor(ab), small)
    out = np.empty_like(frame)
    step = max(16, _BAND_PIXELS // frame.shape[1])
    for top in range(0, len(frame), step):
        band = slice(top, top + step)
        lightness = frame_lightness(frame[band])
        out[band] = with_chroma(lightness, colors.at(lightness, top=top, height=len(frame)))
    return out


def _claims(
    hints: tuple[Hint, ...], frame: Frame, lightness: NDArray[np.float32], colorist: Colorist
) -> NDArray[np.float32]:
    """How much each place is the object's of each hint, ``(H, W, hints)``."""
    height, width = frame.shape[:2]
    sight = look_at(lightness, colorist.engine)
    claims = np.dstack([around(sight, *hint.shares(width, height)) for hint in hints])
    return settle(claims, np.ones(claims.shape[:2], np.float32), lightness)


def _check(hints: tuple[Hint, ...], frame: Frame) -> None:
    height, width = frame.shape[:2]
    for hint in hints:
        if hint.frame or not hint.within(width, height):
            raise UsageError(
                f"the hint at {hint.x},{hint.y} is outside the {width} x {height} picture"
            )


def _averaged(
    colorist: Colorist, lightness: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colors and confidence of four looks, at the size of the finest."""
    mirror = np.ascontiguousarray(lightness[:, ::-1])
    looks = []
    for side in _SIZES:
        looks.append(_weighted(colorist.look(lightness, short_side=side)))
        looks.append(_weighted(colorist.look(mirror, short_side=side))[:, ::-1])
    height, width = max(look.shape[:2] for look in looks)
    total = np.sum(
        [
            cv2.resize(np.ascontiguousarray(look), (width, height), interpolation=cv2.INTER_CUBIC)
            for look in looks
        ],
        axis=0,
    )
    weight = np.maximum(total[..., 2], 0.01)
    return total[..., :2] / weight[..., None], weight / len(looks)


def _weighted(opinion: Opinion) -> NDArray[np.float32]:
    """``(h, w, 3)``: a and b times confidence, and confidence."""
    sure = opinion.confidence[..., None] + np.float32(0.02)
    return np.concatenate([opinion.ab * sure, sure], axis=2)
