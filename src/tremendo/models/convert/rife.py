"""The network of RIFE (Huang et al., ECCV 2022; version 3 of its HD model), to ONNX.

From coarse to fine, three blocks estimate the motion from the middle between two pictures to both,
each looking at the pictures as the one before has brought them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from tremendo.models.convert.checkpoint import filled
from tremendo.models.convert.onnx_export import traced, write_onnx
from tremendo.models.convert.parts import plain_weights
from tremendo.models.torch_file import read_weights

__all__ = ["Rife", "convert_rife"]

_SCALES = (4, 2, 1)
_DEPTH = 4
_TEACHER = "block_tea."
"""A block that is there to train the others only."""


def convert_rife(checkpoint: Path, output: Path) -> None:
    """Write a checkpoint's network as ONNX, its weights as float16.

    The file has inputs ``first`` and ``second (N, 3, H, W)``, RGB in 0 to 1, sides multiples of 32,
    and outputs ``flow (N, 4, H, W)``, x and y in pixels from the middle to the first and to the
    second picture, and ``share (N, 1, H, W)``, how much of the first is to be taken, 0 to 1.

    Args:
        checkpoint: weights as PyTorch or safetensors store them.
        output: written whole or not at all.

    Raises:
        MediaError: the file is damaged, not a dictionary of tensors, or another network.
    """
    weights = {
        name.removeprefix("module."): value
        for name, value in plain_weights(read_weights(checkpoint)).items()
    }
    used = {name: value for name, value in weights.items() if not name.startswith(_TEACHER)}
    network = filled(lambda: Rife(used), used, "rife", checkpoint)
    free = {0: "N", 2: "H", 3: "W"}
    axes = {"first": free, "second": free, "flow": free, "share": free}
    pictures = torch.linspace(0, 1, 2 * 3 * 64 * 96).reshape(2, 1, 3, 64, 96)
    write_onnx(traced(network, (pictures[0], pictures[1]), axes), output)


class Rife(nn.Module):  # type: ignore[misc]
    """Motion between two pictures, seen from the middle.

    Args:
        weights: the checkpoint, for the sizes of the layers only.

    Raises:
        KeyError: a layer is missing whose size is asked for.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.names = tuple(f"block{i}" for i in range(len(_SCALES)))
        for name in self.names:
            half, inputs = weights[f"{name}.conv0.0.0.weight"].shape[:2]
            width = weights[f"{name}.conv0.1.0.weight"].shape[0]
            self.add_module(name, _Block(inputs, half, width))

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Flows ``(N, 4, H, W)`` and the first picture's share ``(N, 1, H, W)``."""
        flow = torch.zeros_like(first[:, :1]).repeat(1, 4, 1, 1)
        lean = torch.zeros_like(first[:, :1])
        there, back = first, second
        for name, scale in zip(self.names, _SCALES, strict=True):
            block = self.get_submodule(name)
            onward = block(torch.cat([there, back, lean], 1), flow, scale)
            swapped = block(torch.cat([back, there, -lean], 1), _swap(flow), scale)
            flow = flow + (onward[0] + _swap(swapped[0])) / 2
            lean = lean + (onward[1] - swapped[1]) / 2
            there, back = _fetch(first, flow[:, :2]), _fetch(second, flow[:, 2:])
        return flow, torch.sigmoid(lean)


class _Block(nn.Module):  # type: ignore[misc]
    """A correction of the motion, found at one scale."""

    def __init__(self, inputs: int, half: int, width: int) -> None:
        super().__init__()
        self.conv0 = nn.Sequential(_layer(inputs, half, 2), _layer(half, width, 2))
        self.names = tuple(f"convblock{i}" for i in range(_DEPTH))
        for name in self.names:
            self.add_module(name, nn.Sequential(_layer(width, width), _layer(width, width)))
        self.conv1 = _enlargement(width, half, 4)
        self.conv2 = _enlargement(width, half, 1)

    def forward(self, seen: Tensor, flow: Tensor, scale: int) -> tuple[Tensor, Tensor]:
        """Corrections of the flow and of the lean to the first picture, at the size of ``seen``."""
        x = self.conv0(torch.cat([_resize(seen, 1 / scale), _resize(flow, 1 / scale) / scale], 1))
        for name in self.names:
            x = self.get_submodule(name)(x) + x
        return _resize(self.conv1(x), scale) * scale, _resize(self.conv2(x), scale)


def _layer(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, padding=1), nn.PReLU(outputs))


def _enlargement(width: int, half: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose2d(width, half, 4, 2, 1),
        nn.PReLU(half),
        nn.ConvTranspose2d(half, outputs, 4, 2, 1),
    )


def _resize(x: Tensor, scale: float) -> Tensor:
    if scale == 1:
        return x
    return functional.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)


def _swap(flow: Tensor) -> Tensor:
    """The flows to the second and the first picture, for a pair in the other order."""
    return torch.cat([flow[:, 2:], flow[:, :2]], 1)


def _fetch(picture: Tensor, flow: Tensor) -> Tensor:
    """A picture as seen along a flow in pixels; its edge pixels stand for what is beyond."""
    height, width = picture.shape[2:]
    places = torch.stack(
        [
            (torch.arange(width) + flow[:, 0]) * (2 / (width - 1)) - 1,
            (torch.arange(height)[:, None] + flow[:, 1]) * (2 / (height - 1)) - 1,
        ],
        dim=3,
    )
    return functional.grid_sample(picture, places, padding_mode="border", align_corners=True)
