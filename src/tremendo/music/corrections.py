"""What the director hears better than the machine: tempo, the bar's first beat, meter, taps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.music.sound import Sound
from tremendo.music.tracking import BeatTrack

__all__ = ["METERS", "TapsTracker", "correct", "parse_taps", "tapped"]

METERS = (2, 3, 4, 6)
"""Beats in a bar that can be asked for; 6 is 6/8."""
_FEWEST_TAPS = 4
_MOST_NUDGE = 0.5


def parse_taps(text: str) -> tuple[float, ...]:
    """Seconds with blanks, commas or line ends between.

    Raises:
        ValueError: something else stands there.
    """
    return tuple(float(word) for word in text.replace(",", " ").split())


def tapped(taps: Sequence[float], duration: float) -> BeatTrack:
    """Beats from taps: as tapped where they were, at their median pace before and after.

    The first tap is taken for a downbeat of bars of four (see :func:`correct` for others).

    Args:
        taps: seconds, at least four.
        duration: of the song in seconds.

    Raises:
        UsageError: fewer than four taps, or some outside the song.
    """
    times = np.unique(np.asarray(taps, np.float64))
    if len(times) < _FEWEST_TAPS or times[0] < 0 or times[-1] >= duration:
        raise UsageError(
            f"{len(times)} taps do not tell the beat",
            hint=f"tap at least {_FEWEST_TAPS} beats inside the song",
        )
    period = float(np.median(np.diff(times)))
    before = np.arange(times[0] - period, 0, -period)[::-1]
    after = np.arange(times[-1] + period, duration, period)
    positions = (np.arange(len(before) + len(times) + len(after)) - len(before)) % 4 + 1
    sure = np.concatenate(
        [np.full(len(before), 0.5), np.ones(len(times)), np.full(len(after), 0.5)]
    )
    return BeatTrack(np.concatenate([before, times, after]), positions, sure, 4, "taps")


class TapsTracker:
    """Beats as somebody tapped them; see :func:`tapped`."""

    def __init__(self, taps: Sequence[float] = ()) -> None:
        self.taps = tuple(taps)

    def track(self, sound: Sound) -> BeatTrack:
        """The taps, and their pace before and after.

        Raises:
            UsageError: fewer than four taps, or some outside the song.
        """
        return tapped(self.taps, sound.duration)


def correct(
    track: BeatTrack,
    tempo: str | None,
    shift: int,
    duration: float,
    *,
    nudge: float = 0.0,
    meter: int = 0,
) -> BeatTrack:
    """Apply the corrections: tempo, meter, shift (which counts the corrected beats), nudge.

    Args:
        track: beats as the tracker found them.
        tempo: ``half``: every second beat is left out, counted from the first downbeat;
            ``double``: a beat is set midway between each two; None: as found.
        shift: the downbeats move this many beats later (negative: earlier).
        duration: of the song in seconds; no beat is set after it.
        nudge: seconds by which all beats move later (negative: earlier).
        meter: beats in a bar, one of :data:`METERS`, counted from the first downbeat; 0: as found.

    Raises:
        UsageError: another word for tempo, another meter, or a nudge of more than half a second.
    """
    steps: dict[str | None, Callable[[BeatTrack, float], BeatTrack]] = {
        None: lambda same, _: same,
        "half": lambda found, _: _halve(found),
        "double": _double,
    }
    if tempo not in steps:
        raise UsageError(f"Tempo cannot be corrected to {tempo!r}", hint="half or double")
    if meter and meter not in METERS:
        raise UsageError(f"no meter of {meter}", hint="one of " + ", ".join(map(str, METERS)))
    if abs(nudge) > _MOST_NUDGE:
        raise UsageError(
            f"a nudge of {1000 * nudge:.0f} ms is more than half a second",
            hint="shift by beats, or tap them",
        )
    corrected = steps[tempo](track, duration)
    if tempo is not None:
        corrected = replace(corrected, level_confidence=None, alternative=None)
    if meter and meter != corrected.meter:
        first = _first_downbeat(corrected)
        counted = (np.arange(len(corrected.times)) - first) % meter + 1
        corrected = replace(corrected, positions=counted, meter=meter, division=2)
    shifted = _shifted(corrected.positions, shift % corrected.meter, corrected.meter)
    return _nudged(replace(corrected, positions=shifted), nudge, duration)


def _nudged(track: BeatTrack, nudge: float, duration: float) -> BeatTrack:
    times = track.times + nudge
    kept = (times >= 0) & (times < duration)
    return replace(
        track,
        times=times[kept],
        positions=track.positions[kept],
        confidence=track.confidence[kept],
    )


def _halve(track: BeatTrack) -> BeatTrack:
    first = _first_downbeat(track)
    kept = np.arange(first % 2, len(track.times), 2)
    return replace(
        track,
        times=track.times[kept],
        positions=(kept - first) // 2 % track.meter + 1,
        division=2,
        confidence=track.confidence[kept],
    )


def _double(track: BeatTrack, duration: float) -> BeatTrack:
    ends = np.append(track.times, 2 * track.times[-1] - track.times[-2])
    times = np.column_stack([track.times, 0.5 * (ends[:-1] + ends[1:])]).ravel()
    counted = np.column_stack([2 * track.positions - 2, 2 * track.positions - 1]).ravel()
    inside = times < duration
    return replace(
        track,
        times=times[inside],
        positions=(counted % track.meter + 1)[inside],
        division=2,
        confidence=np.repeat(track.confidence, 2)[inside],
    )


def _shifted(positions: NDArray[np.int64], shift: int, meter: int) -> NDArray[np.int64]:
    """Each beat takes the position of the one ``shift`` before it; the first count backwards."""
    if shift == 0:
        return positions
    lead = (positions[0] - 1 - np.arange(shift, 0, -1)) % meter + 1
    return np.concatenate([lead, positions])[: len(positions)]


def _first_downbeat(track: BeatTrack) -> int:
    return int(np.argmax(track.positions == 1))
