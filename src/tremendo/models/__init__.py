"""Weights: what they are for, whence they come, and opening them."""

from __future__ import annotations

from tremendo.models.catalog import Model, add, catalog, find, opened, path
from tremendo.models.fetch import pull, verify
from tremendo.models.session import open_litert, open_onnx

__all__ = [
    "Model",
    "add",
    "catalog",
    "find",
    "open_litert",
    "open_onnx",
    "opened",
    "path",
    "pull",
    "verify",
]
