"""A shortlist of takes, so that the cost of a cut follows the song and not the archive.

Measuring every pair of a hundred thousand shots is out of question. A few for every slot are
enough, if they keep the archive's variety: each chapter, each degree of liveliness, film and
photographs, and as many different clips as possible, the clearest first.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tremendo.archive.types import Clip
from tremendo.errors import NothingUsableError
from tremendo.montage.cells import Cell
from tremendo.montage.match import quality
from tremendo.montage.takes import Take, divide, remains, usable_takes
from tremendo.montage.timeline import Slot
from tremendo.montage.treatment import Treatment

__all__ = ["pool_of", "shortlist"]

_LEAST = 1000
_PER_CELL = 4
_LEVELS = 8


def shortlist(takes: Sequence[Take], cells: int, treatment: Treatment) -> list[Take]:
    """At most 1000 takes, or four for every cell if that is more, in the archive's order.

    Groups by chapter, kind and liveliness give one take each in turn; inside a group clips take
    turns, the clearest shot of each first.
    """
    count = max(_LEAST, _PER_CELL * cells)
    if len(takes) <= count:
        return list(takes)
    groups: dict[tuple[object, ...], list[int]] = {}
    levels = _levels(takes)
    for k, take in enumerate(takes):
        groups.setdefault((*_chapters(take, treatment), take.technique, levels[k]), []).append(k)
    queues = [_by_turns(takes, members) for _, members in sorted(groups.items(), key=_first)]
    chosen: list[int] = []
    for turn in range(max(len(queue) for queue in queues)):
        chosen += [queue[turn] for queue in queues if turn < len(queue)]
        if len(chosen) >= count:
            break
    return [takes[k] for k in sorted(chosen[:count])]


def _first(group: tuple[tuple[object, ...], list[int]]) -> int:
    return group[1][0]


def _levels(takes: Sequence[Take]) -> list[int]:
    """Liveliness of each take in equal steps of rank among the films; photographs 0."""
    motion = np.array([float(np.mean(t.shot.motion or (0.0,))) for t in takes])
    films = np.sort(motion[[t.is_film for t in takes]])
    if not len(films):
        return [0] * len(takes)
    ranks = np.searchsorted(films, motion, side="left") * _LEVELS // len(films)
    return [int(r) if t.is_film else 0 for r, t in zip(ranks, takes, strict=True)]


def _chapters(take: Take, treatment: Treatment) -> tuple[str, ...]:
    return tuple(c.name for c in treatment.chapters if c.claims(take.shot, take.clip))


def _by_turns(takes: Sequence[Take], members: Sequence[int]) -> list[int]:
    """The clearest shot of every clip, then every clip's second, and so on."""
    seen: Counter[str] = Counter()
    order: list[tuple[int, float, int]] = []
    for k in sorted(members, key=lambda k: (-quality(takes[k]), k)):
        order.append((seen[takes[k].clip.id], -quality(takes[k]), k))
        seen[takes[k].clip.id] += 1
    return [k for _, _, k in sorted(order)]


def pool_of(
    cells: Sequence[Cell],
    free: NDArray[np.bool_],
    clips: Sequence[Clip],
    vetoes: Collection[str],
    locks: Sequence[Slot],
    treatment: Treatment,
    fps: Fraction,
) -> tuple[list[Take], int]:
    """Takes to choose from, and how often each may come.

    Whole shots once while they suffice; else parts of long shots too, and each may come once more
    than needed, so that two parts of one film need not meet.
    """
    whole = usable_takes(clips, fps=fps, vetoes=vetoes)
    locked = {lock.shot for lock in locks}
    fresh = [t for t in whole if t.shot.id not in locked]
    wanted = int(free.sum())
    if wanted <= len(fresh):
        return shortlist(fresh, wanted, treatment), 1
    if not whole:
        raise NothingUsableError(
            "there is no usable material: no film shot of at least 10 frames and no photograph",
            hint="add footage or photographs, or take back vetoes",
        )
    fresh += remains(whole, locks, fps=fps)
    durations = [c.duration for c, open_ in zip(cells, free, strict=True) if open_]
    pool = divide(fresh, wanted=wanted, durations=durations, fps=fps)
    pool = [t for t in pool if t.longest >= min(durations)] or whole
    return pool, 1 + math.ceil(wanted / len(pool))
