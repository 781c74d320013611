"""Light, contrast, sharpness and color of single frames."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tremendo.archive.pictures import Gray, Luma, gray_thumbnail
from tremendo.media.frames import Frame

__all__ = ["Tone", "chroma_beyond_tint", "measure_tone"]

_WIDTH = 480
_GRAIN = 5.0
"""Steps in gray levels that may be grain."""
REAL_COLOR = 3.5
"""Chroma (CIELAB units) that no tint explains: above it the source has color of its own."""


@dataclass(frozen=True)
class Tone:
    """``light``, ``contrast`` and ``sharpness`` 0..1 of one frame."""

    light: float
    contrast: float
    sharpness: float


def measure_tone(luma: Luma) -> Tone:
    """Mean luma, its 5th to 95th percentile spread, and sharpness at a common picture width."""
    height, width = luma.shape
    gray = gray_thumbnail(luma, _WIDTH, max(16, round(height * _WIDTH / width)))
    low, high = np.percentile(gray[::2, ::2], [5, 95])
    return Tone(float(gray.mean()) / 255, float(high - low) / 255, _sharpness(gray))


def _sharpness(gray: Gray) -> float:
    """How much of the edges a blur takes away: after the blur metric of Crete et al. 2007.

    Only steps well above grain count, so that a grainy soft picture is not called sharp.
    """
    clean = cv2.GaussianBlur(gray, (0, 0), 0.8)
    kept = []
    for axis, kernel in ((1, (9, 1)), (0, (1, 9))):
        own = np.abs(np.diff(clean, axis=axis))
        edges = np.maximum(own - _GRAIN, 0)
        blurred = np.abs(np.diff(cv2.blur(clean, kernel), axis=axis))
        total = float(edges.sum())
        loss = np.maximum(own - blurred, 0)[edges > 0] * edges[edges > 0] / own[edges > 0]
        kept.append(float(loss.sum()) / total if total > own.size / 100 else 0.0)
    return min(1.0, max(0.0, (min(kept) - 0.2) / 0.6))


def chroma_beyond_tint(frame: Frame) -> float:
    """Chroma in CIELAB units that a toned or yellowed black-and-white print cannot have.

    A tint is a smooth function of lightness and, with fading and stains, of the place: what a cubic
    in lightness plus a quadratic in place leaves is counted, inside the mount. 300 color
    photographs: 5 % below 3.8; 45 gray, sepia and stained prints: all below 3.3.
    """
    height, width = frame.shape[:2]
    inner = frame[height // 8 : height - height // 8, width // 8 : width - width // 8]
    small = cv2.resize(inner, (64, 48), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), dtype=np.float64).reshape(-1, 3)
    light = lab[:, 0] / 100
    y, x = np.mgrid[-1:1:48j, -1:1:64j].reshape(2, -1)
    powers = [np.ones_like(light), light, light**2, light**3, x, y, x * x, y * y, x * y]
    terms = np.stack(powers, axis=1)
    tint = np.linalg.solve(terms.T @ terms + 1e-6 * np.eye(9), terms.T @ lab[:, 1:])
    return float(np.linalg.norm(lab[:, 1:] - terms @ tint) / np.sqrt(len(light)))
