"""A finished film as a teacher: how it is cut against its own sound."""

from __future__ import annotations

from pathlib import Path

from tremendo.core.progress import Progress
from tremendo.errors import MediaError, NothingUsableError
from tremendo.montage.style import CuttingStyle, measure_style
from tremendo.music import listen
from tremendo.tools.describe import describe

__all__ = ["style_of"]


def style_of(film: Path, *, workers: int = 0, progress: Progress | None = None) -> CuttingStyle:
    """How a finished film is cut.

    Raises:
        MediaError: it cannot be read.
        NothingUsableError: it is no film, or is hardly cut.
    """
    clips, warnings = describe([film], workers=workers, progress=progress)
    if not clips:
        raise MediaError("the reference cannot be read", path=film, hint="; ".join(warnings))
    try:
        song = listen(film)
    except (MediaError, NothingUsableError):
        song = None  # silent, or without a beat: its pace can still be followed
    return measure_style(clips[0], song)
