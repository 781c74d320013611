"""A song goes in, its beats, bars, sections and accents come out: the music's stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tremendo.errors import MediaError
from tremendo.music import Song, listen
from tremendo.music.corrections import parse_taps
from tremendo.pipeline.sources import Source
from tremendo.pipeline.stage import Stage
from tremendo.project import BeatCorrections
from tremendo.store import Store

__all__ = ["Listen"]

_BYTES = 2.0**25


@dataclass(frozen=True)
class Listen(Stage[Song]):
    """Understand the song.

    Attributes:
        source: the song.
        corrections: the user's, of what was misheard.
    """

    stage = "listen"
    doing = "listening to the song"
    version = 5
    record = Song

    source: Source
    corrections: BeatCorrections

    @property
    def name(self) -> str:
        """The song."""
        return self.source.path.name

    @property
    def models(self) -> tuple[str, ...]:
        """The beat tracker's."""
        return ("beatnet-1", "beatnet-2", "beatnet-3")

    @property
    def sources(self) -> tuple[Source, ...]:
        """The song."""
        return (self.source,)

    def cost(self) -> float:
        """As much as describing a film of that size."""
        return _BYTES

    def dependencies(self) -> dict[str, Any]:
        """The song and the corrections."""
        return {"source": self.source.digest, "corrections": self.corrections}

    def run(self, store: Store) -> Song:  # noqa: ARG002 - the stage has no file
        """Listen."""
        given = self.corrections
        return listen(
            self.source.path,
            tempo=given.tempo or None,
            shift=given.shift,
            tracker=given.tracker,
            nudge=given.nudge_ms / 1000,
            meter=given.meter,
            taps=_taps(given),
        )


def _taps(given: BeatCorrections) -> tuple[float, ...]:
    try:
        return parse_taps(given.taps)
    except ValueError as error:
        raise MediaError(
            f"music.taps: {error}", hint="seconds with blanks between, like '1.02 1.51 2.0 2.5'"
        ) from error
