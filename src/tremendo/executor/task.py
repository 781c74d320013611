"""What can be run, and what runs it."""

from __future__ import annotations

import heapq
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from tremendo.errors import MediaError, ResourceError, TremendoError, resource_error

__all__ = [
    "LIMIT",
    "Executor",
    "Failure",
    "Queue",
    "Task",
    "crashed",
    "lost",
    "perform",
    "too_long",
]

LIMIT = 3600.0
"""Seconds without a sign of life after which a task is stopped that names no limit of its own: an
hour is far above the slowest honest frame, and a hung decoder does not hold a film for a night."""


@dataclass(frozen=True)
class Task:
    """A call that may run in another process, or on another machine with the same file system.

    ``function`` is a module-level function, ``arguments`` and its result can be pickled. Heavier
    tasks (``weight``) start first. A task that gives no sign of life (its end, or
    :func:`tremendo.executor.advance`) for ``seconds`` is stopped.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    weight: float = 1.0
    seconds: float = LIMIT
    path: str | None = None
    """The file it is about, for the error."""
    threads: int = 1
    """Threads of its image operations; 1 where tasks run side by side."""


@dataclass(frozen=True)
class Failure:
    """A task that did not succeed; ``details`` holds the traceback of a defect.

    A :class:`~tremendo.errors.ResourceError` says nothing about the file: disk, memory or the
    system failed. Whoever goes on without the file then makes another film on another day.
    """

    error: TremendoError
    details: str = ""


class Executor(Protocol):
    """Runs tasks somewhere, each at most once at a time, in no promised order.

    Tasks may be submitted before and while :meth:`completed` is walked through::

        with executors.create("local", workers=2) as executor:
            executor.submit(first)
            for task, result in executor.completed():
                for ready in what_waited_for(task):
                    executor.submit(ready)
    """

    def submit(self, task: Task) -> None:
        """Queue a task."""

    def completed(self) -> Iterator[tuple[Task, Any | Failure]]:
        """Yield each task with its result or :class:`Failure` as it ends, until none is left.

        The first Ctrl-C lets running tasks end (they are yielded) and starts no more, the second
        stops them at once.

        Raises:
            Interrupted: after Ctrl-C.
        """

    def close(self) -> None:
        """Stop what runs and forget what waits."""

    def __enter__(self) -> Self:
        """The executor itself."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""


class Queue:
    """Tasks that wait: the heaviest first, ties in the order in which they came."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Task]] = []
        self._count = 0

    def __len__(self) -> int:
        """How many wait."""
        return len(self._heap)

    def push(self, task: Task) -> None:
        """Add one."""
        heapq.heappush(self._heap, (-task.weight, self._count, task))
        self._count += 1

    def pop(self) -> Task:
        """Take the heaviest."""
        return heapq.heappop(self._heap)[2]

    def clear(self) -> None:
        """Forget all."""
        self._heap.clear()


def perform(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, Failure | None]:
    """Call a function; errors become failures, with a traceback where they are defects."""
    try:
        return function(*arguments), None
    except TremendoError as error:
        return None, Failure(error)
    except MemoryError:
        hint = "use fewer --workers or a smaller --size"
        return None, Failure(ResourceError("not enough memory for this", hint=hint))
    except BaseException as error:  # noqa: BLE001 - a defect must reach the caller
        known = resource_error(error)
        if known is not None:
            return None, Failure(known)
        defect = TremendoError(f"{type(error).__name__}: {error}")
        return None, Failure(defect, traceback.format_exc())


def too_long(task: Task) -> MediaError:
    """The error of a task that was stopped at its limit."""
    return MediaError(
        f"{task.name}: no sign of life for {task.seconds:.0f} s, stopped",
        path=task.path,
        hint="the file is hostile or damaged: leave it out",
    )


def lost(task: Task) -> ResourceError:
    """The error of a task whose worker the system stopped twice."""
    return ResourceError(
        f"{task.name}: the system stopped the worker twice, probably out of memory",
        path=task.path,
        hint="close other programs, use fewer --workers or a smaller --size, or leave the file out",
    )


def crashed(task: Task, how: str) -> MediaError:
    """The error of a task whose worker ended by itself without an answer."""
    return MediaError(
        f"{task.name}: the worker crashed ({how})",
        path=task.path,
        hint="the file is damaged: leave it out or convert it",
    )
