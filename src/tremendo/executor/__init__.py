"""Where tasks run: on this machine, or on a cluster. The same idempotent tasks everywhere."""

from __future__ import annotations

from importlib import import_module

from tremendo.errors import UsageError
from tremendo.executor.local import run_tasks
from tremendo.executor.task import Engine, Failure, Task

__all__ = ["ENGINES", "Engine", "Failure", "Task", "find_engine", "run_tasks"]

ENGINES = {"local": "tremendo.executor.local", "ray": "tremendo.executor.ray"}


def find_engine(name: str) -> Engine:
    """The engine of a name.

    Raises:
        UsageError: there is none.
    """
    if name not in ENGINES:
        raise UsageError(f"there is no engine '{name}'", hint="one of " + ", ".join(ENGINES))
    engine: Engine = import_module(ENGINES[name]).run_tasks
    return engine
