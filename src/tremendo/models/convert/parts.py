"""Parts of U-shaped color networks, under the names that DDColor's and DeOldify's weights have.

Both are built of pixel shuffles whose output is blurred over 2 x 2 pixels (Sugawara et al. 2018),
of convolutions followed by ReLU and batch normalization, and of self-attention over places (Zhang
et al. 2018). Their checkpoints keep spectral and weight normalization apart from the weights;
``plain_weights`` multiplies it in, so that the parts here are plain layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Rise", "Shuffle", "Standard", "convolution", "plain_weights"]

_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def plain_weights(state: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    """Weights as the layers apply them.

    A weight under spectral normalization (Miyato et al. 2018) is stored as ``weight_orig`` with the
    singular vectors ``weight_u`` and, in files since PyTorch 1.1, ``weight_v``; one under weight
    normalization (Salimans and Kingma 2016) as a length ``weight_g`` and a direction ``weight_v``.

    Args:
        state: a checkpoint's arrays by name.
    """
    tensors = {
        name: torch.from_numpy(np.asarray(array, np.float32).copy())
        for name, array in state.items()
        if np.issubdtype(array.dtype, np.floating)
    }
    plain = {}
    for name, value in tensors.items():
        stem, _, ending = name.rpartition(".weight")
        if ending == "_orig":
            plain[f"{stem}.weight"] = _spectral(value, f"{stem}.weight", tensors)
        elif ending == "_g":
            direction = tensors[f"{stem}.weight_v"]
            length = direction.flatten(1).norm(dim=1).reshape(value.shape)
            plain[f"{stem}.weight"] = direction * (value / length)
        elif ending not in ("_u", "_v"):
            plain[name] = value
    return plain


def _spectral(weight: Tensor, name: str, tensors: Mapping[str, Tensor]) -> Tensor:
    matrix = weight.flatten(1)
    left = tensors[f"{name}_u"]
    right = tensors.get(f"{name}_v")
    if right is None:
        right = functional.normalize(matrix.T @ left, dim=0)
    return weight / (left @ matrix @ right)


class Standard(nn.Module):  # type: ignore[misc]
    """RGB of 0 to 1 to the scale of ImageNet's statistics, and back."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(_MEAN).reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(_SPREAD).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, picture: Tensor) -> Tensor:
        """``(N, 3, H, W)`` standardized."""
        return (picture - self.mean) / self.spread

    def undone(self, picture: Tensor) -> Tensor:
        """``(N, 3, H, W)`` back in 0 to 1."""
        return picture * self.spread + self.mean


def convolution(inputs: int, outputs: int, *, attention: bool = False) -> nn.Sequential:
    """3 x 3 convolution, ReLU, batch normalization and perhaps self-attention."""
    layers = [
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.ReLU(),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([_Attention(outputs)] if attention else []))


class Shuffle(nn.Module):  # type: ignore[misc]
    """Enlargement: channels become places, then each 2 x 2 pixels are averaged.

    Args:
        inputs, outputs: channels.
        scale: of width and height.
        normed: with batch normalization in place of a bias.
    """

    def __init__(self, inputs: int, outputs: int, *, scale: int = 2, normed: bool = True) -> None:
        super().__init__()
        wide = outputs * scale**2
        self.conv = nn.Sequential(nn.Conv2d(inputs, wide, 1, bias=not normed))
        if normed:
            self.conv.append(nn.BatchNorm2d(wide))
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, scale H, scale W)``."""
        large = functional.pixel_shuffle(functional.relu(self.conv(x)), self.scale)
        padded = functional.pad(large, (1, 0, 1, 0), mode="replicate")
        return functional.avg_pool2d(padded, 2, stride=1)


class Rise(nn.Module):  # type: ignore[misc]
    """One step up the U: the deep features enlarged, beside those of the encoder.

    Args:
        deep, skip: channels from below and from the encoder.
        shuffled: channels of the enlargement.
        layers: what follows on both, by the names of the checkpoint; each takes the output of the
            one before, the first ``shuffled + skip`` channels.
    """

    def __init__(self, deep: int, skip: int, shuffled: int, layers: dict[str, nn.Module]) -> None:
        super().__init__()
        self.shuf = Shuffle(deep, shuffled)
        self.bn = nn.BatchNorm2d(skip)
        self.names = tuple(layers)
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        """Both at the size of ``skip``, which is twice that of ``deep``."""
        x = functional.relu(torch.cat([self.shuf(deep), self.bn(skip)], dim=1))
        for name in self.names:
            x = self.get_submodule(name)(x)
        return x


class _Attention(nn.Module):  # type: ignore[misc]
    """Self-attention over places, added to its input in a learned measure."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query = nn.Conv1d(width, width // 8, 1, bias=False)
        self.key = nn.Conv1d(width, width // 8, 1, bias=False)
        self.value = nn.Conv1d(width, width, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        flat = x.flatten(2)
        share = torch.softmax(self.query(flat).transpose(1, 2) @ self.key(flat), dim=1)
        return (self.gamma * (self.value(flat) @ share) + flat).reshape(x.shape)
