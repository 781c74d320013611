"""A function of a step's number in, its results in order out, made ahead by another thread."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["made_ahead"]

_AHEAD = 3
Made = TypeVar("Made")


def made_ahead(make: Callable[[int], Made], start: int) -> Generator[Made, None, None]:
    """``make(start)``, ``make(start + 1)`` and so on without end, three of them ahead."""
    with ThreadPoolExecutor(1) as pool:
        ahead = [pool.submit(make, step) for step in range(start, start + _AHEAD)]
        step = start + _AHEAD
        while True:
            ready = ahead.pop(0)
            ahead.append(pool.submit(make, step))
            step += 1
            yield ready.result()
