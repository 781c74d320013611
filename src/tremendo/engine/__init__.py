"""Where tasks run."""

from __future__ import annotations

from tremendo.engine.local import Failure, Task, run_tasks

__all__ = ["Failure", "Task", "run_tasks"]
