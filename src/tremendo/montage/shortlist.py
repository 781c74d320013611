"""A shortlist of takes, so that the cost of a cut follows the song and not the archive.

Measuring every pair of a hundred thousand shots is out of question. A few for every slot are
enough, if they keep the archive's variety: each chapter, each degree of liveliness, film and
photographs, and as many different clips as possible, the clearest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from tremendo.montage.match import quality
from tremendo.montage.takes import Take
from tremendo.montage.treatment import Treatment

__all__ = ["shortlist"]

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
        groups.setdefault((*_chapters(take, treatment), take.treatment, levels[k]), []).append(k)
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
    tags = {*take.shot.tags, *take.clip.tags}
    return tuple(c.name for c in treatment.chapters if tags & set(c.tags))


def _by_turns(takes: Sequence[Take], members: Sequence[int]) -> list[int]:
    """The clearest shot of every clip, then every clip's second, and so on."""
    seen: Counter[str] = Counter()
    order: list[tuple[int, float, int]] = []
    for k in sorted(members, key=lambda k: (-quality(takes[k]), k)):
        order.append((seen[takes[k].clip.id], -quality(takes[k]), k))
        seen[takes[k].clip.id] += 1
    return [k for _, _, k in sorted(order)]
