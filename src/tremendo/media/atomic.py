"""Write beside the final name, verify, then rename: a final path never holds half a file."""

from __future__ import annotations

import errno
import glob
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tremendo.errors import ResourceError

__all__ = ["atomic_path", "no_room", "write_bytes", "write_text"]

_NO_ROOM = {
    errno.ENOSPC: ("the disk is full", "free some space and run the same command again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and run the same command again"),
    errno.EACCES: ("no permission to write here", "choose another folder or change its rights"),
    errno.EPERM: ("no permission to write here", "choose another folder or change its rights"),
    errno.EROFS: ("the file system is read-only", "choose another folder"),
}


def no_room(error: OSError, path: Path) -> OSError:
    """The typed form of an error while writing, or the error itself if it is another one."""
    if error.errno in _NO_ROOM:
        message, hint = _NO_ROOM[error.errno]
        return ResourceError(message, path=path, hint=hint)
    return error


def _clear_leftovers(folder: Path, mark: str) -> None:
    """Remove what a killed process left of the same file."""
    for left in folder.glob(f".*-{glob.escape(mark)}"):
        pid = left.name.removesuffix("-" + mark).rpartition(".")[2]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            left.unlink(missing_ok=True)


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it to ``path`` when the block succeeds.

    The temporary name keeps the suffix (writers choose formats by it). On any error it is removed
    and ``path`` stays as it was.

    Raises:
        ResourceError: disk full, read-only or no permission.
    """
    path = Path(path)
    mark = f"{zlib.crc32(os.fsencode(path.name)):08x}.part{path.suffix}"
    part = path.with_name(f".{path.stem[:16]}.{os.getpid()}-{mark}")  # names have 255 bytes
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(path.parent, mark)
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        try:
            part.replace(path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            shutil.move(part, path)
    except OSError as error:
        raise no_room(error, path) from error
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write a whole file at once."""
    with atomic_path(path) as part:
        part.write_bytes(content)
    return Path(path)


def write_text(path: str | Path, content: str) -> Path:
    """Write a whole text file (UTF-8, odd file names byte for byte) at once."""
    return write_bytes(path, content.encode(errors="surrogateescape"))
