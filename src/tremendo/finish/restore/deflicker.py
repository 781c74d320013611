"""Brightness that jumps from frame to frame is brought to a smooth course.

The tones of each frame are mapped on those of the frame before by ``a(x, y) * luma + b(x, y) +
c(luma)``: ``a`` and ``b`` are smooth fields, the curve ``c`` bends at a few levels (an overexposed
frame has lost its whites, and they must not be turned grey). All are fitted robustly at once to the
quantiles of many blocks, so that a person who walks through a few blocks does not count. Summed up,
these maps are the course of the tones along the shot; it is smoothed, as a camera's path is, and
each frame is brought onto the smooth course; the typical frame keeps its tones. So pans, fades and
changes of light stay. (In the spirit of Delon, JMIV 2006, and Forbin and Vlachos, EURASIP JASP
2008.)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.frame_stats import FrameStats
from tremendo.finish.restore.picture import Picture, Plane, TemporalWindow
from tremendo.finish.restore.step import Breaks

__all__ = ["Deflicker", "DeflickerOptions"]

ROWS, COLUMNS = 9, 12
_QUANTILES = (0.1, 0.5, 0.9)
_GAIN_LIMIT = 2.0
_BURNT = 0.5
"""Weight of whites that are burnt in both frames, whatever they do to the fit (1: a good fit)."""
_ROUNDS = 3
"""The maps add up only nearly: what is left is done again, as long as that calms the film."""
_WHITE = 252.0
_BRIGHT = 0.99
"""So much of a frame is to stay below white, ..."""
_SHOULDER = 192.0
"""... by a curve that bends here."""
_RELUCTANCE = 0.1
"""Of the smooth course to rise or fall at its ends: 0 follows most, and lets most flicker be."""
_TORN = 48.0
"""Grey levels by which a part of a torn frame departs from what flicker explains."""
_DEAD = 0.6
"""A shot whose brightness jumps less than this (grey levels) does not flicker."""


@dataclass(frozen=True)
class DeflickerOptions:
    """How the flicker is taken out."""

    strength: float = 1.0
    """0 keeps the flicker, 1 takes all of it out."""
    reach: float = 6.0
    """Standard deviation, in frames, of the smoothing of the course."""


class Deflicker:
    """Takes out flicker, global and across the picture."""

    name = "deflicker"
    version = 5
    radius = 0

    def __init__(self, options: DeflickerOptions) -> None:
        self._options = options

    def measure(self, stats: FrameStats) -> NDArray[np.float16]:
        """Quantiles of luma in each block, ``(blocks, quantiles)``."""
        small = stats.small
        rows = np.linspace(0, small.shape[0], ROWS + 1).astype(int)
        columns = np.linspace(0, small.shape[1], COLUMNS + 1).astype(int)
        result = np.empty((ROWS * COLUMNS, len(_QUANTILES)), np.float16)
        for row in range(ROWS):
            for column in range(COLUMNS):
                block = small[rows[row] : rows[row + 1], columns[column] : columns[column + 1]]
                ordered = np.sort(block, axis=None)
                places = [int(q * (ordered.size - 1)) for q in _QUANTILES]
                result[row * COLUMNS + column] = ordered[places]
        return result

    def make_plan(self, measures: Sequence[NDArray[np.float16]], breaks: Breaks) -> Plane | None:
        """One set of coefficients per frame, ``(frames, 19)``, or None when nothing flickers."""
        if len(measures) < 3:
            return None
        levels = _without_tears(measures, breaks)
        ends = [0, *(t for t in breaks.takes if 0 < t < len(measures)), len(measures)]
        plans = [self._plan_take(levels[a:b]) for a, b in itertools.pairwise(ends)]
        return np.concatenate(plans).astype(np.float32)

    def _plan_take(self, levels: Sequence[NDArray[np.float16]]) -> NDArray[np.float64]:
        still = np.tile(_IDENTITY, (len(levels), 1))
        if len(levels) < 3 or _jumps(levels) < _DEAD:
            return still
        rounds: list[NDArray[np.float64]] = []
        unrest = _unrest(_evened(levels, rounds))
        for _ in range(_ROUNDS):
            steps = [_fit(b, a) - _IDENTITY for a, b in itertools.pairwise(_evened(levels, rounds))]
            course = np.cumsum([np.zeros_like(_IDENTITY), *steps], axis=0)
            rounds.append(_IDENTITY + course - _smooth(course, self._options.reach))
            left = _unrest(_evened(levels, rounds))
            if left >= unrest:
                rounds.pop()
                break
            unrest = left
        evened = zip(levels, _evened(levels, rounds), strict=True)
        factor = np.median([q.mean(dtype=np.float64) / e.mean() for q, e in evened])
        evened = zip(levels, _evened(levels, rounds), strict=True)
        full = np.stack([_fit(q.astype(np.float64), factor * e) for q, e in evened])
        return np.asarray(still + self._options.strength * (full - still), np.float64)

    def run(self, window: TemporalWindow, plan: Plane | None) -> Picture:
        """Map the tones of the center on the reference."""
        picture = window.center
        if plan is None:
            return picture
        fit = plan[picture.index]
        if np.array_equal(fit, _IDENTITY.astype(np.float32)):
            return picture
        gain, offset = _fields(fit, picture.luma.shape)
        luma = picture.luma * gain + offset
        for knee, bend in zip(_KNEES, fit[15:], strict=True):
            luma += np.float32(bend) * np.maximum(picture.luma - np.float32(knee), 0)
        chroma = None if picture.chroma is None else picture.chroma * gain[..., None]
        return replace(picture, luma=_within(luma), chroma=chroma, gain=float(fit[0]))


def _within(luma: Plane) -> Plane:
    """Bend the highlights of a brightened frame so that they keep what is drawn in them."""
    top = float(np.quantile(luma[::4, ::4], _BRIGHT))
    if top <= _WHITE:
        return luma
    slope = np.float32((_WHITE - _SHOULDER) / (top - _SHOULDER))
    above = np.maximum(luma - np.float32(_SHOULDER), 0)
    return np.asarray(luma - above * (1 - slope), np.float32)


_IDENTITY = np.array([1.0] + [0.0] * 18)
"""Coefficients that change nothing: twelve of the gain, three of the offset, four of the curve."""


def _without_tears(
    measures: Sequence[NDArray[np.float16]], breaks: Breaks
) -> list[NDArray[np.float16]]:
    """The quantiles, those of torn frames and torn parts of frames as if they were whole.

    A part is torn where it departs from both neighboring frames, which agree, by far more than the
    frame's flicker explains; it is as large as a whole row of blocks.
    """
    levels = list(measures)
    for torn in breaks.torn:
        levels[torn] = levels[torn - 1]
    jumps = {*breaks.takes, *(t - 1 for t in breaks.takes), 0, len(levels) - 1}
    for number in range(1, len(levels) - 1):
        if number in jumps:
            continue
        before, here, after = (
            levels[n].astype(np.float32) for n in (number - 1, number, number + 1)
        )
        middle = np.asarray((before + after) / 2, np.float32)
        gain = _shared_gain(middle[:, 1], here[:, 1])
        likely = np.clip(gain * middle, 0, 255)
        off = np.abs(here - likely)[:, 1]
        torn = (off > _TORN) & (np.abs(before - after)[:, 1] < 0.5 * off)
        if torn.sum() >= COLUMNS:
            whole = np.where(torn[:, None], likely, here)
            levels[number] = whole.astype(np.float16)
    return levels


def _shared_gain(usual: NDArray[np.float32], here: NDArray[np.float32]) -> float:
    """The gain that most blocks agree on, also where half of the frame is lost."""
    ratios = np.sort((here + 1) / (usual + 1))[:: max(1, here.size // 16)]
    agree = (np.abs(here - ratios[:, None] * usual) < _TORN / 3).sum(axis=1)
    return float(ratios[int(agree.argmax())])


def _evened(
    levels: Sequence[NDArray[np.float16]], rounds: Sequence[NDArray[np.float64]]
) -> Iterator[NDArray[np.float64]]:
    """The quantiles of each frame after the moves found so far: one frame at a time is held."""
    for number, level in enumerate(levels):
        evened = level.astype(np.float64)
        for moves in rounds:
            evened = _apply(evened, moves[number])
        yield evened


def _unrest(levels: Iterable[NDArray[np.float64]]) -> float:
    """Mean square of the change of the quantiles from frame to frame."""
    return float(np.mean([((b - a) ** 2).mean() for a, b in itertools.pairwise(levels)]))


def _jumps(levels: Sequence[NDArray[np.float16]]) -> float:
    """Change of brightness that the next frame takes back, grey levels, in the worse frames.

    A change is what most blocks share: what moves through the picture changes blocks either way.
    """
    middles = (level[:, 1].astype(np.float32) for level in levels)
    change = [float(np.median(b - a)) for a, b in itertools.pairwise(middles)]
    return float(np.quantile(np.abs(np.diff(change)) / 2, 0.85))


def _smooth(course: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Straight lines fitted around each time of ``(frames, values)``, with Gaussian weights.

    Inside this is a Gaussian mean; at the ends it follows a course that goes on rising, though a
    little reluctantly: there flicker can look like a rise.
    """
    side = min(int(3 * sigma), len(course) - 1)
    offsets = np.arange(-side, side + 1)
    weight = np.exp(-0.5 * (offsets / sigma) ** 2)

    def around(values: NDArray[np.float64], power: int) -> NDArray[np.float64]:
        kernel = (weight * offsets**power)[::-1]
        return np.stack([np.convolve(c, kernel)[side:-side] for c in values.T], axis=1)

    whole, lean, square = (around(np.ones((len(course), 1)), power) for power in range(3))
    square += _RELUCTANCE * float((weight * offsets**2).sum())
    level, slope = around(course, 0), around(course, 1)
    return np.asarray((square * level - lean * slope) / (whole * square - lean**2), np.float64)


def _waves(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smooth fields over the picture, cosines of up to 3 half waves: ``(len(y), len(x), 12)``."""
    across = np.cos(np.pi * np.outer(x, np.arange(4)))
    down = np.cos(np.pi * np.outer(y, np.arange(3)))
    fields = np.einsum("xi,yj->yxji", across, down)
    return np.asarray(fields.reshape(len(y), len(x), 12), np.float64)


_OFFSETS = [0, 1, 4]
"""The offset takes the flat field and one half wave each way."""
_BASIS = _waves((np.arange(COLUMNS) + 0.5) / COLUMNS, (np.arange(ROWS) + 0.5) / ROWS).reshape(
    -1, 12
)
_KNEES = np.array([64.0, 128.0, 192.0, 232.0])
"""Levels at which the curve may bend."""
_LEAST_SLOPE = 0.25
_GAIN, _OFFSET = _BASIS, _BASIS[:, _OFFSETS]
_RIDGE = np.array(
    [400.0, 8e3, 12e3, 24e3, 8e3, 12e3, 24e3, 36e3, 12e3, 24e3, 36e3, 48e3, 1.2, 4, 4] + [2e4] * 4
)
"""Keeps the fields flat unless the picture speaks clearly."""


def _fit(quantiles: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Robust fit of the coefficients that map ``quantiles`` on ``target``."""
    count = quantiles.shape[1]
    levels, goal = quantiles.reshape(-1, 1), target.ravel()
    gain = np.repeat(_GAIN, count, axis=0) * levels
    bends = np.maximum(levels - _KNEES, 0)
    design = np.hstack([gain, np.repeat(_OFFSET, count, axis=0), bends])
    burnt = ((levels > 252) & (target.reshape(-1, 1) > 250)).ravel()
    fit = _IDENTITY.copy()
    fit[0] = np.clip((np.median(goal) + 4) / (np.median(levels) + 4), 1 / _GAIN_LIMIT, _GAIN_LIMIT)
    for _ in range(6):
        residual = goal - design @ fit
        spread = 1.48 * np.median(np.abs(residual)) + 0.3
        weight = np.where(burnt, _BURNT, 1 / (1 + (residual / (2 * spread)) ** 2) ** 2)
        weighted = design * weight[:, None]
        anchor = _IDENTITY.copy()
        anchor[0] = fit[0]
        left = np.einsum("ri,rj->ij", weighted, design) + np.diag(_RIDGE)
        fit = np.linalg.solve(left, np.einsum("ri,r->i", weighted, goal) + _RIDGE * anchor)
        fit[0] = np.clip(fit[0], 1 / _GAIN_LIMIT, _GAIN_LIMIT)
        fit[15:] = _rising(fit[0], fit[15:])
    return np.asarray(fit, np.float64)


def _apply(quantiles: NDArray[np.float64], fit: NDArray[np.float64]) -> NDArray[np.float64]:
    gain, offset = _GAIN @ fit[:12], _OFFSET @ fit[12:15]
    curve = np.maximum(quantiles[..., None] - _KNEES, 0) @ fit[15:]
    return np.asarray(quantiles * gain[:, None] + offset[:, None] + curve, np.float64)


def _rising(gain: float, bends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hold the slope of the whole curve above zero, so that no tones change places."""
    slopes = np.maximum(gain + np.cumsum(bends), _LEAST_SLOPE)
    return np.diff(slopes, prepend=gain)


@cache
def _coarse(height: int, width: int) -> NDArray[np.float64]:
    return _waves((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)


def _fields(fit: Plane, shape: tuple[int, ...]) -> tuple[Plane, Plane]:
    """Gain and offset at each pixel."""
    height, width = shape[:2]
    coarse = _coarse(height // 8, width // 8)
    gain = (coarse @ fit[:12]).astype(np.float32)
    offset = (coarse[..., _OFFSETS] @ fit[12:15]).astype(np.float32)
    size = (width, height)
    return tuple(cv2.resize(f, size, interpolation=cv2.INTER_LINEAR) for f in (gain, offset))
