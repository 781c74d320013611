"""Run tasks on this machine: one short-lived process a task, at most ``workers`` at a time.

A process of its own makes a task safe: a decoder that crashes, hangs or eats memory on a hostile
file costs that file, not the film. Workers are forked from a clean server that has the libraries
loaded already, so a task starts in milliseconds.
"""

from __future__ import annotations

import contextlib
import heapq
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from tremendo.errors import Interrupted, MediaError, ResourceError, TremendoError
from tremendo.executor.task import Failure, Task, perform

__all__ = ["run_tasks"]

_ADDRESS_SPACE = 12 * 2**30
"""Bytes of address space a worker may claim: far above what honest work needs."""


@dataclass
class _Running:
    task: Task
    process: BaseProcess
    connection: Connection
    since: float = field(default_factory=time.monotonic)


def _child(
    connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    threading.Thread(target=_die_with_parent, args=(connection,), daemon=True).start()
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    import cv2

    cv2.setNumThreads(1)
    connection.send(perform(function, arguments))
    sys.stdout.flush()
    os._exit(0)  # threads of the libraries need no orderly end


def _die_with_parent(connection: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        connection.recv()
    os._exit(1)


def run_tasks(tasks: Iterable[Task], workers: int = 0) -> Iterator[tuple[Task, Any | Failure]]:
    """Run tasks in parallel; yield each with its result or :class:`Failure` as it ends.

    Args:
        tasks: what to do; the heaviest start first, ties in the given order.
        workers: processes at a time; 0 = one for each core.

    The first Ctrl-C lets running tasks end and starts no more, the second stops them at once.

    Raises:
        Interrupted: after Ctrl-C.
    """
    queue = [(-task.weight, number, task) for number, task in enumerate(tasks)]
    if not queue:
        return
    heapq.heapify(queue)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tremendo.executor.preload"])
    running: dict[Connection, _Running] = {}
    most = workers or os.cpu_count() or 1
    stopping = False
    try:
        while (queue and not stopping) or running:
            try:
                while queue and not stopping and len(running) < most:
                    started = _start(context, heapq.heappop(queue)[2])
                    running[started.connection] = started
                for ended in _ended(running):
                    del running[ended.connection]
                    yield ended.task, _result(ended)
            except KeyboardInterrupt:
                if stopping:
                    raise
                stopping = True
                sys.stderr.write(
                    f"\nfinishing {len(running)} running tasks (Ctrl-C again stops at once)\n"
                )
    except KeyboardInterrupt:
        stopping = True
    finally:
        for left in running.values():
            left.process.kill()
            left.process.join()
    if stopping:
        raise Interrupted(
            "stopped; finished work is kept", hint="the same command goes on from here"
        )


def _start(context: Any, task: Task) -> _Running:  # noqa: ANN401 - multiprocessing context
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs, task.function, task.arguments))
    process.start()
    theirs.close()
    return _Running(task, process, ours)


def _ended(running: dict[Connection, _Running]) -> list[_Running]:
    """Tasks that have answered, died or run out of time."""
    ready = wait(list(running), timeout=0.5)
    ended = [running[c] for c in ready if isinstance(c, Connection)]
    now = time.monotonic()
    for entry in running.values():
        limit = entry.task.seconds
        if limit is not None and now - entry.since > limit and entry not in ended:
            entry.process.kill()
            ended.append(entry)
    return ended


def _result(ended: _Running) -> Any | Failure:  # noqa: ANN401 - whatever the task returns
    answer: tuple[Any, Failure | None] | None = None
    with contextlib.suppress(EOFError, OSError):
        if ended.connection.poll():
            answer = ended.connection.recv()
    ended.connection.close()
    ended.process.join()
    if answer is None:
        return Failure(_lost(ended))
    value, failure = answer
    return value if failure is None else failure


def _lost(ended: _Running) -> TremendoError:
    task, code = ended.task, ended.process.exitcode
    took = time.monotonic() - ended.since
    if task.seconds is not None and took > task.seconds:
        return MediaError(
            f"{task.name}: no end after {task.seconds:.0f} s, stopped",
            path=task.path,
            hint="the file is hostile or damaged: leave it out",
        )
    if code == -signal.SIGKILL:
        return ResourceError(
            f"{task.name}: the system stopped the worker, probably out of memory",
            path=task.path,
            hint="use fewer --workers",
        )
    return MediaError(
        f"{task.name}: the worker crashed (exit code {code})",
        path=task.path,
        hint="the file is damaged: leave it out or convert it",
    )
