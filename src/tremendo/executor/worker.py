"""The inside of a worker process: perform the task, tell how far it is, die with the parent."""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import signal
import sys
import threading
from multiprocessing.connection import Connection

from tremendo.errors import TremendoError
from tremendo.executor.task import Failure, perform

__all__ = ["advance", "work"]

_ADDRESS_SPACE = 12 * 2**30
"""Bytes of address space a worker may claim: far above what honest work needs."""

_parent: Connection | None = None
"""Where the running task's signs of life go; None outside a worker."""


def advance(amount: float = 1.0) -> None:
    """Tell whoever waits that the running task is alive and has done ``amount`` of its work.

    Outside a worker process (and on a cluster) nothing happens.
    """
    if _parent is not None:
        with contextlib.suppress(OSError):
            _parent.send(float(amount))


def work(connection: Connection, call: bytes, threads: int) -> None:
    """Perform a pickled ``(function, arguments)`` and send its ``(value, failure)``."""
    global _parent  # noqa: PLW0603 - one task a process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    threading.Thread(target=_die_with_parent, args=(connection,), daemon=True).start()
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    import cv2

    cv2.setNumThreads(threads)
    _parent = connection
    function, arguments = pickle.loads(call)  # noqa: S301 - our own parent's
    answer = perform(function, arguments)
    try:
        connection.send(answer)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        connection.send(
            (None, Failure(TremendoError(f"a result cannot be pickled: {error}"), str(error)))
        )
    sys.stdout.flush()
    os._exit(0)  # threads of the libraries need no orderly end


def _die_with_parent(connection: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        connection.recv()
    os._exit(1)
