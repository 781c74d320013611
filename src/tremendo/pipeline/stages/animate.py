"""A colored photograph and the song go in, frames in which it moves come out."""

from __future__ import annotations

import hashlib
import statistics
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tremendo import models
from tremendo.archive import Shot
from tremendo.decisions import CAMERA_MOVES, PERFORMANCES, SCENES
from tremendo.errors import ResourceError
from tremendo.executor import advance
from tremendo.finish.animate.record import MotionRecord
from tremendo.finish.record import ShotRecord
from tremendo.finish.take import Motion, move_photo
from tremendo.media import FilmWriter, read_photo
from tremendo.montage import Slot, Timeline
from tremendo.music import Song
from tremendo.pipeline.session import Session
from tremendo.pipeline.stage import Stage
from tremendo.pipeline.stages.color import Color
from tremendo.pipeline.stages.film_take import PIXELS
from tremendo.pipeline.stages.voice import Voice
from tremendo.store import Store

__all__ = ["Animate", "motion_of", "sings", "span_of"]

T = TypeVar("T")

_BAR = 4.0
"""Seconds of a bar where no bars were heard."""


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
    version = 10
    record = ShotRecord
    suffix = ".mkv"

    label: str
    picture: Color
    motion: Motion
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
        motion = replace(self.motion, voice=self._voice(store))
        color = _kept(self.picture.result(store), "colors of a photograph")
        with models.opened() as opened:
            done = self._move(motion, store)
        used = {*color.models, *opened}
        return ShotRecord(done.technique, color=color, motion=done, models=tuple(sorted(used)))

    def _move(self, motion: Motion, store: Store) -> MotionRecord:
        frames, done = move_photo(read_photo(self.picture.file(store)), motion)
        with (
            store.writing(self.key, self.suffix) as part,
            FilmWriter(part, motion.width, motion.height, motion.fps) as out,
        ):
            for frame in frames:
                out.write(frame)
                advance(self.cost() / motion.frames)
        return done

    def _voice(self, store: Store) -> tuple[float, ...]:
        if self.voice is None:
            return ()
        return _kept(self.voice.result(store), "voice of the song").between(*self.span)

    def cost(self) -> float:
        """Its pixels, in hundred thousands."""
        return self.motion.frames * self.motion.width * self.motion.height / PIXELS


def _kept(result: T | None, what: str) -> T:
    if result is None:
        raise ResourceError(f"the {what} can no longer be read", hint="run the same command again")
    return result


def sings(session: Session, slot: Slot, song: Song, span: tuple[float, float]) -> bool:
    """Whether a face may sing in the take of a slot."""
    told = session.choice(slot.shot).motion
    return _is_face(session, slot) and (told == "sing" or song.may_be_sung(*span))


def motion_of(session: Session, slot: Slot, shot: Shot, timeline: Timeline, song: Song) -> Motion:
    """How the photograph of a slot is to move: as proposed, or as the director has decided."""
    start, end = span_of(slot, timeline)
    seed = hashlib.sha256(f"{timeline.seed} {shot.id}".encode()).digest()
    told = session.choice(shot.id).motion
    return Motion(
        treatment="face" if _is_face(session, slot) else "parallax",
        performance=told if told in PERFORMANCES else "",
        move=told if told in CAMERA_MOVES else "auto",
        told=bool(told),
        moving=told if told in SCENES else "",
        bar=round(statistics.median([b.end - b.start for b in song.bars] or [_BAR]), 4),
        frames=slot.duration,
        fps=timeline.fps,
        width=timeline.width,
        height=timeline.height,
        beats=tuple(round(b.time - start, 4) for b in song.beats if start <= b.time < end),
        accents=tuple(round(a.time - start, 4) for a in song.accents if start <= a.time < end),
        faces=tuple((f.x, f.y, f.width, f.height) for f in shot.faces),
        seed=int.from_bytes(seed[:4]),
        strength=session.project.look.motion,
    )


def span_of(slot: Slot, timeline: Timeline) -> tuple[float, float]:
    """Seconds of the song at which a slot begins and ends."""
    return (
        float(timeline.song_start + slot.start / timeline.fps),
        float(timeline.song_start + slot.end / timeline.fps),
    )


def _is_face(session: Session, slot: Slot) -> bool:
    told = session.choice(slot.shot).motion
    return told in ({"face"} | PERFORMANCES) or (not told and slot.technique == "face")
