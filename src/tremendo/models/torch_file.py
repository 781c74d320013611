"""Weights from a PyTorch file, read without PyTorch and without running what the file says.

``torch.save`` writes a zip archive: ``*/data.pkl`` is a pickle of the dictionary, in which each
tensor names a storage, and ``*/data/KEY`` holds the bytes of storage KEY. A pickle may call any
function it names, so this reader lets it name only the few that a dictionary of tensors needs
and refuses everything else before it is called. Files of before PyTorch 1.6 hold pickles one
after another instead (a magic number, a version, the machine, the dictionary, the storages'
keys) and then each storage's length and bytes; they are read as well.
"""

from __future__ import annotations

import collections
import io
import math
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import MediaError

__all__ = ["UNPICKLING", "read_state_dict", "read_weights"]

_MOST_BYTES = 2**31
_MOST_PICKLE_BYTES = 2**24
_HINT = "fetch the weights again: tremendo models pull"

_DTYPES = {
    "DoubleStorage": np.dtype("<f8"),
    "FloatStorage": np.dtype("<f4"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}


def read_weights(path: str | Path) -> dict[str, NDArray[Any]]:
    """The tensors of a checkpoint, as PyTorch or as safetensors stores them.

    Raises:
        MediaError: see :func:`read_state_dict`.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        return read_state_dict(path)
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise MediaError(f"no whole safetensors file ({error})", path=path) from error


def read_state_dict(path: str | Path) -> dict[str, NDArray[Any]]:
    """The tensors of a file that ``torch.save(module.state_dict(), path)`` wrote.

    Args:
        path: a file in PyTorch's zip format, or in its older one; the dictionary may lie in another
            one under ``params_ema``, ``params``, ``model`` or ``state_dict``, or be one of several
            networks' dictionaries, whose names are then joined by a dot to those of the tensors.

    Returns:
        Arrays by their names, in the file's order, of at most 2 GiB in all.

    Raises:
        MediaError: the file is missing, damaged, of another format, larger than that, or its
            pickle asks for anything but a dictionary of tensors.
    """
    path = Path(path)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                state = _read_archive(archive)
        else:
            state = _read_stream(path.read_bytes())
    except _RefusedError as error:
        raise MediaError(str(error), path=path, hint=_HINT) from error
    except FileNotFoundError as error:
        raise MediaError("There is no such file of weights", path=path, hint=_HINT) from error
    except _DAMAGE as error:
        raise MediaError(
            f"This is not a whole file of PyTorch weights ({error})", path=path, hint=_HINT
        ) from error
    return state


UNPICKLING = (
    OSError,
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
)
"""What unpickling and reshaping damaged bytes can raise."""

_DAMAGE = (*UNPICKLING, zipfile.BadZipFile, struct.error, NotImplementedError, RuntimeError)


class _RefusedError(Exception):
    """The file is readable, but asks for what a file of weights has no business with."""


def _read_archive(archive: zipfile.ZipFile) -> dict[str, NDArray[Any]]:
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    if sum(sizes.values()) > _MOST_BYTES:
        raise _RefusedError("The file unpacks to more than 2 GiB")
    pickles = [name for name in sizes if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise _RefusedError("The archive holds no single data.pkl, so torch.save did not write it")
    folder = pickles[0].removesuffix("data.pkl")
    if sizes[pickles[0]] > _MOST_PICKLE_BYTES:
        raise _RefusedError("The table of contents is larger than 16 MiB")
    if folder + "byteorder" in sizes and archive.read(folder + "byteorder") != b"little":
        raise _RefusedError("The weights are stored big-endian, which is not supported")

    def bytes_of(key: str, dtype: np.dtype[Any], _count: int) -> NDArray[Any]:
        return np.frombuffer(archive.read(f"{folder}data/{key}"), dtype=dtype)

    with archive.open(pickles[0]) as stream:
        return _dictionary(_TensorUnpickler(stream, bytes_of).load())


def _read_stream(data: bytes) -> dict[str, NDArray[Any]]:
    """The older format: the dictionary is read twice, since its storages come after it."""
    if len(data) > _MOST_BYTES:
        raise _RefusedError("The file is larger than 2 GiB")
    stream = io.BytesIO(data)
    if _TensorUnpickler(stream, _none).load() != _MAGIC:
        raise _RefusedError("torch.save did not write this file")
    _TensorUnpickler(stream, _none).load()  # version
    machine = _TensorUnpickler(stream, _none).load()
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise _RefusedError("The weights are stored big-endian, which is not supported")
    start = stream.tell()
    sizes: dict[str, np.dtype[Any]] = {}

    def note(key: str, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        sizes[key] = dtype
        return np.zeros(min(count, len(data)), dtype)

    _TensorUnpickler(stream, note).load()
    keys = _TensorUnpickler(stream, _none).load()
    storages: dict[str, NDArray[Any]] = {}
    for key in keys:
        (count,) = struct.unpack("<q", stream.read(8))
        raw = stream.read(count * sizes[key].itemsize)
        storages[key] = np.frombuffer(raw, dtype=sizes[key], count=count)
    stream.seek(start)
    return _dictionary(_TensorUnpickler(stream, lambda key, *_: storages[key]).load())


_MAGIC = 0x1950A86A20F9469CFC6C


def _none(key: str, _dtype: np.dtype[Any], _count: int) -> NDArray[Any]:
    raise _RefusedError(f"The file names storage {key} where none belongs")


_INNER = ("params_ema", "params", "model", "state_dict")
"""Where training programs put the weights when they store other things beside them."""


def _dictionary(state: object) -> dict[str, NDArray[Any]]:
    if isinstance(state, dict):
        state = next((state[k] for k in _INNER if isinstance(state.get(k), dict)), state)
    if isinstance(state, dict) and state and all(isinstance(v, dict) for v in state.values()):
        state = {f"{part}.{k}": v for part, inner in state.items() for k, v in inner.items()}
    if not isinstance(state, dict) or not all(
        isinstance(k, str) and isinstance(v, np.ndarray) for k, v in state.items()
    ):
        raise _RefusedError("The file holds something other than a dictionary of tensors")
    return dict(state)


class _StateDict(collections.OrderedDict[str, Any]):
    """PyTorch hangs version numbers (``_metadata``) on its dictionary; they are dropped here."""

    def __setstate__(self, state: object) -> None:
        """Ignore the attributes that the file brings."""


class _TensorUnpickler(pickle.Unpickler):
    """Builds NumPy arrays where the pickle says tensor; knows no other function or class."""

    def __init__(
        self,
        stream: IO[bytes],
        read: Callable[[str, np.dtype[Any], int], NDArray[Any]],
    ) -> None:
        super().__init__(stream)
        self._read = read
        self._storages: dict[str, NDArray[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - pickle's own signature
        if (module, name) == ("collections", "OrderedDict"):
            return _StateDict
        if module == "torch._utils" and name in _BUILDERS:
            return _BUILDERS[name]
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise _RefusedError(f"The file asks to run {module}.{name}, which weights never need")

    def persistent_load(self, pid: Any) -> NDArray[Any]:  # noqa: ANN401 - pickle's own signature
        kind, dtype, key, _device, count = pid[:5]
        if kind != "storage" or not isinstance(dtype, np.dtype) or not str(key).isalnum():
            raise _RefusedError("The file names a storage in an unknown way")
        if key not in self._storages:
            self._storages[key] = self._read(key, dtype, count)
        storage = self._storages[key]
        if storage.dtype != dtype or len(storage) < count:
            raise _RefusedError(f"Storage {key} is not what the table of contents says")
        return storage


def _rebuild_tensor(
    storage: NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> NDArray[Any]:
    """A tensor as a copy of the part of its storage that offset, shape and strides describe."""
    if min((offset, *shape, *strides)) < 0 or len(shape) != len(strides):
        raise _RefusedError("A tensor has an impossible shape")
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    if (0 not in shape and last >= len(storage)) or math.prod(shape) > len(storage):
        raise _RefusedError("A tensor reaches beyond its storage")
    view = np.lib.stride_tricks.as_strided(
        storage[offset:], shape, tuple(step * storage.itemsize for step in strides)
    )
    return np.array(view)


def _rebuild_parameter(data: NDArray[Any], *_: object) -> NDArray[Any]:
    return data


_BUILDERS = {"_rebuild_tensor_v2": _rebuild_tensor, "_rebuild_parameter": _rebuild_parameter}
