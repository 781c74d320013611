"""The ab grid, soft targets on it, and the loss (Zhang, Isola and Efros 2016, with additions)."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

__all__ = ["SoftTable", "ab_grid", "annealed_mean", "bin_weights"]

_STEP = 10.0
_REACH = 110
_NEIGHBORS = 5
_SIGMA = 5.0


def ab_grid() -> NDArray[np.float32]:
    """``(Q, 2)`` corners of all 10 x 10 cells of the ab plane that hold an sRGB color (D65)."""
    levels = np.arange(256, dtype=np.float32) / 255
    reach = int(_REACH // _STEP) + 2
    corner = np.zeros((2 * reach, 2 * reach), bool)
    green, blue = np.meshgrid(levels, levels, indexing="ij")
    for red in levels:
        rgb = np.stack([np.full_like(green, red), green, blue], axis=-1)
        ab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 1:]
        a, b = np.floor(ab / _STEP).astype(int).reshape(-1, 2).T + reach
        for right, up in ((0, 0), (0, 1), (1, 0), (1, 1)):
            corner[a + right, b + up] = True
    return ((np.argwhere(corner) - reach) * _STEP).astype(np.float32)


class SoftTable:
    """For each integer ab the five nearest bins and their Gaussian weights.

    Args:
        grid: ``(Q, 2)`` ab bins.
        device: where the table lives.
    """

    def __init__(self, grid: Tensor, device: torch.device) -> None:
        axis = torch.arange(-_REACH, _REACH + 1, dtype=torch.float32)
        places = torch.cartesian_prod(axis, axis)
        distance, bins = torch.cdist(places, grid.cpu()).topk(_NEIGHBORS, largest=False)
        weights = torch.softmax(-(distance**2) / (2 * _SIGMA**2), dim=1)
        self.bins, self.weights = bins.to(device), weights.to(device)

    def encode(self, ab: Tensor) -> tuple[Tensor, Tensor]:
        """Bins and weights, each ``(..., 5)``, of colors ``(..., 2)``."""
        place = ab.round().clamp(-_REACH, _REACH).long() + _REACH
        row = place[..., 0] * (2 * _REACH + 1) + place[..., 1]
        return self.bins[row], self.weights[row]


def bin_weights(share: Tensor, uniform: float = 0.5, cap: float = 5.0) -> Tensor:
    """Weights that lift rare colors: ``1 / ((1 - u) p + u / Q)``, mean 1 over the data, capped.

    Args:
        share: ``(Q,)`` share ``p`` of each bin in the training pictures.
        uniform: how much of the uniform distribution is mixed in (``u``).
        cap: largest weight.
    """
    weights = 1 / ((1 - uniform) * share + uniform / len(share))
    return (weights / (weights * share).sum()).clamp(max=cap)


def annealed_mean(logits: Tensor, grid: Tensor, temperature: float) -> Tensor:
    """Colors ``(..., 2)`` of logits ``(..., Q)``: low temperature is vivid, high is safe."""
    return functional.softmax(logits / temperature, dim=-1) @ grid
