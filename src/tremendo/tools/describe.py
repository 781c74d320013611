"""Films and photographs go in, their descriptions and warnings come out; no project is needed."""

from __future__ import annotations

from pathlib import Path

from tremendo.archive import Clip, describe_clip
from tremendo.core.progress import Progress
from tremendo.errors import TremendoError
from tremendo.executor import Failure, Task, run_tasks
from tremendo.media import discover

__all__ = ["describe"]


def describe(
    inputs: list[Path], *, workers: int = 0, progress: Progress | None = None
) -> tuple[list[Clip], list[str]]:
    """Describe films and photographs without a project; broken ones are named in warnings."""
    progress = progress or Progress()
    items, warnings = discover(inputs)
    order = {str(item.path): number for number, item in enumerate(items)}
    tasks = [
        Task(item.path.name, describe_clip, (item.path, item.kind, item.tags), path=str(item.path))
        for item in items
    ]
    progress.act("looking at the material", len(tasks))
    clips = []
    for task, result in run_tasks(tasks, workers):
        progress.advance()
        if isinstance(result, Failure):
            if result.details:
                raise TremendoError(result.error.message, path=task.path, hint=result.details)
            warnings.append(f"{task.path}: {result.error.message}")
        else:
            clips.append(result)
    for text in warnings:
        progress.warn(text)
    return sorted(clips, key=lambda clip: order[str(clip.path)]), warnings
