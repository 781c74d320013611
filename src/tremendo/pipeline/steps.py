"""Steps, their keys, and why a step must be done again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tremendo.media.atomic import write_text
from tremendo.serialization import to_plain
from tremendo.store import Store, digest_file, key

__all__ = ["Planned", "State", "Step"]


@dataclass(frozen=True)
class Step:
    """One result that a project needs.

    ``depends`` holds everything the result depends on, by names that a user understands.
    """

    act: str
    name: str
    version: int
    depends: dict[str, Any]
    suffix: str = ".json"

    @property
    def key(self) -> str:
        """Where the result lies in the store."""
        return key(self.act, self.version, **self.depends)

    @property
    def title(self) -> str:
        """Unique name within a project."""
        return f"{self.act} {self.name}"


@dataclass(frozen=True)
class Planned:
    """A step that must be done, and why."""

    act: str
    name: str
    why: str


class State:
    """What was done last time, for saying why something must be done again.

    Kept in ``state.json``; losing it costs only the explanations.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "state.json"
        try:
            content = json.loads(self._file.read_text())
            self._steps: dict[str, dict[str, Any]] = content["steps"]
            self._files: dict[str, list[Any]] = content["files"]
            self._outputs: dict[str, list[str]] = content["outputs"]
        except (OSError, ValueError, KeyError, TypeError):
            self._steps, self._files, self._outputs = {}, {}, {}

    def save(self) -> None:
        """Write it."""
        content = {"steps": self._steps, "files": self._files, "outputs": self._outputs}
        write_text(self._file, json.dumps(content))

    def why(self, step: Step, store: Store) -> str | None:
        """Why a step must be done, in words; None when its result is there and intact."""
        if store.get(step.key, step.suffix) is not None:
            return None
        before = self._steps.get(step.title)
        if before is None:
            return "not made yet"
        now = to_plain({"version": step.version, **step.depends})
        changes = [
            _change(name, before.get(name), now.get(name))
            for name in now
            if before.get(name) != now.get(name)
        ]
        return "; ".join(changes) if changes else "its result is missing or damaged"

    def done(self, step: Step) -> None:
        """Remember what a step was made from."""
        self._steps[step.title] = to_plain({"version": step.version, **step.depends})

    def digest(self, path: Path) -> str:
        """Sha256 of a source; large files are read again only when their stat has changed.

        The inode's change time is part of the stat: it moves with every write and cannot be set
        back by tools that restore the modification time.
        """
        if path.is_dir():
            return digest_file(path)
        stat = path.stat()
        mark = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        known = self._files.get(str(path))
        if known is not None and known[0] == mark and stat.st_size > 2**25:
            return str(known[1])
        digest = digest_file(path)
        self._files[str(path)] = [mark, digest]
        return digest

    def delivered(self, output: Path, made_from: str) -> bool:
        """Whether a film lies at ``output``, untouched since it was made from this key."""
        known = self._outputs.get(str(output.resolve()))
        return (
            known is not None
            and known[0] == made_from
            and output.is_file()
            and digest_file(output) == known[1]
        )

    def deliver(self, output: Path, made_from: str) -> None:
        """Remember a delivered film."""
        self._outputs[str(output.resolve())] = [made_from, digest_file(output)]


def _change(name: str, before: object, now: object) -> str:
    short = all(
        isinstance(v, (int, float, bool)) or (isinstance(v, str) and len(v) < 24)
        for v in (before, now)
    )
    return f"{name}: {before} -> {now}" if short else f"{name} changed"
