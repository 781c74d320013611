"""Compound meter: beats that divide in three (6/8), told from what sounds between the beats.

A tracker that counts two, three or four beats in a bar takes 6/8 for one of three things: beats
at the right dotted quarters, quarters across the bar (a hemiola: three in the place of two), or
every eighth a beat of a fast waltz. In each case the eighths are known, and what returns after
three of them, not after two or four, tells the meter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tremendo.music.features import SoundFeatures
from tremendo.music.meter import harmonic_change
from tremendo.music.onsets import STEP

__all__ = ["CompoundPulse", "find_compound"]

Floats = NDArray[np.float64]

_EIGHTH = (0.11, 0.46)
"""Shortest and longest eighth in seconds: dotted quarters of 180 to 44 a minute."""
_REACH = 5  # steps of the curves, 25 ms
_RETURN = 0.3
"""What comes back after three eighths must be as like as this, and so much liker than after two."""
_MARGIN = 0.25
_FILLED = 0.4
"""Both weak eighths of a beat sound this much of the strong one, or the beat is not divided."""
_ALTERNATION = 0.12
"""A waltz is the same in every bar; what sounds in the two halves of a 6/8 bar differs by this."""
_CHANGE = 0.6
"""Or chords change at one of the halves by so many standard deviations more than at the other."""
_FEWEST = 24


@dataclass(frozen=True)
class CompoundPulse:
    """Dotted beats: ``times`` in seconds, and ``sources``: the tracker's beat before each."""

    times: Floats
    sources: NDArray[np.int64]


def find_compound(
    times: Floats, curve: Floats, low: Floats, features: SoundFeatures
) -> CompoundPulse | None:
    """The dotted beats of a song in compound meter; None when its beats divide in two.

    Args:
        times: beats in seconds as a tracker for simple meters found them.
        curve: onset curve of the song in steps of ``STEP`` seconds.
        low: that of bass and drums without cymbals.
        features: of the song, for its harmony.
    """
    for eighths in (3, 2, 1):
        grid = _divided(times, eighths)
        period = float(np.median(np.diff(grid))) if len(grid) > 1 else 0.0
        if len(grid) < _FEWEST or not _EIGHTH[0] <= period <= _EIGHTH[1]:
            continue
        sound = np.column_stack([_strength(curve, grid), 1.5 * _strength(low, grid)])
        phase = int(np.argmax([sound[k::3].sum(axis=1).mean() for k in range(3)]))
        places = np.arange(phase, len(grid), 3)
        dotted = grid[places]
        in_bars = (
            eighths == 3
            or _likeness(sound, 6) >= _likeness(sound, 3) + _ALTERNATION
            or (eighths == 2 and _chords_alternate(harmonic_change(features, dotted)))
        )
        if in_bars and _returns_by_three(sound, phase):
            return CompoundPulse(dotted, np.minimum(places // eighths, len(times) - 1))
    return None


def _divided(times: Floats, parts: int) -> Floats:
    """Each stretch between neighboring times divided in equal parts."""
    places = np.arange((len(times) - 1) * parts + 1) / parts
    return np.asarray(np.interp(places, np.arange(len(times)), times))


def _strength(curve: Floats, times: Floats) -> Floats:
    """Highest value of the curve within 25 ms of each time."""
    center = np.round(times / STEP).astype(int)[:, None] + np.arange(-_REACH, _REACH + 1)
    return np.asarray(curve[np.clip(center, 0, len(curve) - 1)].max(axis=1))


def _returns_by_three(sound: Floats, phase: int) -> bool:
    by_three = _likeness(sound, 3)
    other = max(_likeness(sound, lag) for lag in (2, 4))
    strong, *weak = (float(sound[(phase + k) % 3 :: 3, 0].mean()) for k in range(3))
    filled = min(weak) >= _FILLED * strong
    return by_three >= _RETURN and by_three >= other + _MARGIN and filled


def _chords_alternate(change: Floats) -> bool:
    """Whether chords change at every second dotted beat rather than at each."""
    return abs(float(change[::2].mean() - change[1::2].mean())) >= _CHANGE


def _likeness(sound: Floats, lag: int) -> float:
    """How like the eighths are to those ``lag`` later: correlation of what sounds, -1..1."""
    centered = sound - sound.mean(axis=0)
    power = float((centered**2).sum()) / len(sound)
    return float((centered[:-lag] * centered[lag:]).sum()) / (len(sound) - lag) / max(power, 1e-9)
