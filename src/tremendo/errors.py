"""The tree of errors.

Each error says what happened, on which file, and how to mend it, and carries the exit code that
the commands return (see docs/reference/exit-codes.md).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

__all__ = [
    "ConfigError",
    "Interrupted",
    "MediaError",
    "ModelMissingError",
    "NothingUsableError",
    "ResourceError",
    "SourceChangedError",
    "TremendoError",
    "UsageError",
    "resource_error",
]


class TremendoError(Exception):
    """Base of all errors that tremendo raises on purpose.

    Args:
        message: what happened, one sentence without a final full stop.
        path: the file it is about.
        hint: what the user can do about it.
    """

    exit_code = 1
    code = "defect"

    def __init__(
        self, message: str, *, path: str | Path | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = None if path is None else str(path)
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Cross process borders with path and hint intact."""
        return (_rebuild, (type(self), self.message, self.path, self.hint))

    def __str__(self) -> str:
        """One to three lines: what, which file, what to do."""
        lines = [self.message]
        if self.path is not None:
            lines.append(f"  file: {self.path}")
        if self.hint:
            lines.append(f"  try:  {self.hint}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, str | None]:
        """The error object of the commands' ``--json`` answer."""
        return {"code": self.code, "message": self.message, "path": self.path, "hint": self.hint}


def _rebuild(
    kind: type[TremendoError], message: str, path: str | None, hint: str | None
) -> TremendoError:
    return kind(message, path=path, hint=hint)


class UsageError(TremendoError, ValueError):
    """The command or call does not make sense."""

    exit_code = 2
    code = "usage"


class MediaError(TremendoError, ValueError):
    """A file is missing, broken, hostile or not of a kind that is understood."""

    exit_code = 3
    code = "bad-input"


class SourceChangedError(MediaError):
    """A source is no longer the file that was described, or changed while it was read."""

    code = "source-changed"


class ConfigError(TremendoError, ValueError):
    """A setting or a decision is not understood; names the key, the value and the remedy."""

    exit_code = 3
    code = "bad-setting"


class ResourceError(TremendoError, OSError):
    """No space, no memory or no permission to write."""

    exit_code = 4
    code = "no-room"


class ModelMissingError(TremendoError, LookupError):
    """Weights or an external program are absent."""

    exit_code = 5
    code = "model-missing"


class NothingUsableError(TremendoError):
    """The input was read, but it holds nothing to work with (no face, no beat, too few shots)."""

    exit_code = 6
    code = "nothing-usable"


class Interrupted(TremendoError):  # noqa: N818 - the field's word
    """Stopped by the user; finished work is kept and the same command goes on from there."""

    exit_code = 130
    code = "interrupted"


_ROOM = "free some space and run the same command again"
_RIGHTS = "choose another folder or change its rights"
_DISK = "check the disk and its cable, or choose another folder; then run the same command again"
_RESOURCES = {
    errno.ENOSPC: ("the disk is full", _ROOM),
    errno.EDQUOT: ("the disk quota is used up", _ROOM),
    errno.EFBIG: ("the file grows larger than is allowed here", "raise the limit (ulimit -f)"),
    errno.EACCES: ("no permission", _RIGHTS),
    errno.EPERM: ("no permission", _RIGHTS),
    errno.EROFS: ("the file system is read-only", "choose another folder"),
    errno.EIO: ("the disk reports an error", _DISK),
    errno.ENXIO: ("the disk reports an error", _DISK),
    errno.ENODEV: ("the disk is gone", _DISK),
    errno.ESTALE: ("the network folder is gone", _DISK),
    errno.ETIMEDOUT: ("the network folder does not answer", _DISK),
    errno.EMFILE: ("too many open files", "use fewer --workers, or raise the limit (ulimit -n)"),
    errno.ENFILE: ("too many open files", "use fewer --workers, or close other programs"),
    errno.ENOMEM: ("not enough memory", "use fewer --workers or a smaller --size"),
    errno.EAGAIN: ("no room for another process", "use fewer --workers, or close other programs"),
}
"""What is the machine's fault and not the program's, and what to do about it."""


def resource_error(error: BaseException, path: str | Path | None = None) -> ResourceError | None:
    """The typed form of a failure of disk, memory or rights; None if it is something else.

    Libraries wrap such failures in errors of their own, so causes and contexts are looked at too.

    Args:
        error: what was raised.
        path: the file it happened on; default: the one that the system named.
    """
    for each in _chain(error):
        if isinstance(each, ResourceError):
            return each
        if isinstance(each, OSError) and each.errno in _RESOURCES:
            message, hint = _RESOURCES[each.errno]
            named = each.filename if isinstance(each.filename, (str, Path)) else None
            return ResourceError(message, path=path or named, hint=hint)
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    left: BaseException | None = error
    while left is not None and left not in seen:
        seen.append(left)
        yield left
        left = left.__cause__ or left.__context__
