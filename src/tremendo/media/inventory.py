"""What lies in the files and folders that the user names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tremendo.core.paths import is_special, need_plain
from tremendo.errors import MediaError
from tremendo.media.photo import PHOTO_SUFFIXES
from tremendo.media.sequence import sequence_files

__all__ = ["FILM_SUFFIXES", "Item", "discover"]

FILM_SUFFIXES = frozenset(
    {
        ".mp4",
        ".mkv",
        ".mov",
        ".avi",
        ".mpg",
        ".mpeg",
        ".m4v",
        ".webm",
        ".mxf",
        ".dv",
        ".ogv",
        ".ts",
        ".mts",
        ".m2ts",
        ".wmv",
        ".flv",
        ".3gp",
        ".nut",
        ".vob",
        ".asf",
        ".y4m",
    }
)
_PLAIN_FOLDERS = frozenset(
    {
        "films",
        "film",
        "photos",
        "photo",
        "footage",
        "photographs",
        "images",
        "pictures",
        "videos",
        "video",
        "clips",
        "archive",
        "material",
    }
)


@dataclass(frozen=True)
class Item:
    """One film, image sequence or photograph to take in."""

    path: Path
    kind: str
    """``film`` or ``photo``."""
    tags: tuple[str, ...]


def discover(inputs: Iterable[str | Path]) -> tuple[list[Item], list[str]]:
    """Find the films, sequences and photographs in files and folders.

    The folder an item lies in becomes its tag (``footage/acrobats/reel-12.mkv`` is tagged
    ``acrobats``); names that only say "films" or "photos" do not. Links that lead out of the given
    folder are left out, as are hidden files. Other files are passed over in silence when they lie
    in a folder and named in a warning when they were given directly.

    Returns:
        Items sorted by path, each file once, and warnings.

    Raises:
        MediaError: a given path does not exist, or is a pipe, a socket or a device.
    """
    items: dict[Path, Item] = {}
    warnings: list[str] = []
    for given in map(Path, inputs):
        if not given.exists():
            raise MediaError("there is no such file or folder", path=given, hint="check the name")
        need_plain(given)
        if given.is_dir():
            found = _walk(given.resolve(), warnings)
        else:
            found = iter([_item(given.resolve(), ())])
        for item in found:
            if item.kind:
                items.setdefault(item.path, item)
            elif not given.is_dir():
                warnings.append(f"{given}: neither film nor photograph by its name: left out")
    return sorted(items.values(), key=lambda i: str(i.path)), warnings


def _walk(root: Path, warnings: list[str]) -> Iterator[Item]:
    for text, folders, files in os.walk(root):
        folder = Path(text)
        folders[:] = sorted(f for f in folders if not f.startswith((".", "_")))
        folders[:] = [f for f in folders if not f.endswith(".tremendo")]
        tags = _tags(root, folder)
        numbered = sequence_files(folder)
        in_sequence = {path for _, path in numbered}
        if numbered:
            yield Item(folder, "film", tags)
        for name in sorted(files):
            path = folder / name
            if name.startswith(".") or path in in_sequence:
                continue
            if path.is_symlink() and not _stays_within(path, root):
                warnings.append(f"{path}: a link that leads nowhere or out of the folder: left out")
                continue
            if kind := is_special(path):
                warnings.append(f"{path}: {kind}, not a file: left out")
                continue
            yield _item(path, tags)


def _stays_within(link: Path, root: Path) -> bool:
    try:
        return root in link.resolve(strict=True).parents
    except (OSError, RuntimeError):  # a dead end, or a circle
        return False


def _item(path: Path, tags: tuple[str, ...]) -> Item:
    suffix = path.suffix.lower()
    kind = "photo" if suffix in PHOTO_SUFFIXES else "film" if suffix in FILM_SUFFIXES else ""
    return Item(path, kind, tags)


def _tags(root: Path, folder: Path) -> tuple[str, ...]:
    names = (root.name, *folder.relative_to(root).parts)
    words = (re.sub(r"[\s_]+", "-", name.strip().lower()) for name in names)
    return tuple(dict.fromkeys(w for w in words if w and w not in _PLAIN_FOLDERS))
