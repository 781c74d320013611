"""The jobs of a session and what feeds what.

    material -> Ingest --+                       +-> Film ------------+
                         +-> Montage -> the cut -+-> Color -> Animate +-> Render -> the film
    song ----> Listen ---+                       |            ^       |
         \\---> Voice ----------------------------+------------+-------+

What is left of the cut depends on the files alone; what is right of it is known when the cut is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tremendo.archive import Clip, Shot
from tremendo.errors import MediaError
from tremendo.media.inventory import Item
from tremendo.montage import Slot, Timeline
from tremendo.music import Song
from tremendo.pipeline.finish_request import FinishRequest
from tremendo.pipeline.session import Session
from tremendo.pipeline.stages.animate import Animate, motion_of, sings, span_of
from tremendo.pipeline.stages.color import Color
from tremendo.pipeline.stages.film_take import FilmTake, take_of
from tremendo.pipeline.stages.ingest import Ingest
from tremendo.pipeline.stages.listen import Listen
from tremendo.pipeline.stages.montage import Montage
from tremendo.pipeline.stages.voice import Voice
from tremendo.pipeline.state import State

__all__ = ["DescribedMaterial", "Graph", "ShotJob"]


@dataclass(frozen=True)
class DescribedMaterial:
    """What the film is made of: the described clips, and the song.

    Attributes:
        ingests: the jobs that described the clips.
        clips: in the same order.
        heard: the job that listened to the song.
        song: what it heard.
    """

    ingests: tuple[Ingest, ...]
    clips: tuple[Clip, ...]
    heard: Listen
    song: Song


@dataclass(frozen=True)
class ShotJob:
    """A slot, its clip and shot, and the job whose file is rendered.

    ``first`` is the native frame that the file begins with.
    """

    slot: Slot
    clip: Clip
    shot: Shot
    job: FilmTake | Animate
    first: int = 0


class Graph:
    """Makes the jobs of a session.

    Args:
        session: the settings.
        state: knows the content of the sources.
    """

    def __init__(self, session: Session, state: State) -> None:
        self._session = session
        self._state = state

    def ingests(self, items: Sequence[Item], warn: Callable[[str], None]) -> tuple[Ingest, ...]:
        """Jobs for the items; of equal files only the first, what cannot be read is left out."""
        jobs: dict[str, Ingest] = {}
        for item in items:
            try:
                source = self._state.source(item.path)
            except OSError as error:
                warn(f"{item.path}: cannot be read ({error.strerror}): left out")
                continue
            job = Ingest(source, item.kind, item.tags)
            twin = jobs.setdefault(source.digest, job)
            if twin is not job:
                warn(f"{item.path}: the same as {twin.source.path.name}: taken once")
        return tuple(jobs.values())

    def listen(self) -> Listen:
        """The job for the song.

        Raises:
            MediaError: there is none.
        """
        path = self._session.project.song
        if not path.is_file():
            raise MediaError("there is no such song", path=path, hint="check the name")
        return Listen(self._state.source(path), self._session.project.music)

    def montage(self, material: DescribedMaterial) -> Montage:
        """The job that decides the cut."""
        return Montage(
            self._session, material.ingests, material.clips, material.heard, material.song
        )

    def finishes(self, timeline: Timeline, material: DescribedMaterial) -> tuple[ShotJob, ...]:
        """What finishes each slot of a cut.

        Raises:
            MediaError: a reference of the director's is missing.
        """
        owners = {
            shot.id: (job, clip, shot)
            for job, clip in zip(material.ingests, material.clips, strict=True)
            for shot in clip.shots
        }
        return tuple(
            self._finish(slot, *owners[slot.shot], timeline, material) for slot in timeline.slots
        )

    def _finish(
        self,
        slot: Slot,
        ingest: Ingest,
        clip: Clip,
        shot: Shot,
        timeline: Timeline,
        material: DescribedMaterial,
    ) -> ShotJob:
        session = self._session
        look = FinishRequest.of(session, self._state, slot, clip)
        label = f"{clip.path.name} at frame {slot.start}"
        if slot.technique == "film":
            take = take_of(slot, shot, timeline)
            film = FilmTake(label, ingest, clip, (shot.start, shot.end), take, look)
            return ShotJob(slot, clip, shot, film, take[0])
        picture = Color(ingest, clip, replace(look, options=replace(look.options, restore="")))
        motion = motion_of(session, slot, shot, timeline, material.song)
        span = span_of(slot, timeline)
        sung = sings(session, slot, material.song, span)
        voice = Voice(material.heard.source) if sung else None
        return ShotJob(slot, clip, shot, Animate(label, picture, motion, voice, span))
