"""The first pass: frames of a shot in, the plan of each step out, from a few numbers a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tremendo.errors import MediaError, UsageError
from tremendo.finish.restore.frame_repair import find_breaks
from tremendo.finish.restore.frame_stats import FrameStats
from tremendo.finish.restore.picture import luma_of
from tremendo.finish.restore.step import AnalyzingStep, RestorationStep
from tremendo.media.frames import Frame, Frames

__all__ = ["ShotAnalysis", "run_analysis"]

_SMALLEST = 64
_COLORED = 3.0
"""Mean distance of red, green and blue (grey levels) from which a shot counts as colored."""


@dataclass(frozen=True)
class ShotAnalysis:
    """What the second pass must know of a shot; some kilobytes per frame, can be pickled.

    Attributes:
        start: first frame of the shot.
        stop: frame after its last.
        colored: False for grey film.
        takes: frames, counted from ``start``, at which a new take begins inside the shot.
        plans: by step name.
    """

    start: int
    stop: int
    colored: bool
    takes: tuple[int, ...]
    plans: dict[str, Any]


def run_analysis(
    frames: Frames, start: int, stop: int, steps: Sequence[RestorationStep]
) -> ShotAnalysis:
    """Read the shot once and make the plan of each step.

    Holds three frames and some kilobytes of figures per frame.

    Raises:
        UsageError: the shot is empty or not inside the film.
        MediaError: the picture is smaller than 64 pixels.
    """
    if not 0 <= start < stop <= len(frames):
        raise UsageError(f"frames {start} to {stop} are not in a film of {len(frames)} frames")
    if min(frames.width, frames.height) < _SMALLEST:
        raise MediaError(
            f"a picture of {frames.width}x{frames.height} pixels is too small to restore",
            hint=f"at least {_SMALLEST} pixels each way",
        )
    measuring = [step for step in steps if isinstance(step, AnalyzingStep)]
    measures: dict[str, list[Any]] = {step.name: [] for step in measuring}
    matches, spreads = [], []
    stats = None
    for number, frame in enumerate(frames.read(start, stop)):
        stats = FrameStats(number, luma_of(frame), stats)
        matches.append((stats.broken, stats.bridges))
        spreads.append(_color_spread(frame))
        for step in measuring:
            measures[step.name].append(step.measure(stats))
    breaks = find_breaks(matches)
    plans = {step.name: step.make_plan(measures[step.name], breaks) for step in measuring}
    return ShotAnalysis(start, stop, float(np.median(spreads)) > _COLORED, breaks.takes, plans)


def _color_spread(frame: Frame) -> float:
    thin = frame[::4, ::4].astype(np.int16)
    return float((thin.max(axis=2) - thin.min(axis=2)).mean())
