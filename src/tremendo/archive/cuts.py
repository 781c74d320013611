"""Shot boundaries of old film: cuts, fades and dissolves, told from flicker, flashes and splices.

Every frame is reduced to a normalized thumbnail, so that flicker cancels. A cut is where the
median picture before and the median picture after have no content in common (their blocks do not
correlate, even when shifted), while within either side they do. Medians make one-frame flashes,
dirt and splices harmless.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tremendo.archive.block_dissimilarity import HEIGHT, WIDTH, mixing, scene_change, unlikeness
from tremendo.archive.pictures import Gray, Luma, gray_thumbnail, normalized
from tremendo.intervals import runs

__all__ = ["CutFinder", "Cuts"]

_SIDE = 4
"""Frames in the median picture on each side."""
_HALO = 16
"""Frames of context that a decision needs on each side."""
_CHUNK = 256
_CUT = 0.46
"""Scene change between the medians at a cut: 0.54 and more at true ones, within a take below."""
_UNLIKE = 0.4
"""Unlikeness of the two pictures of a dissolve."""
_JUMP = 0.06
_BLANK_SPREAD = 7.0
_SHORTEST = 6


@dataclass(frozen=True)
class Cuts:
    """``shots``: ranges of frames (end exclusive) without blank leader, flash-out and fade.

    ``joins``: frames after a splice within a shot, where the picture jumps.
    """

    shots: tuple[tuple[int, int], ...]
    joins: tuple[int, ...] = ()


class CutFinder:
    """Takes the native frames one by one; holds a few hundred thumbnails of 64 x 48."""

    def __init__(self) -> None:
        self._grays: list[Gray] = []
        self._first = 0
        self._light: list[float] = []
        self._spread: list[float] = []
        self._between: list[float] = []
        self._within: list[float] = []
        self._step: list[float] = []
        self._blend: list[float] = []

    def add(self, luma: Luma) -> None:
        """Take the next frame."""
        gray = gray_thumbnail(luma, WIDTH, HEIGHT)
        self._light.append(float(gray.mean()))
        self._spread.append(float(gray.std()))
        self._grays.append(normalized(gray))
        if len(self._grays) >= _CHUNK + 2 * _HALO:
            self._measure(len(self._light) - _HALO)

    def result(self) -> Cuts:
        """Shots and joins of all frames seen."""
        self._measure(len(self._light))
        blank = _long_runs(np.array(self._spread) < _BLANK_SPREAD)
        cuts = self._cuts()
        dissolves = [d for d in self._dissolves() if all(abs(d - c) > _HALO for c in cuts)]
        strength = np.array(self._between)
        inner = sorted({*cuts, *dissolves})
        shots: list[tuple[int, int]] = []
        for first, last in runs(~blank):
            edges = _apart([first, *(c for c in inner if first < c < last), last], strength)
            shots.extend(self._without_flare(*span) for span in itertools.pairwise(edges))
        joins = [j for j in self._joins() if any(s + 3 <= j <= e - 3 for s, e in shots)]
        return Cuts(tuple(shots), tuple(joins))

    def _measure(self, stop: int) -> None:
        """Compare the surroundings of frames up to ``stop`` and let older thumbnails go."""
        grays = self._grays
        for frame in range(len(self._between), stop):
            at = frame - self._first
            before, after = self._side(at - _SIDE, at), self._side(at, at + _SIDE)
            steps = [
                unlikeness(grays[i], grays[j])
                for i, j in ((at - 1, at), (at - 2, at), (at - 1, at + 1))
                if i >= 0 and j < len(grays)
            ]
            self._step.append(min(steps, default=0.0))
            if before is None or after is None or max(steps, default=0.0) < _JUMP:
                self._between.append(0.0)
                self._within.append(0.0)
            else:
                self._between.append(scene_change(before, after))
                self._within.append(max(self._change(at - _SIDE, at), self._change(at, at + _SIDE)))
            self._blend.append(self._blending(at))
        drop = max(0, stop - _HALO - self._first)
        self._grays = grays[drop:]
        self._first += drop

    def _side(self, start: int, stop: int) -> Gray | None:
        """Median picture of some frames (blank ones left out); None with too few."""
        frames = [g for g in self._grays[max(0, start) : max(0, stop)] if g.any()]
        return np.median(frames, axis=0).astype(np.float32) if len(frames) >= 2 else None

    def _change(self, start: int, stop: int) -> float:
        """How unlike each other the first and the last frames of a side are."""
        first, last = self._side(start, start + 2), self._side(stop - 2, stop)
        return 0.0 if first is None or last is None else scene_change(first, last)

    def _blending(self, at: int) -> float:
        """Share of the weaker of two unlike pictures, some frames before and after, that mix here.

        0 when the frame is no mixture of the two (Petersohn 2004 tests dissolves in this way).
        """
        before = self._side(at - _HALO, at - _HALO + 3)
        after = self._side(at + _HALO - 3, at + _HALO)
        if before is None or after is None or at < _HALO or unlikeness(before, after) < _UNLIKE:
            return 0.0
        return mixing(self._grays[at], before, after)

    def _cuts(self) -> list[int]:
        between, within = np.array(self._between), np.array(self._within)
        sharp = between - 0.5 * within
        return [
            t
            for t in range(1, len(between))
            if between[t] > _CUT
            and between[t] > 1.5 * within[t]
            and sharp[t] == sharp[max(0, t - 3) : t + 4].max()
        ]

    def _dissolves(self) -> list[int]:
        """Middles of runs of frames that mix the pictures around them half and half."""
        mixed = np.array(self._blend) > 0.3
        return [(start + stop) // 2 for start, stop in runs(mixed) if stop - start >= 3]

    def _joins(self) -> list[int]:
        """Sudden steps, far above the motion around them, that last."""
        step, between = np.array(self._step), np.array(self._between)
        joins = []
        for t in range(4, len(step) - 3):
            around = np.concatenate([step[max(0, t - 8) : t], step[t + 1 : t + 9]])
            usual = float(np.percentile(around, 80))
            if step[t] > _JUMP and step[t] > 3 * usual and between[t] > 0.7 * step[t]:
                joins.append(t)
        return joins

    def _without_flare(self, start: int, end: int) -> tuple[int, int]:
        """Leave out up to eight frames at either end that run out into white."""
        light, spread = np.array(self._light[start:end]), np.array(self._spread[start:end])
        flared = (light > np.median(light) + 25) & (spread < 0.85 * np.median(spread))
        most = min(8, (end - start) // 3)
        first = int(np.argmin(np.append(flared[:most], False)))
        last = int(np.argmin(np.append(flared[::-1][:most], False)))
        return start + first, end - last


def _long_runs(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Only the runs of three or more, or of the whole film: shorter ones are flashes."""
    kept = np.zeros_like(flags)
    for start, stop in runs(flags):
        kept[start:stop] = stop - start >= min(3, len(flags))
    return kept


def _apart(edges: list[int], strength: NDArray[np.float64]) -> list[int]:
    """Drop edges that make too short a shot, the weaker first; the ends stay."""
    edges = list(edges)
    while len(edges) > 2:
        gaps = np.diff(edges)
        short = int(gaps.argmin())
        if gaps[short] >= _SHORTEST:
            break
        inner = [i for i in (short, short + 1) if 0 < i < len(edges) - 1]
        del edges[min(inner, key=lambda i: strength[edges[i]])]
    return edges
