"""Files that a film is made of, each with the content it had when the run began.

*Why.* A result lies in the store under the digest of what it was made from. If the file is replaced
between its description and its restoration, another film would lie under that name, and be signed.
So each stage looks at the file before it reads and after: what is not the same file is an error,
and its result is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tremendo.errors import MediaError, SourceChangedError
from tremendo.store import digest_file

__all__ = ["Source", "file_mark", "take_digest"]


@dataclass(frozen=True)
class Source:
    """A file or image sequence and its content.

    Attributes:
        path: where it lies.
        digest: sha256 of its content, see :func:`tremendo.store.digest_file`.
        mark: its size, times and inode when the digest was taken.
    """

    path: Path
    digest: str
    mark: str

    @contextmanager
    def held(self) -> Iterator[None]:
        """Read it inside the block; a file that is another one, before or after, is refused.

        A file whose times alone have changed (touched, moved, copied back) is digested again.

        Raises:
            SourceChangedError: its content is not what it was, or changed within the block.
        """
        before = self._mark()
        if before != self.mark and take_digest(self.path)[0] != self.digest:
            raise self._changed("is no longer the file that was described")
        yield
        if self._mark() != before:
            raise self._changed("changed while it was read")

    def _mark(self) -> str:
        try:
            return file_mark(self.path)
        except OSError as error:
            raise self._changed("is gone") from error

    def _changed(self, how: str) -> SourceChangedError:
        return SourceChangedError(
            f"a source {how}",
            path=self.path,
            hint="run the same command again; it takes in what has changed",
        )


def file_mark(path: Path) -> str:
    """What changes with every write to a file, or to a picture of an image sequence.

    The inode's change time is part of it: it moves with every write and cannot be set back by
    tools that restore the modification time.

    Raises:
        OSError: there is no such file.
    """
    if path.is_dir():
        from tremendo.media.sequence import sequence_files

        return ";".join(file_mark(file) for _, file in sequence_files(path))
    stat = path.stat()
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"


def take_digest(path: Path) -> tuple[str, str]:
    """Digest and mark that belong together.

    Raises:
        OSError: it cannot be read.
        MediaError: it does not keep still: somebody is writing it.
    """
    before = file_mark(path)
    digest = digest_file(path)
    if file_mark(path) != before:
        raise MediaError(
            "the file is being written", path=path, hint="wait until it is whole and run again"
        )
    return digest, before
