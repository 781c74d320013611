"""Torn, burnt or flashed single frames are rebuilt from their neighbors; takes are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tremendo.finish.restore.frame_stats import FrameStats
from tremendo.finish.restore.motion import flow_between, middle, midpoint_flow
from tremendo.finish.restore.picture import Picture, TemporalWindow
from tremendo.finish.restore.step import Breaks

__all__ = ["FrameRepair", "find_breaks"]


def find_breaks(measures: Sequence[tuple[bool, bool]]) -> Breaks:
    """Where frames do not go on from the one before.

    A frame that matches neither neighbor while these match each other is torn; any other broken
    match is a join of two takes that shot detection let pass.

    Args:
        measures: ``broken`` and ``bridges`` of each frame's :class:`FrameStats`.
    """
    torn = {number - 1 for number, (_, bridges) in enumerate(measures) if bridges}
    broken = [number for number, (broken, _) in enumerate(measures) if broken]
    takes = [n for n in broken if n not in torn and n - 1 not in torn]
    return Breaks(tuple(takes), tuple(sorted(torn)))


class FrameRepair:
    """Rebuilds torn frames."""

    name = "mend"
    version = 3
    radius = 1

    def measure(self, stats: FrameStats) -> None:
        """Nothing more than the analysis knows."""

    def make_plan(self, measures: Sequence[None], breaks: Breaks) -> tuple[int, ...]:  # noqa: ARG002
        """The torn frames."""
        return breaks.torn

    def run(self, window: TemporalWindow, plan: tuple[int, ...] | None) -> Picture:
        """Put the middle between its neighbors in place of a torn center."""
        picture = window.center
        before, after = window.at(-1), window.at(1)
        if not plan or picture.index not in plan or before is None or after is None:
            return picture
        across = midpoint_flow(2 * flow_between(before.small, after.small))
        luma, chroma = middle(before.luma, after.luma, across), None
        if before.chroma is not None and after.chroma is not None:
            chroma = middle(before.chroma, after.chroma, across)
        return replace(picture, luma=luma, chroma=chroma, torn=True)
