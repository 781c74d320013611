"""The networks of DeOldify (Antic 2018), built to the measure of a checkpoint.

A ResNet encoder (He et al. 2016) and a U-shaped decoder with self-attention at a quarter of the
depth: *wide* (its video and stable models, ResNet-101) with one convolution a step, *deep* (its
artistic model, ResNet-34) with two.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from tremendo.models.convert.parts import Rise, Shuffle, Standard, convolution

__all__ = ["DeOldify"]

_ENCODER = "layers.0"
_STEPS = 4
_WITH_ATTENTION = 1
_RANGE = 3.0


class DeOldify(nn.Module):  # type: ignore[misc]
    """Grey in 0 to 255, ``(N, 3, H, W)`` with sides that are multiples of 32, to color in 0 to 255.

    Args:
        weights: the checkpoint, for the sizes of the layers only.

    Raises:
        KeyError: a layer is missing whose size is asked for.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        encoder = _ResNet(weights)
        *skips, deepest = encoder.widths
        widths = [deepest]
        rises = []
        for i, skip in enumerate(reversed(skips)):
            rise, width = _rise(weights, i, widths[-1], skip)
            rises.append(rise)
            widths.append(width)
        last = widths[-1]
        middle = nn.Sequential(convolution(deepest, 2 * deepest), convolution(2 * deepest, deepest))
        final = Shuffle(last, last, normed=False)
        places = [encoder, nn.BatchNorm2d(deepest), nn.ReLU(), middle, *rises, final]
        blank = nn.Identity()  # where the picture itself is joined: a place without weights
        touch = nn.ModuleDict({"layers": nn.ModuleList(_plain(last + 3) for _ in range(2))})
        answer = nn.Sequential(nn.Conv2d(last + 3, 3, 1))
        self.standard = Standard()
        self.layers = nn.ModuleList([*places, blank, touch, answer])

    def forward(self, grey: Tensor) -> Tensor:
        """``(N, 3, H, W)`` RGB."""
        picture = self.standard(grey / 255)
        encoder, norm, relu, middle, *rises = self.layers[: 4 + _STEPS]
        *skips, deepest = encoder(picture)
        x = middle(relu(norm(deepest)))
        for rise, skip in zip(rises, reversed(skips), strict=True):
            x = rise(x, skip)
        final, _, touch, answer = self.layers[4 + _STEPS :]
        x = torch.cat([final(x), picture], dim=1)
        first, second = touch["layers"]
        color = torch.sigmoid(answer(x + second(first(x)))) * (2 * _RANGE) - _RANGE
        return (self.standard.undone(color) * 255).clamp(0, 255)


def _rise(weights: Mapping[str, Tensor], step: int, deep: int, skip: int) -> tuple[Rise, int]:
    """One step of the decoder and the width it gives."""
    stem = f"layers.{4 + step}"
    shuffled = weights[f"{stem}.shuf.conv.0.weight"].shape[0] // 4
    attention = step == _WITH_ATTENTION
    if f"{stem}.conv.0.weight" in weights:
        width = weights[f"{stem}.conv.0.weight"].shape[0]
        layers = {"conv": convolution(shuffled + skip, width, attention=attention)}
    else:
        width = weights[f"{stem}.conv1.0.weight"].shape[0]
        layers = {
            "conv1": convolution(shuffled + skip, width),
            "conv2": convolution(width, width, attention=attention),
        }
    return Rise(deep, skip, shuffled, layers), width


def _plain(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU())


class _ResNet(nn.Sequential):  # type: ignore[misc]
    """Features at strides 2, 4, 8, 16 and 32."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        bottled = f"{_ENCODER}.4.0.conv3.weight" in weights
        last = "conv3" if bottled else "conv2"
        stem = weights[f"{_ENCODER}.0.weight"].shape[0]
        widths = [stem] + [
            weights[f"{_ENCODER}.{4 + i}.0.{last}.weight"].shape[0] for i in range(4)
        ]
        stages = []
        for i, (before, width) in enumerate(pairwise(widths)):
            depth = sum(f"{_ENCODER}.{4 + i}.{j}.bn1.weight" in weights for j in range(64))
            inner = weights[f"{_ENCODER}.{4 + i}.0.conv1.weight"].shape[0]
            stages.append(
                nn.Sequential(
                    *(
                        _Block(
                            width if j else before,
                            inner,
                            width,
                            stride=2 if i and not j else 1,
                            bottled=bottled,
                        )
                        for j in range(depth)
                    )
                )
            )
        super().__init__(
            nn.Conv2d(3, stem, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            *stages,
        )
        self.widths = widths

    def forward(self, x: Tensor) -> list[Tensor]:
        convolve, norm, relu, pool, *stages = self
        features = [relu(norm(convolve(x)))]
        x = pool(features[0])
        for stage in stages:
            x = stage(x)
            features.append(x)
        return features


class _Block(nn.Module):  # type: ignore[misc]
    """Two convolutions, or three around a narrow one, added to the input."""

    def __init__(
        self, inputs: int, inner: int, outputs: int, *, stride: int, bottled: bool
    ) -> None:
        super().__init__()
        kernels = (1, 3, 1) if bottled else (3, 3)
        widths = (inputs, *(inner for _ in kernels[1:]), outputs)
        self.count = len(kernels)
        stepping = 1 if bottled else 0
        for i, kernel in enumerate(kernels):
            layer = nn.Conv2d(
                widths[i],
                widths[i + 1],
                kernel,
                stride=stride if i == stepping else 1,
                padding=kernel // 2,
                bias=False,
            )
            self.add_module(f"conv{i + 1}", layer)
            self.add_module(f"bn{i + 1}", nn.BatchNorm2d(widths[i + 1]))
        self.downsample = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        for i in range(1, self.count + 1):
            x = self.get_submodule(f"bn{i}")(self.get_submodule(f"conv{i}")(x))
            if i < self.count:
                x = functional.relu(x)
        return functional.relu(x + shortcut)
