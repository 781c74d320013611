"""A photograph goes in, the same in color comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tremendo import models
from tremendo.archive import Clip
from tremendo.finish.film import color_photo
from tremendo.finish.record import ColorRecord
from tremendo.media import read_photo, write_photo
from tremendo.pipeline.finish_request import FinishRequest
from tremendo.pipeline.sources import Source
from tremendo.pipeline.stage import Stage
from tremendo.pipeline.stages.ingest import Ingest
from tremendo.store import Store

__all__ = ["Color"]

_COST = 40.0
"""A photograph's, in hundred thousand pixels of film."""


@dataclass(frozen=True)
class Color(Stage[ColorRecord]):
    """Color a photograph.

    Attributes:
        ingest: the job that described it.
        clip: the photograph.
        look: how it is finished; it is not restored.
    """

    stage = "color"
    doing = "coloring photographs"
    version = 6
    record = ColorRecord
    suffix = ".png"

    ingest: Ingest
    clip: Clip
    look: FinishRequest

    @property
    def name(self) -> str:
        """The photograph."""
        return self.clip.path.name

    @property
    def models(self) -> tuple[str, ...]:
        """The color engine's."""
        return self.look.models(already_colored=self.clip.colored)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The photograph, and what its colors follow."""
        return (self.ingest.source, *self.look.references)

    def dependencies(self) -> dict[str, Any]:
        """The clip and the look."""
        return {"clip": self.ingest.key, **self.look.dependencies()}

    def run(self, store: Store) -> ColorRecord:
        """Write the picture."""
        left, top, right, bottom = self.clip.crop
        photo = read_photo(self.clip.path)[top:bottom, left:right]
        options, colored = self.look.options, self.clip.colored
        with models.opened() as opened:
            picture = color_photo(photo, options, colored=colored)
        with store.writing(self.key, self.suffix) as part:
            write_photo(part, picture)
        record = options.color_record(already_colored=colored)
        return replace(record, models=tuple(sorted(opened)))

    def cost(self) -> float:
        """The same for all."""
        return _COST
