"""LivePortrait's motion templates: a performance without the film it was read in.

A ``.pkl`` template is a pickle, which may call whatever it names. This reader builds numbers, text,
lists, dictionaries and NumPy arrays of numbers, and refuses everything else before it is called.
The same content as ``.json`` is read too.
"""

from __future__ import annotations

import io
import json
import math
import pickle
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import MediaError
from tremendo.finish.animate.face.liveportrait.crop import Crop
from tremendo.finish.animate.face.liveportrait.networks import POINTS
from tremendo.finish.animate.face.mesh.mesh import NECK
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.models.torch_file import UNPICKLING
from tremendo.perception.face_geometry import CanonicalFace, angles

__all__ = ["SUFFIXES", "template_motion"]

SUFFIXES = (".pkl", ".json")
_MOST_BYTES = 2**28
_MOST_FRAMES = 36000
_RATES = (1, 240)
_HINT = "give a template as LivePortrait writes it (.pkl), or the same content as .json"


def template_motion(file: Path, canonical: CanonicalFace) -> tuple[HeadMotion, Fraction]:
    """The motion in a template, relative to its first frame, and its frames a second.

    Raises:
        MediaError: no such file, not a template, or one that asks for code to be run.
    """
    try:
        return _motion(_content(file), canonical)
    except _TemplateError as error:
        raise MediaError(f"not a motion template: {error}", path=file, hint=_HINT) from error
    except UNPICKLING as error:
        reason = f"{type(error).__name__}: {error}"[:160]
        raise MediaError(f"not a motion template ({reason})", path=file, hint=_HINT) from error


def _content(file: Path) -> object:
    if file.stat().st_size > _MOST_BYTES:
        raise _TemplateError("it is larger than 256 MiB")
    data = file.read_bytes()
    return json.loads(data) if file.suffix.lower() == ".json" else _Unpickler(data).load()


def _motion(content: object, canonical: CanonicalFace) -> tuple[HeadMotion, Fraction]:
    if not isinstance(content, dict) or not isinstance(content.get("motion"), list):
        raise _TemplateError("it holds no list of motion")
    items: list[Mapping[str, object]] = content["motion"]
    if not 0 < len(items) <= _MOST_FRAMES:
        raise _TemplateError(f"it has {len(items)} frames")
    rate = float(content.get("output_fps", 25))
    if not _RATES[0] <= rate <= _RATES[1]:
        raise _TemplateError(f"{rate} frames a second are out of reach")
    poses = _column(items, ("R", "R_d"), (3, 3)).transpose(0, 2, 1)  # stored for rows
    points = _column(items, ("exp",), (POINTS, 3))
    places = _column(items, ("t",), (3,))[:, :2]
    if np.abs(poses @ poses.transpose(0, 2, 1) - np.eye(3)).max() > 0.01:
        raise _TemplateError("its rotations are none")
    turns = poses @ poses[0].T
    way = (places - places[0]) * (Crop.of(canonical.vertices).side / 2)
    still = HeadMotion.still(len(items))
    motion = HeadMotion(
        turn=np.array([angles(turn) for turn in turns]),
        shift=way - (NECK - turns @ NECK)[:, :2],  # the engine swings the head about its neck
        lids=still.lids,
        gaze=still.gaze,
        expression=still.expression,
        breath=still.breath,
        points=(points - points[0]).astype(np.float32),
    )
    return motion, Fraction(rate).limit_denominator(1001)


def _column(
    items: Sequence[Mapping[str, object]], names: Sequence[str], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """One entry of all frames, ``(n, *shape)``."""
    rows = []
    for item in items:
        if not isinstance(item, dict):
            raise _TemplateError("a frame of it is no dictionary")
        name = next((name for name in names if name in item), None)
        if name is None:
            raise _TemplateError(f"a frame of it lacks {names[0]}")
        rows.append(np.asarray(item[name], np.float64).reshape(shape))
    column = np.array(rows)
    if not np.isfinite(column).all():
        raise _TemplateError(f"{names[0]} is not finite")
    return column


class _TemplateError(Exception):
    """The file is readable, but no template."""


class _Array:
    """Stands for a NumPy array while it is being read."""

    def __setstate__(self, state: tuple[object, ...]) -> None:
        """Take shape, kind and bytes as `numpy.ndarray` stores them."""
        _, shape, kind, by_columns, content = state
        self._take(content, kind, shape, by_columns=bool(by_columns))

    @classmethod
    def of_buffer(cls, content: object, kind: object, shape: object, order: object) -> _Array:
        """The same as newer pickles store it."""
        made = cls()
        whole = bytes(content) if isinstance(content, bytearray) else content
        made._take(whole, kind, shape, by_columns=order == "F")
        return made

    def _take(self, content: object, kind: object, shape: object, *, by_columns: bool) -> None:
        if not isinstance(kind, _Kind) or not isinstance(content, bytes):
            raise _TemplateError("an array of it holds something other than numbers")
        if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
            raise _TemplateError("an array of it has no shape")
        if math.prod(shape) * kind.dtype.itemsize != len(content):
            raise _TemplateError("an array of it is not as long as it says")
        flat = np.frombuffer(content, kind.dtype)
        self.values: NDArray[Any] = (
            flat.reshape(shape[::-1]).T if by_columns else flat.reshape(shape)
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401
        """The array."""
        del copy
        return np.array(self.values, dtype)


class _Kind:
    """Stands for a NumPy number type."""

    def __init__(self, name: object, *_: object) -> None:
        if name not in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1"):
            raise _TemplateError(f"an array of it holds {str(name)[:20]}")
        self.dtype = np.dtype(str(name))

    def __setstate__(self, state: tuple[object, ...]) -> None:
        """Take the order of bytes."""
        if len(state) > 1 and state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(str(state[1]))  # type: ignore[arg-type]


def _scalar(kind: _Kind, content: bytes) -> float:
    return float(np.frombuffer(content, kind.dtype, 1)[0])


def _array(*_: object) -> _Array:
    return _Array()


_BUILDERS: dict[str, Callable[..., object]] = {
    "_reconstruct": _array,
    "_frombuffer": _Array.of_buffer,
    "ndarray": _array,
    "dtype": _Kind,
    "scalar": _scalar,
}
_PARTS = ("multiarray", "numeric")
_MODULES = ("numpy", *(f"numpy.{core}.{part}" for core in ("core", "_core") for part in _PARTS))


class _Unpickler(pickle.Unpickler):
    """Knows NumPy's arrays of numbers and no other class or function."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - pickle's own signature
        if module in _MODULES and name in _BUILDERS:
            return _BUILDERS[name]
        if (module, name) == ("_codecs", "encode"):  # bytes, in pickles of the oldest kinds
            return _bytes
        raise _TemplateError(f"it asks to run {module}.{name}, which motion never needs")


def _bytes(text: str, _encoding: str) -> bytes:
    return text.encode("latin1")
