"""Jobs go in, their records come out: what is stale is done, each job as soon as it is fed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tremendo.core.progress import Progress
from tremendo.errors import ResourceError, TremendoError
from tremendo.executor import Failure, Task, executors
from tremendo.pipeline.stage import Stage, task_of, with_needs
from tremendo.pipeline.state import StaleJob, State
from tremendo.store import Store

__all__ = ["Runner"]

Job = Stage[Any]


@dataclass
class Runner:
    """Runs jobs where an executor is.

    Attributes:
        store: where results lie.
        state: says why a job is stale, and remembers what was done.
        progress: told about each stage.
        workers: tasks at a time; 0 = one for each core.
        executor: a name in :data:`tremendo.executor.executors`.
        dry_run: nothing is done; what would be is noted in ``planned``.
    """

    store: Store
    state: State
    progress: Progress
    workers: int = 0
    executor: str = "local"
    dry_run: bool = False
    planned: list[StaleJob] = field(default_factory=list)

    def stale(self, job: Job) -> bool:
        """Whether a job must be done; a dry run notes why."""
        why = self.state.why(job, self.store)
        if why is not None and self.dry_run:
            self.planned.append(StaleJob(job.stage, job.name, why))
        if why is None and not self.dry_run:
            self.state.done(job)
        return why is not None

    def run(
        self,
        jobs: Iterable[Job],
        on_failure: Callable[[Job, TremendoError], None] | None = None,
    ) -> None:
        """Do what is stale of the jobs and of what feeds them.

        All that can be done is done before a failure is raised, so that nothing is done twice
        when its cause is mended.

        Args:
            jobs: in no particular order.
            on_failure: takes a job that failed on its input, and the others go on; by default the
                first such failure is raised in the end.

        Raises:
            TremendoError: a job failed; at once where the machine failed (disk, memory) or
                tremendo itself.
        """
        every = {job.key: job for job in with_needs(tuple(jobs))}
        stale = {key: job for key, job in every.items() if self.stale(job)}
        if self.dry_run or not stale:
            return
        failed: list[TremendoError] = []
        try:
            for job, error in self._failures(stale):
                if on_failure is None:
                    failed.append(error)
                else:
                    on_failure(job, error)
        finally:
            self.state.save()
        if failed:
            raise failed[0]

    def _failures(self, stale: dict[str, Job]) -> Iterable[tuple[Job, TremendoError]]:
        """Do stale jobs; yield those that failed on their input."""
        self.progress.act(_doing(stale.values()), sum(job.cost() for job in stale.values()))
        weights = _weights(stale)
        shown: dict[str, float] = dict.fromkeys(stale, 0.0)

        def on_progress(task: Task, amount: float) -> None:
            shown[task.arguments[0].key] += amount
            self.progress.advance(amount)

        waits = {
            key: {need.key for need in job.needs if need.key in stale} for key, job in stale.items()
        }
        with executors.create(
            self.executor, workers=self.workers, on_progress=on_progress
        ) as executor:

            def submit_fed() -> None:
                for key in [key for key, needs in waits.items() if not needs]:
                    del waits[key]
                    executor.submit(task_of(stale[key], self.store, weights[key]))

            submit_fed()
            for task, answer in executor.completed():
                job: Job = task.arguments[0]
                self.progress.advance(job.cost() - shown[job.key])
                if isinstance(answer, Failure):
                    yield job, _failure(job, answer)
                    continue
                self.state.done(job)
                for needs in waits.values():
                    needs.discard(job.key)
                submit_fed()


def _weights(stale: dict[str, Job]) -> dict[str, float]:
    """What hangs on each job: its own cost and that of the longest way from it to the end.

    ``stale`` has each job after all that feeds it.
    """
    after: dict[str, float] = dict.fromkeys(stale, 0.0)
    weights: dict[str, float] = {}
    for key, job in reversed(stale.items()):
        weights[key] = job.cost() + after[key]
        for need in job.needs:
            if need.key in after:
                after[need.key] = max(after[need.key], weights[key])
    return weights


def _failure(job: Job, answer: Failure) -> TremendoError:
    """The error of a job that failed on its input.

    Raises:
        TremendoError: the machine failed, or tremendo did.
    """
    error = answer.error
    if answer.details:
        raise TremendoError(f"{job.name}: {error.message}", path=error.path, hint=answer.details)
    if isinstance(error, ResourceError):
        raise error
    return error


def _doing(jobs: Iterable[Job]) -> str:
    return ", ".join(dict.fromkeys(job.doing for job in jobs))
