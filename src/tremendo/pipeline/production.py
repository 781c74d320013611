"""A project goes in, its film comes out: the acts in order, each doing only what is stale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tremendo import models
from tremendo.archive import Clip
from tremendo.core.outputs import Output, check_outputs
from tremendo.core.progress import Progress
from tremendo.deliver.conform import speed_up
from tremendo.deliver.identity import signing_identity
from tremendo.deliver.provenance import can_be_signed
from tremendo.errors import (
    MediaError,
    NothingUsableError,
    ResourceError,
    SourceChangedError,
    TremendoError,
)
from tremendo.executor import executors
from tremendo.media import discover
from tremendo.media.writer import CODECS
from tremendo.montage import Slot, Timeline, write_otio
from tremendo.music import Song
from tremendo.pipeline.graph import DescribedMaterial, Graph, ShotJob
from tremendo.pipeline.runner import Job, Runner
from tremendo.pipeline.session import Session
from tremendo.pipeline.stage import perform
from tremendo.pipeline.stages.ingest import Ingest
from tremendo.pipeline.stages.listen import Listen
from tremendo.pipeline.stages.render import Render
from tremendo.pipeline.state import StaleJob, State
from tremendo.project import Project

__all__ = ["Production", "RunResult", "make"]


@dataclass
class RunResult:
    """What a run did or, for a dry run, would do."""

    output: Path | None = None
    timeline: Timeline | None = None
    clips: tuple[Clip, ...] = ()
    song: Song | None = None
    planned: list[StaleJob] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def make(
    project: Project,
    output: Path | Output | None,
    *,
    workers: int = 0,
    engine: str = "local",
    dry_run: bool = False,
    preview: bool = False,
    progress: Progress | None = None,
    prepare: Callable[[], object] = lambda: None,
) -> RunResult:
    """Make the film of a project, or say what there is to do.

    Args:
        project: settings.
        output: the film; None stops after the montage. A file that this project did not write is
            replaced only by an :class:`~tremendo.core.outputs.Output` with ``force``.
        workers: processes at a time, 0 = one for each core.
        engine: where tasks run: ``local`` or ``ray``.
        dry_run: only list what is stale and why; nothing is written.
        preview: half the size, encoded fast, unsigned, without a report.
        progress: told about every act.
        prepare: called first, once nobody else works on the project, unless it is a dry run:
            writes settings.

    Raises:
        ConfigError: settings, decisions or consent are not understood.
        UsageError: the film would replace what it must not, or its suffix does not fit the codec.
        MediaError: no input, or the song, cannot be read.
        ModelMissingError: a network that settings name is not on this machine.
        NothingUsableError: too little material, or a song without beats.
        Interrupted: after Ctrl-C; the same call goes on from there.
    """
    executors.factory(engine)  # refused before anything is done if there is none
    film = None if output is None else Output.of(output)
    if film is not None:
        codec = "h264" if preview else project.film.codec
        film = replace(film, suffixes=CODECS[codec].suffixes)
        check_outputs([film], project.sources, ours=State(project.folder).wrote)
    output = None if film is None else film.path
    if dry_run:
        acts = Production(project, progress, workers=workers, executor=engine, dry_run=True)
        return acts.go(output, preview=preview)
    with project.locked():
        prepare()
        acts = Production(project, progress, workers=workers, executor=engine)
        return acts.go(output, preview=preview)


class Production:
    """The acts of a project.

    Args:
        project: settings.
        progress: told about every act.
        workers: processes at a time, 0 = one for each core.
        executor: where tasks run.
        dry_run: only note what is stale.

    Raises:
        ConfigError: settings, decisions or consent are not understood.
        UsageError: there is no such executor.
    """

    def __init__(
        self,
        project: Project,
        progress: Progress | None = None,
        *,
        workers: int = 0,
        executor: str = "local",
        dry_run: bool = False,
    ) -> None:
        self.session = Session.open(project)
        self.state = State(project.folder)
        self.store = self.session.store
        self.progress = progress or Progress()
        self.graph = Graph(self.session, self.state)
        self.runner = Runner(self.store, self.state, self.progress, workers, executor, dry_run)
        self.made = RunResult(planned=self.runner.planned)

    def go(self, output: Path | None, *, preview: bool = False) -> RunResult:
        """Go through the acts; without ``output`` the film is not rendered."""
        if self.session.conforms_by("rife"):
            models.path("rife")  # seen to be here before anything is done
        if output is not None and can_be_signed(output) and not preview and not self.runner.dry_run:
            signing_identity()  # likewise
        material = self.material()
        timeline = None if material is None else self.montage(material)
        if material is None or timeline is None:
            if material is None:
                self._plan("montage", "the cut", "waits for the material and the song")
            self._plan("finish", "the shots in the cut", "wait for the cut")
            return self.made
        if output is not None:
            self.render(timeline, material, self.finish(timeline, material), output, preview)
        if not self.runner.dry_run:
            self.state.save()
        return self.made

    def warn(self, text: str) -> None:
        """Tell the user, once."""
        if text not in self.made.warnings:
            self.made.warnings.append(text)
            self.progress.warn(text)

    def material(self) -> DescribedMaterial | None:
        """Describe all material and listen to the song; None in a dry run that lacks a part.

        Broken files are named and left out.

        Raises:
            NothingUsableError: there is nothing to make a film of.
            SourceChangedError: a file was replaced while it was read.
        """
        items, warnings = discover(self.session.project.inputs)
        for text in warnings:
            self.warn(text)
        ingests, heard = self.graph.ingests(items, self.warn), self.graph.listen()
        self.runner.run([*ingests, heard], self._without)
        known = [(job, self._described(job)) for job in ingests]
        usable = [(job, clip) for job, clip in known if clip is not None]
        song = self.store.get_record(heard.key, Song)
        if not self.runner.dry_run:
            self._need_material(len(items), len(usable))
        if song is None or self.runner.planned:
            return None
        for text in song.warnings:
            self.warn(f"{heard.name}: {text}")
        self.made.clips, self.made.song = tuple(clip for _, clip in usable), song
        shots = {shot.id for clip in self.made.clips for shot in clip.shots}
        for text in self.session.strangers(shots):
            self.warn(text)
        return DescribedMaterial(tuple(job for job, _ in usable), self.made.clips, heard, song)

    def _without(self, job: Job, error: TremendoError) -> None:
        """Go on without a file that is broken; anything else stops the film."""
        broken = isinstance(error, MediaError | NothingUsableError)
        if isinstance(job, Listen) or isinstance(error, SourceChangedError) or not broken:
            raise error
        self.warn(f"{job.name}: {error.message}: left out")

    def _described(self, job: Ingest) -> Clip | None:
        clip = self.store.get_record(job.key, Clip)
        if clip is None:
            return None
        for text in clip.warnings:
            self.warn(f"{job.source.path.name}: {text}")
        return replace(clip, path=job.source.path)

    def _need_material(self, found: int, usable: int) -> None:
        if usable:
            return
        said = f"none of {found} files can be used" if found else "no film or photograph"
        raise NothingUsableError(
            f"there is nothing to make a film of: {said}",
            path=", ".join(map(str, self.session.project.inputs)),
            hint="give films (mp4, mkv, mov...), folders of numbered images, or photographs",
        )

    def montage(self, material: DescribedMaterial) -> Timeline | None:
        """Decide the cut; None in a dry run that would have to."""
        project, job = self.session.project, self.graph.montage(material)
        self.runner.run([job])
        timeline = job.result(self.store)
        if timeline is None:
            return None
        for text in timeline.warnings:
            self.warn(text)
        timeline = replace(timeline, song=str(project.song))
        timeline = self._at_speed(timeline, material.clips)
        if not self.runner.dry_run:
            file = project.folder / "timeline.otio"
            write_otio(timeline, list(material.clips), project.song, file, music=material.song)
        self.made.timeline = timeline
        return timeline

    def _at_speed(self, timeline: Timeline, clips: Sequence[Clip]) -> Timeline:
        """The cut with those shots sped up that are to be."""
        shots = {shot.id: shot for clip in clips for shot in clip.shots}

        def wanted(slot: Slot) -> bool:
            return self.session.conform(slot.shot) == "speed-up"

        timeline, notes = speed_up(timeline, shots, wanted)
        for note in notes:
            self.warn(note)
        return timeline

    def finish(self, timeline: Timeline, material: DescribedMaterial) -> tuple[ShotJob, ...]:
        """Restore, color and animate what stands in the cut."""
        finishes = self.graph.finishes(timeline, material)
        self.runner.run(each.job for each in finishes)
        return finishes

    def render(
        self,
        timeline: Timeline,
        material: DescribedMaterial,
        finishes: tuple[ShotJob, ...],
        output: Path,
        preview: bool = False,
    ) -> None:
        """Conform, encode, sign and report."""
        job = Render(
            self.session,
            timeline,
            material,
            finishes,
            output,
            preview,
            tuple(self.made.warnings),
            self.progress.advance,
        )
        self.made.output = output
        if self.state.delivered(output, job.key):
            return
        if self.runner.dry_run:
            self._plan("render", output.name, "not rendered from this cut and these shots yet")
            return
        self.progress.act(job.doing, job.cost())
        self.state.claim(output)
        perform(job, self.store.folder)
        done = job.result(self.store)
        if done is None:
            raise ResourceError("the record of the film can no longer be read", path=output)
        for text in done.warnings:
            self.warn(text)
        self.state.done(job)
        self.state.deliver(output, job.key)

    def _plan(self, act: str, name: str, why: str) -> None:
        self.runner.planned.append(StaleJob(act, name, why))
