"""Described material and a song go in, the cut comes out: the montage's stage."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from tremendo.archive import Clip
from tremendo.errors import NothingUsableError
from tremendo.montage import (
    CutFormat,
    CutWishes,
    Timeline,
    Treatment,
    propose,
    suggest_treatment,
)
from tremendo.music import Song
from tremendo.pipeline.session import Session
from tremendo.pipeline.stage import Stage
from tremendo.pipeline.stages.ingest import Ingest
from tremendo.pipeline.stages.listen import Listen
from tremendo.store import Store

__all__ = ["Montage", "propose_cuts", "treatment_for"]


@dataclass(frozen=True)
class Montage(Stage[Timeline]):
    """Decide the cut.

    Attributes:
        session: the settings.
        ingests: the jobs that described the clips, in their order.
        clips: the material.
        heard: the job that listened to the song.
        song: what it heard.
    """

    stage = "montage"
    doing = "deciding the cut"
    version = 8
    record = Timeline

    session: Session
    ingests: tuple[Ingest, ...]
    clips: tuple[Clip, ...]
    heard: Listen
    song: Song

    @property
    def name(self) -> str:
        """There is one."""
        return "the cut"

    def dependencies(self) -> dict[str, Any]:
        """Descriptions, the song and what the director has decided."""
        return {
            "material": sorted(clip.path.name for clip in self.clips),
            "descriptions": [job.key for job in self.ingests],
            "song": self.heard.key,
            "film": replace(self.session.project.film, fit="", conform="", codec=""),
            "decisions": replace(self.session.decisions, shots={}),
            "treatment": self.session.treatment,
        }

    def run(self, store: Store) -> Timeline:  # noqa: ARG002 - the stage has no file
        """Propose as many cuts as are counted, and take the last."""
        plan = treatment_for(self.session, self.clips, self.song)
        count = self.session.project.film.proposal
        return propose_cuts(self.session, self.clips, self.song, plan, count)[-1]


def treatment_for(session: Session, clips: Collection[Clip], song: Song) -> Treatment:
    """The director's treatment, or the machine's own with the project's pace."""
    film = session.project.film
    end = song.duration if film.seconds is None else film.song_start + film.seconds
    return session.treatment or replace(
        suggest_treatment(song, list(clips), start=film.song_start, end=end),
        density=film.density,
        anticipation=film.anticipation,
    )


def propose_cuts(
    session: Session,
    clips: Collection[Clip],
    song: Song,
    treatment: Treatment,
    count: int,
    likes: Collection[str] = (),
) -> list[Timeline]:
    """Up to ``count`` different cuts; fewer when the material allows no more.

    Raises:
        NothingUsableError: too little material, or the film begins after the song's end.
    """
    film, decisions = session.project.film, session.decisions
    if decisions.devices is not None:
        treatment = replace(treatment, devices=decisions.devices)
    start = Fraction(film.song_start).limit_denominator(1000)
    seconds = song.duration - film.song_start if film.seconds is None else film.seconds
    if seconds <= 0:
        raise NothingUsableError(
            "the song is over before the film begins",
            path=session.project.song,
            hint="choose an earlier song_start",
        )
    form = CutFormat(
        fps=film.fps,
        size=(film.width, film.height),
        frames=math.ceil(Fraction(seconds).limit_denominator(1000) * film.fps),
        song_start=start,
    )
    wishes = CutWishes(
        locks=list(session.locks),
        vetoes=decisions.vetoes,
        likes=(*decisions.likes, *likes),
        treatment=treatment,
    )
    return propose(song, list(clips), form, seed=film.seed, count=count, wishes=wishes)
