"""Logits and true colors in, terms of a loss out: honest odds first, then what a viewer sees.

``ColorLoss`` (Zhang, Isola and Efros 2016, with additions) asks for honest odds everywhere alike.
A viewer sees one color at each place, an error in a pale picture more than the same error in a
motley one, and whether the whole is colorful: ``DecodedColorLoss`` asks for that, in dB as
``evaluate color`` measures it, and on aged pictures, which truth in modern colors would draw toward
modern things, it asks to stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tremendo.finish.color.decoding import (
    MAX_CHROMA,
    MAX_COMPENSATION,
    MEAN_SHARE,
    USUAL_DESATURATION,
    DecodingParams,
    decoding_params,
)
from tremendo.train.tasks.colorization.network import ColorNet

__all__ = [
    "ColorLoss",
    "ColorLossWeights",
    "DecodedColorLoss",
    "SoftTable",
    "ab_grid",
    "annealed_mean",
    "bin_weights",
    "decode",
    "to_rgb",
]

_STEP = 10.0
_REACH = 110
_NEIGHBORS = 5
_SIGMA = 5.0
_VIVIDNESS = (0.5, 1.0)
_FINE = 12.0
"""Mean squared error, in code values, of the detail that a quarter of the size does not hold."""
_WHITE = (0.950456, 1.0, 1.088754)
_FROM_XYZ = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)


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


@dataclass(frozen=True)
class ColorLossWeights:
    """Shares of the terms.

    Attributes:
        mean: smooth L1 between annealed mean and truth, both divided by 20.
        consistency: divergence between two differently degraded views of one picture.
        temperature: of the annealed mean.
        pixels: share of the output pixels that is looked at in each step.
        price: dB that a unit of colorfulness is worth, where a network is finished.
        anchor: dB that a nat of divergence from the odds before costs there, on aged pictures.
    """

    mean: float = 1.0
    consistency: float = 0.3
    temperature: float = 0.4
    pixels: float = 1 / 3
    price: float = 0.09
    anchor: float = 1.5


class ColorLoss:
    """Rebalanced cross entropy, closeness of the mean color, and agreement of two views.

    Args:
        network: gives the grid of bins and the emphasis on rare ones.
        table: soft encoding on that grid.
        weights: shares of the terms.
    """

    def __init__(self, network: ColorNet, table: SoftTable, weights: ColorLossWeights) -> None:
        self._grid, self._table, self._weights = network.grid, table, weights
        self._lift = (network.power * network.emphasis).exp()

    def __call__(self, logits: Tensor, lab: Tensor, chance: torch.Generator) -> dict[str, Tensor]:
        """The terms and their sum ``total``.

        Args:
            logits: ``(V N, Q, h, w)``: the N first views, then the N second ones if there are.
            lab: ``(N, 3, h, w)`` the truth in CIE Lab.
            chance: draws the pixels.
        """
        ab = lab[:, 1:]
        count, bins = len(ab), logits.shape[1]
        places = ab.shape[2] * ab.shape[3]
        chosen = torch.randperm(places, generator=chance)[: round(places * self._weights.pixels)]
        chosen = chosen.to(logits.device)
        seen = logits.flatten(2)[:, :, chosen].transpose(1, 2).float()
        truth = ab.flatten(2)[:, :, chosen].transpose(1, 2)
        views = len(logits) // count
        log_p = functional.log_softmax(seen, dim=-1).reshape(views, count, len(chosen), bins)

        ids, soft = self._table.encode(truth)
        lift = self._lift[ids[..., 0]]
        picked = torch.gather(log_p, -1, ids.expand(views, -1, -1, -1))
        entropy = -((picked * soft).sum(-1) * lift).sum() / (views * lift.sum())

        colors = annealed_mean(seen, self._grid, self._weights.temperature)
        both = truth.repeat(views, 1, 1)
        mean = functional.smooth_l1_loss(colors / 20, both / 20)

        total = entropy + self._weights.mean * mean
        terms = {"entropy": entropy, "mean": mean}
        if views == 2:
            terms["consistency"] = _disagreement(*log_p) / (2 * count * len(chosen))
            total = total + self._weights.consistency * terms["consistency"]
        return {"total": total, **terms}


def _disagreement(first: Tensor, second: Tensor) -> Tensor:
    """Divergence both ways, each view in turn being the teacher."""
    there = functional.kl_div(first, second.detach(), reduction="sum", log_target=True)
    back = functional.kl_div(second, first.detach(), reduction="sum", log_target=True)
    return there + back


class DecodedColorLoss:
    """Signal to noise and colorfulness of pictures read at a vividness between .5 and 1.

    Args:
        network: gives the grid of bins, and how far rare ones are lifted.
        weights: the price of colorfulness and of leaving the odds as they were.
    """

    def __init__(self, network: ColorNet, weights: ColorLossWeights) -> None:
        self._grid, self._weights = network.grid, weights
        self._emphasis, self._power = network.emphasis, network.power

    def __call__(
        self, logits: Tensor, lab: Tensor, chance: torch.Generator, before: Tensor
    ) -> dict[str, Tensor]:
        """The terms and their sum ``total``.

        Args:
            logits: ``(N + A, Q, h, w)``: pictures as they are, then aged ones.
            lab: ``(N, 3, h, w)`` the truth in CIE Lab.
            chance: draws the vividness.
            before: ``(A, Q, h, w)`` what the network said of the aged ones before this training.
        """
        logits, aged = logits[: len(lab)], logits[len(lab) :]
        low, high = _VIVIDNESS
        vividness = low + (high - low) * float(torch.rand((), generator=chance))
        wish = decoding_params(vividness)
        lift = (wish.lift - self._power) * self._emphasis
        odds = logits.float().flatten(2).transpose(1, 2) + lift
        ab = decode(odds, self._grid, wish).transpose(1, 2).reshape(len(lab), 2, *lab.shape[2:])
        ours = to_rgb(torch.cat([lab[:, :1], ab], dim=1)).clamp(0, 255)
        error = (ours - to_rgb(lab)).square().mean(dim=(1, 2, 3))
        signal = (10 * torch.log10(255**2 / (error + _FINE))).mean()
        colorful = _colorfulness(ours).mean()
        anchor = _departure(before, aged)
        return {
            "total": -signal - self._weights.price * colorful + self._weights.anchor * anchor,
            "signal": signal,
            "vivid": colorful,
            "anchor": anchor,
        }


def _departure(before: Tensor, now: Tensor) -> Tensor:
    """Mean divergence of odds ``(A, Q, h, w)`` from what they were, in nats; 0 for no pictures."""
    if len(before) == 0:
        return now.sum()
    was, odds = (torch.log_softmax(each.float(), dim=1) for each in (before, now))
    return (was.exp() * (was - odds)).sum(dim=1).mean()


def decode(odds: Tensor, grid: Tensor, wish: DecodingParams) -> Tensor:
    """`tremendo.finish.color.decoding.decode_ab` for many pictures, with slopes.

    Args:
        odds: ``(N, n, Q)`` logarithms of the chances of each place.
        grid: ``(Q, 2)`` the bins.
        wish: how they are read.

    Returns:
        ``(N, n, 2)`` colors.
    """
    ab = annealed_mean(odds, grid, wish.temperature)
    plain = torch.softmax(odds, dim=-1)
    variance = plain @ grid.square().sum(dim=1) - (plain @ grid).square().sum(dim=-1)
    mean = ab.mean(dim=1, keepdim=True)
    spread = (ab - mean).square().sum(dim=-1).mean(dim=1).clamp_min(1e-3)
    desaturation = torch.sqrt(1 + variance.mean(dim=1) / spread)
    compensation = torch.sqrt(desaturation / USUAL_DESATURATION).clamp(
        1 / MAX_COMPENSATION, MAX_COMPENSATION
    )
    gain = (wish.gain * compensation)[:, None, None]
    apart = mean * (1 + MEAN_SHARE * (gain - 1)) + (ab - mean) * gain
    chroma = apart.square().sum(dim=-1, keepdim=True).clamp_min(1e-6).sqrt()
    return apart / (1 + (chroma / MAX_CHROMA) ** 3) ** (1 / 3)


def to_rgb(lab: Tensor) -> Tensor:
    """CIE Lab (D65) ``(N, 3, h, w)`` in sRGB, 0 to 255, and beyond where sRGB ends."""
    light = (lab[:, :1] + 16) / 116
    root = torch.cat([light + lab[:, 1:2] / 500, light, light - lab[:, 2:] / 200], dim=1)
    step = 6 / 29
    xyz = torch.where(root > step, root**3, 3 * step**2 * (root - 4 / 29))
    white, matrix = lab.new_tensor(_WHITE)[None, :, None, None], lab.new_tensor(_FROM_XYZ)
    linear = torch.einsum("ij,njhw->nihw", matrix, xyz * white)
    curved = 1.055 * linear.clamp_min(1e-5) ** (1 / 2.4) - 0.055
    return 255 * torch.where(linear > 0.0031308, curved, 12.92 * linear)


def _colorfulness(rgb: Tensor) -> Tensor:
    """Hasler and Suesstrunk's (2003), of each picture ``(N,)``."""
    red, green, blue = rgb.unbind(dim=1)
    first, second = red - green, (red + green) / 2 - blue
    spread = torch.sqrt(first.var(dim=(1, 2)) + second.var(dim=(1, 2)) + 1e-3)
    far = first.mean(dim=(1, 2)).square() + second.mean(dim=(1, 2)).square()
    return spread + 0.3 * torch.sqrt(far + 1e-3)
