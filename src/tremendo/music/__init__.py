"""The song understood: beats, bars, sections, energy and accents of a music file."""

from __future__ import annotations

from tremendo.music.listening import listen
from tremendo.music.plot import plot_song
from tremendo.music.types import Accent, Bar, Beat, Moment, Section, Song

__all__ = ["Accent", "Bar", "Beat", "Moment", "Section", "Song", "listen", "plot_song"]
