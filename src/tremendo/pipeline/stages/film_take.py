"""A take of film goes in, the same restored and colored comes out."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tremendo import models
from tremendo.archive import Clip, Shot, clip_frames
from tremendo.executor import advance
from tremendo.finish.film import finish_film
from tremendo.finish.record import ShotRecord
from tremendo.finish.restore.changes import Change
from tremendo.media import FilmWriter
from tremendo.montage import Slot, Timeline
from tremendo.pipeline.finish_request import FinishRequest
from tremendo.pipeline.sources import Source
from tremendo.pipeline.stage import Stage
from tremendo.pipeline.stages.ingest import Ingest
from tremendo.store import Store

__all__ = ["HANDLES", "PIXELS", "FilmTake", "take_of"]

HANDLES = 8
"""Native frames finished before and after a take, for editors."""

PIXELS = 1e5
"""Pixels of a frame that are counted as one in the costs of a film's shots."""


@dataclass(frozen=True)
class FilmTake(Stage[ShotRecord]):
    """Restore and color a take.

    Attributes:
        label: for users.
        ingest: the job that described the clip.
        clip: where the take is from.
        shot: native frames of its shot: start and end (exclusive).
        take: native frames of the take.
        look: how it is finished.
    """

    stage = "film"
    doing = "restoring and coloring"
    version = 7
    record = ShotRecord
    suffix = ".mkv"

    label: str
    ingest: Ingest
    clip: Clip
    shot: tuple[int, int]
    take: tuple[int, int]
    look: FinishRequest

    @property
    def name(self) -> str:
        """The film and the take's place in the cut."""
        return self.label

    @property
    def models(self) -> tuple[str, ...]:
        """The color engine's."""
        return self.look.models(already_colored=self.clip.colored)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The film, and what its colors follow."""
        return (self.ingest.source, *self.look.references)

    def dependencies(self) -> dict[str, Any]:
        """The clip, the frames and the look."""
        return {
            "clip": self.ingest.key,
            "take": self.take,
            "shot": self.shot,
            "restoration": _versions(self.look.options.restore),
            **self.look.dependencies(),
        }

    def run(self, store: Store) -> ShotRecord:
        """Write the take."""
        with models.opened() as opened:
            record = self._finish(store)
        return replace(record, models=tuple(sorted(opened)))

    def _finish(self, store: Store) -> ShotRecord:
        changes: list[Change] = []
        options, colored = self.look.options, self.clip.colored
        with closing(clip_frames(self.clip)) as frames:
            finished = finish_film(
                frames, self.shot, self.take, options, colored=colored, on_change=changes.append
            )
            share = self.cost() / (self.take[1] - self.take[0])
            shape = (frames.width, frames.height, self.clip.fps)
            with store.writing(self.key, self.suffix) as part, FilmWriter(part, *shape) as out:
                for frame in finished:
                    out.write(frame)
                    advance(share)
            damaged = frames.bad_frames
        return ShotRecord(
            restored="" if options.restore == "off" else options.restore,
            changes=tuple(changes),
            damaged=damaged,
            color=options.color_record(already_colored=colored),
        )

    def cost(self) -> float:
        """Its pixels, in hundred thousands."""
        return (self.take[1] - self.take[0]) * self.clip.width * self.clip.height / PIXELS


def take_of(slot: Slot, shot: Shot, timeline: Timeline) -> tuple[int, int]:
    """Native frames to finish for a slot: what it shows and handles, within the shot."""
    first, end = slot.source_span(timeline.fps)
    return max(shot.start, first - HANDLES), min(shot.end, end + HANDLES)


@cache
def _versions(preset: str) -> dict[str, int]:
    """Versions of the restoration steps of a preset."""
    from tremendo.finish.restore.chain import build_chain, step_versions
    from tremendo.finish.restore.options import preset_options

    return {} if preset == "off" else step_versions(build_chain(preset_options(preset)))
