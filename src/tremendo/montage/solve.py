"""Assignment: which take stands in which cell of the grid.

The terms of :mod:`match` are weighted and a seeded beam search finds the sequence. Hard rules:
no shot comes twice while another has not been used, a film excerpt has enough frames for its
slot, locks and vetoes hold.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tremendo.archive.types import Clip
from tremendo.errors import NothingUsableError
from tremendo.montage.beam import SAME_CLIP, Problem, beam_search, film_balance, shortfall, starved
from tremendo.montage.cells import Cell
from tremendo.montage.match import SLOT_WEIGHTS, fit, likeness
from tremendo.montage.neighbors import PAIR_WEIGHTS, TRANSITION_WEIGHTS, pair_terms
from tremendo.montage.shortlist import pool_of
from tremendo.montage.takes import Take, locked_takes, placeable
from tremendo.montage.timeline import Slot
from tremendo.montage.treatment import Treatment

__all__ = ["HOLD_SECONDS", "SEED_NOISE", "Assignment", "ShotAssigner", "Veto"]

Array = NDArray[np.float64]
Veto = str | tuple[str, str]
"""A shot that must not be used, or two shots of which the second must not follow the first."""

HOLD_SECONDS = Fraction(3, 2)
"""A moving portrait lasts at least this long at least once."""
_SPREAD_WEIGHT = 3.6
_FRESH_WEIGHT = 1.5
_WISH_WEIGHT = 2.5
_STRAY = 6.0
"""Loss, beyond that of its terms, of a shot that belongs to another chapter: only for want. Half
of it where the machine made the chapters, none where it lacks the material for them."""
_BEAM_CELLS = 100_000
SEED_NOISE = 0.12
"""A coin thrown between takes that are worth the same."""
_STILL_SECONDS = 2.0
_LAST_FILM = 0.88
"""Share of the film's time by which the last film shot should have come."""


@dataclass(frozen=True)
class Assignment:
    """Slots, and their score 0..1: the weighted mean of the terms."""

    slots: tuple[Slot, ...]
    score: float


class ShotAssigner:
    """All takes measured against all cells once, to be solved as often as wanted."""

    def __init__(
        self,
        cells: Sequence[Cell],
        clips: Sequence[Clip],
        *,
        fps: Fraction,
        treatment: Treatment,
        locks: Sequence[Slot] = (),
        vetoes: Collection[Veto] = (),
        likes: Collection[str] = (),
    ) -> None:
        self.cells, self.fps = tuple(cells), fps
        self.locks = {(lock.start, lock.end): lock for lock in locks}
        held = locked_takes(list(self.locks.values()), clips, fps=fps)
        shots = {v for v in vetoes if isinstance(v, str)}
        free = np.array([(c.start, c.end) not in self.locks for c in cells])
        pool, rounds = pool_of(cells, free, clips, shots, list(self.locks.values()), treatment, fps)
        self.takes = (*pool, *held)
        self.fit = fit(self.takes, cells, fps=fps, treatment=treatment)
        self.pairs = pair_terms(self.takes, transitions=treatment.transitions)
        self.edge_pairs = pair_terms(self.takes, contrast=True, transitions=treatment.transitions)
        self.weights = {**SLOT_WEIGHTS, **PAIR_WEIGHTS}
        self.weights |= {"spread": _SPREAD_WEIGHT, "fresh": _FRESH_WEIGHT}
        self.weights |= TRANSITION_WEIGHTS if treatment.transitions else {}
        self.weights["chapter"] = treatment.weight if treatment.chapters else 0.0
        if likes:
            alike = np.repeat(likeness(self.takes, clips, likes)[:, None], len(cells), axis=1)
            self.fit.terms["wish"] = alike
            self.weights["wish"] = _WISH_WEIGHT
        self.problem = self._problem(free, len(pool), rounds, vetoes, treatment)
        self._check_enough()

    def solve(
        self, *, seed: int, width: int | None = None, avoid: Sequence[Sequence[Slot]] = (),
        strength: float = 0.0, noise: float = SEED_NOISE,
    ) -> Assignment:  # fmt: skip
        """The best cut for this seed; ``avoid`` lists cuts from which it should differ.

        ``noise`` is how much the seed lifts or lowers the worth of a take in a cell, in units of
        the weights (standard deviation).

        Raises:
            NothingUsableError: no cut obeys all locks and vetoes.
        """
        width = width or min(4096, max(384, _BEAM_CELLS // len(self.takes)))
        luck = np.random.default_rng(seed).normal(0, noise, self.problem.slot.shape)
        slot = self.problem.slot + luck - strength * self._seen(avoid)
        problem = replace(self.problem, slot=slot)
        choice = beam_search(problem, width=width)
        if choice is not None and not self._has_portrait(choice):
            choice = self._with_portrait(problem, width) or choice
        if choice is None:
            raise NothingUsableError(
                "no cut obeys all locks and vetoes",
                hint="release a lock or take back a veto",
            )
        return self._assignment(choice)

    def alternatives(self, slots: Sequence[Slot], index: int, count: int) -> list[Slot]:
        """The best unused takes for one slot, its neighbors as they are, best first."""
        shots = [t.shot.id for t in self.takes]
        used = {s.shot for s in slots}
        before = [shots.index(slots[k].shot) for k in (index - 1,) if index > 0]
        after = [shots.index(slots[k].shot) for k in (index + 1,) if index + 1 < len(slots)]
        worth = self.problem.slot[:, index].copy()
        for k in before:
            worth += self._pair_worth(index)[k] - SAME_CLIP * self.problem.same_clip[k]
        for k in after:
            worth += self._pair_worth(index + 1)[:, k] - SAME_CLIP * self.problem.same_clip[:, k]
        fits = self.fit.allowed[:, index] & np.array([s not in used for s in shots])
        order = [int(k) for k in np.argsort(-worth, kind="stable") if fits[k]]
        return [self._slot(k, index, before[0] if before else None) for k in order[:count]]

    def _problem(
        self,
        free: NDArray[np.bool_],
        pool: int,
        rounds: int,
        vetoes: Collection[Veto],
        treatment: Treatment,
    ) -> Problem:
        takes, cells = self.takes, self.cells
        allowed = self.fit.allowed.copy()
        allowed[pool:] = False
        held = {span: pool + k for k, span in enumerate(self.locks)}
        for column, cell in enumerate(cells):
            if not free[column]:
                allowed[:, column] = False
                allowed[held[cell.start, cell.end], column] = True
        clip_ids = np.array([t.clip.id for t in takes])
        shot_ids = [t.shot.id for t in takes]
        pairs = {(v[0], v[1]) for v in vetoes if not isinstance(v, str)}
        refrain = np.array([_is_refrain(t, treatment) for t in takes])
        capacity = np.where(refrain, rounds + 3, rounds)
        capacity[pool:] = 1
        durations = np.array([c.duration for c in cells])
        longest = np.array([t.longest for t in takes])
        required = np.zeros(len(takes), dtype=bool)
        if rounds > 1:
            first = [k for k in range(pool) if shot_ids[k] not in shot_ids[:k]]
            required[first] = placeable(longest[first].tolist(), durations[free].tolist())
        stray = (self.fit.terms["chapter"] == 0) & bool(treatment.chapters)
        if treatment.proposed and rounds > 1:
            stray[:] = False
        return Problem(
            slot=_weighted(self.fit.terms, self.weights)
            - (0.5 if treatment.proposed else 1.0) * _STRAY * stray,
            pair=_weighted(self.pairs, self.weights),
            edge_pair=_weighted(self.edge_pairs, self.weights),
            edges=np.array([c.edge for c in cells]),
            allowed=allowed,
            capacity=capacity,
            required=required,
            same_clip=clip_ids[:, None] == clip_ids[None, :],
            forbidden=_forbidden(shot_ids, pairs),
            films=np.array([t.is_film for t in takes]),
            film_goal=_film_goal(takes, cells, rounds, self.fps),
            spread_weight=_SPREAD_WEIGHT,
            fresh_weight=_FRESH_WEIGHT,
            refrain=refrain,
            longest=longest,
            durations=durations,
            free=free,
            stray=stray,
        )

    def starved_chapters(self) -> set[str]:
        """Chapters that cannot be told with their own shots, or shots of no chapter, alone."""
        return {self.cells[k].chapter for k in starved(self.problem)} - {""}

    def _check_enough(self) -> None:
        missing = shortfall(self.problem)
        if missing is None:
            return
        length, count = missing
        spans = [
            c for c, free in zip(self.cells, self.problem.free, strict=True)
            if free and c.duration >= length
        ]  # fmt: skip
        first, last = _clock(spans[0].start, self.fps), _clock(spans[-1].end, self.fps)
        raise NothingUsableError(
            f"not enough material: {count} more shot{'s' * (count > 1)} of at least "
            f"{length / float(self.fps):.1f} s (or photographs) are needed "
            f"for {len(spans)} slot{'s' * (len(spans) > 1)} between {first} and {last}",
            hint="add footage or photographs, raise the density, or make the film shorter",
        )

    def _seen(self, avoid: Sequence[Sequence[Slot]]) -> Array:
        """How often each take's shot stands at each cell of the cuts to avoid, by time."""
        seen = np.zeros(self.problem.slot.shape)
        rows: dict[str, list[int]] = {}
        for row, take in enumerate(self.takes):
            rows.setdefault(take.shot.id, []).append(row)
        for slots in avoid:
            for column, cell in enumerate(self.cells):
                for slot in slots:
                    shared = min(cell.end, slot.end) - max(cell.start, slot.start)
                    if shared > 0 and slot.shot in rows:
                        seen[rows[slot.shot], column] += shared / cell.duration
        return seen

    def _hold(self) -> float:
        return float(HOLD_SECONDS * self.fps)

    def _has_portrait(self, choice: Sequence[int]) -> bool:
        """True when a face is held long enough, or there is no face or no place for it."""
        return (
            any(
                self.takes[k].technique == "face" and cell.duration >= self._hold()
                for k, cell in zip(choice, self.cells, strict=True)
            )
            or not self._portrait_places().any()
        )

    def _portrait_places(self) -> NDArray[np.bool_]:
        faces = np.array([t.technique == "face" for t in self.takes])
        long = self.problem.durations >= self._hold()
        open_ = long & self.problem.free
        return np.asarray(faces[:, None] & open_[None, :] & self.problem.allowed)

    def _with_portrait(self, problem: Problem, width: int) -> list[int] | None:
        """Search again with the best portrait held at its best place."""
        worth = np.where(self._portrait_places(), problem.slot, -np.inf)
        row, column = np.unravel_index(int(worth.argmax()), worth.shape)
        allowed, free = problem.allowed.copy(), problem.free.copy()
        allowed[row], allowed[:, column] = False, False
        allowed[row, column], free[column] = True, False
        required = problem.required.copy()
        required[row] = False
        return beam_search(
            replace(problem, allowed=allowed, free=free, required=required), width=width
        )

    def _pair_worth(self, column: int) -> Array:
        return self.problem.edge_pair if self.problem.edges[column] else self.problem.pair

    def _assignment(self, choice: Sequence[int]) -> Assignment:
        slots: list[Slot] = []
        total, weight = 0.0, sum(self.weights.values())
        films, last_use = 0, dict.fromkeys(choice, -1)
        for column, row in enumerate(choice):
            before = choice[column - 1] if column else None
            slot = self._slot(row, column, before)
            films += self.takes[row].is_film
            spread = float(film_balance(np.asarray(films - self.problem.film_goal[column])))
            gap = (column - last_use[row]) / len(choice)
            fresh = 1.0 if last_use[row] < 0 or self.problem.refrain[row] else 0.5 * gap
            last_use[row] = column
            terms = {**slot.scores, "spread": round(spread, 4), "fresh": round(fresh, 4)}
            total += sum(self.weights[name] * value for name, value in terms.items()) / weight
            if before is not None and self.problem.same_clip[before, row]:
                total -= SAME_CLIP / weight
            lock = self.locks.get((slot.start, slot.end))
            slots.append(lock or replace(slot, scores=terms))
        return Assignment(tuple(slots), round(total / len(choice), 6))

    def _slot(self, row: int, column: int, before: int | None) -> Slot:
        take, cell = self.takes[row], self.cells[column]
        pairs = self.edge_pairs if cell.edge else self.pairs
        terms = {name: float(values[row, column]) for name, values in self.fit.terms.items()}
        for name, values in pairs.items():
            terms[name] = 0.5 if before is None else float(values[before, row])
        if not self.weights["chapter"]:
            del terms["chapter"]
        return Slot(
            start=cell.start,
            end=cell.end,
            shot=take.shot.id,
            source_in=int(self.fit.source_in[row, column]),
            fps=take.clip.fps if take.is_film else self.fps,
            technique=take.technique,
            scores={name: round(value, 4) for name, value in terms.items()},
            section=cell.section,
            chapter=cell.chapter,
        )


def _film_goal(takes: Sequence[Take], cells: Sequence[Cell], rounds: int, fps: Fraction) -> Array:
    """Films that should have been used after each cell: evenly spread in time, the first at once.

    Their number follows the material: seconds of film against two seconds for each photograph.
    Few films are spread evenly in time, many evenly over the slots.
    """
    film = [t for t in takes if t.is_film]
    seconds = sum(t.longest for t in film) / float(fps) if rounds == 1 else 2.0 * len(film)
    stills = _STILL_SECONDS * (len(takes) - len(film))
    share = seconds / (seconds + stills) if film else 0.0
    count = min(len(film) * rounds, round(len(cells) * share)) if film else 0
    if count == 0:
        return np.zeros(len(cells))
    time = np.array([c.start for c in cells]) / max(1, cells[-1].start)
    order = np.arange(len(cells)) / max(1, len(cells) - 1)
    mostly_film = count / len(cells)
    steps = mostly_film * order + (1 - mostly_film) * time
    last = mostly_film + (1 - mostly_film) * _LAST_FILM
    goal = 1 + (count - 1) * np.minimum(1, steps / last)
    return np.asarray(np.minimum(goal, np.arange(len(cells)) + 1))


def _forbidden(shots: Sequence[str], pairs: Collection[tuple[str, str]]) -> NDArray[np.bool_]:
    """True where the column's shot must not follow the row's."""
    names = np.array(shots)
    table = np.zeros((len(shots), len(shots)), dtype=bool)
    for before, after in pairs:
        table |= (names == before)[:, None] & (names == after)[None, :]
    return table


def _is_refrain(take: Take, treatment: Treatment) -> bool:
    return bool({take.shot.id, *take.shot.tags, *take.clip.tags} & set(treatment.refrain))


def _weighted(terms: dict[str, Array], weights: dict[str, float]) -> Array:
    return np.asarray(sum(weights[name] * values for name, values in terms.items()))


def _clock(frame: int, fps: Fraction) -> str:
    seconds = float(frame / fps)
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
