"""Where tasks run: on this machine, or on a cluster. The same idempotent tasks everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tremendo.core.registry import Registry
from tremendo.executor.task import LIMIT, Executor, Failure, Task
from tremendo.executor.worker import advance

__all__ = ["LIMIT", "Executor", "Failure", "Task", "advance", "executors", "run_tasks"]

executors: Registry[Executor] = Registry("executors")
"""Makers of executors: ``create(name, workers=0, on_progress=None)``. ``workers`` 0 = one for each
core; ``on_progress`` is told of each task's :func:`advance`."""

executors.register(
    "local", "tremendo.executor.local:LocalExecutor", "a process a task on this machine"
)
executors.register("ray", "tremendo.executor.ray:RayExecutor", "on a Ray cluster (extra 'ray')")


def run_tasks(
    tasks: Iterable[Task],
    workers: int = 0,
    *,
    executor: str = "local",
    on_progress: Callable[[Task, float], None] | None = None,
) -> Iterator[tuple[Task, Any | Failure]]:
    """Run tasks; yield each with its result or :class:`Failure` as it ends.

    Args:
        tasks: what to do; the heaviest start first, ties in the given order.
        workers: tasks at a time; 0 = one for each core.
        executor: where: a name in :data:`executors`.
        on_progress: told of each task's :func:`advance`.

    Raises:
        Interrupted: after Ctrl-C, see :meth:`Executor.completed`.
        UsageError: there is no such executor.
    """
    with executors.create(executor, workers=workers, on_progress=on_progress) as running:
        for task in tasks:
            running.submit(task)
        yield from running.completed()
