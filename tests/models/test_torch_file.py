"""Weights are read without PyTorch, and nothing that a hostile file asks for is run."""

from __future__ import annotations

import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tremendo import models
from tremendo.errors import MediaError, ModelMissingError
from tremendo.models import torch_file
from tremendo.models.torch_file import read_state_dict


def _integer(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def _text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def _tensor(key: str, count: int, shape, strides, *, offset=0, storage="FloatStorage") -> bytes:
    """Pickle of one tensor as torch.save writes it."""
    persistent = (
        b"(" + _text("storage") + b"ctorch\n" + storage.encode() + b"\n" + _text(key)
        + _text("cpu") + _integer(count) + b"tQ"
    )  # fmt: skip
    numbers = [b"(" + b"".join(map(_integer, n)) + b"t" for n in (shape, strides)]
    hooks = b"ccollections\nOrderedDict\n)R"
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n("
        + persistent + _integer(offset) + numbers[0] + numbers[1] + b"\x89" + hooks + b"tR"
    )  # fmt: skip


def _state_dict(tensors: dict[str, bytes]) -> bytes:
    items = b"".join(_text(name) + tensor for name, tensor in tensors.items())
    metadata = b"}" + _text("_metadata") + b"}s"  # the attributes that PyTorch hangs on it
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + items + b"u" + metadata + b"b."


def _write(path: Path, table: bytes, storages: dict[str, np.ndarray] | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", table)
        for key, values in (storages or {}).items():
            archive.writestr(f"archive/data/{key}", values.tobytes())
        archive.writestr("archive/version", "3\n")
    return path


def test_tensors_come_back_with_names_shapes_types_and_views(tmp_path):
    values = np.arange(12, dtype=np.float32)
    ids = np.array([5, 6], np.int64)
    table = _state_dict(
        {
            "whole": _tensor("0", 12, (3, 4), (4, 1)),
            "turned": _tensor("0", 12, (4, 3), (1, 4)),
            "part": _tensor("0", 12, (2, 2), (4, 1), offset=5),
            "ids": _tensor("1", 2, (2,), (1,), storage="LongStorage"),
            "empty": _tensor("0", 12, (0, 4), (4, 1)),
        }
    )
    state = read_state_dict(_write(tmp_path / "w.pt", table, {"0": values, "1": ids}))
    assert list(state) == ["whole", "turned", "part", "ids", "empty"]
    assert np.array_equal(state["whole"], values.reshape(3, 4))
    assert np.array_equal(state["turned"], values.reshape(3, 4).T)
    assert np.array_equal(state["part"], [[5, 6], [9, 10]])
    assert state["ids"].dtype == np.int64
    assert state["ids"].tolist() == [5, 6]
    assert state["empty"].shape == (0, 4)


class _Command:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        import os

        return os.system, (f"touch {self.marker}",)


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_file_that_runs_a_command_is_refused_and_nothing_runs(tmp_path, protocol):
    marker = tmp_path / "ran"
    path = _write(tmp_path / "evil.pt", pickle.dumps({"w": _Command(marker)}, protocol))
    with pytest.raises(MediaError, match="asks to run"):
        read_state_dict(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "name",
    ["builtins\neval", "builtins\ngetattr", "collections\nnamedtuple", "torch\nload", "os\nsystem",
     "torch._utils\nos", "torch.storage\n_load_from_bytes", "numpy.lib.format\nread_array"],
)  # fmt: skip
def test_only_the_parts_of_a_state_dict_may_be_named(tmp_path, name):
    path = _write(tmp_path / "evil.pt", b"\x80\x02c" + name.encode() + b"\n.")
    with pytest.raises(MediaError, match="asks to run"):
        read_state_dict(path)


@pytest.mark.parametrize(
    "tensor",
    [
        _tensor("0", 4, (2, 3), (3, 1)),
        _tensor("0", 4, (2,), (4,)),
        _tensor("0", 4, (2,), (1,), offset=3),
        _tensor("0", 4, (2,), (-1,), offset=1),
        _tensor("0", 4, (2,), (1,), offset=-1),
        _tensor("0", 4, (2, 2), (1,)),
        _tensor("0", 4, (2**30, 2**30), (0, 0)),
        _tensor("0", 400, (2,), (1,)),
        _tensor("../../etc/passwd", 4, (2,), (1,)),
        _tensor("7", 4, (2,), (1,)),
        _tensor("0", 4, (2,), (1,), storage="OrderedDict"),
    ],
)
def test_tensors_that_do_not_fit_their_storage_are_refused(tmp_path, tensor):
    path = _write(tmp_path / "w.pt", _state_dict({"w": tensor}), {"0": np.zeros(4, np.float32)})
    with pytest.raises(MediaError):
        read_state_dict(path)


def test_what_is_no_dictionary_of_tensors_is_refused(tmp_path):
    for value in ([1, 2], {"a": 1}, {3: "x"}, "text"):
        with pytest.raises(MediaError, match="something other"):
            read_state_dict(_write(tmp_path / "w.pt", pickle.dumps(value)))


def test_damaged_files_are_named(tmp_path):
    good = _write(
        tmp_path / "w.pt",
        _state_dict({"w": _tensor("0", 4, (4,), (1,))}),
        {"0": np.ones(4, np.float32)},
    )
    whole = good.read_bytes()
    assert read_state_dict(good)["w"].tolist() == [1, 1, 1, 1]
    broken = tmp_path / "broken.pt"
    for content in (b"", b"not a zip", whole[: len(whole) // 2], pickle.dumps({})):
        broken.write_bytes(content)
        with pytest.raises(MediaError) as error:
            read_state_dict(broken)
        assert error.value.path == str(broken)
    flipped = bytearray(whole)
    flipped[whole.index(np.ones(4, np.float32).tobytes())] ^= 0xFF  # fails the zip's checksum
    broken.write_bytes(flipped)
    with pytest.raises(MediaError):
        read_state_dict(broken)
    with pytest.raises(MediaError, match="no such file"):
        read_state_dict(tmp_path / "absent.pt")


def test_an_archive_that_unpacks_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(torch_file, "_MOST_BYTES", 1000)
    path = _write(tmp_path / "w.pt", _state_dict({}), {"0": np.zeros(1000, np.float32)})
    with pytest.raises(MediaError, match="2 GiB"):
        read_state_dict(path)


def test_same_as_pytorch_on_the_real_weights():
    torch = pytest.importorskip("torch")
    try:
        path = models.path("beatnet-1")
    except ModelMissingError as error:
        pytest.skip(str(error.hint))
    ours, theirs = read_state_dict(path), torch.load(path, weights_only=True)
    assert list(ours) == list(theirs)
    assert all(np.array_equal(ours[name], theirs[name].numpy()) for name in ours)


class TestOlderFormat:
    """Pickles one after another, as PyTorch wrote before 1.6."""

    def test_the_same_tensors(self, tmp_path):
        torch = pytest.importorskip("torch")
        state = {"a": torch.arange(12.0).reshape(3, 4).T, "b": torch.tensor([7, 8])}
        file = tmp_path / "old.pt"
        torch.save(state, file, _use_new_zipfile_serialization=False)
        read = read_state_dict(file)
        np.testing.assert_array_equal(read["a"], state["a"].numpy())
        np.testing.assert_array_equal(read["b"], [7, 8])

    def test_it_runs_nothing(self, tmp_path):
        class Evil:
            def __reduce__(self):
                return (print, ("run",))

        file = tmp_path / "evil.pt"
        parts = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, Evil(), []]
        file.write_bytes(b"".join(pickle.dumps(part, protocol=2) for part in parts))
        with pytest.raises(MediaError, match="print"):
            read_state_dict(file)

    @pytest.mark.parametrize("length", [0, 1, 30, 200, 400])
    def test_half_a_file(self, tmp_path, length):
        torch = pytest.importorskip("torch")
        file = tmp_path / "old.pt"
        torch.save({"a": torch.zeros(40)}, file, _use_new_zipfile_serialization=False)
        file.write_bytes(file.read_bytes()[:length])
        with pytest.raises(MediaError):
            read_state_dict(file)
