"""Run tasks on a Ray cluster (extra ``ray``).

With ``RAY_ADDRESS`` set the cluster there is used, otherwise Ray is started on this machine. All
nodes must see the project and the material under the same paths and have the weights pulled. Ray
carries no signs of life: a task's limit counts from its start.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from tremendo.core.interrupts import deferred
from tremendo.errors import Interrupted, ModelMissingError
from tremendo.executor.task import Failure, Queue, Task, crashed, lost, perform, too_long

__all__ = ["RayExecutor"]

_POLL = 0.5
"""Seconds between two looks at limits and at the wish to stop."""


class RayExecutor:
    """An :class:`~tremendo.executor.task.Executor` on Ray.

    Args:
        workers: tasks in flight; 0 = as many as the cluster has cores.
        on_progress: never called.

    Raises:
        ModelMissingError: ray is not installed.
    """

    def __init__(
        self,
        workers: int = 0,
        on_progress: Callable[[Task, float], None] | None = None,  # noqa: ARG002 - the family's
    ) -> None:
        self._ray = _started()
        self._remote = self._ray.remote(num_cpus=1, max_retries=1)(_remote)
        self._most = workers or max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        self._queue = Queue()
        self._running: dict[Any, tuple[Task, float]] = {}

    def submit(self, task: Task) -> None:
        """Queue a task."""
        self._queue.push(task)

    def completed(self) -> Iterator[tuple[Task, Any | Failure]]:
        """See :meth:`tremendo.executor.task.Executor.completed`."""
        with deferred() as request:
            try:
                while self._running or (self._queue and not request.stop):
                    while self._queue and not request.stop and len(self._running) < self._most:
                        task = self._queue.pop()
                        reference = self._remote.remote(task.function, task.arguments)
                        self._running[reference] = (task, time.monotonic())
                    ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=_POLL)
                    for reference in ready:
                        task, _ = self._running.pop(reference)
                        yield task, self._result(reference, task)
                    yield from self._overdue()
            except KeyboardInterrupt:
                request.stop = True
            finally:
                self.close()
        if request.stop:
            raise Interrupted(
                "stopped; finished work is kept", hint="the same command goes on from here"
            )

    def close(self) -> None:
        """Stop what runs and forget what waits."""
        self._queue.clear()
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        self._running.clear()

    def __enter__(self) -> Self:
        """The executor itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what runs."""
        self.close()

    def _overdue(self) -> Iterator[tuple[Task, Failure]]:
        now = time.monotonic()
        for reference, (task, since) in list(self._running.items()):
            if now - since > task.seconds:
                self._ray.cancel(reference, force=True)
                del self._running[reference]
                yield task, Failure(too_long(task))

    def _result(self, reference: Any, task: Task) -> Any | Failure:  # noqa: ANN401
        try:
            value, failure = self._ray.get(reference)
        except self._ray.exceptions.OutOfMemoryError:
            return Failure(lost(task))
        except self._ray.exceptions.RayError as error:
            return Failure(crashed(task, type(error).__name__))
        return value if failure is None else failure


def _started() -> Any:  # noqa: ANN401 - untyped library
    try:
        import ray
    except ImportError as error:
        raise ModelMissingError(
            "the executor 'ray' needs ray", hint="pip install 'tremendo[ray]'"
        ) from error
    if not ray.is_initialized():
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(
            address=os.environ.get("RAY_ADDRESS"),
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
        )
    return ray


def _remote(function: Any, arguments: tuple[Any, ...]) -> tuple[Any, Failure | None]:  # noqa: ANN401
    import tremendo.executor.preload  # noqa: F401 - one thread a worker

    return perform(function, arguments)
