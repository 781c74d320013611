"""Colors in, colors in a style out: natural, practices of the silent years, and an unreal one.

Before color film, prints were colored by hand, through stencils (Pathecolor, from 1905), by dyeing
the whole strip (tinting: highlights take the dye) or by turning its silver into a colored salt
(toning: shadows take the color, highlights stay white).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.lab import frame_lightness, gray, with_chroma
from tremendo.media.frames import Frame

__all__ = ["STYLES", "ColorStyle", "find_style"]

Recolor = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Dye = Callable[[Frame], Frame]

_PASTELS = np.array(
    [(0, 0), (17, 16), (22, 4), (-18, 20), (-5, -20), (3, 34), (8, -12)], np.float32
)
"""Neutral and the dyes of a colorizer's table in ab: flesh, rose, leaf, sky, straw, lilac."""


@dataclass(frozen=True)
class ColorStyle:
    """How the network's colors, or a dye instead of them, come onto a picture.

    Attributes:
        recolor: changes colors ``(h, w, 2)`` place by place.
        dye: colors a whole frame without asking the network; None for styles that ask it.
    """

    recolor: Recolor
    dye: Dye | None = None


def find_style(name: str) -> ColorStyle:
    """The style of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in STYLES:
        raise UsageError(f"no style {name}", hint=f"one of: {', '.join(STYLES)}")
    return STYLES[name]


def _as_it_is(ab: NDArray[np.float32]) -> NDArray[np.float32]:
    return ab


def _by_hand(ab: NDArray[np.float32], *, softness: float, gain: float) -> NDArray[np.float32]:
    """Each place takes the few dyes nearest to its color, in proportion to nearness."""
    nearness = np.stack(
        [-np.sum((ab - dye) ** 2, axis=-1) / (2 * softness**2) for dye in _PASTELS], axis=-1
    )
    share = np.exp(nearness - nearness.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    return np.asarray(share @ _PASTELS * np.float32(gain), np.float32)


def _turned(ab: NDArray[np.float32], *, degrees: float, gain: float) -> NDArray[np.float32]:
    """Every hue turned around the circle: green skin, orange skies, violet grass."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(ab @ (turn * gain).astype(np.float32), np.float32)


def _tinted(frame: Frame, *, dye: tuple[int, int, int]) -> Frame:
    """Grey seen through dyed film: white becomes the dye, black stays black."""
    grey = _grey(frame)
    filtered = grey[..., None] * (np.array(dye, np.float32) / 255)
    return np.asarray(np.clip(filtered + 0.5, 0, 255), np.uint8)


def _toned(frame: Frame, *, ab: tuple[float, float]) -> Frame:
    """Colored shadows and middle tones of unchanged lightness, white highlights."""
    lightness = frame_lightness(frame)
    amount = np.clip((100 - lightness) / 60, 0, 1)
    return with_chroma(lightness, np.dstack([amount * ab[0], amount * ab[1]]).astype(np.float32))


def _grey(frame: Frame) -> NDArray[np.float32]:
    flat = gray(frame_lightness(frame))
    return np.asarray(cv2.extractChannel(flat, 0), np.float32)


STYLES: dict[str, ColorStyle] = {
    "natural": ColorStyle(_as_it_is),
    "hand-tinted": ColorStyle(partial(_by_hand, softness=9.0, gain=1.0)),
    "stencil": ColorStyle(partial(_by_hand, softness=3.5, gain=1.3)),
    "unreal": ColorStyle(partial(_turned, degrees=140.0, gain=1.5)),
    "tint": ColorStyle(_as_it_is, partial(_tinted, dye=(255, 208, 138))),
    "tint-blue": ColorStyle(_as_it_is, partial(_tinted, dye=(136, 182, 255))),
    "tint-red": ColorStyle(_as_it_is, partial(_tinted, dye=(255, 124, 98))),
    "tint-green": ColorStyle(_as_it_is, partial(_tinted, dye=(170, 232, 140))),
    "tone": ColorStyle(_as_it_is, partial(_toned, ab=(11.0, 24.0))),
    "tone-blue": ColorStyle(_as_it_is, partial(_toned, ab=(-4.0, -26.0))),
}
"""Amber ``tint`` for lamplight, blue for night, red for fire, green for woods; sepia ``tone``."""
