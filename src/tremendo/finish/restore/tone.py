"""A faded shot in, blacks, whites and gamma corrected out: one curve for the whole shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tremendo.finish.restore.frame_stats import FrameStats
from tremendo.finish.restore.picture import Picture, TemporalWindow
from tremendo.finish.restore.step import Breaks

__all__ = ["ToneCorrection", "ToneCurve", "ToneOptions"]

_STRETCH = 1.35


@dataclass(frozen=True)
class ToneOptions:
    """How the tones are set."""

    blacks: float = 64.0
    """Blacks that are lighter than this have faded; a misty scene has light blacks by nature."""
    whites: float = 190.0
    """Whites that are darker than this have faded."""
    strength: float = 0.7
    """0 leaves the tones, 1 brings faded blacks and whites all the way to these."""
    middle: float = 0.0
    """How far the middle tones are brought to an even grey, 0..1."""


@dataclass(frozen=True)
class ToneCurve:
    """``output = white' * ((luma - black) / (white - black)) ** gamma`` between two levels."""

    black: float
    white: float
    new_black: float
    new_white: float
    gamma: float

    @property
    def still(self) -> bool:
        """Whether it changes nothing to speak of."""
        moved = abs(self.black - self.new_black) + abs(self.white - self.new_white)
        return moved < 1 and abs(self.gamma - 1) < 0.02


class ToneCorrection:
    """Sets the tones of a faded print."""

    name = "tone"
    version = 1
    radius = 0

    def __init__(self, options: ToneOptions) -> None:
        self._options = options

    def measure(self, stats: FrameStats) -> tuple[float, float, float]:
        """Blacks, middle and whites of the frame without its outer edge."""
        rows, columns = (n // 12 for n in stats.small.shape)
        inner = stats.small[rows : -rows or None, columns : -columns or None]
        ordered = np.sort(inner, axis=None)
        last = ordered.size - 1
        return tuple(float(ordered[int(q * last)]) for q in (0.005, 0.5, 0.995))  # type: ignore[return-value]

    def make_plan(
        self,
        measures: Sequence[tuple[float, float, float]],
        breaks: Breaks,  # noqa: ARG002
    ) -> ToneCurve | None:
        """One curve from the median frame; None when the tones are good."""
        black, middle, white = (float(v) for v in np.median(np.array(measures), axis=0))
        if white - black < 24:
            return None
        goal = self._options
        new_black = black + goal.strength * (min(black, goal.blacks) - black)
        new_white = white + goal.strength * (max(white, goal.whites) - white)
        stretch = (new_white - new_black) / (white - black)
        if stretch > _STRETCH:
            share = (_STRETCH - 1) / (stretch - 1)
            new_black = black + share * (new_black - black)
            new_white = white + share * (new_white - white)
        place = np.clip((middle - black) / (white - black), 0.15, 0.85)
        even = np.clip(np.log(0.45) / np.log(place), 0.75, 1.3)
        curve = ToneCurve(
            black, white, new_black, new_white, float(1 + self._options.middle * (even - 1))
        )
        return None if curve.still else curve

    def run(self, window: TemporalWindow, plan: ToneCurve | None) -> Picture:
        """Apply the curve; tones beyond the two levels go on straight."""
        picture = window.center
        if plan is None:
            return picture
        share = (picture.luma - plan.black) / (plan.white - plan.black)
        if plan.gamma != 1:
            inside = np.clip(share, 0, 1)
            share += np.power(inside, np.float32(plan.gamma)) - inside
        luma = plan.new_black + share * (plan.new_white - plan.new_black)
        chroma = picture.chroma
        if chroma is not None:
            stretch = (plan.new_white - plan.new_black) / (plan.white - plan.black)
            chroma = chroma * np.float32(stretch)
        return replace(picture, luma=luma.astype(np.float32), chroma=chroma)
