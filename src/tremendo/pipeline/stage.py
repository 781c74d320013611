"""The seam of the pipeline: what a stage is, and performing one job of it.

A stage is a class, a job of it an instance: a frozen dataclass that can be pickled and holds what
the work needs. The class says all that is to be known of the stage: how its work is done, which
weights it opens, what its result depends on and what feeds it. Nothing else in the pipeline knows
it: a new stage is one file in ``stages/`` and one import where its jobs are asked for.

*Why the record comes last.* A result is there when its record is. The record is written after the
sources were looked at a second time, so a file that was replaced while it was read leaves nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache, cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from tremendo import models
from tremendo.executor import LIMIT, Task
from tremendo.models.catalog import sha256_of
from tremendo.pipeline.sources import Source
from tremendo.store import Store, key

__all__ = ["Stage", "perform", "task_of", "with_needs"]

R = TypeVar("R")


class Stage(ABC, Generic[R]):
    """One kind of work; an instance is a job, ``R`` the record that it leaves.

    Attributes:
        stage: its name, as users read it.
        doing: what is shown while its jobs run.
        version: raised when the same job gives another result.
        record: class of its records.
        suffix: of the file that its jobs leave beside the record; empty for the record alone.
    """

    stage: ClassVar[str]
    doing: ClassVar[str]
    version: ClassVar[int]
    record: ClassVar[type[Any]]
    suffix: ClassVar[str] = ""

    @property
    @abstractmethod
    def name(self) -> str:
        """What the job is about, unique within the stage."""

    @property
    def models(self) -> tuple[str, ...]:
        """Weights that the job may open, by their names in the catalog."""
        return ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Files that the job reads."""
        return ()

    @property
    def needs(self) -> tuple[Stage[Any], ...]:
        """Jobs whose results this one reads."""
        return ()

    @property
    def seconds(self) -> float:
        """Seconds without a sign of life after which the job is given up."""
        return LIMIT

    @abstractmethod
    def dependencies(self) -> dict[str, Any]:
        """All that the result depends on but the weights, by names that a user understands."""

    @abstractmethod
    def run(self, store: Store) -> R:
        """Do the job: write the file, if the stage has one, and return the record.

        Raises:
            TremendoError: it cannot be done.
        """

    def cost(self) -> float:
        """How long the job takes, in units that the stages of one run share."""
        return 1.0

    @cached_property
    def depends(self) -> dict[str, Any]:
        """What the result depends on, the digests of the weights on this machine among it."""
        weights = {name: digest for name in self.models if (digest := _weights(name))}
        return {**self.dependencies(), **({"models": weights} if self.models else {})}

    @cached_property
    def key(self) -> str:
        """Where the result lies in the store."""
        return key(self.stage, self.version, **self.depends)

    @property
    def title(self) -> str:
        """Unique name within a project."""
        return f"{self.stage} {self.name}"

    def file(self, store: Store) -> Path:
        """Where the file of the job lies, or would lie."""
        return store.path(self.key, self.suffix)

    def result(self, store: Store) -> R | None:
        """The record, if the whole result is there and intact."""
        if self.suffix and store.get(self.key, self.suffix) is None:
            return None
        found: R | None = store.get_record(self.key, self.record)
        return found


def perform(job: Stage[Any], folder: Path) -> None:
    """Do a job and keep its result in the store at ``folder``.

    Raises:
        SourceChangedError: a source is not the file it was; nothing is kept.
        TremendoError: it cannot be done.
    """
    store = Store(folder)
    with ExitStack() as held:
        for source in job.sources:
            held.enter_context(source.held())
        record = job.run(store)
    store.put_record(job.key, record)


def task_of(job: Stage[Any], store: Store, weight: float) -> Task:
    """The job as a task for an executor; the heaviest start first."""
    about = next((str(source.path) for source in job.sources), None)
    return Task(
        job.name,
        perform,
        (job, store.folder),
        weight=weight,
        seconds=job.seconds,
        path=about,
    )


def with_needs(jobs: tuple[Stage[Any], ...]) -> Iterator[Stage[Any]]:
    """Each job after all that feeds it; equal jobs may come more than once."""
    for job in jobs:
        yield from with_needs(job.needs)
        yield job


@cache
def _weights(name: str) -> str:
    """Digest of weights; empty where they are not on this machine."""
    model = models.find(name)
    return (model.sha256 or sha256_of(model.place)) if model.present else ""
