"""Held-out figures and a sample sheet of a network in training."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tremendo.train.network import ColorNet
from tremendo.train.pictures import Pictures
from tremendo.train.targets import annealed_mean

__all__ = ["validate"]

_TEMPERATURE = 0.38
_SHOWN = 24


def validate(network: ColorNet, pictures: Pictures) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Color grey versions of the pictures and compare.

    Returns:
        figures: ``psnr`` (RGB, dB), ``colorfulness`` (ratio to the truth, Hasler and
            Suesstrunk 2003), ``ab_error`` (mean distance in ab, at a quarter of the size).
        sheet: ``(H, W, 3) uint8``: rows of truth above coloring.
    """
    psnr: list[float] = []
    ours: list[float] = []
    true: list[float] = []
    distance: list[float] = []
    pairs: list[NDArray[np.uint8]] = []
    for image in pictures.images:
        colored, error = _color(network, image)
        psnr.append(10 * np.log10(255**2 / max(1e-6, np.mean((colored - image) ** 2))))
        ours.append(_colorfulness(colored))
        true.append(_colorfulness(image.astype(np.float32)))
        distance.append(error)
        if len(pairs) < _SHOWN:
            square = min(image.shape[:2])
            pair = np.vstack([image[:square, :square], colored[:square, :square].astype(np.uint8)])
            pairs.append(cv2.resize(pair, (128, 256), interpolation=cv2.INTER_AREA))
    figures = {
        "psnr": float(np.mean(psnr)),
        "colorfulness": float(np.mean(ours) / np.mean(true)),
        "ab_error": float(np.mean(distance)),
    }
    pairs += [np.zeros_like(pairs[0])] * (-len(pairs) % 8)
    rows = [np.hstack(pairs[i : i + 8]) for i in range(0, len(pairs), 8)]
    return figures, np.vstack(rows)


def _color(network: ColorNet, image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
    height, width = image.shape[:2]
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    size = (max(32, round(width / 32) * 32), max(32, round(height / 32) * 32))
    luma = cv2.resize(lab[..., 0], size, interpolation=cv2.INTER_AREA)
    device = network.grid.device
    with torch.no_grad():
        logits = network(torch.from_numpy(luma)[None, None].to(device))[0]
        places = logits[0].permute(1, 2, 0)
        ab = annealed_mean(places, network.grid, _TEMPERATURE).cpu().numpy()
    truth = cv2.resize(lab[..., 1:], ab.shape[1::-1], interpolation=cv2.INTER_AREA)
    error = float(np.linalg.norm(ab - truth, axis=2).mean())
    lab[..., 1:] = cv2.resize(ab, (width, height), interpolation=cv2.INTER_CUBIC)
    colored = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255, 0, 255).round()
    return colored, error


def _colorfulness(rgb: NDArray[np.float32]) -> float:
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    first, second = red - green, (red + green) / 2 - blue
    spread = np.hypot(first.std(), second.std())
    return float(spread + 0.3 * np.hypot(first.mean(), second.mean()))
