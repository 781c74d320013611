"""From which shots a film cuts to which: framing and liveliness across its cuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LIVELINESS",
    "SCALES",
    "Table",
    "TransitionMatrix",
    "liveliness_classes",
    "transition_table",
]

SCALES = ("close", "medium", "wide")
LIVELINESS = ("calm", "moving", "lively")
_PRIOR = 0.5
"""Cuts of every kind that are taken for seen, so that few cuts do not forbid the others."""

Table = tuple[tuple[float, ...], ...]
"""Rows: the shot before; columns: the shot after; a row sums to 1."""


@dataclass(frozen=True)
class TransitionMatrix:
    """How often each framing, and each third of liveliness, follows each."""

    scales: Table
    liveliness: Table

    def __str__(self) -> str:
        """The commonest cuts in words."""
        return (
            f"{_commonest(self.scales, SCALES)}, {_commonest(self.liveliness, LIVELINESS)} pictures"
        )


def transition_table(classes: Sequence[int], count: int = 3) -> Table:
    """Shares of the classes that follow each class in a sequence."""
    table = np.full((count, count), _PRIOR)
    for before, after in pairwise(classes):
        table[before, after] += 1
    table /= table.sum(axis=1, keepdims=True)
    return tuple(tuple(round(float(v), 4) for v in row) for row in table)


def liveliness_classes(motion: Sequence[float]) -> NDArray[np.int64]:
    """Third of each value among all, 0 to 2; equal values share one."""
    values = np.asarray(motion, dtype=np.float64)
    place = np.searchsorted(np.sort(values), values, side="left")
    return np.minimum(3 * place // max(1, len(values)), 2)


def _commonest(table: Table, names: Sequence[str]) -> str:
    spread = np.array(table)
    before, after = divmod(int(spread.argmax()), len(names))
    return f"{names[before]} to {names[after]}"
