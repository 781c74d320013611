"""Beam search over the cells in order of time.

A state is a partial cut: its score, how often each take was used, what stands last. Two counts
keep every state finishable: the cells still to come must find takes that are long enough, and
takes that must be used must find cells that are short enough. Both follow from Hall's theorem,
because a take that fills a cell fills every shorter one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SAME_CLIP", "Problem", "beam_search", "film_balance", "shortfall", "starved"]

Array = NDArray[np.float64]
SAME_CLIP = 8.0
"""Loss when two excerpts of one clip meet: a jump cut."""
_NEVER = -1e9
_REFRAIN_GAP = 8


@dataclass(frozen=True)
class Problem:
    """What the search reads. ``M`` takes, ``N`` cells, worth in weighted terms.

    Attributes:
        slot: worth of each take in each cell, ``(M, N)``.
        pair: worth of the column after the row, ``(M, M)``; ``edge_pair`` at section edges.
        edges: True where a section begins, ``(N,)``.
        allowed: ``(M, N)``; a fixed cell allows its one take only.
        capacity: how often a take may be used, ``(M,)``.
        required: True where a take must be used at least once, ``(M,)``.
        same_clip: True for pairs that would be a jump cut, ``(M, M)``.
        forbidden: True for pairs that must not meet, ``(M, M)``.
        films: True for moving takes, ``(M,)``; they are spread so that after cell ``t`` about
            ``film_goal[t]`` were used, each being worth ``spread_weight``.
        fresh_weight: worth of a take that was not used before.
        refrain: True for takes that may come back without loss after a while, ``(M,)``.
        longest: output frames that a take can fill, ``(M,)``.
        durations: of the cells, ``(N,)``.
        free: True for cells that are not fixed, ``(N,)``.
        stray: True where the take belongs to another chapter than the cell, ``(M, N)``.
    """

    slot: Array
    pair: Array
    edge_pair: Array
    edges: NDArray[np.bool_]
    allowed: NDArray[np.bool_]
    capacity: NDArray[np.int64]
    required: NDArray[np.bool_]
    same_clip: NDArray[np.bool_]
    forbidden: NDArray[np.bool_]
    films: NDArray[np.bool_]
    film_goal: Array
    spread_weight: float
    fresh_weight: float
    refrain: NDArray[np.bool_]
    longest: NDArray[np.int64]
    durations: NDArray[np.int64]
    free: NDArray[np.bool_]
    stray: NDArray[np.bool_]


@dataclass(frozen=True)
class _Bounds:
    """Hall's counts by length: ``long[j, k]`` take j fills cells of length ``k`` and ``to_come``
    counts the free cells after each that are as long; ``short`` and ``room`` likewise for takes
    that fill no longer cell."""

    long: NDArray[np.float32]
    to_come: NDArray[np.int64]
    short: NDArray[np.float32]
    room: NDArray[np.int64]


def shortfall(problem: Problem) -> tuple[int, int] | None:
    """Length (output frames) and number of takes missing for cells that long; None when enough."""
    lengths = np.unique(problem.durations[problem.free])
    worst: tuple[int, int] | None = None
    open_takes = problem.capacity * problem.allowed[:, problem.free].any(axis=1)
    for length in lengths:
        cells = int((problem.durations[problem.free] >= length).sum())
        missing = cells - int(open_takes[problem.longest >= length].sum())
        if missing > 0 and (worst is None or missing > worst[1]):
            worst = (int(length), missing)
    return worst


def starved(problem: Problem) -> list[int]:
    """Cells that only a shot of another chapter can fill, when the others share their takes as
    well as they can (a maximum matching)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    takes = np.repeat(problem.allowed & ~problem.stray, problem.capacity, axis=0)
    matched = maximum_bipartite_matching(csr_array(takes.T.astype(np.int8)), perm_type="column")
    return [int(cell) for cell in np.flatnonzero(matched < 0)]


def beam_search(problem: Problem, *, width: int) -> list[int] | None:
    """Index of the take for every cell; None when nothing obeys all demands."""
    takes, cells = problem.slot.shape
    pair = problem.pair - SAME_CLIP * problem.same_clip
    edge_pair = problem.edge_pair - SAME_CLIP * problem.same_clip
    reuse = bool((problem.capacity > 1).any())
    bounds = _bounds(problem)
    score = np.zeros(1)
    used = np.zeros((1, takes), dtype=np.int16)
    last_use = np.full((1, takes), -1, dtype=np.int32)
    last = np.zeros(1, dtype=np.int64)
    films = np.zeros(1)
    history: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    for t in range(cells):
        gain = score[:, None] + problem.slot[None, :, t]
        gain += problem.spread_weight * _spread(problem, films, t)
        if reuse:
            gain += _freshness(problem, used, last_use, t)
        if t:
            gain += (edge_pair if problem.edges[t] else pair)[last]
            gain[problem.forbidden[last]] = _NEVER
        gain[:, ~problem.allowed[:, t]] = _NEVER
        gain[used >= problem.capacity] = _NEVER
        if problem.free[t]:
            gain[_dead_ends(problem, bounds, used, t)] = _NEVER
        parents, chosen = _best(gain, width)
        if not len(parents):
            return None
        history.append((parents, chosen))
        rows = np.arange(len(parents))
        score, used, last = gain[parents, chosen], used[parents], chosen
        last_use, films = last_use[parents], films[parents] + problem.films[chosen]
        used[rows, chosen] += 1
        last_use[rows, chosen] = t
    path, row = [], int(score.argmax())
    for parents, chosen in reversed(history):
        path.append(int(chosen[row]))
        row = int(parents[row])
    return path[::-1]


def _bounds(problem: Problem) -> _Bounds:
    lengths = np.unique(problem.durations)
    longer = problem.durations[:, None] >= lengths[None, :]
    to_come = _after(longer & problem.free[:, None])
    shorter = problem.durations[:, None] <= lengths[None, :]
    room = _after(shorter & problem.free[:, None])
    above = np.append(lengths[1:], np.iinfo(np.int64).max)
    return _Bounds(
        long=(problem.longest[:, None] >= lengths[None, :]).astype(np.float32),
        to_come=to_come,
        short=(problem.longest[:, None] < above[None, :]).astype(np.float32),
        room=room,
    )


def _after(marks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number of marked rows after each row."""
    total = marks[::-1].cumsum(axis=0)[::-1]
    return np.asarray(total - marks, dtype=np.int64)


def _dead_ends(
    problem: Problem, bounds: _Bounds, used: NDArray[np.int16], t: int
) -> NDArray[np.bool_]:
    """Choices after which the rest of the film could not be filled, ``(states, takes)``."""
    left = np.maximum(problem.capacity[None, :] - used, 0).astype(np.float32)
    left[:, ~problem.allowed[:, problem.free].any(axis=1)] = 0
    tight = (left @ bounds.long) <= bounds.to_come[t][None, :]
    bad = (tight.astype(np.float32) @ bounds.long.T) > 0
    pending = problem.required[None, :] & (used == 0)
    if pending.any():
        urgent = (pending.astype(np.float32) @ bounds.short) > bounds.room[t][None, :]
        helps = urgent.astype(np.float32) @ bounds.short.T
        bad |= urgent.any(axis=1)[:, None] & ~(pending & (helps == urgent.sum(axis=1)[:, None]))
    return np.asarray(bad)


def _freshness(
    problem: Problem, used: NDArray[np.int16], last_use: NDArray[np.int32], t: int
) -> Array:
    """Full worth for a take's first use; on reuse less, the more so the nearer and oftener."""
    gap = t - last_use
    far = np.clip(gap / max(1, problem.slot.shape[1]), 0, 1)
    worth = np.where(used == 0, 1.0, 0.6 * np.sqrt(far) - 0.5 * used)
    worth[problem.refrain[None, :] & (gap >= _REFRAIN_GAP)] = 1.0
    return np.asarray(problem.fresh_weight * worth)


def _spread(problem: Problem, films: Array, t: int) -> Array:
    """Nearness 0..1 of the number of films used to the number that should be by now."""
    still, film = (film_balance(films + n - problem.film_goal[t]) for n in (0, 1))
    return np.asarray(np.where(problem.films[None, :], film[:, None], still[:, None]))


def film_balance(surplus: Array) -> Array:
    """Worth 0..1 of having used so many films more (or less) than the goal."""
    return np.asarray(1 - np.minimum(1, np.abs(surplus) / 4))


def _best(gain: Array, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """States and takes of the best choices, best first, ties in order."""
    flat = gain.ravel()
    possible = int((flat > _NEVER / 2).sum())
    keep = min(width, possible)
    if not keep:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    top = np.argpartition(flat, len(flat) - keep)[-keep:]
    top = top[np.lexsort((top, -flat[top]))]
    return top // gain.shape[1], top % gain.shape[1]
