"""The color network as one ONNX file: half-precision weights, facts and grid in its metadata."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from tremendo.media.atomic import atomic_path
from tremendo.train.network import HALF, METADATA_KEY, ColorNet

__all__ = ["export_onnx", "traced", "write_onnx"]


def export_onnx(network: ColorNet, output: Path, facts: Mapping[str, object]) -> None:
    """Write the network as ONNX with free batch, height and width.

    Input ``luma (N, 1, H, W) float32`` (CIE L*, 0 to 100), outputs ``logits (N, Q, H/4, W/4)``,
    ``embedding (N, 352)`` and ``features (N, 160, H/8, W/8)``. Weights are stored as float16 and
    computed with as float32. The metadata entry ``tremendo`` is a JSON object: the facts, ``grid``
    (the Q ab bins), ``emphasis`` and ``power`` (see ``ColorNet``) and ``aliases`` (weights that
    are equal to others and not stored again).

    Args:
        network: trained weights; left in the mode it was in.
        output: the file to write (atomically).
        facts: name, version and training facts, JSON-serializable.
    """
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    model = traced(
        network,
        torch.zeros(1, 1, 192, 256, device=device),
        {
            "luma": {0: "N", 2: "H", 3: "W"},
            "logits": {0: "N", 2: "h", 3: "w"},
            "embedding": {0: "N"},
            "features": {0: "N", 2: "h2", 3: "w2"},
        },
        training=torch.onnx.TrainingMode.PRESERVE,  # weights keep their names: see load_weights
        do_constant_folding=False,
    )
    network.train(was_training)
    aliases = _aliases(model.graph, network)
    buffers = {
        name: getattr(network, name).detach().cpu().numpy().round(4).tolist()
        for name in ("grid", "emphasis", "power")
    }
    write_onnx(model, output, {**facts, "aliases": aliases, **buffers})


def traced(
    network: torch.nn.Module,
    examples: torch.Tensor | tuple[torch.Tensor, ...],
    axes: Mapping[str, Mapping[int, str]],
    opset: int = 17,
    **options: Any,  # noqa: ANN401 - of torch.onnx.export
) -> onnx.ModelProto:
    """A network as ONNX, its large weights as float16.

    Args:
        network: in the mode in which it is to be.
        examples: its input, or all of them.
        axes: names of the inputs and the outputs, in their order, with the axes left open.
        opset: version of ONNX's operators.
        options: of ``torch.onnx.export``.
    """
    buffer = io.BytesIO()
    names = list(axes)
    inputs = (examples,) if isinstance(examples, torch.Tensor) else examples
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            inputs,
            buffer,
            input_names=names[: len(inputs)],
            output_names=names[len(inputs) :],
            dynamic_axes=axes,
            opset_version=opset,
            dynamo=False,
            **options,
        )
    model = onnx.load_from_string(buffer.getvalue())
    _store_as_half(model.graph)
    return model


def write_onnx(
    model: onnx.ModelProto, output: Path, facts: Mapping[str, object] | None = None
) -> None:
    """Write a model, atomically; facts become its metadata entry ``tremendo``, a JSON object."""
    if facts is not None:
        model.metadata_props.add(key=METADATA_KEY, value=json.dumps(facts))
    onnx.checker.check_model(model)
    with atomic_path(output) as part:
        part.write_bytes(model.SerializeToString())


def _aliases(graph: onnx.GraphProto, network: ColorNet) -> dict[str, str]:
    """Weights that the exporter left out because others are equal: name to name of the other."""
    kept = {tensor.name.removesuffix(HALF) for tensor in graph.initializer}
    weights = {name: value for name, value in network.state_dict().items() if value.ndim > 0}
    return {
        name: next(k for k in kept if k in weights and torch.equal(weights[k], value))
        for name, value in weights.items()
        if name not in kept and name not in ("grid", "emphasis")
    }


def _store_as_half(graph: onnx.GraphProto) -> None:
    """Keep large float weights as float16 behind a cast, which runtimes fold when they load."""
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2:  # normalizations stay in full precision
            continue
        name = tensor.name
        half = numpy_helper.from_array(values.astype(np.float16), name + HALF)
        tensor.CopyFrom(half)
        casts.append(helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
