"""A song goes in; the cues that a photograph's motion follows come out."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tremendo.music import Song

__all__ = ["MusicCues"]

_BAR = 4.0
"""Seconds of a loop without a song."""


@dataclass(frozen=True)
class MusicCues:
    """What motion takes from the music; times in seconds from the shot's first frame."""

    beats: tuple[float, ...] = ()
    """Heads nod and bodies sway on them."""
    accents: tuple[float, ...] = ()
    """Brows rise on them."""
    voice: tuple[float, ...] = ()
    """How wide a singer's mouth is open, see `tremendo.finish.animate.face.voice`; empty where
    nobody sings, and then nobody is made to."""
    bar: float = _BAR
    """Seconds after which what flows is where it was."""

    @classmethod
    def of_song(
        cls,
        song: Song,
        start: float = 0.0,
        end: float = math.inf,
        voice: Sequence[float] = (),
    ) -> MusicCues:
        """The cues of a part of a song.

        Args:
            song: as heard.
            start: seconds at which the shot begins.
            end: seconds at which it is over.
            voice: the singer's mouth from ``start`` on.
        """
        return cls(
            tuple(round(one.time - start, 4) for one in song.beats if start <= one.time < end),
            tuple(round(one.time - start, 4) for one in song.accents if start <= one.time < end),
            tuple(voice),
            round(statistics.median([bar.end - bar.start for bar in song.bars] or [_BAR]), 4),
        )

    @classmethod
    def listen(cls, song: Path) -> MusicCues:
        """The cues of a whole song file, its voice included.

        Raises:
            MediaError: the song cannot be read.
        """
        from tremendo.finish.animate.face.voice import song_voice
        from tremendo.music import listen

        return cls.of_song(listen(song), voice=song_voice(song).tolist())
