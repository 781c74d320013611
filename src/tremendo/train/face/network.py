"""The face renderer: a small U-Net that says what geometry got wrong, and where.

About a million parameters: plain 3x3 convolutions, no normalization, so that what it gives for a
close-up depends on that close-up alone. It works at a half of the size (space to depth), which
keeps it within a few milliseconds a frame on one core.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional

from tremendo.finish.animate.face.renderer.input import CHANNELS

__all__ = ["FaceNet"]

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
