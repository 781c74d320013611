"""Cells, the places for one shot each; joined or divided when the material demands it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

__all__ = ["MIN_FRAMES", "Cell", "with_hold", "with_room"]

MIN_FRAMES = 10
"""No shot is shorter: the eye needs this long at 24 frames a second."""


@dataclass(frozen=True)
class Cell:
    """A place for one shot.

    Attributes:
        start: first output frame.
        end: output frame after the last.
        energy: 0..1, mean of the music inside.
        accent: frames from ``start`` to the strongest beat inside (0: none but the cut itself).
        beats: output frames of the beats inside, the cut's own included.
        section: label of the song's section at the start.
        edge: True when a section begins with this cell.
        chapter: name of the treatment's chapter, or empty.
    """

    start: int
    end: int
    energy: float
    accent: int
    beats: tuple[int, ...]
    section: str = ""
    edge: bool = False
    chapter: str = ""

    @property
    def duration(self) -> int:
        """Length in output frames."""
        return self.end - self.start


def with_hold(
    cells: Sequence[Cell], frames: int, *, fixed: Sequence[tuple[int, int]] = ()
) -> tuple[Cell, ...]:
    """The same cells, of which at least one lasts ``frames``.

    If none does, the calmest neighbors inside one section are joined (never ``fixed`` ones). When
    no section is that long the cells come back as they are.
    """
    if any(c.duration >= frames for c in cells):
        return tuple(cells)
    best: tuple[float, int, int] | None = None
    held = set(fixed)
    for first in range(len(cells)):
        if (cells[first].start, cells[first].end) in held:
            continue
        for last in range(first + 1, len(cells)):
            stops = cells[last].edge or (cells[last].start, cells[last].end) in held
            if stops or cells[last].chapter != cells[first].chapter:
                break
            if cells[last].end - cells[first].start >= frames:
                calm = float(np.mean([c.energy for c in cells[first : last + 1]]))
                best = min(best or (2.0, 0, 0), (calm, first, last))
                break
    if best is None:
        return tuple(cells)
    _, first, last = best
    return (*cells[:first], _joined(cells[first : last + 1]), *cells[last + 1 :])


def with_room(
    cells: Sequence[Cell], longest: int, *, fixed: Sequence[tuple[int, int]] = ()
) -> tuple[Cell, ...]:
    """The same cells, one of them divided on a beat so that one part lasts ``longest`` frames or
    less; as they are when no cell (``fixed`` ones apart) can be divided so.

    Places away from other short cells come first (shots that need them may be of one film), then
    the longest part, then the most energetic music.
    """
    held = set(fixed)
    cuts: list[tuple[bool, float, float, int, int]] = []
    for k, cell in enumerate(cells):
        if (cell.start, cell.end) in held:
            continue
        around = (*cells[max(0, k - 1) : k], *cells[k + 1 : k + 2])
        for beat in cell.beats:
            short, rest = sorted((beat - cell.start, cell.end - beat))
            if MIN_FRAMES <= short <= longest:
                apart = all(n > longest for n in (rest, *(c.duration for c in around)))
                cuts.append((apart, round(short / longest, 1), cell.energy, -k, beat))
    if not cuts:
        return tuple(cells)
    _, _, _, negative, beat = max(cuts)
    k = -negative
    return (*cells[:k], *_divided(cells[k], beat), *cells[k + 1 :])


def _divided(cell: Cell, beat: int) -> tuple[Cell, Cell]:
    """The two cells that a cut on ``beat`` makes of one."""
    accent = cell.start + cell.accent
    first = replace(
        cell,
        end=beat,
        beats=tuple(b for b in cell.beats if b < beat),
        accent=cell.accent if accent < beat - 3 else 0,
    )
    second = replace(
        cell,
        start=beat,
        beats=tuple(b for b in cell.beats if b >= beat),
        accent=max(0, accent - beat) if accent > beat + 4 else 0,
        edge=False,
    )
    return first, second


def _joined(cells: Sequence[Cell]) -> Cell:
    beats = tuple(b for c in cells for b in c.beats)
    weights = [c.duration for c in cells]
    return replace(
        cells[0],
        end=cells[-1].end,
        beats=beats,
        accent=cells[1].start - cells[0].start,
        energy=float(np.average([c.energy for c in cells], weights=weights)),
    )
