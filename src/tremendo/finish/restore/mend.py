"""Torn, burnt or flashed single frames are rebuilt from their neighbours; takes are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tremendo.finish.restore.glance import Glance
from tremendo.finish.restore.motion import flow_between, half_way, pull_by
from tremendo.finish.restore.picture import Picture, Plane, Window

__all__ = ["Mend", "find_breaks", "measure_break"]

_BROKEN = 0.5
"""Below this match the motion does not explain a frame by the one before."""
_SOUND = 0.7
"""Above this match of its neighbours, a frame that matches neither of them is torn."""


@dataclass(frozen=True)
class Breaks:
    """Frames at which a new take starts, and torn frames, counted from the shot's start."""

    takes: tuple[int, ...]
    torn: tuple[int, ...]


def measure_break(glance: Glance) -> tuple[float, float]:
    """Match with the frame before, and with the one before that where the first is poor."""
    before = glance.previous
    poor = before is not None and glance.match < _BROKEN and before.match < _BROKEN
    return glance.match, glance.skip_match if poor else 0.0


def find_breaks(measures: Sequence[tuple[float, float]]) -> Breaks:
    """A frame that matches neither neighbour while these match each other is torn.

    Any other broken match is a join of two takes that shot detection let pass.
    """
    torn = [
        number - 1 for number, (_, skipped) in enumerate(measures) if number and skipped > _SOUND
    ]
    broken = [number for number, (match, _) in enumerate(measures) if match < _BROKEN]
    takes = [n for n in broken if n not in torn and n - 1 not in torn]
    return Breaks(tuple(takes), tuple(torn))


class Mend:
    """Rebuilds torn frames."""

    name = "mend"
    version = 2
    radius = 1

    def measure(self, glance: Glance) -> tuple[float, float]:
        """How the frame matches the ones before."""
        return measure_break(glance)

    def settle(
        self,
        measures: Sequence[tuple[float, float]],
        takes: tuple[int, ...],  # noqa: ARG002
    ) -> tuple[int, ...]:
        """The torn frames."""
        return find_breaks(measures).torn

    def run(self, window: Window, plan: tuple[int, ...] | None) -> Picture:
        """Put the middle between its neighbours in place of a torn center."""
        picture = window.center
        before, after = window.at(-1), window.at(1)
        if not plan or picture.index not in plan or before is None or after is None:
            return picture
        across = half_way(2 * flow_between(before.small, after.small))

        def middle(past: Plane, future: Plane) -> Plane:
            return np.asarray((pull_by(past, -across) + pull_by(future, across)) / 2, np.float32)

        chroma = None
        if before.chroma is not None and after.chroma is not None:
            chroma = middle(before.chroma, after.chroma)
        return replace(picture, luma=middle(before.luma, after.luma), chroma=chroma, torn=True)
