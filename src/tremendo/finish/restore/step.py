"""The seam for restoration steps: a window of pictures in, its center treated out.

A step that needs to know the whole shot (a path, a reference level) measures each frame once in a
first pass and makes a plan from the measures. Its ``run`` then depends on nothing but the plan
and the pictures in its window: any part of the shot can be finished alone and comes out the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from tremendo.finish.restore.frame_stats import FrameStats
from tremendo.finish.restore.picture import Picture, TemporalWindow

__all__ = ["AnalyzingStep", "Breaks", "RestorationStep"]


@dataclass(frozen=True)
class Breaks:
    """Frames at which a new take starts, and torn frames, counted from the shot's start."""

    takes: tuple[int, ...] = ()
    torn: tuple[int, ...] = ()


class RestorationStep(Protocol):
    """One treatment of the picture: a window in, its center treated out."""

    name: str
    version: int
    """Raised whenever the result changes: stored results of older versions are stale then."""
    radius: int
    """How many frames before and after the window's center ``run`` looks at."""

    def run(self, window: TemporalWindow, plan: Any) -> Picture:  # noqa: ANN401 - the step's own kind
        """Treat the center of the window; must not change any picture in place."""


@runtime_checkable
class AnalyzingStep(Protocol):
    """A step with a first pass."""

    name: str

    def measure(self, stats: FrameStats) -> Any:  # noqa: ANN401 - the step's own kind
        """Look at one frame (and the one before it): a few numbers, at most some kilobytes."""

    def make_plan(self, measures: Sequence[Any], breaks: Breaks) -> Any:  # noqa: ANN401
        """Make the plan of the shot from the measures of all its frames.

        Args:
            measures: one per frame.
            breaks: where the shot is broken.
        """
