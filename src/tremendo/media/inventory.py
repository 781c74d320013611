"""What lies in the files and folders that the user names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tremendo.core.paths import is_special, need_plain
from tremendo.errors import MediaError
from tremendo.media.decoders import image_of
from tremendo.media.likeness import look_like_film
from tremendo.media.photo import PHOTO_SUFFIXES
from tremendo.media.sequence import sequence_files
from tremendo.media.signature import PHOTO_FORMATS, REFUSED, first_bytes, format_of

__all__ = ["FILM_SUFFIXES", "Item", "discover", "kind_of"]

_FILMS = """
    mp4 mkv mov avi mpg mpeg mpe m1v m2v mpv mpeg2 mod tod vro m4v webm mxf dv ogv ts mts m2t m2ts
    trp tp wmv flv f4v 3gp 3g2 nut vob evo asf y4m h264 264 h265 hevc ivf rm swf
"""
FILM_SUFFIXES = frozenset(f".{suffix}" for suffix in _FILMS.split())
_UNKNOWN = "neither film nor photograph"
_THEORA = b"\x80theora"
_OF_THE_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})
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


def discover(
    inputs: Iterable[str | Path], *, numbered: Literal["photos", "sequence"] | None = None
) -> tuple[list[Item], list[str]]:
    """Find the films, sequences and photographs in files and folders.

    What a file is its bytes say, and its name only where they do not. Numbered pictures are one
    film when they have one size and neighbors look alike, else photographs; a warning says which.
    The folder an item lies in becomes its tag (``footage/acrobats/reel-12.mkv`` is tagged
    ``acrobats``); names that only say "films" or "photos" do not. Links that lead out of the given
    folder, pipes and devices are left out, as is what is neither film nor photograph: with a
    warning, except for hidden files and texts within a folder.

    Args:
        inputs: files and folders.
        numbered: what numbered pictures are, if not to be judged.

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
            found = _walk(given.resolve(), warnings, numbered)
        else:
            found = iter([Item(given.resolve(), kind_of(given), ())])
        for item in found:
            if item.kind in {"film", "photo"}:
                items.setdefault(item.path, item)
            else:
                warnings.append(f"{given}: {item.kind or _UNKNOWN}: left out")
    return sorted(items.values(), key=lambda i: str(i.path)), warnings


def kind_of(path: Path) -> str:
    """``film``, ``photo``, ``""``, or in words what else it is; by content, then by name."""
    form = format_of(path)
    suffix = path.suffix.lower()
    if form in PHOTO_FORMATS:
        return "film" if form == "gif" and _moves(path) else "photo"
    if form == "ogg":
        return "film" if _THEORA in first_bytes(path) else "sound"
    if form:
        return REFUSED.get(form, form)
    return "photo" if suffix in PHOTO_SUFFIXES else "film" if suffix in FILM_SUFFIXES else ""


def _moves(path: Path) -> bool:
    """Whether a GIF has more than one picture."""
    try:
        with image_of(path, "gif") as image:
            return bool(getattr(image, "is_animated", False))
    except Exception:  # noqa: BLE001 - broken in one of many ways: read_photo() says how
        return False


def _walk(
    root: Path, warnings: list[str], numbered: Literal["photos", "sequence"] | None
) -> Iterator[Item]:
    for text, folders, files in os.walk(root):
        folder = Path(text)
        folders[:] = sorted(f for f in folders if not f.startswith((".", "_")))
        folders[:] = [f for f in folders if not f.endswith(".tremendo")]
        tags = _tags(root, folder)
        frames = _frames_in(folder, warnings, numbered)
        if frames:
            yield Item(folder, "film", tags)
        unknown: list[str] = []
        for name in sorted(files):
            path = folder / name
            if name.startswith(".") or path in frames:
                continue
            kind = _kind_within(path, root)
            if kind in {"film", "photo"}:
                yield Item(path, kind, tags)
            elif kind:
                warnings.append(f"{path}: {kind}: left out")
            elif not _is_of_no_account(path):
                unknown.append(name)
        if unknown:
            more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
            warnings.append(f"{folder}: {', '.join(unknown[:3])}{more}: {_UNKNOWN}: left out")


def _kind_within(path: Path, root: Path) -> str:
    if path.is_symlink() and not _stays_within(path, root):
        return "a link that leads nowhere or out of the folder"
    if special := is_special(path):
        return f"{special}, not a file"
    return kind_of(path)


def _frames_in(
    folder: Path, warnings: list[str], numbered: Literal["photos", "sequence"] | None
) -> frozenset[Path]:
    """The pictures of a folder that are one film."""
    files = [path for _, path in sequence_files(folder)]
    if not files or numbered == "photos":
        return frozenset()
    if numbered is None and not look_like_film(files):
        warnings.append(
            f"{folder}: {len(files)} numbered pictures are taken for photographs: they differ in "
            "size or look"
        )
        return frozenset()
    return frozenset(files)


def _is_of_no_account(path: Path) -> bool:
    """Whether a file beside films need not be mentioned: a text, or of the system."""
    return path.name.lower() in _OF_THE_SYSTEM or b"\0" not in first_bytes(path)


def _stays_within(link: Path, root: Path) -> bool:
    try:
        return root in link.resolve(strict=True).parents
    except (OSError, RuntimeError):  # a dead end, or a circle
        return False


def _is_payload(folder: Path) -> bool:
    """Whether a folder is the ``data`` of a BagIt bag (RFC 8493)."""
    return folder.name == "data" and (folder.parent / "bagit.txt").is_file()


def _tags(root: Path, folder: Path) -> tuple[str, ...]:
    parts = folder.relative_to(root).parts
    levels = [root.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]
    names = [level.name for level in levels if not _is_payload(level)]
    words = (re.sub(r"[\s_]+", "-", name.strip().lower()) for name in names)
    return tuple(dict.fromkeys(w for w in words if w and w not in _PLAIN_FOLDERS))
