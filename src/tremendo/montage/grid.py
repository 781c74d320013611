"""The cut grid: where the film is cut, before any shot is chosen.

Dynamic programming over the beats. A cell is worth the strength of the beat it starts on, less
the squared logarithm of its length over the length that the music asks for, less monotony.
Every term is weighted by the cell's length in units of the length asked for, so that neither
many short cells nor few long ones win by their number.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
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
from tremendo.montage.cells import MIN_FRAMES, Cell
from tremendo.montage.pacing import Window, target_shot_length
from tremendo.montage.timeline import CutFormat
from tremendo.music.types import Song

__all__ = ["LONGEST_SECONDS", "GridOptions", "cut_grid"]

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


@dataclass(frozen=True)
class GridOptions:
    """How a film is cut to its song.

    Attributes:
        density: 2 asks for shots half as long, 0.5 for twice as long.
        windows: chapters in output frames; their edges are cuts, their densities multiply.
        anticipation: frames (0..2) by which every cut comes before its beat.
        half_beats: allow cuts between two beats too.
        longest: seconds that a shot may last.
        fixed: spans (start, end) that must be one cell each, such as locked slots.
    """

    density: float = 1.0
    windows: Sequence[Window] = ()
    anticipation: int = 0
    half_beats: bool = False
    longest: float = LONGEST_SECONDS
    fixed: Sequence[tuple[int, int]] = ()


def cut_grid(song: Song, form: CutFormat, options: GridOptions | None = None) -> tuple[Cell, ...]:
    """A song and the film's length go in, the cells of the film without gap come out.

    Args:
        song: what ``listen`` returned.
        form: rate, length and start in the song.
        options: density, chapters, what is fixed.

    Raises:
        UsageError: a number is out of its range, or fixed spans overlap.
        NothingUsableError: the stretch of the song holds no beat.
    """
    options = options or GridOptions()
    fps, frames, song_start = form.fps, form.frames, form.song_start
    _check(frames, options.density, options.anticipation, options.fixed)
    points = cut_candidates(
        song, fps=fps, frames=frames, song_start=song_start, half_beats=options.half_beats
    )
    edges = section_edges(song, points, fps=fps, song_start=song_start)
    asked = target_shot_length(
        song,
        fps=fps,
        frames=frames,
        song_start=song_start,
        density=options.density,
        windows=options.windows,
    )
    early = [replace(p, frame=p.frame - options.anticipation) for p in points]
    wanted = {e - options.anticipation for e in edges} | _window_edges(options.windows, early)
    rest = _REST_SECONDS * float(fps)
    nodes, forced = _nodes(early, wanted, frames, options.fixed, rest)
    plan = _Plan(
        nodes=nodes,
        forced=forced,
        section_end=tuple(n.frame + options.anticipation in edges for n in nodes),
        log_target=np.concatenate([[0.0], np.cumsum(asked)]),
        bar=max(1, song.meter),
        longest=options.longest * float(fps),
        rest=rest,
        spans=frozenset(options.fixed),
    )
    return _cells(_best_path(plan), song, form, options, points, edges)


def _cells(
    cuts: Sequence[int],
    song: Song,
    form: CutFormat,
    options: GridOptions,
    points: Sequence[CutCandidate],
    edges: Collection[int],
) -> tuple[Cell, ...]:
    """What lies between the cuts, with the music there."""
    fps, start_of_song, early = form.fps, form.song_start, options.anticipation
    energy = energy_curve(song, fps=fps, frames=form.frames, song_start=start_of_song)
    moved = [replace(p, frame=p.frame - early) for p in points]
    cells = []
    for start, end in pairwise(cuts):
        middle = (start + end) // 2  # edges were moved to the nearest beat
        section = section_at(song, float(start_of_song + Fraction(start + end, 2) / fps))
        cells.append(
            Cell(
                start=start,
                end=end,
                energy=float(energy[start:end].mean()),
                accent=_strongest(moved, start, end),
                beats=tuple(p.frame for p in points if start <= p.frame < end),
                section=section.label if section else "",
                edge=start == 0 or start + early in edges,
                chapter=next((w.chapter for w in options.windows if w.start <= middle < w.end), ""),
            )
        )
    return tuple(cells)


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
