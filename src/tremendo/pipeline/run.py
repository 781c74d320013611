"""One pass over a project: what is stale, running it, remembering it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tremendo.archive import Clip
from tremendo.core.progress import Progress
from tremendo.errors import TremendoError
from tremendo.executor import Failure, Task, executors, run_tasks
from tremendo.montage import Timeline
from tremendo.music import Song
from tremendo.pipeline.recipes import Recipes
from tremendo.pipeline.steps import Planned, State, Step
from tremendo.project import Project
from tremendo.store import Store

__all__ = ["Made", "Run"]


@dataclass
class Made:
    """What a run did or, for a dry run, would do."""

    output: Path | None = None
    timeline: Timeline | None = None
    clips: tuple[Clip, ...] = ()
    song: Song | None = None
    planned: list[Planned] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Run:
    """What the acts share: the store, the state, the warnings, and running tasks."""

    def __init__(
        self,
        project: Project,
        progress: Progress | None = None,
        *,
        workers: int = 0,
        engine: str = "local",
        dry_run: bool = False,
    ) -> None:
        self.project = project
        self.workers = workers
        executors.factory(engine)  # refused before anything is done if there is none
        self.engine = engine
        self.progress = progress or Progress()
        self.dry_run = dry_run
        self.store = Store(project.folder / "store")
        self.state = State(project.folder)
        self.recipes = Recipes(project, self.state, None if dry_run else self.store)
        self.made = Made()

    def warn(self, text: str) -> None:
        """Tell the user, once."""
        if text not in self.made.warnings:
            self.made.warnings.append(text)
            self.progress.warn(text)

    def plan(self, act: str, name: str, why: str) -> None:
        """Note for a dry run what would be done."""
        self.made.planned.append(Planned(act, name, why))

    def is_stale(self, step: Step) -> bool:
        """Whether a step must be done; a dry run notes why."""
        why = self.state.why(step, self.store)
        if why is not None and self.dry_run:
            self.plan(step.act, step.name, why)
        return why is not None

    def run(
        self, title: str, tasks: Iterable[Task], result: Callable[[Any], None] = lambda _: None
    ) -> list[tuple[Task, Failure]]:
        """Run tasks; returns those that failed on their input, raises a defect of tremendo."""
        tasks = list(tasks)
        failed: list[tuple[Task, Failure]] = []
        if self.dry_run or not tasks:
            return failed
        self.progress.act(title, sum(task.weight for task in tasks))
        for task, answer in run_tasks(tasks, self.workers, executor=self.engine):
            self.progress.advance(task.weight)
            if not isinstance(answer, Failure):
                result(answer)
            elif answer.details:
                raise TremendoError(
                    f"{task.name}: {answer.error.message}", path=task.path, hint=answer.details
                )
            else:
                failed.append((task, answer))
        self.state.save()
        return failed

    def all_or_raise(self, title: str, tasks: Iterable[Task]) -> None:
        """Run tasks of which none may fail."""
        for _, failure in self.run(title, tasks):
            raise failure.error
