"""Vertical line scratches: thin lines through most of the picture that stand for several frames.

A scratch is brighter (or darker) than *both* its sides over most of the height; an edge or a
window post is not. Lines found in single frames are linked along time, and the line's own profile
is subtracted, so that what lies under it and the grain stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.frame_stats import FrameStats
from tremendo.finish.restore.picture import Mask, Picture, Plane, TemporalWindow
from tremendo.finish.restore.step import Breaks

__all__ = ["Scratch", "ScratchLine", "ScratchOptions"]

_BAND = 12
"""Rows that are averaged before lines are sought."""
_LEANS = np.linspace(-8, 8, 9)
"""Horizontal pixels that a line may lean over the picture's height."""
_SIDE = 4
"""A line is compared with the pixels this far to its left and right."""
_HALF = 8
"""Half the width of the strip that is looked at around a line."""
_MOST = 12
_SHOWS = 0.5
_AT_ENDS = 0.75
"""A scratch goes on to the top and the bottom: it shows there in this share of the bands."""


@dataclass(frozen=True)
class ScratchOptions:
    """When a thin vertical line counts as a scratch."""

    contrast: float = 2.2
    """Mean strength of the line against the noise of its surroundings."""
    cover: float = 0.7
    """Share of the picture's height on which it must show."""
    frames: int = 4
    """In how many of nine neighboring frames it must be found."""


@dataclass(frozen=True)
class ScratchLine:
    """A line: x at the top and the bottom (pixels of the source frame), +1 bright or -1 dark."""

    top: float
    bottom: float
    sign: int
    strength: float


@dataclass(frozen=True)
class Seen:
    """Lines of a frame, and the sideways motion of the scene since the frame before, pixels."""

    lines: tuple[ScratchLine, ...]
    moved: float


class Scratch:
    """Takes out line scratches."""

    name = "scratch"
    version = 1
    radius = 0

    def __init__(self, options: ScratchOptions) -> None:
        self._options = options

    def measure(self, stats: FrameStats) -> Seen:
        """Lines of this frame, and how far the scene has moved sideways."""
        bands = _bands(stats.luma)
        found = [
            line
            for sign in (1, -1)
            for line in _find(_stands_out(bands * sign), sign, self._options)
        ]
        best = sorted(found, key=lambda line: -line.strength)[:_MOST]
        return Seen(tuple(best), stats.moved[0])

    def make_plan(
        self,
        measures: Sequence[Seen],
        breaks: Breaks,  # noqa: ARG002 - the protocol's
    ) -> tuple[tuple[ScratchLine, ...], ...]:
        """Keep lines that the neighboring frames show too and that do not go with the scene."""
        needed = min(self._options.frames, len(measures))
        kept = []
        for number, seen in enumerate(measures):
            around = range(max(0, number - 4), min(len(measures), number + 5))
            kept.append(
                tuple(
                    line
                    for line in seen.lines
                    if sum(_again(line, measures[t].lines) is not None for t in around) >= needed
                    and not _goes_with_scene(line, measures, around)
                )
            )
        return tuple(_bridged(kept))

    def run(
        self, window: TemporalWindow, plan: tuple[tuple[ScratchLine, ...], ...] | None
    ) -> Picture:
        """Subtract the scratches of the center."""
        picture = window.center
        if plan is None or not plan[picture.index]:
            return picture
        luma = picture.luma.copy()
        touched = np.zeros(luma.shape, bool)
        for line in plan[picture.index]:
            _repair(luma, touched, _placed(line, picture.matrix, luma.shape[0]), line.sign)
        return replace(picture, luma=luma, scratched=touched)


def _bands(luma: Plane) -> Plane:
    """Average of every ``_BAND`` rows."""
    rows = luma.shape[0] // _BAND
    return np.asarray(
        cv2.resize(luma[: rows * _BAND], (luma.shape[1], rows), interpolation=cv2.INTER_AREA),
        np.float32,
    )


def _stands_out(bands: Plane) -> Plane:
    """By how much each pixel exceeds both its sides, in units of the band's noise."""
    center = cv2.blur(bands, (2, 1), anchor=(0, 0))
    sides = cv2.blur(bands, (3, 1))
    higher = np.maximum(np.roll(sides, _SIDE, axis=1), np.roll(sides, -_SIDE, axis=1))
    excess = center - higher
    excess[:, : 2 * _SIDE] = excess[:, -2 * _SIDE :] = -1e3
    inner = excess[:, 2 * _SIDE : -2 * _SIDE]
    spread = 1.48 * np.median(np.abs(inner - np.median(inner, axis=1, keepdims=True)), axis=1)
    return np.asarray(excess / (spread[:, None] + 1.0), np.float32)


def _find(excess: Plane, sign: int, options: ScratchOptions) -> list[ScratchLine]:
    """Straight, nearly upright lines through ``(bands, W)``."""
    rows, width = excess.shape
    if rows < 4 or width < 8 * _SIDE:
        return []
    y = np.linspace(-0.5, 0.5, rows)
    strength = np.full(width, -np.inf)
    cover = np.zeros(width)
    lean_of = np.zeros(width)
    through = np.zeros(width, bool)
    ends = max(2, rows // 8)
    clipped = np.clip(excess, -2, 8)
    thick = np.maximum(clipped, np.maximum(np.roll(clipped, 1, 1), np.roll(clipped, -1, 1)))
    for lean in _LEANS:
        places = (np.arange(width)[None, :] + np.round(lean * y).astype(int)[:, None]) % width
        along = np.take_along_axis(thick, places, axis=1)
        mean = along.mean(axis=0)
        better = mean > strength
        strength[better] = mean[better]
        cover[better] = (along > 1.0).mean(axis=0)[better]
        lean_of[better] = lean
        shows = along > _SHOWS
        ending = np.minimum(shows[1 : ends + 1].mean(axis=0), shows[-ends - 1 : -1].mean(axis=0))
        through[better] = (ending >= _AT_ENDS)[better]
    good = (strength > options.contrast) & (cover >= options.cover) & through
    lines: list[ScratchLine] = []
    while good.any() and len(lines) < _MOST:
        x = int(np.argmax(np.where(good, strength, -np.inf)))
        lean = lean_of[x] / 2
        lines.append(ScratchLine(x - lean, x + lean, sign, float(strength[x])))
        good[max(0, x - 5) : x + 6] = False
    return lines


def _same(a: ScratchLine, b: ScratchLine) -> bool:
    return a.sign == b.sign and max(abs(a.top - b.top), abs(a.bottom - b.bottom)) < 7


def _again(line: ScratchLine, lines: tuple[ScratchLine, ...]) -> ScratchLine | None:
    return next((other for other in lines if _same(line, other)), None)


def _goes_with_scene(line: ScratchLine, measures: Sequence[Seen], around: range) -> bool:
    """Whether a line keeps its place in the scene better than its place in the gate."""
    in_gate, in_scene = 0.0, 0.0
    previous = None
    for t in around:
        current = _again(line, measures[t].lines)
        if previous is not None and current is not None:
            step = (current.top + current.bottom - previous.top - previous.bottom) / 2
            in_gate += abs(step)
            in_scene += abs(step - measures[t].moved)
        previous = current
    return in_gate > in_scene + 0.5


def _bridged(kept: list[tuple[ScratchLine, ...]]) -> list[tuple[ScratchLine, ...]]:
    """Where a frame misses a line that both its neighbors have, put it in between."""
    result = list(kept)
    for number in range(1, len(kept) - 1):
        for before in kept[number - 1]:
            after = next((x for x in kept[number + 1] if _same(before, x)), None)
            if after and not any(_same(before, x) for x in kept[number]):
                middle = replace(
                    before,
                    top=(before.top + after.top) / 2,
                    bottom=(before.bottom + after.bottom) / 2,
                )
                result[number] = (*result[number], middle)
    return result


def _placed(line: ScratchLine, matrix: Plane, height: int) -> NDArray[np.float32]:
    """x of the line in each row of the moved picture."""
    ends = np.array([[line.top, 0, 1], [line.bottom, height - 1, 1]], np.float32) @ matrix.T
    (x0, y0), (x1, y1) = ends
    rows = np.arange(height, dtype=np.float32)
    return np.asarray(x0 + (x1 - x0) * (rows - y0) / (y1 - y0), np.float32)


def _repair(luma: Plane, touched: Mask, x: NDArray[np.float32], sign: int) -> None:
    """Subtract one line's profile in place."""
    height, width = luma.shape
    start = np.round(x).astype(int) - _HALF
    columns = start[:, None] + np.arange(2 * _HALF + 1)[None, :]
    inside = (columns >= 0) & (columns < width)
    columns = np.clip(columns, 0, width - 1)
    rows = np.broadcast_to(np.arange(height)[:, None], columns.shape)
    strip = luma[rows, columns]
    smooth = cv2.blur(strip, (1, 2 * _BAND + 1))
    bump = sign * (smooth - _bridge(smooth))
    center = _follow(bump)
    offsets = np.abs(np.arange(2 * _HALF + 1)[None, :] - center[:, None])
    noise = 1.48 * np.median(np.abs(bump[offsets >= _SIDE + 1])) + 0.5
    profile = np.where((offsets <= 3) & (bump > 1.5 * noise), bump, 0).astype(np.float32)
    profile = cv2.blur(profile, (1, 7))
    luma[rows[inside], columns[inside]] -= sign * profile[inside]
    touched[rows[inside], columns[inside]] |= (profile > 3)[inside]


def _bridge(strip: Plane) -> Plane:
    """What the strip would be without the line: straight from the left part to the right."""
    left = strip[:, 2 : _HALF - 2].mean(axis=1, keepdims=True)
    right = strip[:, _HALF + 3 : -2].mean(axis=1, keepdims=True)
    share = (np.arange(strip.shape[1], dtype=np.float32) - 3.5) / (strip.shape[1] - 8)
    return np.asarray(left + (right - left) * np.clip(share, 0, 1), np.float32)


def _follow(bump: Plane) -> NDArray[np.float32]:
    """Center of the line in each row of the strip, within three pixels of the middle."""
    near = np.maximum(bump[:, _HALF - 3 : _HALF + 4], 0) ** 2 + 1e-3
    center = (near * np.arange(_HALF - 3, _HALF + 4)).sum(1) / near.sum(1)
    return np.asarray(cv2.blur(center.astype(np.float32)[:, None], (1, 15)).ravel(), np.float32)
