"""The face renderer as one ONNX file: half-precision weights, facts in its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from tremendo.finish.animate.face.renderer.input import CHANNELS, SIDE
from tremendo.train.export import traced, write_onnx
from tremendo.train.face.network import FaceNet

__all__ = ["export_face"]


def export_face(network: FaceNet, output: Path, facts: Mapping[str, object]) -> None:
    """Write the network as ONNX.

    Input ``maps (N, 16, 160, 160) float32`` (see `face_input.CHANNELS`), output ``change (N, 1,
    160, 160)`` in ranges of the face's tones. The metadata entry ``tremendo`` is a JSON object with
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
