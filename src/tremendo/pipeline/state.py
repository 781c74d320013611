"""Why a job must be done again: what its result was made from last time, and what is other now."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tremendo.media.atomic import write_text
from tremendo.pipeline.sources import Source, file_mark, take_digest
from tremendo.pipeline.stage import Stage
from tremendo.serialization import to_plain
from tremendo.store import Store, digest_file

__all__ = ["StaleJob", "State"]

_LARGE = 2**25
"""Bytes from which on a file whose mark has not changed is not read again for its digest."""


@dataclass(frozen=True)
class StaleJob:
    """A job that must be done, and why."""

    act: str
    name: str
    why: str


class State:
    """What was done last time, for saying why something must be done again.

    Kept in ``state.json``; losing it costs only the explanations.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "state.json"
        self._steps: dict[str, dict[str, Any]] = {}
        self._files: dict[str, list[str]] = {}
        self._outputs: dict[str, list[str]] = {}
        try:
            content = json.loads(self._file.read_text())
            self._steps = _table(content["steps"], dict)
            self._files = _table(content["files"], list)
            self._outputs = _table(content["outputs"], list)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return  # none yet, or damaged: it is written anew

    def save(self) -> None:
        """Write it."""
        content = {"steps": self._steps, "files": self._files, "outputs": self._outputs}
        write_text(self._file, json.dumps(content))

    def why(self, job: Stage[Any], store: Store) -> str | None:
        """Why a job must be done, in words; None when its result is there and intact."""
        if job.result(store) is not None:
            return None
        before = self._steps.get(job.title)
        if before is None:
            return "not made yet"
        now = to_plain({"version": job.version, **job.depends})
        changes = [
            _change(name, before.get(name), now.get(name))
            for name in now
            if before.get(name) != now.get(name)
        ]
        return "; ".join(changes) if changes else "its result is missing or damaged"

    def done(self, job: Stage[Any]) -> None:
        """Remember what a job's result was made from."""
        self._steps[job.title] = to_plain({"version": job.version, **job.depends})

    def source(self, path: Path) -> Source:
        """A file and its content; large files are read again only when their mark has changed.

        Raises:
            OSError: it cannot be read.
            MediaError: somebody is writing it.
        """
        mark = file_mark(path)
        known = self._files.get(str(path))
        large = path.is_file() and path.stat().st_size > _LARGE
        if large and known is not None and known[0] == mark:
            return Source(path, str(known[1]), mark)
        digest, mark = take_digest(path)
        self._files[str(path)] = [mark, digest]
        return Source(path, digest, mark)

    def delivered(self, output: Path, made_from: str) -> bool:
        """Whether a film lies at ``output``, untouched since it was made from this key."""
        known = self._outputs.get(str(output.resolve()))
        return (
            known is not None
            and known[0] == made_from
            and output.is_file()
            and digest_file(output) == known[1]
        )

    def wrote(self, file: Path) -> bool:
        """Whether the file at a path is one that this project wrote and nobody changed since."""
        known = self._outputs.get(str(file.resolve()))
        if known is None or not file.is_file():
            return False
        return known[1] in ("", digest_file(file))

    def claim(self, output: Path) -> None:
        """Remember, before it is written, that a file is going to be this project's.

        *Why.* A run may be killed after the file has its name and before that is remembered.
        """
        if not self.wrote(output):
            self._outputs[str(output.resolve())] = ["", ""]
        self.save()

    def deliver(self, output: Path, made_from: str) -> None:
        """Remember a delivered film."""
        self._outputs[str(output.resolve())] = [made_from, digest_file(output)]


def _table(content: Any, kind: type) -> dict[str, Any]:  # noqa: ANN401 - JSON is dynamic
    """The entries of a table of that kind; what is damaged is as if it had not been."""
    return {
        str(name): value for name, value in content.items() if isinstance(value, kind) and value
    }


def _change(name: str, before: object, now: object) -> str:
    short = all(
        isinstance(v, (int, float, bool)) or (isinstance(v, str) and len(v) < 24)
        for v in (before, now)
    )
    return f"{name}: {before} -> {now}" if short else f"{name} changed"
