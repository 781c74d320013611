"""What the director hears better than the machine: half or double tempo, the bar's first beat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.music.tracking import BeatTrack

__all__ = ["correct"]


def correct(track: BeatTrack, tempo: str | None, shift: int, duration: float) -> BeatTrack:
    """Apply the corrections, tempo first; shift then counts the corrected beats.

    Args:
        track: beats as the tracker found them.
        tempo: ``half``: every second beat is left out, counted from the first downbeat;
            ``double``: a beat is set midway between each two; None: as found.
        shift: the downbeats move this many beats later (negative: earlier).
        duration: of the song in seconds; no beat is set after it.

    Raises:
        UsageError: another word for tempo.
    """
    steps: dict[str | None, Callable[[BeatTrack, float], BeatTrack]] = {
        None: lambda same, _: same,
        "half": lambda found, _: _halve(found),
        "double": _double,
    }
    if tempo not in steps:
        raise UsageError(f"Tempo cannot be corrected to {tempo!r}", hint="half or double")
    corrected = steps[tempo](track, duration)
    return replace(
        corrected, positions=_shifted(corrected.positions, shift % corrected.meter, track.meter)
    )


def _halve(track: BeatTrack) -> BeatTrack:
    first = _first_downbeat(track)
    kept = np.arange(first % 2, len(track.times), 2)
    return replace(
        track,
        times=track.times[kept],
        positions=(kept - first) // 2 % track.meter + 1,
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
