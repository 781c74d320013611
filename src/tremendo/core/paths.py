"""Paths go in; whether they can be read at all, and how to show them, come out."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tremendo.errors import MediaError

__all__ = ["cache_folder", "is_special", "need_plain", "printable"]

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def cache_folder() -> Path:
    """Where this user's copies of things lie that can be had again."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tremendo"


def is_special(path: str | Path) -> str:
    """What a path leads to if opening it may wait for ever or never end; else nothing.

    Returns:
        ``a pipe``, ``a socket`` or ``a device``; an empty text for files, folders and nothing.
    """
    try:
        return _KINDS.get(stat.S_IFMT(Path(path).stat().st_mode), "")
    except (OSError, ValueError):
        return ""


def need_plain(path: str | Path) -> None:
    """Refuse a pipe, socket or device at once, before anything opens it.

    Raises:
        MediaError: it is one.
    """
    if kind := is_special(path):
        raise MediaError(f"this is {kind}, not a file", path=path, hint="give a file or a folder")


def printable(text: str) -> str:
    """A text with what a terminal would obey, or cannot show, written as escapes.

    *Why.* File names may hold line feeds, terminal commands and bytes that are no UTF-8. Printed
    raw they move the cursor, color the screen, feign lines of ours, or stop the program.

    >>> printable("a\\x1b[31m.mkv")
    'a\\\\x1b[31m.mkv'
    """
    return "".join(map(_shown, text))


def _shown(letter: str) -> str:
    if "\udc80" <= letter <= "\udcff":  # a byte of a name that is not UTF-8
        return f"\\x{ord(letter) - 0xDC00:02x}"
    if letter.isprintable() or letter in "\u200c\u200d":  # joiners of scripts and emoji
        return letter
    return letter.encode("unicode_escape").decode()
