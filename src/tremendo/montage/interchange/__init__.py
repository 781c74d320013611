"""The cut handed to editing programs: OpenTimelineIO, FCP7 XML, CMX3600 EDL, MLT."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tremendo.errors import UsageError

if TYPE_CHECKING:
    from tremendo.archive.types import Clip
    from tremendo.montage.interchange.events import Media
    from tremendo.montage.timeline import Timeline
    from tremendo.music.types import Song

__all__ = ["FORMATS", "export"]

FORMATS = {"otio": "otio", "otioz": "otio", "fcp7": "fcp7", "edl": "edl", "mlt": "mlt"}
"""Names of the formats and the modules that write them."""


def export(
    kind: str,
    timeline: Timeline,
    clips: Sequence[Clip],
    song: Path,
    output: Path,
    *,
    media: Sequence[Media] | None = None,
    music: Song | None = None,
) -> Path:
    """Write a cut in one of the :data:`FORMATS`, all or nothing.

    Args:
        kind: name of the format.
        timeline: the cut.
        clips: the archive.
        song: the sound file.
        output: file to write (``otioz`` bundles the media and wants that suffix).
        media: the finished file of every slot; without it the originals are referred to.
        music: what ``listen`` returned: its beats and sections become markers.

    Raises:
        UsageError: no such format, or a shot is not in the archive.
        ResourceError: disk full or no permission.
    """
    if kind not in FORMATS:
        raise UsageError(f"no format {kind!r}; there are {', '.join(FORMATS)}")
    name = FORMATS[kind]
    write = getattr(import_module(f"tremendo.montage.interchange.{name}"), f"write_{name}")
    written: Path = write(timeline, clips, song, output, media=media, music=music)
    return written
