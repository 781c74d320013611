"""Small networks with random weights, in the contracts of those that users have."""

from pathlib import Path

import numpy as np


def model(
    path: Path,
    *,
    outputs: int,
    inputs: int = 3,
    size: int | str = "side",
    scale: float = 1.0,
    kind: str = "Conv",
) -> Path:
    """A convolution with random weights, saved as ONNX."""
    import onnx

    rng = np.random.default_rng(0)
    weight = (rng.normal(0, 1, (outputs, inputs, 3, 3)) * scale).astype(np.float32)
    node = onnx.helper.make_node(kind, ["picture", "w"], ["colors"], pads=[1, 1, 1, 1])
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [node],
        "g",
        [value("picture", 1, [1, inputs, size, size])],
        [value("colors", 1, [1, outputs, size, size])],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    made.ir_version = 8
    onnx.save(made, path)
    return path
