"""Frames in, CIE lightness out, and back: colors are put on without touching lightness.

CIE Lab with the sRGB primaries and white D65 (CIE 15, IEC 61966-2-1).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = ["code_values", "frame_ab", "frame_lab", "frame_lightness", "gray", "with_chroma"]

_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ],
    np.float32,
)
_WHITE = _TO_XYZ.sum(axis=1)
_FROM_XYZ = np.linalg.inv(_TO_XYZ).astype(np.float32)
_TOE = 6 / 29
_SLOPE = 3 * _TOE**2
_LINEAR_STEPS = 1 << 14


def _decoded_srgb() -> NDArray[np.float32]:
    code = np.arange(256) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def _encoded_srgb() -> NDArray[np.uint8]:
    light = np.arange(_LINEAR_STEPS) / (_LINEAR_STEPS - 1)
    code = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(255 * code).astype(np.uint8)


def _l_star(luminance: NDArray[np.float32]) -> NDArray[np.float32]:
    curve = np.where(
        luminance > _TOE**3, np.cbrt(luminance), luminance / np.float32(_SLOPE) + 4 / 29
    )
    return np.asarray(116 * curve - 16, np.float32)


_LINEAR = _decoded_srgb()
_CODE = _encoded_srgb()
_GREY_LIGHTNESS = _l_star(_LINEAR)


def frame_lightness(frame: Frame) -> NDArray[np.float32]:
    """CIE L* of a frame, ``(H, W) float32``, 0 to 100; colors in it count by their luminance."""
    red, green, blue = cv2.split(frame)
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return np.asarray(np.take(_GREY_LIGHTNESS, red), np.float32)
    luminance = cv2.transform(np.take(_LINEAR, frame), _TO_XYZ[1:2])
    return _l_star(np.asarray(luminance).reshape(frame.shape[:2]))


def frame_lab(frame: Frame) -> NDArray[np.float32]:
    """CIE L*, a* and b* of a frame, ``(H, W, 3) float32``."""
    return np.asarray(cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def frame_ab(frame: Frame) -> NDArray[np.float32]:
    """CIE a* and b* of a frame, ``(H, W, 2) float32``."""
    return np.ascontiguousarray(frame_lab(frame)[..., 1:])


def code_values(lightness: NDArray[np.float32]) -> NDArray[np.uint8]:
    """CIE L* as bytes, 2.55 to a step, for filters that take no other pictures."""
    return np.asarray(np.clip(lightness * 2.55, 0, 255), np.uint8)


def gray(lightness: NDArray[np.float32]) -> Frame:
    """The frame without color of a lightness ``(H, W)``, CIE L*."""
    return with_chroma(lightness, np.zeros((*lightness.shape, 2), np.float32))


def with_chroma(lightness: NDArray[np.float32], ab: NDArray[np.float32]) -> Frame:
    """A frame of the given lightness and colors.

    Where sRGB does not reach a color at this lightness, it is moved toward grey of the same
    luminance just as far as needed: chroma gives way, lightness never.

    Args:
        lightness: ``(H, W) float32`` CIE L*.
        ab: ``(H, W, 2) float32`` CIE a* and b*.
    """
    fy = np.asarray((lightness + 16) / 116, np.float32)
    grey = _from_curve(fy)
    x = _WHITE[0] * _from_curve(fy + ab[..., 0] / 500)
    z = _WHITE[2] * _from_curve(fy - ab[..., 1] / 200)
    red, green, blue = cv2.split(cv2.transform(cv2.merge([x, grey, z]), _FROM_XYZ))
    high = np.maximum(np.maximum(red, green), blue) - grey
    low = grey - np.minimum(np.minimum(red, green), blue)
    keep = np.minimum((1 - grey) / np.maximum(high, 1e-6), grey / np.maximum(low, 1e-6))
    keep = np.clip(keep, 0, 1)
    linear = cv2.merge([grey + keep * (channel - grey) for channel in (red, green, blue)])
    steps = np.clip(linear * (_LINEAR_STEPS - 1) + 0.5, 0, _LINEAR_STEPS - 1)
    return np.asarray(np.take(_CODE, steps.astype(np.uint16)), np.uint8)


def _from_curve(curve: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.where(curve > _TOE, curve * curve * curve, np.float32(_SLOPE) * (curve - 4 / 29))
