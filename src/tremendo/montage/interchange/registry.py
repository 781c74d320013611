"""Exporters by name: a cut goes in, a file for an editing program comes out.

An exporter of another package is registered by an entry point of the group ``tremendo.exporters``
that names a function without arguments which returns an :class:`Exporter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tremendo.core.registry import Registry
from tremendo.errors import UsageError

if TYPE_CHECKING:
    from tremendo.archive.types import Clip
    from tremendo.montage.interchange.events import Media
    from tremendo.montage.timeline import Timeline
    from tremendo.music.types import Song

__all__ = ["EXPORTERS", "Exporter", "Writer", "export", "exporter_of"]


class Writer(Protocol):
    """Writes a cut; arguments and errors as for :func:`export`."""

    def __call__(
        self,
        timeline: Timeline,
        clips: Sequence[Clip],
        song: Path,
        output: Path,
        *,
        media: Sequence[Media] | None = None,
        music: Song | None = None,
    ) -> Path:
        """Write ``output``, all or nothing, and return it."""


@dataclass(frozen=True)
class Exporter:
    """A format: the suffix of its files, with the dot, and what writes them."""

    suffix: str
    write: Writer


EXPORTERS: Registry[Exporter] = Registry("exporters")
"""Formats of editing programs."""

_HERE = "tremendo.montage.interchange"
EXPORTERS.register("otio", f"{_HERE}.otio:exporter", "OpenTimelineIO (.otio)")
EXPORTERS.register(
    "otioz", f"{_HERE}.otio:bundle_exporter", "OpenTimelineIO with its media (.otioz)"
)
EXPORTERS.register("fcp7", f"{_HERE}.fcp7:exporter", "Premiere, Resolve: FCP 7 XML (.xml)")
EXPORTERS.register("fcpxml", f"{_HERE}.fcpxml:exporter", "Final Cut Pro X, Resolve (.fcpxml)")
EXPORTERS.register("edl", f"{_HERE}.edl:exporter", "CMX 3600 edit decision list (.edl)")
EXPORTERS.register("mlt", f"{_HERE}.mlt:exporter", "melt, Shotcut (.mlt)")
EXPORTERS.register("kdenlive", f"{_HERE}.kdenlive:exporter", "Kdenlive project (.kdenlive)")


def exporter_of(output: Path) -> str:
    """Name of the exporter that writes files of this suffix.

    Raises:
        UsageError: none does.
    """
    suffixes = {EXPORTERS.create(name).suffix: name for name in reversed(EXPORTERS.names())}
    if output.suffix.lower() not in suffixes:
        raise UsageError(
            f"no editing program's format has the suffix '{output.suffix}'",
            path=output,
            hint="one of " + ", ".join(sorted(suffixes)) + ", or --format",
        )
    return suffixes[output.suffix.lower()]


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
    """Write a cut in the format of one of the :data:`EXPORTERS`, all or nothing.

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
    write = EXPORTERS.create(kind).write
    return write(timeline, clips, song, output, media=media, music=music)
