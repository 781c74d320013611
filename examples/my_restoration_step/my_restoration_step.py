"""A restoration step in twenty lines: bars above and below the picture become black again.

    pip install .
    tremendo restore reel.mov -o restored.mkv --with black-bars

It measures each frame in the first pass, makes one plan for the shot, and applies it in the second:
so any part of a shot comes out as within the whole.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tremendo.finish.restore.frame_stats import FrameStats
from tremendo.finish.restore.picture import Picture, TemporalWindow

Rows = tuple[int, int]
DARK = 40.0  # luma, 0 to 255, below which every pixel of a row of a bar lies


class BlackBars:
    """Blackens rows at the top and the bottom that are dark in every frame: noise, not picture."""

    name, version, radius = "black-bars", 1, 0
    after = "tone"  # the step of tremendo's behind which it goes

    def measure(self, stats: FrameStats) -> Rows | None:
        """How many rows of one frame are dark from above and from below."""
        bright = np.flatnonzero(stats.luma.max(axis=1) >= DARK)
        return (int(bright[0]), len(stats.luma) - 1 - int(bright[-1])) if bright.size else None

    def make_plan(self, measures: Sequence[Rows | None], breaks: Sequence[int]) -> Rows:  # noqa: ARG002
        """The rows that are dark in all frames but wholly black ones."""
        found = [rows for rows in measures if rows is not None]
        return tuple(np.min(found, axis=0)) if found else (0, 0)

    def run(self, window: TemporalWindow, plan: Rows) -> Picture:
        """The center of the window with black bars."""
        picture = window.center
        keep = np.zeros((picture.luma.shape[0], 1), np.float32)
        keep[plan[0] : len(keep) - plan[1]] = 1
        chroma = picture.chroma if picture.chroma is None else picture.chroma * keep[..., None]
        return replace(picture, luma=picture.luma * keep, chroma=chroma)
