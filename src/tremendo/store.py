"""Content-addressed results: the same work is never done twice, and old settings come back free.

A key is the digest of everything a result depends on: digests of its inputs, the step's name and
version, its parameters, the digest of the weights. Files lie under ``store/ab/<key>.<suffix>`` and
appear there only when complete; beside each stands ``<key>.<suffix>.sum`` with size and sha256,
and what does not fit is made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tremendo.media.atomic import atomic_path, write_text
from tremendo.serialization import from_plain, to_plain

__all__ = ["Store", "digest_file", "key"]

T = TypeVar("T")


def key(step: str, version: int, **depends: object) -> str:
    """The key of a result: hex digest of the step and of everything it depends on."""
    text = json.dumps([step, version, to_plain(depends)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def digest_file(path: Path) -> str:
    """Sha256 of a file's content, or of names and contents of an image sequence's pictures."""
    if path.is_dir():
        from tremendo.media.sequence import sequence_files

        whole = hashlib.sha256()
        for number, file in sequence_files(path):
            whole.update(f"{number} {digest_file(file)}\n".encode())
        return whole.hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Store:
    """Results in a folder, by key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str, suffix: str) -> Path:
        """Where the result of a key lies, or would lie."""
        return self.folder / name[:2] / f"{name}{suffix}"

    def get(self, name: str, suffix: str) -> Path | None:
        """The result's file if it is there and intact."""
        path = self.path(name, suffix)
        sum_file = path.with_name(path.name + ".sum")
        try:
            size, digest = sum_file.read_text().split()
            if path.stat().st_size == int(size) and digest_file(path) == digest:
                return path
        except (OSError, ValueError):
            pass
        return None

    def put(self, name: str, suffix: str, write: Callable[[Path], None]) -> Path:
        """Make a result: ``write`` gets a temporary path to fill.

        Raises:
            ResourceError: disk full or no permission.
        """
        with self.writing(name, suffix) as part:
            write(part)
        return self.path(name, suffix)

    @contextmanager
    def writing(self, name: str, suffix: str) -> Iterator[Path]:
        """A temporary path to fill inside the block; the result is there once it is left.

        Raises:
            ResourceError: disk full or no permission.
        """
        path = self.path(name, suffix)
        with atomic_path(path) as part:
            yield part
            record = f"{part.stat().st_size} {digest_file(part)}"
        write_text(path.with_name(path.name + ".sum"), record)

    def get_record(self, name: str, kind: type[T]) -> T | None:
        """A result that is a dataclass, or None."""
        path = self.get(name, ".json")
        if path is None:
            return None
        try:
            return from_plain(kind, json.loads(path.read_text()))
        except (ValueError, TypeError, KeyError):
            return None

    def put_record(self, name: str, record: Any) -> Path:  # noqa: ANN401 - any dataclass
        """Keep a dataclass as JSON."""
        content = json.dumps(to_plain(record)).encode()
        return self.put(name, ".json", lambda part: _write(part, content))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
