"""From material and a song to the film: the acts in their order, each doing only what is stale."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from tremendo.archive import Clip, Shot
from tremendo.core.progress import Progress
from tremendo.deliver import Delivery, deliver
from tremendo.deliver.conform import speed_up
from tremendo.errors import MediaError, NothingUsableError
from tremendo.executor import Task
from tremendo.finish.film import FinishOptions
from tremendo.finish.restore.changes import Changes
from tremendo.media import discover
from tremendo.media.inventory import Item
from tremendo.montage import (
    Slot,
    Timeline,
    Treatment,
    explain,
    propose,
    read_treatment,
    suggest_treatment,
    write_otio,
)
from tremendo.music import Song
from tremendo.pipeline import work
from tremendo.pipeline.recipes import take_of
from tremendo.pipeline.run import Made, Run
from tremendo.pipeline.steps import Step
from tremendo.project import Project
from tremendo.serialization import from_plain

__all__ = ["Acts", "Finish", "Made", "make"]


def make(
    project: Project,
    output: Path | None,
    *,
    workers: int = 0,
    engine: str = "local",
    dry_run: bool = False,
    preview: bool = False,
    progress: Progress | None = None,
) -> Made:
    """Make the film of a project, or say what there is to do.

    Args:
        project: settings.
        output: the film; None stops after the montage.
        workers: processes at a time, 0 = one for each core.
        engine: where tasks run: ``local`` or ``ray``.
        dry_run: only list what is stale and why; nothing is written.
        preview: half the size, encoded fast, unsigned, without a report.
        progress: told about every act.

    Raises:
        MediaError: no input, or the song, cannot be read.
        NothingUsableError: too little material, or a song without beats.
        Interrupted: after Ctrl-C; the same call goes on from there.
    """
    acts = Acts(project, progress, workers=workers, engine=engine, dry_run=dry_run)
    if dry_run:
        return acts.go(output, preview=preview)
    with project.locked():
        return acts.go(output, preview=preview)


@dataclass(frozen=True)
class Finish:
    """A slot and what finishes it: ``last`` is the step whose file is rendered."""

    slot: Slot
    clip: Clip
    shot: Shot
    look: FinishOptions
    last: Step
    still: Step | None = None


class Acts(Run):
    """The acts, in their order."""

    def go(self, output: Path | None, *, preview: bool = False) -> Made:
        """Go through the acts; without ``output`` the film is not rendered."""
        self.recipes.need_models()
        clips, song = self.ingest(), self.listen()
        if song is None or (self.dry_run and self.made.planned):
            self.plan("montage", "the cut", "waits for the material and the song")
            self.plan("finish", "the shots in the cut", "wait for the cut")
            return self.made
        timeline = self.montage(clips, song)
        self.made.timeline, self.made.clips, self.made.song = timeline, tuple(clips), song
        if output is not None:
            finished = self.finish(timeline, clips, song)
            self.render(timeline, clips, song, finished, output, preview=preview)
        if not self.dry_run:
            self.state.save()
        return self.made

    def ingest(self) -> list[Clip]:
        """Describe all material; broken files are named and left out."""
        items, warnings = discover(self.project.inputs)
        for text in warnings:
            self.warn(text)
        steps = self.distinct(items)
        tasks = [
            Task(
                item.path.name,
                work.ingest,
                (item.path, item.kind, item.tags, self.store.folder, step.key),
                weight=_size(item.path),
                seconds=120 + _size(item.path) / 2**19,
                path=str(item.path),
            )
            for step, item in steps
            if self.is_stale(step)
        ]
        for task, failure in self.run("taking in the material", tasks):
            self.warn(f"{task.path}: {failure.error.message}: left out")
        clips = []
        for step, item in steps:
            clip = self.store.get_record(step.key, Clip)
            if clip is not None:
                self.state.done(step)
                clips.append(replace(clip, path=item.path))
                for text in clip.warnings:
                    self.warn(f"{item.path.name}: {text}")
        if not clips and not self.dry_run:
            found = f"none of {len(items)} files can be used" if items else "no film or photograph"
            raise NothingUsableError(
                f"there is nothing to make a film of: {found}",
                path=", ".join(map(str, self.project.inputs)),
                hint="give films (mp4, mkv, mov...), folders of numbered images, or photographs",
            )
        return clips

    def distinct(self, items: Sequence[Item]) -> list[tuple[Step, Item]]:
        """Steps for the items; of equal files only the first."""
        steps: dict[str, tuple[Step, Item]] = {}
        for item in items:
            try:
                step = self.recipes.ingest(item)
            except OSError as error:
                self.warn(f"{item.path}: cannot be read ({error.strerror}): left out")
                continue
            twin = steps.setdefault(str(step.depends["source"]), (step, item))[1]
            if twin is not item:
                self.warn(f"{item.path}: the same as {twin.path.name}: taken once")
        return list(steps.values())

    def listen(self) -> Song | None:
        """Understand the song."""
        path = self.project.song
        if not path.is_file():
            raise MediaError("there is no such song", path=path, hint="check the name")
        step = self.recipes.listen()
        if self.is_stale(step):
            arguments = (path, self.project.music, self.store.folder, step.key)
            task = Task(path.name, work.understand, arguments, seconds=3600, path=str(path))
            for _, failure in self.run("listening to the song", [task]):
                raise failure.error
        song = self.store.get_record(step.key, Song)
        if song is not None:
            self.state.done(step)
            for text in song.warnings:
                self.warn(f"{path.name}: {text}")
        return song

    def montage(self, clips: list[Clip], song: Song) -> Timeline:
        """Decide the cut."""
        project, treatment = self.project, self.treatment()
        step = self.recipes.montage(clips, treatment)
        timeline = None if self.is_stale(step) else self.store.get_record(step.key, Timeline)
        if timeline is None:
            self.progress.act("deciding the cut", 1)
            plan = self.treatment_for(clips, song)
            cuts = self.propose(clips, song, plan, project.film.proposal)
            timeline = cuts[-1]
            self.progress.advance()
        timeline = replace(timeline, song=str(project.song))
        if not self.dry_run:
            self.store.put_record(step.key, timeline)
            self.state.done(step)
        timeline = self.at_speed(timeline, clips)
        if not self.dry_run:
            write_otio(timeline, clips, project.song, project.folder / "timeline.otio", music=song)
        return timeline

    def at_speed(self, timeline: Timeline, clips: list[Clip]) -> Timeline:
        """The cut with those shots sped up that are to be."""
        shots = {shot.id: shot for clip in clips for shot in clip.shots}
        choices, usual = self.project.decisions().shots, self.project.film.conform

        def wanted(slot: Slot) -> bool:
            own = choices.get(slot.shot)
            return ((own and own.conform) or usual) == "speed-up"

        timeline, notes = speed_up(timeline, shots, wanted)
        for note in notes:
            self.warn(note)
        return timeline

    def treatment(self) -> Treatment | None:
        """The director's treatment; None without one."""
        path = self.project.treatment
        return None if path is None else read_treatment(path)

    def treatment_for(self, clips: list[Clip], song: Song) -> Treatment:
        """The director's treatment, or the machine's own with the project's pace."""
        film = self.project.film
        end = song.duration if film.seconds is None else film.song_start + film.seconds
        return self.treatment() or replace(
            suggest_treatment(song, clips, start=film.song_start, end=end),
            density=film.density,
            anticipation=film.anticipation,
        )

    def propose(
        self,
        clips: list[Clip],
        song: Song,
        treatment: Treatment,
        count: int,
        likes: Collection[str] = (),
    ) -> list[Timeline]:
        """Up to ``count`` different cuts; fewer when the material allows no more."""
        film, decisions = self.project.film, self.project.decisions()
        if decisions.devices is not None:
            treatment = replace(treatment, devices=decisions.devices)
        start = Fraction(film.song_start).limit_denominator(1000)
        seconds = song.duration - film.song_start if film.seconds is None else film.seconds
        if seconds <= 0:
            raise NothingUsableError(
                "the song is over before the film begins",
                path=self.project.song,
                hint="choose an earlier song_start",
            )
        return propose(
            song,
            clips,
            fps=film.fps,
            size=(film.width, film.height),
            frames=math.ceil(Fraction(seconds).limit_denominator(1000) * film.fps),
            song_start=start,
            seed=film.seed,
            count=count,
            locks=[from_plain(Slot, lock) for lock in decisions.locks],
            vetoes=decisions.vetoes,
            likes=(*decisions.likes, *likes),
            treatment=treatment,
        )

    def finish(self, timeline: Timeline, clips: list[Clip], song: Song) -> list[Finish]:
        """Restore, color and animate what stands in the cut."""
        shots = {shot.id: (clip, shot) for clip in clips for shot in clip.shots}
        finishes = [
            self.finishing(slot, *shots[slot.shot], timeline, song) for slot in timeline.slots
        ]
        first: dict[str, Task] = {}
        for each in finishes:
            if each.still is None and self.is_stale(each.last):
                first[each.last.key] = self.film_task(each, timeline)
            elif (
                each.still is not None and each.still.key not in first and self.is_stale(each.still)
            ):
                arguments = (each.clip, each.look, self.store.folder, each.still.key)
                first[each.still.key] = Task(each.clip.path.name, work.color, arguments, weight=8)
        self.all_or_raise("restoring and coloring", first.values())
        second = {
            each.last.key: Task(
                each.last.name,
                work.animate,
                (
                    self.store.path(each.still.key, ".png"),
                    each.last.depends["motion"],
                    self.store.folder,
                    each.last.key,
                ),
                weight=each.slot.duration,
            )
            for each in finishes
            if each.still is not None and self.is_stale(each.last)
        }
        self.all_or_raise("setting photographs in motion", second.values())
        if not self.dry_run:
            for each in finishes:
                self.state.done(each.last)
                if each.still is not None:
                    self.state.done(each.still)
        return finishes

    def finishing(
        self, slot: Slot, clip: Clip, shot: Shot, timeline: Timeline, song: Song
    ) -> Finish:
        """What finishes a slot."""
        recipes = self.recipes
        look = recipes.look(slot, clip)
        if slot.technique == "film":
            return Finish(slot, clip, shot, look, recipes.film(slot, clip, shot, timeline, look))
        still = recipes.color(clip, look)
        motion = recipes.motion(slot, shot, timeline, song)
        return Finish(slot, clip, shot, look, recipes.animate(slot, clip, still, motion), still)

    def film_task(self, each: Finish, timeline: Timeline) -> Task:
        """The task that restores and colors a take of film."""
        take = take_of(each.slot, each.shot, timeline)
        arguments = (
            each.clip,
            each.shot,
            take,
            each.look,
            self.store.folder,
            each.last.key,
        )
        weight = (take[1] - take[0]) * each.clip.width * each.clip.height / 1e5
        return Task(each.last.name, work.film, arguments, weight=weight)

    def file_of(self, each: Finish, timeline: Timeline) -> tuple[Path, int]:
        """The finished file of a slot and the native frame that it begins with."""
        first = 0 if each.still is not None else take_of(each.slot, each.shot, timeline)[0]
        return self.store.path(each.last.key, ".mkv"), first

    def render(
        self,
        timeline: Timeline,
        clips: list[Clip],
        song: Song,
        finishes: list[Finish],
        output: Path,
        *,
        preview: bool = False,
    ) -> None:
        """Conform, encode, sign and report."""
        lasts = [each.last for each in finishes]
        step = self.recipes.render(timeline, lasts, preview=preview)
        self.made.output = output
        if self.state.delivered(output, step.key):
            return
        if self.dry_run:
            self.plan("render", output.name, "not rendered from this cut and these shots yet")
            return
        delivery = Delivery(
            self.project,
            timeline,
            tuple(clips),
            song,
            tuple(self.file_of(each, timeline) for each in finishes),
            tuple(self.made.warnings),
            tuple(_why(timeline, number, clips) for number in range(len(timeline.slots))),
            tuple(self.store.get_record(last.key, Changes) for last in lasts),
            preview,
        )
        self.progress.act("rendering", timeline.frames)
        deliver(delivery, output, progress=lambda _: self.progress.advance(), told=self.warn)
        self.state.done(step)
        self.state.deliver(output, step.key)


def _why(timeline: Timeline, slot: int, clips: list[Clip]) -> str:
    """The reasons for a slot without its headline and without figures."""
    lines = explain(timeline, slot, clips).splitlines()[1:]
    return re.sub(r" \(\w+ -?[\d.]+\)", "", " ".join(lines))


def _size(path: Path) -> float:
    return float(path.stat().st_size) if path.is_file() else 2.0**24
