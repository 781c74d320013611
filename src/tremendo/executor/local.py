"""Run tasks on this machine: one short-lived process a task, at most ``workers`` at a time.

A process of its own makes a task safe: a decoder that crashes, hangs or eats memory on a hostile
file costs that file, not the film. Workers are forked from a clean server that has the libraries
loaded already, so a task starts in milliseconds.

*Why a task may run twice.* A worker that the system kills (memory is short) says nothing about its
file. It is tried once more with nothing beside it; only then is it given up, as an error of the
machine, not of the file.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import ModuleType, TracebackType
from typing import Any, Self, cast

from tremendo.core.interrupts import Request, deferred
from tremendo.errors import Interrupted
from tremendo.executor.task import Failure, Queue, Task, crashed, lost, too_long
from tremendo.executor.worker import work

__all__ = ["LocalExecutor"]

_Answer = tuple[Any, Failure | None]
"""What a worker sends at its end: the task's value, or why there is none."""

_POLL = 0.5
"""Seconds between two looks at limits and at the wish to stop."""

_LAST_BREATH = 5.0
"""Seconds that a worker has to end after its answer."""

_KILLED = {-signal.SIGKILL, -signal.SIGTERM}
"""How workers end that the kernel or a guard of the memory stops."""


@dataclass
class _Running:
    task: Task
    process: BaseProcess
    connection: Connection
    alone: bool
    """Its second try, with nothing beside it."""
    alive: float = field(default_factory=time.monotonic)
    """When it last gave a sign of life."""
    stopped: bool = False
    """By us, at its limit."""


class LocalExecutor:
    """An :class:`~tremendo.executor.task.Executor` of worker processes.

    Args:
        workers: processes at a time; 0 = one for each core.
        on_progress: told of each task's signs of life and how much it has done.
    """

    def __init__(
        self, workers: int = 0, on_progress: Callable[[Task, float], None] | None = None
    ) -> None:
        self._most = workers or os.cpu_count() or 1
        self._tell = on_progress or (lambda _task, _amount: None)
        self._queue = Queue()
        self._alone: deque[Task] = deque()
        self._running: dict[Connection, _Running] = {}
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tremendo.executor.preload"])

    def submit(self, task: Task) -> None:
        """Queue a task."""
        self._queue.push(task)

    def completed(self) -> Iterator[tuple[Task, Any | Failure]]:
        """See :meth:`tremendo.executor.task.Executor.completed`."""
        with deferred() as request:
            try:
                said = False
                while self._running or ((self._queue or self._alone) and not request.stop):
                    if request.stop and not said:
                        said = True
                        _say_stopping(len(self._running))
                    self._fill(request)
                    for entry, answer in self._ended():
                        if answer is None and self._again(entry):
                            continue
                        yield entry.task, _result(entry, answer)
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
        self._alone.clear()
        for left in self._running.values():
            left.process.kill()
        for left in self._running.values():
            left.process.join()
            left.connection.close()
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

    def _fill(self, request: Request) -> None:
        """Start as many tasks as there is room for; a second try waits for the others' end."""
        if self._alone:
            if not self._running and not request.stop:
                self._start(self._alone.popleft(), alone=True)
            return
        beside = not any(entry.alone for entry in self._running.values())
        while self._queue and beside and not request.stop and len(self._running) < self._most:
            self._start(self._queue.pop())

    def _start(self, task: Task, *, alone: bool = False) -> None:
        call = pickle.dumps((task.function, task.arguments))
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=work, args=(theirs, call, task.threads))
        with _deaf(), contextlib.nullcontext() if b"__main__" in call else _without_main():
            process.start()
        theirs.close()
        self._running[ours] = _Running(task, process, ours, alone)

    def _ended(self) -> Iterator[tuple[_Running, _Answer | None]]:
        """Tasks that have answered, died or run out of time, with their answer if they gave one."""
        for ready in wait(list(self._running), timeout=_POLL):
            entry = self._running[cast("Connection", ready)]
            try:
                message = entry.connection.recv()
            except (EOFError, OSError):
                message = None
            if isinstance(message, float):
                entry.alive = time.monotonic()
                self._tell(entry.task, message)
            else:
                yield self._gone(entry), message
        now = time.monotonic()
        for entry in list(self._running.values()):
            if now - entry.alive > entry.task.seconds:
                entry.stopped = True
                entry.process.kill()
                yield self._gone(entry), None

    def _gone(self, entry: _Running) -> _Running:
        del self._running[entry.connection]
        entry.connection.close()
        entry.process.join(_LAST_BREATH)
        if entry.process.exitcode is None:
            entry.process.kill()
            entry.process.join()
        return entry

    def _again(self, entry: _Running) -> bool:
        """Whether a task whose worker the system killed gets its second try, alone."""
        killed = entry.process.exitcode in _KILLED and not entry.stopped
        if killed and not entry.alone:
            self._alone.append(entry.task)
        return killed and not entry.alone


def _result(entry: _Running, answer: _Answer | None) -> Any | Failure:  # noqa: ANN401
    if answer is not None:
        value, failure = answer
        return value if failure is None else failure
    task, code = entry.task, entry.process.exitcode
    if entry.stopped:
        return Failure(too_long(task))
    if code in _KILLED:
        return Failure(lost(task))
    return Failure(crashed(task, f"exit code {code}"))


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Start a process that does not import the program again.

    A child of the fork server runs the parent's ``__main__`` for its functions and classes. Ours
    stand in modules; the command line's import would cost each task a part of a second, and a
    user's script without ``if __name__ == "__main__"`` would start itself again.
    """
    main = sys.modules["__main__"]
    empty = ModuleType("__main__")
    sys.modules["__main__"] = empty
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Start processes that do not hear Ctrl-C, not even before their first own instruction.

    A terminal sends it to all; the parent alone decides. What is blocked when the server starts
    stays blocked in it and in its children; here it arrives a moment later. The tracker that
    multiprocessing starts on its own unblocks Ctrl-C when it starts, so it is started before.
    """
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _say_stopping(running: int) -> None:
    sys.stderr.write(f"\nfinishing {running} running tasks (Ctrl-C again stops at once)\n")
