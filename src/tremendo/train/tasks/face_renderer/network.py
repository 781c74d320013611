"""Close-ups of moved faces in, what geometry got wrong out: a small U-Net, its loss, its file.

About a million parameters: plain 3x3 convolutions, no normalization, so that what it gives for a
close-up depends on that close-up alone. It works at a half of the size (space to depth), which
keeps it within a few milliseconds a frame on one core.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from tremendo.finish.animate.face.renderer.input import CHANNELS, SIDE
from tremendo.models.convert.onnx_export import traced, write_onnx

__all__ = ["FaceLossWeights", "FaceNet", "export_face", "face_loss"]

_WIDTHS = (24, 48, 96, 192)
_REACH = 1.5
"""Largest change in ranges of the face's tones."""


class _Block(nn.Module):  # type: ignore[misc]
    """Two convolutions around which the input is carried."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(functional.relu(self.first(x))))


class FaceNet(nn.Module):  # type: ignore[misc]
    """From a close-up's maps to a change of its luma and a mask; see `face_input.CHANNELS`."""

    def __init__(self) -> None:
        super().__init__()
        first = _WIDTHS[0]
        self.stem = nn.Conv2d(4 * len(CHANNELS), first, 3, padding=1)
        self.top = _Block(first)
        steps = list(itertools.pairwise(_WIDTHS))
        self.down = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in steps)
        self.deep = nn.ModuleList(_Block(b) for _, b in steps)
        self.up = nn.ModuleList(nn.Conv2d(a + b, a, 3, padding=1) for a, b in steps)
        self.fine = nn.ModuleList(_Block(a) for a, _ in steps)
        self.head = nn.Conv2d(first, 8, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Look at close-ups.

        Args:
            maps: ``(N, 16, S, S)``, S a multiple of 16.

        Returns:
            The change of luma in ranges of the face's tones ``(N, 1, S, S)``, mask applied, and
            the mask, 0..1.
        """
        x = functional.relu(self.stem(functional.pixel_unshuffle(maps, 2)))
        x = self.top(x)
        kept = []
        for down, deep in zip(self.down, self.deep, strict=True):
            kept.append(x)
            x = deep(functional.relu(down(x)))
        for skip, up, fine in zip(kept[::-1], self.up[::-1], self.fine[::-1], strict=True):
            larger = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = fine(functional.relu(up(torch.cat([larger, skip], dim=1))))
        out = functional.pixel_shuffle(self.head(x), 2)
        mask = torch.sigmoid(out[:, 1:])
        return _REACH * torch.tanh(out[:, :1]) * mask, mask


@dataclass(frozen=True)
class FaceLossWeights:
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
    weights: FaceLossWeights,
) -> dict[str, Tensor]:
    """The terms and their sum ``total``; all tensors ``(N, 1, S, S)``.

    Args:
        change: what the network adds.
        mask: where.
        frame: what it adds to.
        truth: the change to be learned.
        where: details and face, see `FaceBatch`.
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


def export_face(network: FaceNet, output: Path, facts: Mapping[str, object]) -> None:
    """Write the network as ONNX.

    Input ``maps (N, 16, 160, 160) float32`` (see `CHANNELS`), output ``change (N, 1, 160,
    160)`` in ranges of the face's tones. The metadata entry ``tremendo`` is a JSON object with
    the facts and the names of the channels.

    Args:
        network: trained weights.
        output: the file to write (atomically).
        facts: name, version and training facts, JSON-serializable.
    """
    device = next(network.parameters()).device
    model = traced(
        network,
        torch.zeros(1, len(CHANNELS), SIDE, SIDE, device=device),
        {name: {0: "N"} for name in ("maps", "change", "mask")},
        do_constant_folding=False,
    )
    write_onnx(model, output, {**facts, "channels": list(CHANNELS), "side": SIDE})
