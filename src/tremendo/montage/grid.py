"""The cut grid: where the film is cut, before any shot is chosen.

Dynamic programming over the beats. A cell is worth the strength of the beat it starts on, less
the squared logarithm of its length over the length that the music asks for, less monotony.
Every term is weighted by the cell's length in units of the length asked for, so that neither
many short cells nor few long ones win by their number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.montage.beat_grid import (
    CutCandidate,
    cut_candidates,
    energy_curve,
    section_at,
    section_edges,
)
from tremendo.montage.pacing import Window, target_shot_length
from tremendo.music.types import Song

__all__ = ["MIN_FRAMES", "Cell", "cut_grid", "with_hold", "with_room"]

MIN_FRAMES = 10
"""No shot is shorter: the eye needs this long at 24 frames a second."""
LONGEST_SECONDS = 8.0
_LENGTH_WEIGHT = 1.0
_ODD_PENALTY = 0.35
_THREE_PENALTY = 0.12
_HASTE, _HASTE_PENALTY = math.log(2.5), 4.0
"""A shot much shorter than asked for is a scrap, however strong its beat."""
_MONOTONY_PENALTY = 0.22
_OVERLONG_PENALTY = 50.0
_SCRAP_PENALTY = 2.0
_REST_SECONDS = 1.2
"""The first and the last shot last at least this long where the beats allow it."""
_LAST_STRETCH = math.log(1.6)
"""The film comes to rest: its last shot asks for this much more (as a logarithm)."""


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


@dataclass(frozen=True)
class _Plan:
    """What the search reads: nodes (frame, accent, count), forced frames, music per frame."""

    nodes: tuple[CutCandidate, ...]
    forced: tuple[bool, ...]
    section_end: tuple[bool, ...]
    log_target: NDArray[np.float64]
    """Running sum of the log of the length asked for (frames), shape ``(frames + 1,)``."""
    bar: int
    longest: float
    rest: float
    spans: frozenset[tuple[int, int]]


def cut_grid(
    song: Song,
    *,
    fps: Fraction,
    frames: int,
    song_start: Fraction = Fraction(0),
    density: float = 1.0,
    windows: Sequence[Window] = (),
    anticipation: int = 0,
    half_beats: bool = False,
    longest: float = LONGEST_SECONDS,
    fixed: Sequence[tuple[int, int]] = (),
) -> tuple[Cell, ...]:
    """Cut a film of ``frames`` output frames to the song.

    Args:
        song: what ``listen`` returned.
        fps: output rate.
        frames: length of the film; the cells cover it without gap.
        song_start: second of the song at frame 0.
        density: 2 asks for shots half as long, 0.5 for twice as long.
        windows: chapters in output frames; their edges are cuts, their densities multiply.
        anticipation: frames (0..2) by which every cut comes before its beat.
        half_beats: allow cuts between two beats too.
        longest: seconds that a shot may last.
        fixed: spans (start, end) that must be one cell each, such as locked slots.

    Raises:
        UsageError: a number is out of its range, or fixed spans overlap.
        NothingUsableError: the stretch of the song holds no beat.
    """
    _check(frames, density, anticipation, fixed)
    points = cut_candidates(
        song, fps=fps, frames=frames, song_start=song_start, half_beats=half_beats
    )
    edges = section_edges(song, points, fps=fps, song_start=song_start)
    energy = energy_curve(song, fps=fps, frames=frames, song_start=song_start)
    asked = target_shot_length(
        song, fps=fps, frames=frames, song_start=song_start, density=density, windows=windows
    )
    early = [replace(p, frame=p.frame - anticipation) for p in points]
    wanted = {e - anticipation for e in edges} | _window_edges(windows, early)
    rest = _REST_SECONDS * float(fps)
    nodes, forced = _nodes(early, wanted, frames, fixed, rest)
    plan = _Plan(
        nodes=nodes,
        forced=forced,
        section_end=tuple(n.frame + anticipation in edges for n in nodes),
        log_target=np.concatenate([[0.0], np.cumsum(asked)]),
        bar=max(1, song.meter),
        longest=longest * float(fps),
        rest=rest,
        spans=frozenset(fixed),
    )
    cuts = _best_path(plan)
    middles = [(a + b) // 2 for a, b in pairwise(cuts)]  # edges were moved to the nearest beat
    chapters = [next((w.chapter for w in windows if w.start <= f < w.end), "") for f in middles]
    seconds = [float(song_start + Fraction(a + b, 2) / fps) for a, b in pairwise(cuts)]
    sections = [section_at(song, second) for second in seconds]
    return tuple(
        Cell(
            start=start,
            end=end,
            energy=float(energy[start:end].mean()),
            accent=_strongest(early, start, end),
            beats=tuple(p.frame for p in points if start <= p.frame < end),
            section=section.label if section else "",
            edge=start == 0 or start + anticipation in edges,
            chapter=chapter,
        )
        for (start, end), section, chapter in zip(pairwise(cuts), sections, chapters, strict=False)
    )


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


def _check(
    frames: int, density: float, anticipation: int, fixed: Sequence[tuple[int, int]]
) -> None:
    if frames < 1:
        raise UsageError("a film needs at least one frame")
    if not 0.1 <= density <= 10:
        raise UsageError(f"density {density} is outside 0.1..10")
    if anticipation not in (0, 1, 2):
        raise UsageError(f"anticipation {anticipation} is not 0, 1 or 2 frames")
    ends = [0]
    for start, end in sorted(fixed):
        if not ends[-1] <= start < end <= frames:
            raise UsageError(f"locked frames {start}..{end} overlap others or leave the film")
        ends.append(end)


def _window_edges(windows: Sequence[Window], points: Sequence[CutCandidate]) -> set[int]:
    """Chapter edges, each moved to the nearest beat."""
    frames = [p.frame for p in points]
    asked = {edge for w in windows for edge in (w.start, w.end)}
    return {min(frames, key=lambda f: abs(f - edge)) for edge in asked if frames}


def _nodes(
    points: Sequence[CutCandidate],
    wanted: set[int],
    frames: int,
    fixed: Sequence[tuple[int, int]],
    rest: float,
) -> tuple[tuple[CutCandidate, ...], tuple[bool, ...]]:
    """Cut candidates in order, and which of them must be cuts (never closer than the minimum).

    Edges within ``rest`` frames of either end are let go: the film does not open or close on a
    scrap.
    """
    must = {0, frames} | {edge for span in fixed for edge in span}
    for frame in sorted(wanted):
        inside = rest <= frame <= frames - rest
        if inside and all(abs(frame - m) >= MIN_FRAMES for m in must):
            must.add(frame)
    known = {p.frame: p for p in points if 0 < p.frame < frames}
    held = {f for f in known for a, b in fixed if a < f < b}
    every = sorted((set(known) | must) - held)
    counts = np.interp(every, [p.frame for p in points], [p.count for p in points])
    nodes = tuple(
        known.get(frame, CutCandidate(frame, 0.0, float(count)))
        for frame, count in zip(every, counts, strict=True)
    )
    return nodes, tuple(n.frame in must for n in nodes)


def _best_path(plan: _Plan) -> list[int]:
    """Frames of the cuts. State: node, beats of the last cell, how many such in a row."""
    last = len(plan.nodes) - 1
    table: list[dict[tuple[float, int], tuple[float, int, tuple[float, int]]]]
    table = [{} for _ in plan.nodes]
    table[0][0.0, 0] = (0.0, -1, (0.0, 0))
    for i in range(last):
        if not table[i]:
            continue
        for j in _successors(plan, i):
            beats, worth, weight = _worth(plan, i, j)
            for key, (score, _, _) in table[i].items():
                run = min(4, key[1] + 1) if key[0] == beats else 1
                total = score + worth - weight * _MONOTONY_PENALTY * max(0, run - 1)
                state = (beats, run)
                if state not in table[j] or total > table[j][state][0]:
                    table[j][state] = (total, i, key)
    key = max(table[last], key=lambda k: table[last][k][0])
    cuts, node = [], last
    while node >= 0:
        cuts.append(plan.nodes[node].frame)
        _, node, key = table[node][key]
    return cuts[::-1]


def _successors(plan: _Plan, i: int) -> list[int]:
    """Nodes where a cell that starts at ``i`` may end."""
    start = plan.nodes[i]
    found: list[int] = []
    for j in range(i + 1, len(plan.nodes)):
        end = plan.nodes[j]
        length = end.frame - start.frame
        long_enough = length >= MIN_FRAMES
        usual = long_enough and length <= plan.longest
        unavoidable = not found and (long_enough or (plan.forced[i] and plan.forced[j]))
        if usual or unavoidable or (plan.forced[i] and plan.forced[j]):
            found.append(j)
        if plan.forced[j] or (found and length > plan.longest and not plan.forced[i]):
            break
    return found


def _worth(plan: _Plan, i: int, j: int) -> tuple[float, float, float]:
    """Beats, worth and weight of the cell between two nodes."""
    start, end = plan.nodes[i], plan.nodes[j]
    length = end.frame - start.frame
    log_target = (plan.log_target[end.frame] - plan.log_target[start.frame]) / length
    off = math.log(length) - float(log_target)
    weight = length / math.exp(float(log_target))
    beats = end.count - start.count
    final = j == len(plan.nodes) - 1
    if final:
        off -= _LAST_STRETCH
    scrap = i == 0 and length < plan.rest
    if off > 0 and plan.section_end[j] and beats <= 2 * plan.bar:
        off *= 0.6  # the last bar of a section may breathe
    worth = start.accent - _LENGTH_WEIGHT * off * off
    worth -= _HASTE_PENALTY * max(0.0, -off - _HASTE)
    if i > 0 and not final:
        worth -= _oddity(beats, plan.bar)
    overlong = length > plan.longest and (start.frame, end.frame) not in plan.spans
    penalty = (_OVERLONG_PENALTY if overlong else 0.0) + (_SCRAP_PENALTY if scrap else 0.0)
    return beats, weight * worth - penalty, weight


def _oddity(beats: float, bar: int) -> float:
    """Loss for a length in beats: none for half a beat, one, two, a bar and its doublings, little
    for three and six (a cut across the bar, made good by the next), more for the others."""
    if beats in {0.5, 1.0, 2.0} or (beats % bar == 0 and beats / bar in {1, 2, 4}):
        return 0.0
    return _THREE_PENALTY if beats in {3.0, 6.0} else _ODD_PENALTY


def _strongest(points: Sequence[CutCandidate], start: int, end: int) -> int:
    """Frames from the cut to the strongest beat well inside the cell; 0 when there is none."""
    inside = [p for p in points if start + 5 <= p.frame <= end - 4]
    strongest = max(inside, key=lambda p: (p.accent, -p.frame), default=None)
    return strongest.frame - start if strongest else 0
