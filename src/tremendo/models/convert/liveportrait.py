"""The networks of LivePortrait (Guo et al. 2024), by the names of its published weights.

Appearance (its F) turns a face into a volume of features, motion (M) reads key points, pose and
expression, warping (W) carries the volume from one set of key points to another, the generator (G)
paints it, and three small perceptrons (S) correct key points: for a seamless paste, for lids and
for lips. Coordinates are -1 to 1: x to the right, y down, z away from the camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from tremendo.models.convert.liveportrait_layers import Flat, Hourglass, SteeredBlock, VolumeBlock

__all__ = [
    "OUTPUTS",
    "Appearance",
    "Correction",
    "Generator",
    "Motion",
    "Plan",
    "Renderer",
    "Warping",
]

OUTPUTS = ("pitch", "yaw", "roll", "t", "exp", "scale", "kp")
"""What `Motion` gives, in this order."""
_SPREAD = 0.01
"""Variance of the blob that stands for a key point."""


@dataclass(frozen=True)
class Plan:
    """Sizes of the layers; the defaults are those of the published weights.

    Attributes:
        points: key points.
        width: channels of a picture's first features; four times as many are painted from.
        channels, depth: of the volume; one after the other they are the flat features' channels.
        rounds: residual blocks over the volume.
        squeezed: channels of the volume when it is moved by each key point.
        hourglass: channels, most channels and steps of the hourglass.
        widths, blocks: of the four stages of the network that reads motion.
        bins: of an angle.
    """

    points: int = 21
    width: int = 64
    channels: int = 32
    depth: int = 16
    rounds: int = 6
    squeezed: int = 4
    hourglass: tuple[int, int, int] = (32, 1024, 5)
    widths: tuple[int, int, int, int] = (96, 192, 384, 768)
    blocks: tuple[int, int, int, int] = (3, 3, 9, 3)
    bins: int = 66

    @property
    def flat(self) -> int:
        """Channels of the volume laid flat."""
        return self.channels * self.depth


class Appearance(nn.Module):  # type: ignore[misc]
    """A face, RGB in 0 to 1 ``(1, 3, H, W)``, as a volume ``(1, channels, depth, H/4, W/4)``."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        width = plan.width
        self.first = Flat(3, width)
        self.down_blocks = nn.ModuleList(
            Flat(width * n, 2 * width * n, halved=True) for n in (1, 2)
        )
        self.second = nn.Conv2d(4 * width, plan.flat, 1)
        self.resblocks_3d = nn.Sequential()
        for i in range(plan.rounds):
            self.resblocks_3d.add_module(f"3dr{i}", VolumeBlock(plan.channels))
        self.shape = (plan.channels, plan.depth)

    def forward(self, picture: Tensor) -> Tensor:
        """The volume."""
        x = self.first(picture)
        for step in self.down_blocks:
            x = step(x)
        return self.resblocks_3d(self.second(x).unflatten(1, self.shape))


class Motion(nn.Module):  # type: ignore[misc]
    """Pose, expression and key points of a face ``(1, 3, H, W)``, RGB in 0 to 1; see `OUTPUTS`.

    The angles are degrees ``(1, 1)``, the mean over the bins, 3 degrees each.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.detector = _Reader(plan)
        self.register_buffer("bins", 3.0 * torch.arange(plan.bins) - 97.5, persistent=False)

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        """What `OUTPUTS` names."""
        seen = self.detector(picture)
        answers = [self.detector.get_submodule(f"fc_{name}")(seen) for name in OUTPUTS]
        degrees = [(torch.softmax(x, dim=1) * self.bins).sum(1, keepdim=True) for x in answers[:3]]
        return (*degrees, *answers[3:])


class _Reader(nn.Module):  # type: ignore[misc]
    """ConvNeXt V2 (Woo et al. 2023) with a head for each kind of answer."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        first, last = plan.widths[0], plan.widths[-1]
        stem = nn.Sequential(nn.Conv2d(3, first, 4, stride=4), nn.LayerNorm(first, eps=1e-6))
        steps = [
            nn.Sequential(nn.LayerNorm(a, eps=1e-6), nn.Conv2d(a, b, 2, stride=2))
            for a, b in pairwise(plan.widths)
        ]
        self.downsample_layers = nn.ModuleList([stem, *steps])
        self.stages = nn.ModuleList(
            nn.Sequential(*(_Block(width) for _ in range(count)))
            for width, count in zip(plan.widths, plan.blocks, strict=True)
        )
        self.norm = nn.LayerNorm(last, eps=1e-6)
        sizes = (*(plan.bins,) * 3, 3, 3 * plan.points, 1, 3 * plan.points)
        for name, size in zip(OUTPUTS, sizes, strict=True):
            self.add_module(f"fc_{name}", nn.Linear(last, size))

    def forward(self, x: Tensor) -> Tensor:
        for step, stage in zip(self.downsample_layers, self.stages, strict=True):
            for layer in step:
                x = _by_channel(layer, x) if isinstance(layer, nn.LayerNorm) else layer(x)
            x = stage(x)
        return self.norm(x.mean(dim=(2, 3)))


def _by_channel(layer: nn.Module, x: Tensor) -> Tensor:
    """A layer over the last axis, applied to the channels of each place."""
    return layer(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class _Block(nn.Module):  # type: ignore[misc]
    """A wide depthwise convolution and two layers on each place, added to the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.grn = _Contrast(4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        places = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        change = self.pwconv2(self.grn(functional.gelu(self.pwconv1(places))))
        return x + change.permute(0, 3, 1, 2)


class _Contrast(nn.Module):  # type: ignore[misc]
    """Global response normalization: channels compete by their size over the whole picture."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, width))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, width))

    def forward(self, x: Tensor) -> Tensor:
        size = x.square().sum(dim=(1, 2), keepdim=True).sqrt()
        share = size / (size.mean(dim=3, keepdim=True) + 1e-6)
        return x + self.gamma * (x * share) + self.beta


class Warping(nn.Module):  # type: ignore[misc]
    """A volume carried from the source's key points to others ``(1, points, 3)``, laid flat."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.dense_motion_network = _DenseMotion(plan)
        self.third = Flat(plan.flat, 4 * plan.width, slope=0.01)
        self.fourth = nn.Conv2d(4 * plan.width, 4 * plan.width, 1)

    def forward(self, volume: Tensor, driving: Tensor, source: Tensor) -> Tensor:
        """``(1, 4 width, H, W)``."""
        places, visible = self.dense_motion_network(volume, driving, source)
        moved = functional.grid_sample(volume, places, align_corners=False)
        return self.fourth(self.third(moved.flatten(1, 2))) * visible


class _DenseMotion(nn.Module):  # type: ignore[misc]
    """Where each place of the moved volume comes from, and how much of it the source shows."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        ways = plan.points + 1
        self.hourglass = Hourglass(ways * (plan.squeezed + 1), *plan.hourglass)
        self.mask = nn.Conv3d(self.hourglass.outputs, ways, 7, padding=3)
        self.compress = nn.Conv3d(plan.channels, plan.squeezed, 1)
        self.norm = nn.BatchNorm3d(plan.squeezed)
        self.occlusion = nn.Conv2d(self.hourglass.outputs * plan.depth, 1, 7, padding=3)

    def forward(self, volume: Tensor, driving: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
        """Places ``(1, D, H, W, 3)`` and visibility ``(1, 1, H, W)`` in 0 to 1."""
        small = functional.relu(self.norm(self.compress(volume)))
        still = _grid(small)
        away = (source - driving)[0, :, None, None, None]
        ways = torch.cat([still[None], still + away])  # the background's, then each key point's
        moved = functional.grid_sample(
            small.expand(len(ways), -1, -1, -1, -1), ways, align_corners=False
        )
        blobs = functional.pad(_blob(still, driving) - _blob(still, source), (0,) * 6 + (1, 0))
        seen = torch.cat([blobs[:, None], moved], dim=1).flatten(0, 1)[None]
        read = self.hourglass(seen)
        share = torch.softmax(self.mask(read), dim=1)[0, ..., None]
        visible = torch.sigmoid(self.occlusion(read.flatten(1, 2)))
        return (ways * share).sum(dim=0, keepdim=True), visible


def _grid(volume: Tensor) -> Tensor:
    """Coordinates ``(D, H, W, 3)`` of a volume's places, the outermost at -1 and 1."""
    z, y, x = (torch.linspace(-1, 1, int(n)) for n in volume.shape[2:])
    return torch.stack(torch.meshgrid(z, y, x, indexing="ij")[::-1], dim=-1)


def _blob(grid: Tensor, points: Tensor) -> Tensor:
    """Gaussians ``(points, D, H, W)`` around key points ``(1, points, 3)``."""
    away = grid - points[0, :, None, None, None]
    return torch.exp(away.square().sum(dim=-1) * (-0.5 / _SPREAD))


class Generator(nn.Module):  # type: ignore[misc]
    """Paints flat features ``(1, 4 width, H, W)`` as RGB in 0 to 1 ``(1, 3, 8 H, 8 W)``."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        width = 4 * plan.width
        self.fc = nn.Conv2d(width, 2 * width, 3, padding=1)
        for i in range(6):
            self.add_module(f"G_middle_{i}", SteeredBlock(2 * width, 2 * width, width))
        self.up_0 = SteeredBlock(2 * width, width, width)
        self.up_1 = SteeredBlock(width, plan.width, width)
        self.conv_img = nn.Sequential(nn.Conv2d(plan.width, 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, features: Tensor) -> Tensor:
        """The picture."""
        x = self.fc(features)
        for i in range(6):
            x = self.get_submodule(f"G_middle_{i}")(x, features)
        for rise in (self.up_0, self.up_1):
            x = rise(functional.interpolate(x, scale_factor=2), features)
        return torch.sigmoid(self.conv_img(functional.leaky_relu(x, 0.2)))


class Renderer(nn.Module):  # type: ignore[misc]
    """Warping and generator in one: volume, driving and source key points to a picture."""

    def __init__(self, warping: Warping, generator: Generator) -> None:
        super().__init__()
        self.warping, self.generator = warping, generator

    def forward(self, volume: Tensor, driving: Tensor, source: Tensor) -> Tensor:
        """``(1, 3, 8 H, 8 W)`` for a volume ``(1, channels, depth, H, W)``."""
        return self.generator(self.warping(volume, driving, source))


class Correction(nn.Module):  # type: ignore[misc]
    """A perceptron from key points and a wish to changes of the key points.

    Args:
        sizes: of the input, the hidden layers and the output.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(sizes[0], sizes[1]))
        for a, b in pairwise(sizes[1:]):
            self.mlp.extend([nn.ReLU(), nn.Linear(a, b)])

    def forward(self, x: Tensor) -> Tensor:
        """Changes ``(1, sizes[-1])`` for key points and wish ``(1, sizes[0])``."""
        return self.mlp(x)
