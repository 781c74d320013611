"""A checkpoint of DDColor or DeOldify made into an ONNX file, once."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from tremendo.errors import UsageError
from tremendo.models.convert.checkpoint import filled
from tremendo.models.convert.ddcolor import UNUSED, DDColor
from tremendo.models.convert.deoldify import DeOldify
from tremendo.models.convert.onnx_export import traced, write_onnx
from tremendo.models.convert.parts import plain_weights
from tremendo.models.torch_file import read_weights

__all__ = ["convert"]

_KINDS: dict[str, tuple[type[DDColor | DeOldify], tuple[str, ...]]] = {
    "ddcolor": (DDColor, UNUSED),
    "deoldify": (DeOldify, ()),
}


def convert(kind: str, checkpoint: Path, output: Path) -> None:
    """Write a checkpoint's network as ONNX, its weights as float16.

    The file has one input ``picture (N, 3, H, W)``, sides multiples of 32, and one output
    ``colors``; see ``tremendo.finish.color.engines.onnx_engine`` for what they mean.

    Args:
        kind: ``ddcolor`` or ``deoldify``; sizes of all layers are taken from the checkpoint.
        checkpoint: weights as PyTorch or safetensors store them.
        output: written whole or not at all.

    Raises:
        UsageError: another kind.
        MediaError: the file is damaged, not a dictionary of tensors, or another network.
    """
    if kind not in _KINDS:
        raise UsageError(f"no converter for {kind}", hint=f"one of: {', '.join(_KINDS)}")
    network = _built(kind, plain_weights(read_weights(checkpoint)), checkpoint)
    free = {0: "N", 2: "H", 3: "W"}
    example = torch.full((1, 3, 64, 96), 0.5)
    write_onnx(traced(network, example, {"picture": free, "colors": free}), output)


def _built(kind: str, weights: dict[str, Tensor], checkpoint: Path) -> nn.Module:
    design, unused = _KINDS[kind]
    used = {name: value for name, value in weights.items() if not name.startswith(unused)}
    return filled(lambda: design(used), used, kind, checkpoint)
