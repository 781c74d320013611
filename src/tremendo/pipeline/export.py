"""A project goes in, its cut for an editor comes out, with originals or finished shots."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tremendo.core.outputs import Output, check_outputs
from tremendo.core.progress import Progress
from tremendo.errors import NothingUsableError, UsageError
from tremendo.media import FilmWriter, open_frames
from tremendo.montage.interchange import export
from tremendo.montage.interchange.events import Media
from tremendo.pipeline.graph import ShotJob
from tremendo.pipeline.production import Production
from tremendo.pipeline.state import State
from tremendo.project import Project

__all__ = ["MEDIA", "hand_over"]

MEDIA = ("original", "finished")
"""What an exported cut refers to."""


def hand_over(
    project: Project,
    kind: str,
    output: Path | Output,
    *,
    media: str = "original",
    workers: int = 0,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Write the cut of a project for an editor.

    Args:
        project: settings.
        kind: one of the exporters.
        output: the file; with ``force`` one that this project did not write is replaced.
        media: ``original``: the cut refers to the archive's files; ``finished``: to the restored,
            colored, moving shots with their handles, written as ProRes beside ``output`` in a
            folder of its name, at the film's own speed.
        workers: processes at a time, 0 = one for each core.
        progress: told about every act.

    Returns:
        The file, and with ``finished`` the files it refers to.

    Raises:
        UsageError: no such media, or a file would replace what it must not; else as
            :func:`tremendo.pipeline.make` and ``export``.
    """
    if media not in MEDIA:
        raise UsageError(f"there is no media '{media}'", hint="one of " + ", ".join(MEDIA))
    files = None
    output = Output.of(output)
    check_outputs([output], project.sources, ours=State(project.folder).wrote)
    with project.locked():
        acts = Production(project, progress, workers=workers)
        material = acts.material()
        timeline = None if material is None else acts.montage(material)
        if material is None or timeline is None:
            raise NothingUsableError("there is no cut to export", path=project.folder)
        if media == "finished":
            files = _finished(acts, acts.finish(timeline, material), output)
        acts.state.claim(output.path)
        clips, song = list(material.clips), material.song
        export(kind, timeline, clips, project.song, output.path, media=files, music=song)
        acts.state.deliver(output.path, kind)
        acts.state.save()
    return (output.path, *(file.path for file in files or ()))


def _finished(acts: Production, finishes: Sequence[ShotJob], output: Output) -> list[Media]:
    """Write every finished slot where an editor finds and can read it."""
    folder = output.path.with_name(f"{output.path.stem} media")
    places = [folder / _name(number, each) for number, each in enumerate(finishes, start=1)]
    targets = [replace(output, path=place) for place in places]
    check_outputs(targets, acts.session.project.sources, ours=acts.state.wrote)
    acts.progress.act("writing the finished shots", len(finishes))
    written = []
    for place, each in zip(places, finishes, strict=True):
        acts.state.claim(place)
        written.append(_rewritten(each.job.file(acts.store), place, each.first))
        acts.state.deliver(place, "finished")
        acts.progress.advance()
    return written


def _name(number: int, shot: ShotJob) -> str:
    name = re.sub(r"[^\w.-]+", "_", shot.clip.path.stem)[:60]
    return f"{number:03d}-{name}.mov"


def _rewritten(source: Path, output: Path, first: int) -> Media:
    with closing(open_frames(source)) as frames:
        size = (frames.width, frames.height)
        with FilmWriter(output, *size, frames.fps, "prores") as film:
            for frame in frames.read():
                film.write(frame)
        return Media(output, first, len(frames), frames.fps, size)
