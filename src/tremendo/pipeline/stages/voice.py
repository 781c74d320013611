"""A song goes in, how wide its singer's mouth is open all through it comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tremendo.pipeline.sources import Source
from tremendo.pipeline.stage import Stage
from tremendo.store import Store

__all__ = ["SongVoice", "Voice"]


@dataclass(frozen=True)
class SongVoice:
    """Opening of the mouth, 0 closed to 1 wide, at even steps of the song.

    Attributes:
        rate: values a second.
        curve: the values.
    """

    rate: int
    curve: tuple[float, ...]

    def between(self, start: float, end: float) -> tuple[float, ...]:
        """The values between two times of the song, in seconds."""
        return self.curve[round(start * self.rate) : round(end * self.rate) + 1]


@dataclass(frozen=True)
class Voice(Stage[SongVoice]):
    """Work out the song's voice.

    Attributes:
        source: the song.
    """

    stage = "voice"
    doing = "listening to the singer"
    version = 2
    record = SongVoice

    source: Source

    @property
    def name(self) -> str:
        """The song."""
        return self.source.path.name

    @property
    def sources(self) -> tuple[Source, ...]:
        """The song."""
        return (self.source,)

    def dependencies(self) -> dict[str, Any]:
        """The song."""
        return {"source": self.source.digest}

    def run(self, store: Store) -> SongVoice:  # noqa: ARG002 - the stage has no file
        """Follow it."""
        from tremendo.finish.animate.face.voice import VOICE_RATE, song_voice

        curve = (round(float(value), 2) for value in song_voice(self.source.path))
        return SongVoice(VOICE_RATE, tuple(curve))
