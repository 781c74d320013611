"""A torch network in, one ONNX file out: half-precision weights, facts in its metadata."""

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

__all__ = ["HALF", "METADATA_KEY", "traced", "write_onnx"]

METADATA_KEY = "tremendo"
"""The entry of an ONNX file's metadata with the facts, as JSON."""
HALF = ".half"
"""Ending of the names of weights that an ONNX file stores as float16."""


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
