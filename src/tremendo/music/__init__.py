"""A music file goes in, the song understood comes out: beats, bars, sections, energy, accents.

| module | what it does |
|---|---|
| `analysis` | ``listen``: all of it in order |
| `sound`, `onsets`, `features` | the samples, where notes begin, what a stretch sounds like |
| `trackers`, `tracking`, `corrections` | who hears the beat: registry, networks, the director |
| `beatnet`, `decoder`, `meter`, `compound` | a network's activations to beats, meter and bars |
| `bars`, `sections`, `events`, `voice` | energy, form, what an editor answers, who sings |
| `types`, `plot` | what the montage reads, and its picture |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tremendo.music.analysis import listen
    from tremendo.music.plot import plot_song
    from tremendo.music.types import Accent, Bar, Beat, MusicalEvent, Section, Song

__all__ = ["Accent", "Bar", "Beat", "MusicalEvent", "Section", "Song", "listen", "plot_song"]


def __getattr__(name: str) -> object:
    """Load a module when something of it is used: ``tremendo --help`` stays fast."""
    if name in __all__:
        from importlib import import_module

        home = {"listen": "analysis", "plot_song": "plot"}.get(name, "types")
        return getattr(import_module(f"tremendo.music.{home}"), name)
    raise AttributeError(name)
