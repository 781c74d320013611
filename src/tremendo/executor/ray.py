"""Run tasks on a Ray cluster (extra ``ray``).

With ``RAY_ADDRESS`` set the cluster there is used, otherwise Ray is started on this machine. All
nodes must see the project and the material under the same paths and have the weights pulled.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import Any

from tremendo.errors import Interrupted, MediaError, ModelMissingError, ResourceError, TremendoError
from tremendo.executor.task import Failure, Task, perform

__all__ = ["run_tasks"]


def run_tasks(tasks: Iterable[Task], workers: int = 0) -> Iterator[tuple[Task, Any | Failure]]:
    """Run tasks on Ray; see :class:`tremendo.executor.task.Engine`.

    Args:
        tasks: what to do; the heaviest are submitted first.
        workers: tasks in flight; 0 = as many as the cluster has cores.

    Raises:
        ModelMissingError: ray is not installed.
        Interrupted: after Ctrl-C.
    """
    ray = _started()
    queue = sorted(tasks, key=lambda task: -task.weight)
    remote = ray.remote(num_cpus=1, max_retries=1)(_remote)
    most = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
    running: dict[Any, tuple[Task, float]] = {}
    try:
        while queue or running:
            while queue and len(running) < most:
                task = queue.pop(0)
                running[remote.remote(task.function, task.arguments)] = (task, _now())
            ready, _ = ray.wait(list(running), num_returns=1, timeout=0.5)
            for reference in ready:
                task, _ = running.pop(reference)
                yield task, _result(ray, reference, task)
            for reference, (task, since) in list(running.items()):
                if task.seconds is not None and _now() - since > task.seconds:
                    ray.cancel(reference, force=True)
                    del running[reference]
                    yield task, Failure(_too_long(task))
    except KeyboardInterrupt:
        raise Interrupted(
            "stopped; finished work is kept", hint="the same command goes on from here"
        ) from None
    finally:
        for reference in running:
            ray.cancel(reference, force=True)


def _started() -> Any:  # noqa: ANN401 - untyped library
    try:
        import ray
    except ImportError as error:
        raise ModelMissingError(
            "the engine 'ray' needs ray", hint="pip install 'tremendo[ray]'"
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


def _result(ray: Any, reference: Any, task: Task) -> Any | Failure:  # noqa: ANN401
    try:
        value, failure = ray.get(reference)
    except ray.exceptions.OutOfMemoryError:
        return Failure(
            ResourceError(f"{task.name}: out of memory", path=task.path, hint="use fewer --workers")
        )
    except ray.exceptions.RayError as error:
        return Failure(
            MediaError(
                f"{task.name}: the worker crashed ({type(error).__name__})",
                path=task.path,
                hint="leave the file out or convert it",
            )
        )
    return value if failure is None else failure


def _too_long(task: Task) -> TremendoError:
    return MediaError(
        f"{task.name}: no end after {task.seconds:.0f} s, stopped",
        path=task.path,
        hint="the file is hostile or damaged: leave it out",
    )


def _now() -> float:
    return time.monotonic()
