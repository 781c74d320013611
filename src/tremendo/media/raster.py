"""From the samples that a file holds to the picture that was meant.

A reader hands over a :class:`Raster`: the samples as they are stored, and what the file says about
them. :func:`develop` turns it into a frame: white is white, sRGB, upright, square pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import AnyFrame, in_eight_bits
from tremendo.media.icc import ProfileError, encode_srgb, lab_to_srgb, to_srgb

__all__ = ["Raster", "Samples", "develop", "full_range"]

Samples = NDArray[Any]
"""``(H, W)`` or ``(H, W, C)``: uint8, uint16 (full range) or float32 (0 = black, 1 = white)."""


@dataclass(frozen=True)
class Raster:
    """A decoded picture as it is stored, and how it is to be understood.

    Attributes:
        samples: one (gray), three (RGB, Lab) or four (CMYK) channels without alpha; unsigned
            integers use their whole type. Lab: all three unsigned, a and b with zero at half.
        space: ``gray``, ``rgb``, ``cmyk`` (0 = no ink) or ``lab`` (CIE, white D50).
        alpha: coverage ``(H, W) float32`` 0..1, or None.
        premultiplied: whether the samples were already weighted by ``alpha``.
        profile: the embedded ICC profile.
        gamma: exponent that turns samples into linear light; None = as displayed (sRGB).
        orientation: Exif orientation 1..8.
        pixel_aspect: width of a pixel by its height.
        bits: per sample in the file.
        notes: what the user should know, in words.
    """

    samples: Samples
    space: str = "rgb"
    alpha: NDArray[np.float32] | None = None
    premultiplied: bool = False
    profile: bytes = b""
    gamma: float | None = None
    orientation: int = 1
    pixel_aspect: Fraction = Fraction(1)
    bits: int = 8
    notes: tuple[str, ...] = ()

    def noting(self, text: str) -> Raster:
        """The same with one more note."""
        return replace(self, notes=(*self.notes, text))


def full_range(values: NDArray[Any], bits: int) -> Samples:
    """Integers of ``bits`` bits stretched to all of uint8 (up to 8 bits) or uint16, rounded."""
    top = 2**bits - 1
    kind, white = (np.uint8, 255) if bits <= 8 else (np.uint16, 65535)
    if top == white:
        return values.astype(kind, copy=False)
    table = np.round(np.arange(top + 1, dtype=np.float64) * (white / top)).astype(kind)
    return np.asarray(table[np.minimum(values, top).astype(np.intp)])


def develop(raster: Raster, depth: int = 8) -> tuple[AnyFrame, tuple[str, ...]]:
    """The picture as ``(H, W, 3)`` RGB of 8 or 16 bits, and notes on what could not be honored."""
    notes = raster.notes
    colors: Samples | None = None
    if raster.space == "lab":
        colors = lab_to_srgb(_as_deep(raster.samples))
    elif raster.profile and raster.samples.dtype.kind == "u":
        try:
            colors = to_srgb(raster.samples, raster.profile, raster.space)
            if colors.dtype == np.uint8 and raster.bits > 8:
                notes = (*notes, "its color profile is applied at 8 bits a sample")
        except ProfileError as error:
            notes = (*notes, f"its color profile cannot be used ({error}): read as sRGB")
    if colors is None:
        colors = _displayed(raster)
    if colors.ndim == 2:
        colors = np.repeat(colors[..., None], 3, axis=2)
    if raster.alpha is not None:
        colors = _on_white(colors, raster.alpha, premultiplied=raster.premultiplied)
    frame = _reoriented(_at_depth(colors, depth), raster.orientation)
    return _squared(frame, raster.pixel_aspect), notes


def _displayed(raster: Raster) -> Samples:
    """Samples without a usable profile, as sRGB gray or RGB."""
    samples = raster.samples
    if raster.space == "cmyk":
        white = np.float32(np.iinfo(samples.dtype).max)
        paper = 1 - samples.astype(np.float32) / white
        samples = paper[..., :3] * paper[..., 3:]
    if raster.gamma is None:
        return samples
    if samples.dtype.kind == "u":  # through a table: exact and fast
        top = np.iinfo(samples.dtype).max
        ramp = np.arange(top + 1, dtype=np.float64) / top
        table = np.round(encode_srgb(ramp**raster.gamma) * 65535).astype(np.uint16)
        return np.asarray(table[samples])
    return encode_srgb(np.maximum(samples, 0) ** np.float32(raster.gamma))


def _as_deep(samples: Samples) -> NDArray[np.uint16]:
    return samples.astype(np.uint16) * 257 if samples.dtype == np.uint8 else samples


def _at_depth(values: Samples, depth: int) -> AnyFrame:
    """Rounded to 8 or 16 bits."""
    white, kind = (255, np.uint8) if depth == 8 else (65535, np.uint16)
    if values.dtype == kind:
        return cast("AnyFrame", np.ascontiguousarray(values))
    if values.dtype.kind == "f":
        scaled = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0)
        return cast("AnyFrame", np.clip(np.round(scaled * white), 0, white).astype(kind))
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values.astype(np.uint16) * 257)
    return in_eight_bits(cast("AnyFrame", values))


def _on_white(
    colors: Samples, alpha: NDArray[np.float32], *, premultiplied: bool
) -> NDArray[np.float32]:
    cover = alpha[..., None]
    light = colors.astype(np.float32)
    if colors.dtype.kind == "u":
        light /= np.float32(np.iinfo(colors.dtype).max)
    return (light if premultiplied else light * cover) + (1 - cover)


def _reoriented(frame: AnyFrame, orientation: int) -> AnyFrame:
    """A stored picture turned upright by its Exif (TIFF) orientation."""
    if orientation in {5, 6, 7, 8}:
        frame = frame.transpose(1, 0, 2)
    if orientation in {2, 3, 6, 7}:
        frame = frame[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        frame = frame[::-1]
    return cast("AnyFrame", np.ascontiguousarray(frame))


def _squared(frame: AnyFrame, aspect: Fraction) -> AnyFrame:
    """A picture of oblong pixels with square ones: its shorter side is stretched."""
    if abs(aspect - 1) < Fraction(1, 200) or not Fraction(1, 8) < aspect < 8:
        return frame
    height, width = frame.shape[:2]
    if aspect > 1:
        width = max(1, round(width * aspect))
    else:
        height = max(1, round(height / aspect))
    return cast("AnyFrame", cv2.resize(frame, (width, height), interpolation=cv2.INTER_CUBIC))
