"""The network of DDColor (Kang et al. 2023), built to the measure of a checkpoint.

A ConvNeXt encoder (Liu et al. 2022), a U-shaped decoder of pixels, and a decoder of colors: learned
queries that look at three scales of the picture in turn; each answers with a map.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from tremendo.models.convert.parts import Rise, Shuffle, Standard, convolution

__all__ = ["UNUSED", "DDColor"]

UNUSED = ("encoder.arch.norm.", "encoder.arch.head", "mean", "std")
"""Beginnings of the names of weights that the coloring does not need."""
_HEADS = 8
_STAGES = 4


class DDColor(nn.Module):  # type: ignore[misc]
    """Grey in 0 to 1, ``(N, 3, H, W)`` with sides that are multiples of 32, to a* and b*.

    Args:
        weights: the checkpoint, for the sizes of the layers only.

    Raises:
        KeyError: a layer is missing whose size is asked for.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        arch = _ConvNeXt(weights)
        widths = arch.widths
        shuffled = [weights[f"decoder.layers.{i}.conv.0.weight"].shape[0] for i in range(3)]
        deep = [widths[3], *shuffled]
        rises = [
            Rise(
                deep[i],
                widths[2 - i],
                shuffled[i],
                {"conv": convolution(shuffled[i] + widths[2 - i], shuffled[i])},
            )
            for i in range(3)
        ]
        queries = _Queries(weights, shuffled)
        self.standard = Standard()
        self.encoder = nn.ModuleDict({"arch": arch})
        self.decoder = nn.ModuleDict(
            {
                "layers": nn.ModuleList(rises),
                "last_shuf": Shuffle(shuffled[2], shuffled[2], scale=4, normed=False),
                "color_decoder": queries,
            }
        )
        self.refine_net = nn.Sequential(nn.Sequential(nn.Conv2d(queries.count + 3, 2, 1)))

    def forward(self, grey: Tensor) -> Tensor:
        """``(N, 2, H, W)`` a* and b*."""
        x = self.standard(grey)
        *skips, deepest = self.encoder["arch"](x)
        scales = [deepest]
        for rise, skip in zip(self.decoder["layers"], reversed(skips), strict=True):
            scales.append(rise(scales[-1], skip))
        answers = self.decoder["color_decoder"](scales[1:])
        places = self.decoder["last_shuf"](scales[-1])
        maps = torch.einsum("nqc,nchw->nqhw", answers, places)
        return self.refine_net(torch.cat([maps, x], dim=1))


class _ConvNeXt(nn.Module):  # type: ignore[misc]
    """Features at strides 4, 8, 16 and 32, each normalized."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        stem = "encoder.arch.stages"
        self.widths = [weights[f"{stem}.{i}.0.norm.weight"].shape[0] for i in range(_STAGES)]
        first = nn.Sequential(
            nn.Conv2d(3, self.widths[0], 4, stride=4), _ChannelNorm(self.widths[0])
        )
        steps = [
            nn.Sequential(_ChannelNorm(before), nn.Conv2d(before, width, 2, stride=2))
            for before, width in pairwise(self.widths)
        ]
        self.downsample_layers = nn.ModuleList([first, *steps])
        self.stages = nn.ModuleList()
        for i, width in enumerate(self.widths):
            depth = sum(f"{stem}.{i}.{j}.gamma" in weights for j in range(64))
            self.stages.append(nn.Sequential(*(_Block(width) for _ in range(depth))))
            self.add_module(f"norm{i}", _ChannelNorm(width))

    def forward(self, x: Tensor) -> list[Tensor]:
        features = []
        for i, (step, stage) in enumerate(zip(self.downsample_layers, self.stages, strict=True)):
            x = stage(step(x))
            features.append(self.get_submodule(f"norm{i}")(x))
        return features


class _ChannelNorm(nn.LayerNorm):  # type: ignore[misc]
    """Layer normalization over the channels of each place."""

    def __init__(self, width: int) -> None:
        super().__init__(width, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class _Block(nn.Module):  # type: ignore[misc]
    """A wide depthwise convolution and two layers on each place, added to the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        places = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        change = self.gamma * self.pwconv2(functional.gelu(self.pwconv1(places)))
        return x + change.permute(0, 3, 1, 2)


class _Queries(nn.Module):  # type: ignore[misc]
    """Learned questions to the picture; their answers weigh its features into maps."""

    def __init__(self, weights: Mapping[str, Tensor], inputs: list[int]) -> None:
        super().__init__()
        stem = "decoder.color_decoder"
        self.count, width = weights[f"{stem}.query_feat.weight"].shape
        inner = weights[f"{stem}.transformer_ffn_layers.0.linear1.weight"].shape[0]
        outer = weights[f"{stem}.color_embed.layers.2.weight"].shape[0]
        rounds = sum(f"{stem}.transformer_ffn_layers.{i}.norm.bias" in weights for i in range(64))
        self.transformer_cross_attention_layers = nn.ModuleList(
            _Attending(width, "multihead_attn") for _ in range(rounds)
        )
        self.transformer_self_attention_layers = nn.ModuleList(
            _Attending(width, "self_attn") for _ in range(rounds)
        )
        self.transformer_ffn_layers = nn.ModuleList(_Thinking(width, inner) for _ in range(rounds))
        self.decoder_norm = nn.LayerNorm(width)
        self.query_feat = nn.Embedding(self.count, width)
        self.query_embed = nn.Embedding(self.count, width)
        self.level_embed = nn.Embedding(len(inputs), width)
        self.input_proj = nn.ModuleList(nn.Conv2d(n, width, 1) for n in inputs)
        sizes = (width, width, width, outer)
        layers = nn.ModuleList(nn.Linear(sizes[i], sizes[i + 1]) for i in range(3))
        self.color_embed = nn.ModuleDict({"layers": layers})

    def forward(self, scales: list[Tensor]) -> Tensor:
        """Answers ``(N, queries, channels)`` to features of three scales."""
        values = [
            (project(x) + level[None, :, None, None]).flatten(2).transpose(1, 2)
            for x, project, level in zip(
                scales, self.input_proj, self.level_embed.weight, strict=True
            )
        ]
        width = values[0].shape[2]
        keys = [
            value + _positions(x, width).flatten(1).T
            for x, value in zip(scales, values, strict=True)
        ]
        own = self.query_embed.weight
        x = self.query_feat.weight[None].expand(scales[0].shape[0], -1, -1)
        for i, (look, confer, think) in enumerate(
            zip(
                self.transformer_cross_attention_layers,
                self.transformer_self_attention_layers,
                self.transformer_ffn_layers,
                strict=True,
            )
        ):
            x = look(x, x + own, keys[i % len(scales)], values[i % len(scales)])
            x = confer(x, x + own, x + own, x)
            x = think(x)
        x = self.decoder_norm(x)
        first, second, third = self.color_embed["layers"]
        return third(functional.relu(second(functional.relu(first(x)))))


class _Attending(nn.Module):  # type: ignore[misc]
    """Multi-head attention, added to what is there and normalized."""

    def __init__(self, width: int, name: str) -> None:
        super().__init__()
        self.add_module(name, _Heads(width))
        self.name = name
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return self.norm(x + self.get_submodule(self.name)(query, key, value))


class _Heads(nn.Module):  # type: ignore[misc]
    """What ``nn.MultiheadAttention`` computes, by its names, with sizes left open for export."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.zeros(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        weights, biases = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        q, k, v = (
            functional.linear(x, weight, bias).unflatten(2, (_HEADS, -1)).transpose(1, 2)
            for x, weight, bias in zip((query, key, value), weights, biases, strict=True)
        )
        seen = functional.scaled_dot_product_attention(q, k, v)
        return self.out_proj(seen.transpose(1, 2).flatten(2))


class _Thinking(nn.Module):  # type: ignore[misc]
    """Two layers on each query, added and normalized."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width, inner)
        self.linear2 = nn.Linear(inner, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x + self.linear2(functional.relu(self.linear1(x))))


def _positions(x: Tensor, width: int) -> Tensor:
    """Sines and cosines of each place, ``(width, H, W)``: half of the row, half of the column.

    The scheme of DETR (Carion et al. 2020), rows and columns counted to one turn.
    """
    half = width // 2
    pace = 10000 ** (2 * torch.div(torch.arange(half), 2, rounding_mode="floor") / half)
    shift = (torch.arange(half) % 2) * (math.pi / 2)  # a cosine is a sine ahead by a quarter turn
    height, wide = x.shape[2:]
    rows, columns = (
        torch.sin((torch.arange(n) + 1) / (n + 1e-6) * 2 * math.pi / pace[:, None] + shift[:, None])
        for n in (height, wide)
    )
    both = [
        rows[:, :, None].expand(half, height, wide),
        columns[:, None, :].expand(half, height, wide),
    ]
    return torch.cat(both)
