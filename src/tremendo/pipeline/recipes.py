"""Which steps a project consists of, and what each depends on."""

from __future__ import annotations

import hashlib
import statistics
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from tremendo import models
from tremendo.archive import Clip, Shot
from tremendo.consent import Consent
from tremendo.decisions import CAMERA_MOVES, PERFORMANCES, SCENES, Decisions, ShotChoice
from tremendo.errors import MediaError
from tremendo.finish.color.hint import parse_hint
from tremendo.finish.film import FinishOptions
from tremendo.finish.take import Motion
from tremendo.media.inventory import Item
from tremendo.montage import Slot, Timeline, Treatment, read_treatment
from tremendo.music import Song
from tremendo.pipeline.steps import State, Step
from tremendo.project import Project
from tremendo.store import Store

__all__ = ["VERSIONS", "Recipes", "take_of"]

HANDLES = 8
"""Native frames finished before and after a take, for editors."""

VERSIONS = {
    "ingest": 5,
    "listen": 4,
    "montage": 8,
    "film": 5,
    "color": 4,
    "animate": 9,
    "voice": 1,
    "render": 4,
}
"""Raise a number when its act gives another result for the same input."""


@dataclass(frozen=True)
class _Voice:
    """How wide a singer's mouth is open, all through the song."""

    curve: tuple[float, ...]


class Recipes:
    """The steps of one project."""

    def __init__(self, project: Project, state: State, store: Store | None = None) -> None:
        self._project = project
        self._state = state
        self._store = store

    def ingest(self, item: Item) -> Step:
        """Describe a film or photograph.

        Raises:
            OSError: the source cannot be read.
        """
        depends = {
            "source": self._state.digest(item.path),
            "kind": item.kind,
            "tags": item.tags,
            "models": _weights(
                "face", "faces-1", "faces-2", "faces-3", "color", "sight", "subjects"
            ),
        }
        return Step("ingest", str(item.path), VERSIONS["ingest"], depends)

    def listen(self) -> Step:
        """Understand the song."""
        depends = {
            "source": self._state.digest(self._project.song),
            "corrections": self._project.music,
            "models": _weights("beatnet-1", "beatnet-2", "beatnet-3"),
        }
        return Step("listen", self._project.song.name, VERSIONS["listen"], depends)

    def montage(self, clips: list[Clip], treatment: Treatment | None) -> Step:
        """Decide the cut."""
        depends = {
            "material": sorted(clip.path.name for clip in clips),
            "descriptions": [self._described(clip) for clip in clips],
            "song": self.listen().key,
            "film": replace(self._project.film, fit="", conform="", codec=""),
            "decisions": replace(self._decisions, shots={}),
            "treatment": treatment,
        }
        return Step("montage", "the cut", VERSIONS["montage"], depends)

    def look(self, slot: Slot, clip: Clip) -> FinishOptions:
        """How the shot of a slot is finished: the project's look, in its chapter's palette, but for
        what the director has decided of that shot.
        """
        given = self._project.look
        own = self._decisions.shots.get(slot.shot, ShotChoice())
        left, top, *_ = clip.crop
        hints = (parse_hint(text) for text in own.hints)
        return FinishOptions(
            restore=given.restore,
            color=given.color,
            engine=given.engine,
            vividness=given.vividness if own.vividness is None else own.vividness,
            style=own.style or self._palettes.get(slot.chapter) or given.style,
            variant=own.variant,
            hints=tuple(replace(hint, x=hint.x - left, y=hint.y - top) for hint in hints),
            references=tuple(self._reference(path) for path in own.references),
        )

    def _reference(self, name: str) -> Path:
        path = self._project.folder / name
        if not path.is_file():
            raise MediaError(
                "there is no such reference",
                path=path,
                hint="mend its name in decisions.json or put the picture there",
            )
        return path

    @cached_property
    def _palettes(self) -> dict[str, str]:
        """Styles of color by the chapters that have one."""
        path = self._project.treatment
        chapters = () if path is None else read_treatment(path).chapters
        return {chapter.name: chapter.palette for chapter in chapters if chapter.palette}

    def _coloring(self, look: FinishOptions) -> dict[str, object]:
        """What the colors of a picture depend on."""
        return {
            "look": look,
            "references": [self._state.digest(path) for path in look.references],
            "models": _weights("color" if look.engine == "embedded" else look.engine),
        }

    def film(
        self, slot: Slot, clip: Clip, shot: Shot, timeline: Timeline, look: FinishOptions
    ) -> Step:
        """Restore and color a take of a film."""
        depends = {
            "clip": self._described(clip),
            "take": take_of(slot, shot, timeline),
            "shot": (shot.start, shot.end),
            "restoration": _restoration(self._project.look.restore),
            **self._coloring(look),
        }
        return Step("film", _slot_name(slot, clip), VERSIONS["film"], depends, ".mkv")

    def color(self, clip: Clip, look: FinishOptions) -> Step:
        """Color a photograph."""
        depends = {
            "clip": self._described(clip),
            **self._coloring(replace(look, restore="")),
        }
        return Step("color", clip.path.name, VERSIONS["color"], depends, ".png")

    @cached_property
    def _decisions(self) -> Decisions:
        return self._project.decisions()

    def motion(self, slot: Slot, shot: Shot, timeline: Timeline, song: Song) -> Motion:
        """How the photograph of a slot is to move."""
        start = float(timeline.song_start + slot.start / timeline.fps)
        end = float(timeline.song_start + slot.end / timeline.fps)
        seed = hashlib.sha256(f"{timeline.seed} {shot.id}".encode()).digest()
        told = self._decisions.shots.get(shot.id, ShotChoice()).motion
        sings = told == "sing" or song.may_be_sung(start, end)
        face = told in ({"face"} | PERFORMANCES) or (not told and slot.technique == "face")
        return Motion(
            treatment="face" if face else "parallax",
            performance=told if told in PERFORMANCES else "",
            move=told if told in CAMERA_MOVES else "auto",
            told=bool(told),
            moving=told if told in SCENES else "",
            bar=_bar(song),
            frames=slot.duration,
            fps=timeline.fps,
            width=timeline.width,
            height=timeline.height,
            beats=tuple(round(b.time - start, 4) for b in song.beats if start <= b.time < end),
            accents=tuple(round(a.time - start, 4) for a in song.accents if start <= a.time < end),
            voice=self._voice(start, end) if face and sings else (),
            faces=tuple((f.x, f.y, f.width, f.height) for f in shot.faces),
            seed=int.from_bytes(seed[:4]),
            strength=self._project.look.motion,
        )

    def _voice(self, start: float, end: float) -> tuple[float, ...]:
        """How wide a singer's mouth is open between two times of the song."""
        from tremendo.finish.animate.face.voice import VOICE_RATE

        first, last = round(start * VOICE_RATE), round(end * VOICE_RATE) + 1
        return self._sung.curve[first:last]

    @cached_property
    def _sung(self) -> _Voice:
        """The whole song's curve, worked out once for a song."""
        from tremendo.finish.animate.face.voice import song_voice

        song = self._project.song
        depends = {"source": self._state.digest(song)}
        name = Step("voice", song.name, VERSIONS["voice"], depends).key
        known = None if self._store is None else self._store.get_record(name, _Voice)
        if known is None:
            known = _Voice(tuple(round(float(value), 2) for value in song_voice(song)))
            if self._store is not None:
                self._store.put_record(name, known)
        return known

    def animate(self, slot: Slot, clip: Clip, still: Step, motion: Motion) -> Step:
        """Set a photograph in motion that was colored in the step ``still``."""
        depends = {
            "picture": still.key,
            "motion": motion,
            "models": _weights(
                *("face", "face-renderer", "faces-1", "faces-2", "faces-3"),
                *("pose-detector", "pose", "people", "color", "medium"),
                *("sight", "subjects"),
            ),
        }
        return Step("animate", _slot_name(slot, clip), VERSIONS["animate"], depends, ".mkv")

    def render(self, timeline: Timeline, finished: list[Step], *, preview: bool = False) -> Step:
        """Conform and encode the film."""
        depends = {
            "cut": timeline,
            "shots": [step.key for step in finished],
            "fit": self._project.film.fit,
            "conform": self._project.film.conform,
            "models": _weights("rife") if self._conforms_by("rife") else {},
            "preview": preview,
            "choices": self._decisions.shots,
            "codec": self._project.film.codec,
            "credits": self._project.credits,
            "consent": Consent.load(self._project.folder),
            "song": self._state.digest(self._project.song),
        }
        return Step("render", "the film", VERSIONS["render"], depends, ".mp4")

    def need_models(self) -> None:
        """See that the networks which settings name are here before anything is done.

        Raises:
            ModelMissingError: one is not on this machine.
        """
        if self._conforms_by("rife"):
            models.path("rife")

    def _conforms_by(self, way: str) -> bool:
        """Whether any shot may be brought to the frame rate in this way."""
        own = (choice.conform for choice in self._decisions.shots.values())
        return way in {self._project.film.conform, *own}

    def _described(self, clip: Clip) -> str:
        return self.ingest(Item(clip.path, clip.kind, clip.tags)).key


def _bar(song: Song) -> float:
    """Seconds of a bar; four where no bars were heard."""
    return round(statistics.median([b.end - b.start for b in song.bars] or [4.0]), 4)


def take_of(slot: Slot, shot: Shot, timeline: Timeline) -> tuple[int, int]:
    """Native frames to finish for a slot: what it shows and handles, within the shot."""
    first, end = slot.source_span(timeline.fps)
    return (
        max(shot.start, first - HANDLES),
        min(shot.end, end + HANDLES),
    )


def _slot_name(slot: Slot, clip: Clip) -> str:
    return f"{clip.path.name} at frame {slot.start}"


@cache
def _restoration(preset: str) -> dict[str, int]:
    """Versions of the steps of a preset."""
    from tremendo.finish.restore.chain import build_chain, step_versions
    from tremendo.finish.restore.options import preset_options

    return {} if preset == "off" else step_versions(build_chain(preset_options(preset)))


@cache
def _weights(*names: str) -> dict[str, str]:
    """Digests of the weights that are on this machine."""
    from tremendo.models.catalog import sha256_of

    found = {name: models.find(name) for name in names}
    return {n: m.sha256 or sha256_of(m.place) for n, m in found.items() if m.present}
