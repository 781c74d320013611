"""Gray faces in, logits of what they are made of out: early layers of EfficientNet-Lite2.

Paint, ink and stone show in texture, not in what a picture depicts: so the network ends at a
sixteenth of the picture's size and looks at mean and spread over all places (as texture is
described since Portilla and Simoncelli 2000), and all of it is trained further.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tremendo.train.tasks.tagging.teacher import open_teacher

__all__ = ["DepictionNet", "new_network"]

_TAPS = (4, 12)
"""Blocks whose texture is looked at: an eighth and a sixteenth of the picture's size."""
_CHANNELS = 2 * (48 + 120)
_DROPPED = 0.2


class DepictionNet(nn.Module):  # type: ignore[misc]
    """From gray faces ``(N, 1, H, W)`` 0..255 to the logits ``(N, 3)`` of what they are made of."""

    mean: Tensor
    spread: Tensor

    def __init__(self, teacher: Any) -> None:  # noqa: ANN401 - untyped library
        super().__init__()
        self.stem, self.norm = teacher._conv_stem, teacher._bn0  # noqa: SLF001 - its only names
        self.blocks = nn.ModuleList(list(teacher._blocks)[: _TAPS[-1] + 1])  # noqa: SLF001
        self.drop, self.head = nn.Dropout(_DROPPED), nn.Linear(_CHANNELS, 3)
        self.register_buffer("mean", torch.zeros(_CHANNELS))
        self.register_buffer("spread", torch.ones(_CHANNELS))
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def train(self, mode: bool = True) -> DepictionNet:
        """Normalizations keep what they learned on ImageNet."""
        super().train(False)
        self.drop.train(mode)
        return self

    def texture(self, gray: Tensor) -> Tensor:
        """Mean and spread over all places of what the tapped blocks see: ``(N, 336)``."""
        seen = nn.functional.relu6(self.norm(self.stem(((gray - 127) / 128).expand(-1, 3, -1, -1))))
        parts = []
        for number, block in enumerate(self.blocks):
            seen = block(seen)
            if number in _TAPS:
                places = seen.flatten(2)
                mean = places.mean(dim=2)
                square = (places - mean[..., None]).square().mean(dim=2)
                parts += [mean, (square + 1e-6).sqrt()]
        return torch.cat(parts, dim=1)

    def forward(self, gray: Tensor) -> Tensor:
        """Logits."""
        return self.head(self.drop((self.texture(gray) - self.mean) / self.spread))

    def measure_texture(self, gray: Tensor) -> None:
        """Measure mean and spread of the texture on some faces."""
        with torch.no_grad():
            texture = self.texture(gray)
            self.mean.copy_(texture.mean(dim=0))
            self.spread.copy_(texture.std(dim=0) + 1e-3)


def new_network() -> DepictionNet:
    """With the weights of ImageNet and a head that knows nothing.

    Raises:
        ModelMissingError: the package with the weights is not installed.
    """
    network = DepictionNet(open_teacher().teacher)
    network.train()
    return network
