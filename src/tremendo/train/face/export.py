"""The face renderer as one ONNX file: half-precision weights, facts in its metadata."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Mapping
from pathlib import Path

import onnx
import torch

from tremendo.finish.animate.closeup import CHANNELS, SIDE
from tremendo.train.export import store_as_half
from tremendo.train.face.network import FaceNet
from tremendo.train.network import METADATA_KEY

__all__ = ["export_face"]


def export_face(network: FaceNet, output: Path, facts: Mapping[str, object]) -> None:
    """Write the network as ONNX.

    Input ``maps (N, 16, 160, 160) float32`` (see `closeup.CHANNELS`), output ``change (N, 1, 160,
    160)`` in ranges of the face's tones. The metadata entry ``tremendo`` is a JSON object with
    the facts and the names of the channels.

    Args:
        network: trained weights.
        output: the file to write (atomically).
        facts: name, version and training facts, JSON-serializable.
    """
    buffer = io.BytesIO()
    device = next(network.parameters()).device
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(1, len(CHANNELS), SIDE, SIDE, device=device),),
            buffer,
            input_names=["maps"],
            output_names=["change", "mask"],
            dynamic_axes={name: {0: "N"} for name in ("maps", "change", "mask")},
            opset_version=17,
            do_constant_folding=False,
            dynamo=False,
        )
    model = onnx.load_from_string(buffer.getvalue())
    store_as_half(model.graph)
    facts = {**facts, "channels": list(CHANNELS), "side": SIDE}
    model.metadata_props.add(key=METADATA_KEY, value=json.dumps(facts))
    onnx.checker.check_model(model)
    part = output.with_name(output.name + ".part")
    part.write_bytes(model.SerializeToString())
    part.replace(output)
