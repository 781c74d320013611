"""Pictures and sound in and out: the only room that touches PyAV and Pillow."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from tremendo.media.atomic import atomic_path, write_bytes, write_text
from tremendo.media.frames import Frame, Frames, FrameSelection, MemoryFrames

if TYPE_CHECKING:
    from tremendo.media.audio import read_audio
    from tremendo.media.film import FilmReader, probe
    from tremendo.media.inventory import discover
    from tremendo.media.photo import read_photo, write_photo
    from tremendo.media.sequence import SequenceReader
    from tremendo.media.writer import FilmWriter

__all__ = [
    "FilmWriter",
    "Frame",
    "FrameSelection",
    "Frames",
    "MemoryFrames",
    "atomic_path",
    "discover",
    "open_frames",
    "probe",
    "read_audio",
    "read_photo",
    "write_bytes",
    "write_photo",
    "write_text",
]

_LAZY = {
    "FilmWriter": "writer",
    "discover": "inventory",
    "probe": "film",
    "read_audio": "audio",
    "read_photo": "photo",
    "write_photo": "photo",
}


def __getattr__(name: str) -> object:
    """Load the decoders only when they are used: ``tremendo --help`` stays fast."""
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(f"tremendo.media.{_LAZY[name]}"), name)
    raise AttributeError(name)


def open_frames(path: str | Path, *, fps: Fraction | None = None) -> FilmReader | SequenceReader:
    """Open a film file or an image-sequence folder as frames.

    Args:
        path: file or folder.
        fps: speed of an image sequence (default 16 frames a second).

    Raises:
        MediaError: it cannot be read.
    """
    if Path(path).is_dir():
        from tremendo.media.sequence import DEFAULT_FPS, SequenceReader

        return SequenceReader(path, fps or DEFAULT_FPS)
    from tremendo.media.film import FilmReader

    return FilmReader(path)
