"""The song on the clock of the film: where a cut may fall and how strong the place is.

All times become output frames here, by rounding the beat's own time (never durations, which
would drift), so a cut without anticipation is within half an output frame of its beat.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError
from tremendo.music.types import Section, Song

__all__ = [
    "CutCandidate",
    "cut_candidates",
    "energy_curve",
    "frame_of",
    "section_at",
    "section_edges",
]

SILENT_SECONDS = 8.0
"""Stretch without a beat after which the pulse is carried on at the song's tempo."""
_METRICAL = 0.5
"""Share of the place in the bar in the strength of a cut; the rest is what sounds there."""
ACCENT_SECONDS = 0.06
"""An onset this near to a beat lends the beat its strength."""


@dataclass(frozen=True)
class CutCandidate:
    """A place where a cut may fall.

    Attributes:
        frame: output frame.
        accent: strength 0..1 of a cut here.
        count: place in the song counted in beats (halves between two beats).
    """

    frame: int
    accent: float
    count: float


def frame_of(seconds: float | Fraction, fps: Fraction, song_start: Fraction) -> int:
    """Output frame nearest to a second of the song."""
    return round((Fraction(seconds) - song_start) * fps)


def cut_candidates(
    song: Song, *, fps: Fraction, frames: int, song_start: Fraction, half_beats: bool = False
) -> list[CutCandidate]:
    """Beats inside the film in order, strictly between its first and last frame.

    Stretches of more than 8 s without a beat (a free introduction, a fading end) are given bar
    lines at the song's tempo, so that no picture has to stand for half a minute.

    Raises:
        NothingUsableError: the stretch of the song holds no beat at all.
    """
    first, last = float(song_start), float(song_start + frames / fps)
    heard = [(b.time, b.position) for b in song.beats if first <= b.time < last]
    if not heard:
        raise NothingUsableError(
            f"the song has no beat between {first:.1f} s and {last:.1f} s",
            hint="choose another stretch of the song, or tap the beats",
        )
    period = _period(song)
    places = [(t, _accent(song, t, p)) for t, p in heard]
    places += [(t, 0.2) for t in _carried_on([t for t, _ in heard], period, song, first, last)]
    if half_beats:
        places += _halves([t for t, _ in heard], period)
    found = [
        CutCandidate(frame_of(time, fps, song_start), accent, _count(song, time, period))
        for time, accent in sorted(places)
    ]
    return [p for p in found if 0 < p.frame < frames]


def section_edges(
    song: Song, points: list[CutCandidate], *, fps: Fraction, song_start: Fraction
) -> set[int]:
    """Frames of the beats on which a section begins (a section off the beat takes the nearest)."""
    reach = _period(song) * float(fps)
    edges: set[int] = set()
    for section in song.sections:
        frame = frame_of(section.start, fps, song_start)
        nearest = min((p.frame for p in points), key=lambda f: abs(f - frame), default=None)
        if nearest is not None and abs(nearest - frame) <= reach:
            edges.add(nearest)
    return edges


def section_at(song: Song, seconds: float) -> Section | None:
    """Section that sounds at a second of the song; None outside all sections."""
    return next((s for s in song.sections if s.start <= seconds < s.end), None)


def energy_curve(
    song: Song, *, fps: Fraction, frames: int, song_start: Fraction
) -> NDArray[np.float64]:
    """Energy 0..1 of the song at every output frame, shape ``(frames,)``.

    Six tenths bar, four tenths section: a loud bar in a calm section is still calm.
    """
    seconds = float(song_start) + (np.arange(frames) + 0.5) / float(fps)
    bars = _steps(seconds, [(b.start, b.energy) for b in song.bars])
    sections = _steps(seconds, [(s.start, s.energy) for s in song.sections])
    return np.asarray(0.6 * bars + 0.4 * sections)


def _steps(seconds: NDArray[np.floating], starts: list[tuple[float, float]]) -> NDArray[np.float64]:
    """Value of the span that began last before each second (before all: of the first)."""
    if not starts:
        return np.full(len(seconds), 0.5)
    times = np.array([start for start, _ in starts])
    values = np.array([value for _, value in starts], dtype=np.float64)
    index = np.clip(np.searchsorted(times, seconds, side="right") - 1, 0, None)
    return np.asarray(values[index])


def _period(song: Song) -> float:
    """Seconds of the usual beat."""
    times = np.array([b.time for b in song.beats])
    if len(times) > 1:
        return float(np.median(np.diff(times)))
    return 60.0 / song.tempo if song.tempo > 0 else 0.5


def _count(song: Song, time: float, period: float) -> float:
    """Place of a time counted in beats, to the half; outside the beats at the usual pace."""
    times = [b.time for b in song.beats]
    within = float(np.interp(time, times, np.arange(len(times))))
    beyond = (min(0.0, time - times[0]) + max(0.0, time - times[-1])) / period
    return round(2 * (within + beyond)) / 2


def _carried_on(
    heard: list[float], period: float, song: Song, first: float, last: float
) -> list[float]:
    """Bar lines at the song's tempo in the long stretches without beats."""
    bar = period * max(1, song.meter)
    lines: list[float] = []
    if heard[0] - first > SILENT_SECONDS:
        lines += [heard[0] - k * bar for k in range(1, int((heard[0] - first) / bar) + 1)]
    for before, after in zip(heard, [*heard[1:], last], strict=True):
        if after - before > SILENT_SECONDS:
            lines += [before + k * bar for k in range(1, int((after - before) / bar - 0.5) + 1)]
    return lines


def _halves(heard: list[float], period: float) -> list[tuple[float, float]]:
    """Places half way between two neighboring beats, without strength."""
    pairs = pairwise(heard)
    return [((a + b) / 2, 0.0) for a, b in pairs if b - a < 1.5 * period]


def _accent(song: Song, time: float, position: int) -> float:
    """Strength 0..1 of a cut on this beat: its place in the bar, and what sounds there."""
    if position == 1:
        metrical = 1.0
    elif song.meter % 2 == 0 and position == song.meter // 2 + 1:
        metrical = 0.5
    else:
        metrical = 0.2
    heard = [a.strength for a in song.accents if abs(a.time - time) <= ACCENT_SECONDS]
    return _METRICAL * metrical + (1 - _METRICAL) * max(heard, default=0.0)
