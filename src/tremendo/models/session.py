"""Open weights: the only place that imports onnxruntime and LiteRT."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tremendo.errors import MediaError
from tremendo.models.catalog import path as model_path

__all__ = ["open_litert", "open_onnx"]


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the C++ library's chatter about its delegates off stderr."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _file(name_or_path: str | Path) -> Path:
    given = Path(name_or_path)
    if given.suffix or len(given.parts) > 1:
        if not given.is_file():
            raise MediaError("there is no such model file", path=given)
        return given
    return model_path(str(name_or_path))


def open_onnx(model: str | Path | bytes, threads: int = 1) -> Any:  # noqa: ANN401 - untyped library
    """An ``onnxruntime.InferenceSession`` on the CPU.

    Args:
        model: entry of the catalog, an ``.onnx`` file, or its content.
        threads: threads within one operation; results do not depend on it in practice.

    Raises:
        ModelMissingError: the catalog's file is not on this machine.
        MediaError: not a model that onnxruntime accepts.
    """
    import onnxruntime as ort

    content = model if isinstance(model, bytes) else str(_file(model))
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own, unexported kinds
        raise MediaError(
            f"not a usable ONNX model ({str(error)[:200]})",
            path=None if isinstance(content, bytes) else content,
            hint="export it again, or run `tremendo models list`",
        ) from error


def open_litert(model: str | Path | bytes, threads: int = 1) -> Any:  # noqa: ANN401 - untyped
    """A LiteRT ``Interpreter`` with its tensors allocated.

    Raises:
        ModelMissingError: the catalog's file is not on this machine.
        MediaError: not a model that LiteRT accepts.
    """
    from ai_edge_litert.interpreter import Interpreter

    content = model if isinstance(model, bytes) else _file(model).read_bytes()
    try:
        with _silent():
            interpreter = Interpreter(model_content=content, num_threads=threads)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise MediaError(
            f"not a usable LiteRT model ({str(error)[:200]})",
            hint="tremendo models pull face --again",
        ) from error
    return interpreter
