"""What a step of the face renderer's training strives for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["LossWeights", "face_loss"]


@dataclass(frozen=True)
class LossWeights:
    """Shares of the terms.

    Attributes:
        detail: how much more a pixel around eyes and mouth counts than one of the skin.
        edges: of differences between neighboring pixels, at three scales.
        likeness: of structural similarity around eyes and mouth.
        outside: of any change outside the face.
        mask: of the mask's mean size: where nothing is wrong, nothing changes.
    """

    detail: float = 5.0
    edges: float = 1.0
    likeness: float = 0.05
    outside: float = 1.0
    mask: float = 0.002


def face_loss(
    change: Tensor,
    mask: Tensor,
    frame: Tensor,
    truth: Tensor,
    where: tuple[Tensor, Tensor],
    weights: LossWeights,
) -> dict[str, Tensor]:
    """The terms and their sum ``total``; all tensors ``(N, 1, S, S)``.

    Args:
        change: what the network adds.
        mask: where.
        frame: what it adds to.
        truth: the change to be learned.
        where: details and face, see `Batch`.
        weights: shares of the terms.
    """
    detail, face = where
    counts = face * (1 + weights.detail * detail)
    error = change - truth
    pixels = _mean(torch.sqrt(error**2 + 1e-4), counts)
    edges = torch.zeros((), device=change.device)
    for _ in range(3):
        across = (error[..., 1:] - error[..., :-1]).abs()
        down = (error[..., 1:, :] - error[..., :-1, :]).abs()
        edges = edges + _mean(across, counts[..., 1:]) + _mean(down, counts[..., 1:, :])
        error, counts = functional.avg_pool2d(error, 2), functional.avg_pool2d(counts, 2)
    likeness = _unlikeness(frame + change, frame + truth, detail)
    outside = _mean(change.abs(), 1 - face)
    size = mask.mean()
    total = (
        pixels
        + weights.edges * edges / 3
        + weights.likeness * likeness
        + weights.outside * outside
        + weights.mask * size
    )
    return {
        "total": total,
        "pixels": pixels,
        "edges": edges,
        "likeness": likeness,
        "mask": size,
    }


def _mean(values: Tensor, counts: Tensor) -> Tensor:
    return (values * counts).sum() / counts.sum().clamp_min(1.0)


def _unlikeness(made: Tensor, true: Tensor, counts: Tensor) -> Tensor:
    """One minus the structural similarity (Wang et al. 2004) in windows of 7 pixels."""

    def local(x: Tensor) -> Tensor:
        return functional.avg_pool2d(x, 7, stride=1, padding=3, count_include_pad=False)

    a, b = local(made), local(true)
    aa, bb, ab = local(made**2) - a * a, local(true**2) - b * b, local(made * true) - a * b
    same = (2 * a * b + 0.01) * (2 * ab + 0.003)
    same = same / ((a * a + b * b + 0.01) * (aa + bb + 0.003))
    return _mean(1 - same, counts)
