"""What seventy to a hundred and thirty years did to a picture, for training only.

Emulsions before about 1906 saw blue and violet, orthochromatic ones green as well; red came out
dark and sky white. To that come exposure, contrast, lens and copying blur, grain, scratches,
dust, vignetting and flicker. Only the network's input is degraded, never the colors to learn.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["exposure", "grain", "lightness", "period_gray", "period_luma", "scratch", "vignette"]

_REC601 = (0.299, 0.587, 0.114)


def lightness(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """CIE L*, 0 to 100, of sRGB-encoded grey, 0 to 1."""
    linear = np.where(grey <= 0.04045, grey / 12.92, ((grey + 0.055) / 1.055) ** 2.4)
    cube = np.cbrt(linear)
    return np.where(linear > 0.008856, 116 * cube - 16, 903.3 * linear).astype(np.float32)


def period_luma(
    rgb: NDArray[np.uint8], rng: np.random.Generator, strength: float = 0.65
) -> NDArray[np.float32]:
    """The luma of a color picture as an old camera and an old print may have given it.

    Args:
        rgb: ``(H, W, 3) uint8``.
        rng: the source of chance.
        strength: probability that a picture is degraded at all.

    Returns:
        ``(H, W) float32`` CIE L*, 0 to 100.
    """
    colors = rgb.astype(np.float32) / 255
    if rng.random() >= strength:
        return np.asarray(cv2.cvtColor(colors, cv2.COLOR_RGB2LAB)[..., 0])
    grey = _emulsion(colors, rng)
    grey = exposure(grey, rng)
    if rng.random() < 0.6:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.3, 1.5)))
    if rng.random() < 0.5:
        grey = np.asarray(grey * vignette(grey.shape, rng), np.float32)
    if rng.random() < 0.6:
        grey = np.asarray(grey + grain(grey.shape, rng), np.float32)
    if rng.random() < 0.3:
        scratch(grey, rng)
    return lightness(np.clip(grey, 0, 1))


def period_gray(
    rgb: NDArray[np.uint8], rng: np.random.Generator, strength: float
) -> NDArray[np.float32]:
    """The same as :func:`period_luma`, encoded as sRGB gray, 0 to 255."""
    luma = period_luma(rgb, rng, strength)
    lab = np.stack([luma, np.zeros_like(luma), np.zeros_like(luma)], axis=2)
    return np.asarray(np.clip(255 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)[..., 0], 0, 255))


def _emulsion(colors: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.float32]:
    kind = rng.random()
    if kind < 0.35:
        weights = np.array(_REC601)
    elif kind < 0.65:  # orthochromatic
        weights = np.array([rng.uniform(0, 0.15), rng.uniform(0.35, 0.6), rng.uniform(0.3, 0.6)])
    else:  # blue-sensitive
        weights = np.array([rng.uniform(0, 0.12), rng.uniform(0.15, 0.4), rng.uniform(0.5, 0.8)])
    weights = (weights / weights.sum()).astype(np.float32)
    return np.asarray(cv2.transform(colors, weights[None]), np.float32)


def exposure(grey: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Contrast curve, fog, crushed shadows, blown highlights and flicker."""
    curved = np.power(np.clip(grey, 0, 1), rng.uniform(0.6, 1.6))
    fog, gain = rng.uniform(-0.06, 0.1), rng.uniform(0.8, 1.15)
    return np.asarray(curved * gain + fog, np.float32)


def vignette(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """The share of the light that reaches each place of a picture ``(H, W)``."""
    height, width = shape
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] - rng.uniform(-0.3, 0.3)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None] - rng.uniform(-0.3, 0.3)
    return np.asarray(1 - rng.uniform(0.1, 0.35) * np.minimum(x**2 + y**2, 2), np.float32)


def grain(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Grain to add to a picture 0..1, fine or a little coarser."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    if rng.random() < 0.5:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.7) * 1.8, np.float32)
    return noise * np.float32(rng.uniform(0.01, 0.07))


def scratch(grey: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Vertical scratches and specks of dust, drawn in place."""
    height, width = grey.shape
    for _ in range(rng.integers(1, 4)):
        x, tone = rng.integers(width), float(rng.choice([0.05, 0.95]))
        cv2.line(grey, (int(x), 0), (int(x + rng.integers(-3, 4)), height), tone, 1)
    for _ in range(rng.integers(0, 12)):
        center = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(grey, center, int(rng.integers(1, 3)), float(rng.choice([0.05, 0.95])), -1)
