"""Frozen dataclasses to JSON and back.

Results of every act are frozen dataclasses made of numbers, strings, booleans, None, ``Fraction``
(written ``"num/den"``), ``Path`` (written as text), tuples, dicts with string keys and other such
dataclasses.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

__all__ = ["formerly", "from_plain", "to_plain"]

_FORMERLY = "formerly"


def formerly(*names: str) -> dict[str, tuple[str, ...]]:
    """Metadata of a dataclass field under which files of an older version knew it by ``names``."""
    return {_FORMERLY: names}


def to_plain(value: object) -> Any:  # noqa: ANN401, PLR0911 - JSON is dynamic, a branch a kind
    """Turn a dataclass (or a container of them) into what ``json.dumps`` takes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [to_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): to_plain(v) for k, v in value.items()}
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        return value.item()
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


@cache
def _old_names(kind: type) -> dict[str, str]:
    """Today's name of each field by its former names."""
    return {
        old: field.name
        for field in dataclasses.fields(typing.cast("Any", kind))
        for old in field.metadata.get(_FORMERLY, ())
    }


def from_plain(kind: type[T], data: Any) -> T:  # noqa: ANN401 - JSON is dynamic
    """Rebuild a value of ``kind`` from what :func:`to_plain` made.

    Fields that the data lack take their defaults; unknown keys are ignored and former names of a
    field (see :func:`formerly`) are understood, so files of an older version still load.

    Raises:
        TypeError: a field without default is missing, or the shape does not fit.
    """
    return typing.cast("T", _build(kind, data))


def _build(kind: Any, data: Any) -> Any:  # noqa: ANN401, PLR0911 - one branch per kind
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        if data is None:
            return None
        inner = next(k for k in typing.get_args(kind) if k is not type(None))
        return _build(inner, data)
    if origin is tuple:
        args = typing.get_args(kind)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_build(args[0], v) for v in data)
        return tuple(_build(k, v) for k, v in zip(args, data, strict=True))
    if origin is dict:
        value_kind = typing.get_args(kind)[1]
        return {k: _build(value_kind, v) for k, v in data.items()}
    if kind is Fraction:
        return Fraction(data)
    if kind is Path:
        return Path(data)
    if kind is float:
        return float(data)
    if dataclasses.is_dataclass(kind):
        hints = _hints(typing.cast("type", kind))
        known = {
            old: new
            for old, new in _old_names(typing.cast("type", kind)).items()
            if new not in data
        }
        named = {known.get(k, k): v for k, v in data.items()}
        return kind(**{k: _build(hints[k], v) for k, v in named.items() if k in hints})  # type: ignore[operator]
    return data
