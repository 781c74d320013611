"""What can be run, wherever it runs."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from tremendo.errors import ResourceError, TremendoError

__all__ = ["Engine", "Failure", "Task", "perform"]


@dataclass(frozen=True)
class Task:
    """A call that may run in another process, or on another machine with the same file system.

    ``function`` is a module-level function, ``arguments`` and its result can be pickled. Heavier
    tasks (``weight``) start first. A task that runs longer than ``seconds`` is stopped.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    weight: float = 1.0
    seconds: float | None = None
    path: str | None = None
    """The file it is about, for the error."""


@dataclass(frozen=True)
class Failure:
    """A task that did not succeed; ``details`` holds the traceback of a defect."""

    error: TremendoError
    details: str = ""


class Engine(Protocol):
    """Runs tasks somewhere, each at most once at a time, in no promised order."""

    def __call__(
        self, tasks: Iterable[Task], workers: int = 0
    ) -> Iterator[tuple[Task, Any | Failure]]:
        """Yield each task with its result or :class:`Failure` as it ends.

        Raises:
            Interrupted: after Ctrl-C.
        """


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
        defect = TremendoError(f"{type(error).__name__}: {error}")
        return None, Failure(defect, traceback.format_exc())
