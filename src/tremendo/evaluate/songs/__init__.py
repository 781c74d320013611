"""A world of songs whose beats, bars and form are known, because they were composed here.

``compose(seed)`` writes a song: notes and truth; ``render(song, path)`` plays it, with General MIDI
sound fonts through FluidSynth or with the demo's own instruments. Seeds 0 to 199 are for
developing, 200 to 299 for judging; nothing is to be tuned on the latter.
"""

from __future__ import annotations

from tremendo.evaluate.songs.compose import ComposedSong, compose
from tremendo.evaluate.songs.render import render
from tremendo.evaluate.songs.write import write_songs

__all__ = ["DEVELOP", "JUDGE", "ComposedSong", "compose", "render", "write_songs"]

DEVELOP = range(200)
"""Seeds on which beat tracking may be developed."""
JUDGE = range(200, 300)
"""Seeds that only judge."""
