"""Ctrl-C: the first one is a request, the second is obeyed at once.

*Why.* ``KeyboardInterrupt`` can arise between any two instructions: in a clean-up, in an
``except``, in the middle of starting a worker. Whoever must not be torn there wraps the stretch in
:func:`deferred`, where the first Ctrl-C only sets a flag that is asked for at a good moment.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Obedience", "Request", "deafen", "deferred"]

_POLITE = (signal.SIGINT, signal.SIGTERM)
"""Signals that ask to stop. SIGTERM only where the program has made it so."""


_ONE_WISH = 1.0
"""Seconds within which a second Ctrl-C is the same wish (keys are pressed twice)."""


class Obedience:
    """What a command does with a wish to stop where nothing defers it.

    The first raises ``KeyboardInterrupt``, so that half-written files are removed. One that comes
    while this goes on is ignored at first and obeyed at once later: no traceback, exit code 130.
    """

    def __init__(self) -> None:
        self._since: float | None = None

    def install(self) -> None:
        """Receive the polite signals of this process from now on."""
        for number in _POLITE:
            signal.signal(number, self.receive)

    def receive(self, _signal: int, _frame: FrameType | None) -> None:
        """Obey.

        Raises:
            KeyboardInterrupt: the first time.
        """
        now = time.monotonic()
        if self._since is None:
            self._since = now
            raise KeyboardInterrupt
        if now - self._since > _ONE_WISH:
            os.write(2, b"error: stopped at once\n")
            os._exit(130)


def deafen() -> None:
    """Let polite signals pass: nothing is left that they could stop."""
    for number in _POLITE:
        signal.signal(number, signal.SIG_IGN)


class Request:
    """Whether the user has asked to stop."""

    def __init__(self) -> None:
        self.stop = False

    def receive(self, _signal: int, _frame: FrameType | None) -> None:
        """Note the first signal; the second interrupts.

        Raises:
            KeyboardInterrupt: the second time.
        """
        if self.stop:
            raise KeyboardInterrupt
        self.stop = True


@contextmanager
def deferred() -> Iterator[Request]:
    """Yield a request that the first Ctrl-C within the block sets; the second one interrupts.

    In another thread than the main one signals do not arrive, and nothing is changed. A signal
    that the program ignores, or has left to the system, stays so.
    """
    request = Request()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in _POLITE:
            handler = signal.getsignal(number)
            if callable(handler):
                before[number] = signal.signal(number, request.receive)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
