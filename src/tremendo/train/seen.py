"""Training toward what a viewer sees: the network read as the product reads it, in RGB.

Cross entropy asks for honest odds everywhere alike. A viewer sees one color at each place, an error
in a pale picture more than the same error in a motley one, and whether the whole is colorful. This
loss asks for that: signal to noise in dB as in `evaluate color`, and colorfulness for a price. On
aged pictures, which truth in modern colors would draw toward modern things, it asks to stay.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tremendo.finish.color.decoding import (
    MAX_CHROMA,
    MAX_COMPENSATION,
    MEAN_SHARE,
    USUAL_DESATURATION,
    DecodingParams,
    decoding_params,
)
from tremendo.train.loss import LossWeights
from tremendo.train.network import ColorNet
from tremendo.train.targets import annealed_mean

__all__ = ["SeenLoss", "read", "to_rgb"]

_VIVIDNESS = (0.5, 1.0)
_FINE = 12.0
"""Mean squared error, in code values, of the detail that a quarter of the size does not hold."""
_WHITE = (0.950456, 1.0, 1.088754)
_FROM_XYZ = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)


class SeenLoss:
    """Signal to noise and colorfulness of pictures read at a vividness between .5 and 1.

    Args:
        network: gives the grid of bins, and how far rare ones are lifted.
        weights: the price of colorfulness and of leaving the odds as they were.
    """

    def __init__(self, network: ColorNet, weights: LossWeights) -> None:
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
        ab = read(odds, self._grid, wish).transpose(1, 2).reshape(len(lab), 2, *lab.shape[2:])
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


def read(odds: Tensor, grid: Tensor, wish: DecodingParams) -> Tensor:
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
