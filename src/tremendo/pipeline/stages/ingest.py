"""A film or photograph goes in, its description comes out: the archive's stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tremendo.archive import Clip, describe_clip
from tremendo.pipeline.sources import Source
from tremendo.pipeline.stage import Stage
from tremendo.store import Store

__all__ = ["Ingest"]

_FIRST_SECONDS = 120.0
_BYTES_A_SECOND = 2**19
"""The slowest that an honest file is described at, and what a job is granted besides."""
_SEQUENCE_BYTES = 2.0**24
"""An image sequence weighs as much as a film of this size."""


@dataclass(frozen=True)
class Ingest(Stage[Clip]):
    """Describe a file.

    Attributes:
        source: film, image sequence or photograph.
        kind: ``film`` or ``photo``.
        tags: from its folders.
    """

    stage = "ingest"
    doing = "taking in the material"
    version = 7
    record = Clip

    source: Source
    kind: str
    tags: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file."""
        return str(self.source.path)

    @property
    def models(self) -> tuple[str, ...]:
        """Faces, likeness and subjects."""
        return ("face", "faces-1", "faces-2", "faces-3", "color", "sight", "subjects")

    @property
    def sources(self) -> tuple[Source, ...]:
        """The file."""
        return (self.source,)

    @property
    def seconds(self) -> float:
        """Grows with the file."""
        return _FIRST_SECONDS + self.cost() / _BYTES_A_SECOND

    def dependencies(self) -> dict[str, Any]:
        """The content, not where it lies."""
        return {"source": self.source.digest, "kind": self.kind, "tags": self.tags}

    def run(self, store: Store) -> Clip:  # noqa: ARG002 - the stage has no file
        """Describe it."""
        return describe_clip(self.source.path, self.kind, self.tags)

    def cost(self) -> float:
        """Its size in bytes."""
        path = self.source.path
        return float(path.stat().st_size) if path.is_file() else _SEQUENCE_BYTES
