"""Ctrl-C: the first one is a request, the second is obeyed at once.

*Why.* ``KeyboardInterrupt`` can arise between any two instructions: in a clean-up, in an
``except``, in the middle of starting a worker. Whoever must not be torn there wraps the stretch in
:func:`deferred`, where the first Ctrl-C only sets a flag that is asked for at a good moment.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Request", "deferred"]

_POLITE = (signal.SIGINT, signal.SIGTERM)
"""Signals that ask to stop. SIGTERM only where the program has made it so."""


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
