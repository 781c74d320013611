"""A colored photograph and the song go in, frames in which it moves come out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tremendo import models
from tremendo.archive import Shot
from tremendo.errors import ResourceError
from tremendo.executor import advance
from tremendo.finish.animate import (
    MotionOptions,
    MotionRecord,
    MusicCues,
    ShotFormat,
    animate_photo,
)
from tremendo.finish.record import ShotRecord
from tremendo.media import FilmWriter, read_photo
from tremendo.montage import Slot, Timeline
from tremendo.music import Song
from tremendo.pipeline.session import Session
from tremendo.pipeline.stage import Stage
from tremendo.pipeline.stages.color import Color
from tremendo.pipeline.stages.film_take import PIXELS
from tremendo.pipeline.stages.voice import Voice
from tremendo.store import Store

__all__ = ["Animate", "MotionRequest", "motion_of", "sings", "span_of"]

T = TypeVar("T")


@dataclass(frozen=True)
class MotionRequest:
    """All that a photograph's motion follows but the picture itself."""

    options: MotionOptions
    cues: MusicCues
    form: ShotFormat
    faces: tuple[tuple[float, float, float, float], ...]
    """Left, top, width, height of its faces as fractions of the picture."""


@dataclass(frozen=True)
class Animate(Stage[ShotRecord]):
    """Set a photograph in motion.

    Attributes:
        label: for users.
        picture: the job that colored it.
        motion: how it is to move; its voice is filled in from ``voice``.
        voice: the job that followed the song's voice; None where no face sings.
        span: seconds of the song at which the take begins and ends.
    """

    stage = "animate"
    doing = "setting photographs in motion"
    version = 11
    record = ShotRecord
    suffix = ".mkv"

    label: str
    picture: Color
    motion: MotionRequest
    voice: Voice | None
    span: tuple[float, float]

    @property
    def name(self) -> str:
        """The photograph and its place in the film."""
        return self.label

    @property
    def models(self) -> tuple[str, ...]:
        """Faces, their renderer, people, likeness and what a face is made of."""
        return (
            *("face", "face-renderer", "faces-1", "faces-2", "faces-3"),
            *("pose-detector", "pose", "people", "color", "medium", "sight", "subjects"),
        )

    @property
    def needs(self) -> tuple[Stage[Any], ...]:
        """The picture in color, and the voice where somebody sings."""
        return (self.picture,) if self.voice is None else (self.picture, self.voice)

    def dependencies(self) -> dict[str, Any]:
        """The picture, the motion and the music of the take."""
        voice = {} if self.voice is None else {"voice": self.voice.key, "span": self.span}
        return {"picture": self.picture.key, "motion": self.motion, **voice}

    def run(self, store: Store) -> ShotRecord:
        """Write the take."""
        cues = replace(self.motion.cues, voice=self._voice(store))
        color = _kept(self.picture.result(store), "colors of a photograph")
        with models.opened() as opened:
            done = self._move(cues, store)
        used = {*color.models, *opened}
        return ShotRecord(done.technique, color=color, motion=done, models=tuple(sorted(used)))

    def _move(self, cues: MusicCues, store: Store) -> MotionRecord:
        photo, form = read_photo(self.picture.file(store)), self.motion.form
        moving = animate_photo(photo, self.motion.options, cues, form, faces=self.motion.faces)
        with (
            store.writing(self.key, self.suffix) as part,
            FilmWriter(part, *form.size, form.fps) as out,
        ):
            for frame in moving.frames:
                out.write(frame)
                advance(self.cost() / form.frames)
        return moving.record

    def _voice(self, store: Store) -> tuple[float, ...]:
        if self.voice is None:
            return ()
        return _kept(self.voice.result(store), "voice of the song").between(*self.span)

    def cost(self) -> float:
        """Its pixels, in hundred thousands."""
        form = self.motion.form
        return form.frames * form.width * form.height / PIXELS


def _kept(result: T | None, what: str) -> T:
    if result is None:
        raise ResourceError(f"the {what} can no longer be read", hint="run the same command again")
    return result


def sings(session: Session, slot: Slot, song: Song, span: tuple[float, float]) -> bool:
    """Whether a face may sing in the take of a slot."""
    told = session.choice(slot.shot).motion
    face = MotionOptions.of_choice(told, technique=slot.technique).asks_for_face
    return face and (told == "sing" or song.may_be_sung(*span))


def motion_of(
    session: Session, slot: Slot, shot: Shot, timeline: Timeline, song: Song
) -> MotionRequest:
    """How the photograph of a slot is to move: as proposed, or as the director has decided."""
    seed = hashlib.sha256(f"{timeline.seed} {shot.id}".encode()).digest()
    return MotionRequest(
        MotionOptions.of_choice(
            session.choice(shot.id).motion,
            technique=slot.technique,
            strength=session.project.look.motion,
            seed=int.from_bytes(seed[:4]),
        ),
        MusicCues.of_song(song, *span_of(slot, timeline)),
        ShotFormat(timeline.width, timeline.height, timeline.fps, slot.duration, close_up=True),
        tuple((f.x, f.y, f.width, f.height) for f in shot.faces),
    )


def span_of(slot: Slot, timeline: Timeline) -> tuple[float, float]:
    """Seconds of the song at which a slot begins and ends."""
    return (
        float(timeline.song_start + slot.start / timeline.fps),
        float(timeline.song_start + slot.end / timeline.fps),
    )
