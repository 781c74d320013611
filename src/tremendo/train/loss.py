"""What a step of training strives for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

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
    """

    mean: float = 1.0
    consistency: float = 0.3
    temperature: float = 0.4
    pixels: float = 1 / 3


class ColorLoss:
    """Rebalanced cross entropy, closeness of the mean color, and agreement of two views.

    Args:
        grid: ``(Q, 2)`` ab bins.
        table: soft encoding on that grid.
        rebalance: ``(Q,)`` weights of the bins.
        weights: shares of the terms.
    """

    def __init__(
        self, grid: Tensor, table: SoftTable, rebalance: Tensor, weights: LossWeights
    ) -> None:
        self._grid, self._table, self._rebalance, self._weights = grid, table, rebalance, weights

    def __call__(self, logits: Tensor, ab: Tensor, chance: torch.Generator) -> dict[str, Tensor]:
        """The terms and their sum ``total``.

        Args:
            logits: ``(2 N, Q, h, w)``, the N first views, then the N second views.
            ab: ``(N, 2, h, w)`` true colors.
            chance: draws the pixels.
        """
        count, bins = len(ab), logits.shape[1]
        places = ab.shape[2] * ab.shape[3]
        chosen = torch.randperm(places, generator=chance)[: round(places * self._weights.pixels)]
        chosen = chosen.to(logits.device)
        seen = logits.flatten(2)[:, :, chosen].transpose(1, 2).float()
        truth = ab.flatten(2)[:, :, chosen].transpose(1, 2)
        log_p = functional.log_softmax(seen, dim=-1).reshape(2, count, len(chosen), bins)

        ids, soft = self._table.encode(truth)
        lift = self._rebalance[ids[..., 0]]
        picked = torch.gather(log_p, -1, ids.expand(2, -1, -1, -1))
        entropy = -((picked * soft).sum(-1) * lift).sum() / (2 * lift.sum())

        colors = annealed_mean(seen, self._grid, self._weights.temperature)
        both = truth.repeat(2, 1, 1)
        mean = functional.smooth_l1_loss(colors / 20, both / 20)

        first, second = log_p
        agree = functional.kl_div(first, second.detach(), reduction="sum", log_target=True)
        agree = agree + functional.kl_div(second, first.detach(), reduction="sum", log_target=True)
        agree = agree / (2 * count * len(chosen))
        total = entropy + self._weights.mean * mean + self._weights.consistency * agree
        return {"total": total, "entropy": entropy, "mean": mean, "consistency": agree}
