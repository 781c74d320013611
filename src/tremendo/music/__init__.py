"""The song understood: beats, bars, sections, energy and accents of a music file."""

from __future__ import annotations

from tremendo.music.analysis import listen
from tremendo.music.plot import plot_song
from tremendo.music.types import Accent, Bar, Beat, MusicalEvent, Section, Song

__all__ = ["Accent", "Bar", "Beat", "MusicalEvent", "Section", "Song", "listen", "plot_song"]
