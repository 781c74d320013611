"""How long a shot the music asks for, moment by moment: the breath of the cut.

Calm music asks for long shots, driven music for short ones. On top of that an editor phrases: a
phrase opens with a shot that is held and closes with shorter ones, shots hurry before the music
opens up, and where it breaks off one picture stands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tremendo.montage.beat_grid import energy_curve, frame_of
from tremendo.music.types import Section, Song

__all__ = ["CALM_SECONDS", "DRIVEN_SECONDS", "Window", "target_shot_length"]

CALM_SECONDS = 4.2
"""Length that the calmest music asks for at density 1."""
DRIVEN_SECONDS = 0.9
"""Length that the most energetic music asks for at density 1."""
_PHRASE_BARS = 4
_PHRASE = math.log(1.5)
"""A phrase opens with shots so much longer, and closes with shots so much shorter."""
_BUILD = math.log(2.0)
_BUILD_STEP = 0.12
"""Growth of energy from a section to the next from which the music is said to open up."""
_ROLL = math.log(1.8)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """A stretch of the film with its own chapter and cutting density, in output frames."""

    start: int
    end: int
    chapter: str
    density: float = 1.0


def target_shot_length(
    song: Song,
    *,
    fps: Fraction,
    frames: int,
    song_start: Fraction,
    density: float,
    windows: Sequence[Window],
) -> Floats:
    """Logarithm of the length asked for at every output frame, in output frames, ``(frames,)``."""
    energy = energy_curve(song, fps=fps, frames=frames, song_start=song_start)
    seconds = (1 - energy) * math.log(CALM_SECONDS) + energy * math.log(DRIVEN_SECONDS)
    time = float(song_start) + np.arange(frames) / float(fps)
    seconds = seconds + _phrasing(song, time) - _hurry(song, time)
    dense = np.full(frames, density)
    for window in windows:
        dense[max(0, window.start) : window.end] *= window.density
    asked = seconds + math.log(float(fps)) - np.log(dense)
    for moment in song.moments:
        if moment.kind == "break":
            first, last = (
                min(max(0, frame_of(t, fps, song_start)), frames)
                for t in (moment.start, moment.end)
            )
            asked[first:last] = np.maximum(asked[first:last], math.log(max(1, last - first)))
    return np.asarray(asked)


def _phrasing(song: Song, time: Floats) -> Floats:
    """From plus to minus ``_PHRASE`` along every phrase of about four bars."""
    result = np.zeros(len(time))
    for section in song.sections:
        edges = _phrases(song, section)
        for start, end in pairwise(edges):
            inside = (time >= start) & (time < end)
            result[inside] = _PHRASE * (1 - 2 * (time[inside] - start) / (end - start))
    return result


def _phrases(song: Song, section: Section) -> list[float]:
    """Edges of a section's phrases in seconds; what is left of the bars belongs to the last."""
    starts = [b.start for b in song.bars if section.start - 0.05 <= b.start < section.end - 0.05]
    count = max(1, len(starts) // _PHRASE_BARS)
    return [section.start, *(starts[_PHRASE_BARS * k] for k in range(1, count)), section.end]


def _hurry(song: Song, time: Floats) -> Floats:
    """How much shorter shots become where the music gathers: 0 and more."""
    result = np.zeros(len(time))
    for section, after in pairwise(song.sections):
        if after.energy - section.energy >= _BUILD_STEP:
            start = _phrases(song, section)[-2]
            inside = (time >= start) & (time < section.end)
            result[inside] = _BUILD * ((time[inside] - start) / (section.end - start)) ** 2
    for moment in song.moments:
        if moment.kind == "roll":
            result[(time >= moment.start) & (time < moment.end)] += _ROLL
    return result
