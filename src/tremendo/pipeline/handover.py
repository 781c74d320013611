"""The cut for an editing program, with the originals or with the finished shots."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tremendo.archive import Clip
from tremendo.core.progress import Progress
from tremendo.errors import UsageError
from tremendo.media import FilmWriter, open_frames
from tremendo.montage import Timeline
from tremendo.montage.interchange import export
from tremendo.montage.interchange.events import Media
from tremendo.music import Song
from tremendo.pipeline.acts import Acts
from tremendo.project import Project

__all__ = ["MEDIA", "hand_over"]

MEDIA = ("original", "finished")
"""What an exported cut refers to."""


def hand_over(
    project: Project,
    kind: str,
    output: Path,
    *,
    media: str = "original",
    workers: int = 0,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Write the cut of a project for an editor.

    Args:
        project: settings.
        kind: a format of :data:`~tremendo.montage.interchange.FORMATS`.
        output: the file.
        media: ``original``: the cut refers to the archive's files; ``finished``: to the restored,
            colored, moving shots with their handles, written as ProRes beside ``output`` in a
            folder of its name, at the film's own speed.
        workers: processes at a time, 0 = one for each core.
        progress: told about every act.

    Returns:
        The file, and with ``finished`` the files it refers to.

    Raises:
        UsageError: no such media; else as :func:`tremendo.pipeline.make` and ``export``.
    """
    if media not in MEDIA:
        raise UsageError(f"there is no media '{media}'", hint="one of " + ", ".join(MEDIA))
    with project.locked():
        acts = Acts(project, progress, workers=workers)
        made = acts.go(None)
        assert made.timeline is not None
        assert made.song is not None
        files = None
        if media == "finished":
            files = _finished(acts, made.timeline, list(made.clips), made.song, output)
            acts.state.save()
    export(kind, made.timeline, made.clips, project.song, output, media=files, music=made.song)
    return (output, *(file.path for file in files or ()))


def _finished(
    acts: Acts, timeline: Timeline, clips: Sequence[Clip], song: Song, output: Path
) -> list[Media]:
    """Finish every slot and write it where an editor finds and can read it."""
    finishes = acts.finish(timeline, list(clips), song)
    folder = output.with_name(f"{output.stem} media")
    folder.mkdir(parents=True, exist_ok=True)
    acts.progress.act("writing the finished shots", len(finishes))
    written = []
    for number, each in enumerate(finishes, start=1):
        source, first = acts.file_of(each, timeline)
        name = re.sub(r"[^\w.-]+", "_", each.clip.path.stem)[:60]
        written.append(_rewritten(source, folder / f"{number:03d}-{name}.mov", first))
        acts.progress.advance()
    return written


def _rewritten(source: Path, output: Path, first: int) -> Media:
    with closing(open_frames(source)) as frames:
        size = (frames.width, frames.height)
        with FilmWriter(output, *size, frames.fps, "prores") as film:
            for frame in frames.read():
                film.write(frame)
        return Media(output, first, len(frames), frames.fps, size)
