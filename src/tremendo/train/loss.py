"""What a step of training strives for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from tremendo.train.network import ColorNet
from tremendo.train.targets import SoftTable, annealed_mean

__all__ = ["ColorLoss", "LossWeights"]


@dataclass(frozen=True)
class LossWeights:
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

    def __init__(self, network: ColorNet, table: SoftTable, weights: LossWeights) -> None:
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
