"""Film of any speed at another rate: whole frames evenly, faster, or with frames in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise

from tremendo.archive.types import Shot
from tremendo.finish.interpolate.interpolator import FramePair
from tremendo.finish.interpolate.registry import INTERPOLATORS
from tremendo.media import Frame, Frames
from tremendo.montage.timeline import RetimeSegment, Slot, Timeline

__all__ = ["Pairing", "RetimeStats", "pairing_of", "pictures", "speed_up"]

Pairing = Callable[[Frame, Frame], FramePair]
"""What makes pictures between two neighboring frames."""


@dataclass
class RetimeStats:
    """How the frames of a shot came about."""

    shown: int = 0
    between: int = 0
    """Made up between two native frames."""
    refused: int = 0
    """Repeated because the motion was not understood or there was a join."""


def speed_up(
    timeline: Timeline, shots: Mapping[str, Shot], wanted: Callable[[Slot], bool]
) -> tuple[Timeline, list[str]]:
    """Let film shots play one native frame for each frame of the film (16 -> 24: 1.5 times).

    A shot that has too few frames after its beginning starts earlier; one that is too short keeps
    its own speed, as do shots with a course of their own and those that are fast enough.

    Args:
        timeline: the cut.
        shots: by id.
        wanted: whether a slot is to be sped up.

    Returns:
        The cut, and what could not be done, in words.
    """
    slots: list[Slot] = []
    notes: list[str] = []
    for number, slot in enumerate(timeline.slots, start=1):
        shot = shots[slot.shot]
        if slot.technique != "film" or slot.fps >= timeline.fps or not wanted(slot):
            slots.append(slot)
            continue
        first = min(slot.source_in, shot.end - slot.duration)
        if slot.segments or first < shot.start:
            why = "has a course of its own" if slot.segments else "is too short"
            notes.append(f"shot {number} {why}: it keeps its speed")
            slots.append(slot)
        else:
            slots.append(replace(slot, source_in=first, fps=timeline.fps))
    return replace(timeline, slots=tuple(slots)), notes


@cache
def pairing_of(conform: str) -> Pairing | None:
    """What brings two frames together for the pictures in between; None if none are made up.

    Raises:
        ModelMissingError: its network is not on this machine.
    """
    if conform not in INTERPOLATORS:  # ``speed-up``, or none
        return None
    interpolator = INTERPOLATORS.create(conform)
    return interpolator.pair if interpolator.synthesizes else None


class _Reel:
    """Frames of a film by number, read forward once; all are held if they run backward."""

    def __init__(self, film: Frames, first: int, last: int, *, hold: bool) -> None:
        self._hold, self._next = hold, first
        self._frames = film.read(first, last + 1)
        self._held: dict[int, Frame] = {}

    def frame(self, number: int) -> Frame | None:
        """A frame; None after the end of the film."""
        while self._next <= number:
            frame = next(self._frames, None)
            if frame is None:
                return None
            if not self._hold:
                self._held.pop(self._next - 2, None)
            self._held[self._next] = frame
            self._next += 1
        return self._held[number]


def pictures(
    film: Frames,
    segment: RetimeSegment,
    fps: Fraction,
    *,
    first: int = 0,
    between: Pairing | None = None,
    joins: tuple[int, ...] = (),
    stats: RetimeStats | None = None,
) -> Iterator[tuple[Fraction, Frame]]:
    """Place (in native frames of the clip) and picture of each output frame of a stretch.

    Args:
        film: native frames.
        segment: the stretch.
        fps: of the output.
        first: native frame that is frame 0 of ``film``.
        between: what makes pictures between the native ones; None: they are repeated.
        joins: native frames before which the film jumps: nothing is made up across them.
        stats: counts what was done.

    Raises:
        EOFError: ``film`` ends before a frame that is due.
    """
    stats = stats or RetimeStats()
    due = [segment.source_frame(n, fps) - first for n in range(segment.frames)]
    if not 0 < segment.speed < fps:
        between = None
    last = max(due) + (between is not None)
    reel = _Reel(film, min(due), last, hold=any(b < a for a, b in pairwise(due)))
    pair: tuple[int, FramePair | None] = (-1, None)
    for offset, number in enumerate(due):
        here = reel.frame(number)
        if here is None:
            raise EOFError(f"it ends before frame {number}")
        stats.shown += 1
        place = segment.source + offset * segment.speed / fps
        share = place - first - number
        made: Frame | None = None
        if between is not None and share:
            if pair[0] != number:
                after = None if number + first + 1 in joins else reel.frame(number + 1)
                pair = (number, None if after is None else between(here, after))
            made = None if pair[1] is None else pair[1].at(float(share))
            stats.between += made is not None
            stats.refused += made is None
        yield (Fraction(number + first), here) if made is None else (Fraction(place), made)
