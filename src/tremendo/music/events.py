"""Moments of a song that an editor answers: stops, rolls, breaks and drops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tremendo.intervals import runs
from tremendo.music.features import SoundFeatures
from tremendo.music.types import Bar, MusicalEvent, Section

__all__ = ["find_events"]

Floats = NDArray[np.float64]

_FALL_DB = 15.0
_STOP_SECONDS = (0.25, 2.5)
_ROLL_ONSETS = 6
_ROLL_SHARE = 0.3
"""Onsets of a roll follow each other within this share of a beat."""
_BREAK_STEP = 0.3
_BREAK_BARS = 4
_DROP_STEP = 0.4


def find_events(
    beats: Floats,
    bars: Sequence[Bar],
    sections: Sequence[Section],
    features: SoundFeatures,
    onsets: tuple[Floats, Floats],
) -> tuple[MusicalEvent, ...]:
    """Moments in order of time.

    A *stop* is a short silence between sounds; a *roll* a run of onsets much faster than the
    beat that leads into a new section; a *break* one to four bars much calmer than those
    around them; a *drop* the step up to a much more energetic bar at which a section begins.

    Args:
        beats: times in seconds.
        bars: with energy.
        sections: of the song.
        features: of the song.
        onsets: times in seconds and heights of its onsets.
    """
    found = [
        *_stops(features, beats),
        *_rolls(onsets, float(np.median(np.diff(beats))) if len(beats) > 1 else 0.5, sections),
        *_breaks(bars),
        *_drops(bars, sections),
    ]
    return tuple(sorted(found, key=lambda m: (m.start, m.kind)))


def _stops(features: SoundFeatures, beats: Floats) -> list[MusicalEvent]:
    """Stretches 15 dB below what sounds in the two seconds around, between louder ones, in which a
    beat stays out (gaps between the beats are the song's manner, not a stop)."""
    loud, step = features.loudness, features.step
    reach = round(2 / step)
    padded = np.pad(loud, reach, mode="edge")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)
    quiet = (loud < around - _FALL_DB) & (around > loud.max() - 35)
    found = []
    for first, last in runs(quiet):
        start, end = (first - 0.5) * step, (last + 0.5) * step
        inside = first > reach // 2 and last < len(loud) - reach // 2
        missed = ((beats > start + step) & (beats < end - step)).any()
        if inside and missed and _STOP_SECONDS[0] <= end - start <= _STOP_SECONDS[1]:
            depth = float((around[first:last] - loud[first:last]).mean())
            found.append(_moment(start, end, "stop", depth / 40))
    return found


def _rolls(
    onsets: tuple[Floats, Floats], period: float, sections: Sequence[Section]
) -> list[MusicalEvent]:
    """Runs of six and more onsets, each soon after the one before, that lead into a section."""
    times, heights = onsets
    edges = np.array([s.start for s in sections[1:]])
    if len(times) < _ROLL_ONSETS or not len(edges):
        return []
    near = np.diff(times) < _ROLL_SHARE * period
    found = []
    for first, last in runs(near):
        count = last - first + 1
        to_edge = float(np.abs(edges - times[last]).min())
        if to_edge <= period and count >= _ROLL_ONSETS and heights[first : last + 1].mean() > 0.25:
            found.append(_moment(times[first], times[last], "roll", count / 16))
    return found


def _breaks(bars: Sequence[Bar]) -> list[MusicalEvent]:
    """One to four bars that lie well below the bar before and the bar after them."""
    found = []
    k = 1
    while k < len(bars) - 1:
        for stop in range(min(len(bars) - 1, k + _BREAK_BARS), k, -1):
            top = max(bar.energy for bar in bars[k:stop])
            step = min(bars[k - 1].energy, bars[stop].energy) - top
            if step >= _BREAK_STEP:
                found.append(_moment(bars[k].start, bars[stop - 1].end, "break", step))
                k = stop
                break
        k += 1
    return found


def _drops(bars: Sequence[Bar], sections: Sequence[Section]) -> list[MusicalEvent]:
    """First bars of sections that tower over the two bars before."""
    found = []
    starts = np.array([s.start for s in sections[1:]])
    for k, bar in enumerate(bars[2:], start=2):
        step = bar.energy - float(np.mean([b.energy for b in bars[k - 2 : k]]))
        opens = len(starts) and float(np.abs(starts - bar.start).min()) < 0.3
        if opens and step >= _DROP_STEP:
            found.append(_moment(bar.start, bar.end, "drop", step))
    return found


def _moment(start: float, end: float, kind: str, strength: float) -> MusicalEvent:
    return MusicalEvent(
        round(float(start), 4), round(float(end), 4), kind, round(min(1.0, strength), 4)
    )
