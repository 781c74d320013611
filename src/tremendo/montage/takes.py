"""Takes: the excerpts of the archive that a montage may choose from.

A take is a whole shot while there are enough shots. When material is short, long film shots are
divided into excerpts that do not overlap, and only then is anything used twice.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from tremendo.archive.types import Clip, Shot
from tremendo.errors import NothingUsableError
from tremendo.montage.cells import MIN_FRAMES
from tremendo.montage.timeline import Slot

__all__ = [
    "FACE_HEIGHT",
    "Take",
    "divide",
    "frames_needed",
    "locked_takes",
    "placeable",
    "remains",
    "usable_takes",
]

FACE_HEIGHT = 0.12
"""Share of the picture's height from which a face can be animated."""
_MIN_SIDE = 64


@dataclass(frozen=True)
class Take:
    """Native frames ``start .. end`` of a shot, ready to be chosen once.

    ``longest`` is the number of output frames that it can fill without freezing or looping
    (photographs: no limit, a large number).
    """

    shot: Shot
    clip: Clip
    start: int
    end: int
    technique: str
    longest: int

    @property
    def is_film(self) -> bool:
        """True for moving pictures."""
        return self.technique == "film"

    @property
    def frames(self) -> int:
        """Length in native frames."""
        return self.end - self.start


def frames_needed(duration: int, native: Fraction, fps: Fraction) -> int:
    """Native frames that ``duration`` output frames show."""
    return int((duration - 1) * native / fps) + 1


def usable_takes(
    clips: Sequence[Clip], *, fps: Fraction, vetoes: Collection[str] = ()
) -> list[Take]:
    """Whole shots that can stand in a film: not vetoed, not blank, not too small or short."""
    takes = {
        shot.id: _take(clip, shot, shot.start, shot.end, fps)
        for clip in clips
        for shot in clip.shots
        if shot.id not in vetoes and min(clip.width, clip.height) >= _MIN_SIDE and _visible(shot)
    }
    return [take for take in takes.values() if take.longest >= MIN_FRAMES]


def locked_takes(locks: Sequence[Slot], clips: Sequence[Clip], *, fps: Fraction) -> list[Take]:
    """The excerpt that each locked slot shows.

    Raises:
        NothingUsableError: the shot of a lock has left the archive.
    """
    known = {shot.id: (clip, shot) for clip in clips for shot in clip.shots}
    takes: list[Take] = []
    for lock in locks:
        if lock.shot not in known:
            raise NothingUsableError(
                f"the slot locked at frame {lock.start} shows shot {lock.shot}, "
                "which is not in the archive",
                hint="release the lock or add the file again",
            )
        clip, shot = known[lock.shot]
        if shot.kind == "photo":
            takes.append(_take(clip, shot, shot.start, shot.end, fps))
        else:
            takes.append(_take(clip, shot, *lock.source_span(fps), fps))
    return takes


def remains(takes: Sequence[Take], locks: Sequence[Slot], *, fps: Fraction) -> list[Take]:
    """What locked slots leave of their film shots, before and after the locked excerpts."""
    left: list[Take] = []
    for take in takes:
        held = [lock for lock in locks if lock.shot == take.shot.id]
        if not held or not take.is_film:
            continue
        spans = [lock.source_span(fps) for lock in held]
        first, last = min(a for a, _ in spans), max(b for _, b in spans)
        for start, end in ((take.start, first), (last, take.end)):
            if start < end:
                left.append(_take(take.clip, take.shot, start, end, fps))
    return [take for take in left if take.longest >= MIN_FRAMES]


def placeable(longest: Sequence[int], durations: Sequence[int]) -> list[bool]:
    """Which takes (by the output frames they fill) can all be placed at once, short ones first."""
    placed = [False] * len(longest)
    open_cells = sorted(durations)
    for row in sorted(range(len(longest)), key=lambda k: longest[k]):
        if open_cells and open_cells[0] <= longest[row]:
            open_cells.pop(0)
            placed[row] = True
    return placed


def divide(
    takes: Sequence[Take], *, wanted: int, durations: Sequence[int], fps: Fraction
) -> list[Take]:
    """Divide long film takes until there are ``wanted``, or until the parts would be too short.

    A part must still fill a slot of middling length, and enough long takes must remain for the
    long slots. The longest take is divided first, each into equal parts.
    """
    parts = {k: 1 for k, take in enumerate(takes) if take.is_film}
    open_takes = set(parts)
    shortest = float(np.percentile(durations, 40)) if durations else 0.0
    while sum(parts.values()) + len(takes) - len(parts) < wanted and open_takes:
        k = max(open_takes, key=lambda k: (takes[k].longest / (parts[k] + 1), -k))
        parts[k] += 1
        lengths = [take.longest // parts.get(i, 1) for i, take in enumerate(takes)]
        counts = [parts.get(i, 1) for i in range(len(takes))]
        spoilt = _spoils(lengths, counts, durations, lengths[k], takes[k].longest)
        if lengths[k] < shortest or spoilt:
            parts[k] -= 1
            open_takes.remove(k)
    return [part for k, take in enumerate(takes) for part in _parts(take, parts.get(k, 1), fps)]


def _spoils(
    lengths: Sequence[int], counts: Sequence[int], durations: Sequence[int], part: int, whole: int
) -> bool:
    """True when slots that only the whole take could fill are left with too few long takes."""
    for wanted in {d for d in durations if part < d <= whole}:
        long_takes = sum(n for length, n in zip(lengths, counts, strict=True) if length >= wanted)
        if long_takes < sum(d >= wanted for d in durations):
            return True
    return False


def _parts(take: Take, count: int, fps: Fraction) -> list[Take]:
    if count == 1:
        return [take]
    edges = [take.start + take.frames * k // count for k in range(count + 1)]
    return [_take(take.clip, take.shot, a, b, fps) for a, b in pairwise(edges)]


def _take(clip: Clip, shot: Shot, start: int, end: int, fps: Fraction) -> Take:
    if shot.kind == "photo":
        tall = any(face.height >= FACE_HEIGHT for face in shot.faces)
        return Take(shot, clip, start, end, "face" if tall else "parallax", 1_000_000)
    return Take(shot, clip, start, end, "film", math.ceil((end - start) * fps / clip.fps))


def _visible(shot: Shot) -> bool:
    """False for black, white and empty pictures."""
    return 0.03 <= shot.light <= 0.97 and shot.contrast >= 0.03
