"""Layers of LivePortrait's networks, under the names that its published weights have.

Convolutions with batch normalization in the plane and in space, an hourglass over volumes (Siarohin
et al. 2019; Wang et al. 2021), and residual blocks whose normalization the features themselves
steer (SPADE, Park et al. 2019).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Flat", "Hourglass", "SteeredBlock", "VolumeBlock"]

_SLOPE = 0.2
_HIDDEN = 128


class Flat(nn.Module):  # type: ignore[misc]
    """3 x 3 convolution, batch normalization and a rectifier, perhaps at half the size after it.

    Args:
        inputs, outputs: channels.
        slope: of the rectifier below zero.
        halved: average 2 x 2 pixels afterwards.
    """

    def __init__(
        self, inputs: int, outputs: int, *, slope: float = 0.0, halved: bool = False
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm2d(outputs)
        self.slope, self.halved = slope, halved

    def forward(self, x: Tensor) -> Tensor:
        """``(N, outputs, H, W)``, or at half the size."""
        x = functional.leaky_relu(self.norm(self.conv(x)), self.slope)
        return functional.avg_pool2d(x, 2) if self.halved else x


class VolumeBlock(nn.Module):  # type: ignore[misc]
    """Two normalized 3 x 3 x 3 convolutions, added to the input ``(N, width, D, H, W)``."""

    def __init__(self, width: int) -> None:
        super().__init__()
        for i in (1, 2):
            self.add_module(f"norm{i}", nn.BatchNorm3d(width))
            self.add_module(f"conv{i}", nn.Conv3d(width, width, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        """Of the same shape."""
        change = self.conv1(functional.relu(self.norm1(x)))
        return x + self.conv2(functional.relu(self.norm2(change)))


class _Step(nn.Module):  # type: ignore[misc]
    """3 x 3 x 3 convolution, batch normalization and ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm3d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.norm(self.conv(x)))


class Hourglass(nn.Module):  # type: ignore[misc]
    """Down and up again over a volume; height and width are halved at each step, never the depth.

    Args:
        inputs: channels.
        width: channels on the way out; twice as many a step down.
        most: no step has more.
        steps: how many.
    """

    def __init__(self, inputs: int, width: int, most: int, steps: int) -> None:
        super().__init__()
        widths = [min(most, width * 2**i) for i in range(steps + 1)]
        down = [_Step(a, b) for a, b in pairwise([inputs, *widths[1:]])]
        doubled = [widths[-1], *(2 * n for n in widths[-2:0:-1])]  # a step's own and its skip
        up = [_Step(a, b) for a, b in zip(doubled, widths[-2::-1], strict=True)]
        self.outputs = width + inputs
        self.encoder = nn.ModuleDict({"down_blocks": nn.ModuleList(down)})
        self.decoder = nn.ModuleDict(
            {
                "up_blocks": nn.ModuleList(up),
                "conv": nn.Conv3d(self.outputs, self.outputs, 3, padding=1),
                "norm": nn.BatchNorm3d(self.outputs),
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, width + inputs, D, H, W)``."""
        seen = [x]
        for step in self.encoder["down_blocks"]:
            seen.append(functional.avg_pool3d(step(seen[-1]), (1, 2, 2)))
        x = seen.pop()
        for step in self.decoder["up_blocks"]:
            large = functional.interpolate(x, scale_factor=(1, 2, 2))
            x = torch.cat([step(large), seen.pop()], dim=1)
        return functional.relu(self.decoder["norm"](self.decoder["conv"](x)))


class _SteeredNorm(nn.Module):  # type: ignore[misc]
    """Instance normalization whose scale and offset at each place are read from features."""

    def __init__(self, width: int, features: int) -> None:
        super().__init__()
        self.mlp_shared = nn.Sequential(nn.Conv2d(features, _HIDDEN, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(_HIDDEN, width, 3, padding=1)
        self.mlp_beta = nn.Conv2d(_HIDDEN, width, 3, padding=1)

    def forward(self, x: Tensor, features: Tensor) -> Tensor:
        read = self.mlp_shared(functional.interpolate(features, size=x.shape[2:]))
        return functional.instance_norm(x) * (1 + self.mlp_gamma(read)) + self.mlp_beta(read)


class SteeredBlock(nn.Module):  # type: ignore[misc]
    """Two convolutions after steered normalizations, added to the input or to its projection.

    Args:
        inputs, outputs: channels.
        features: channels of what steers.
    """

    def __init__(self, inputs: int, outputs: int, features: int) -> None:
        super().__init__()
        middle = min(inputs, outputs)
        self.conv_0 = nn.Conv2d(inputs, middle, 3, padding=1)
        self.conv_1 = nn.Conv2d(middle, outputs, 3, padding=1)
        self.norm_0 = _SteeredNorm(inputs, features)
        self.norm_1 = _SteeredNorm(middle, features)
        self.projected = inputs != outputs
        if self.projected:
            self.conv_s = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.norm_s = _SteeredNorm(inputs, features)

    def forward(self, x: Tensor, features: Tensor) -> Tensor:
        """``(N, outputs, H, W)``; the features may be smaller."""
        change = self.conv_0(functional.leaky_relu(self.norm_0(x, features), _SLOPE))
        change = self.conv_1(functional.leaky_relu(self.norm_1(change, features), _SLOPE))
        return change + (self.conv_s(self.norm_s(x, features)) if self.projected else x)
