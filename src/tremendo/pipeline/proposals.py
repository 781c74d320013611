"""A project goes in, different cuts to choose from come out, with their storyboards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tremendo.archive import Clip
from tremendo.core.progress import Progress
from tremendo.deliver.previews import storyboard, write_preview
from tremendo.errors import NothingUsableError, UsageError
from tremendo.montage import Timeline, Treatment
from tremendo.montage.style import CuttingStyle, follow
from tremendo.music import Song
from tremendo.pipeline.production import Production
from tremendo.pipeline.stages.montage import propose_cuts, treatment_for
from tremendo.project import Project

__all__ = ["Proposed", "proposals", "slot_index", "write_boards"]


@dataclass(frozen=True)
class Proposed:
    """Different cuts of a project's material, and what they were made from."""

    cuts: list[Timeline]
    clips: list[Clip]
    song: Song
    treatment: Treatment
    """As it was used: the director's, or the machine's own."""


def proposals(
    project: Project,
    count: int,
    *,
    like: CuttingStyle | None = None,
    more_like: int | None = None,
    workers: int = 0,
    progress: Progress | None = None,
) -> Proposed:
    """Different cuts of a project's material; the project's own cut stays as it is.

    Args:
        project: settings.
        count: how many cuts.
        like: the style of a reference film, to be followed.
        more_like: number of a slot (from 1) of the first cut: more like what it shows.
        workers: processes at a time, 0 = one for each core.
        progress: told about every act.

    Raises:
        UsageError: there is no such slot; else as :func:`make`.
    """
    with project.locked():
        acts = Production(project, progress, workers=workers)
        material = acts.material()
        if material is None:
            raise NothingUsableError("the song could not be understood", path=project.song)
        session, clips, song = acts.session, material.clips, material.song
        treatment = treatment_for(session, clips, song)
        if like is not None:
            treatment = follow(like, treatment, project.film.fps)
        likes: tuple[str, ...] = ()
        if more_like is not None:
            first = propose_cuts(session, clips, song, treatment, 1)[0]
            likes = (first.slots[slot_index(first, more_like)].shot,)
        cuts = propose_cuts(session, clips, song, treatment, count, likes)
        cuts = [replace(cut, song=str(project.song)) for cut in cuts]
        return Proposed(cuts, list(clips), song, treatment)


def slot_index(timeline: Timeline, number: int) -> int:
    """Index of the slot that a user calls ``number``.

    Raises:
        UsageError: there is none.
    """
    if not 1 <= number <= len(timeline.slots):
        raise UsageError(
            f"there is no slot {number}", hint=f"slots are numbered 1 to {len(timeline.slots)}"
        )
    return number - 1


def write_boards(
    proposed: Proposed, folder: Path, *, boards: bool, preview: bool
) -> list[tuple[Path, ...]]:
    """Storyboards and previews of proposals: ``proposal-1.png``, ``proposal-1.mp4`` and so on.

    Returns:
        The files written for each cut.

    Raises:
        as :func:`storyboard` and :func:`write_preview`.
    """
    if boards or preview:
        folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, cut in enumerate(proposed.cuts, start=1):
        files = []
        place = folder / f"proposal-{number}"
        material = (cut, proposed.song, proposed.clips)
        if boards:
            title = f"Proposal {number}"
            files.append(storyboard(*material, place.with_suffix(".png"), title=title))
        if preview:
            files.append(write_preview(*material, place.with_suffix(".mp4")))
        written.append(tuple(files))
    return written
