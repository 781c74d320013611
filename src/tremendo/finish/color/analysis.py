"""Frames of one shot in, their states out: flicker removed, motion found, colors estimated."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.guided import ColorEstimate
from tremendo.finish.color.lab import code_values, frame_lightness
from tremendo.finish.color.motion import estimate_warps
from tremendo.finish.color.size import SIDE, reduced_size
from tremendo.finish.color.temporal_fusion import KeyFrameState, WeightedChroma
from tremendo.media.frames import Frame, Frames

__all__ = ["DEFLICKER_RADIUS", "Estimator", "FrameAnalyzer", "small_lightness"]

DEFLICKER_RADIUS = 8
"""Frames before and after whose mean sets a frame's level and contrast."""
_SCALE_LIMITS = (0.7, 1.4)
"""By how much contrast is lowered or raised at most against flicker."""
_LEAST_WEIGHT = 0.02
"""Of a place of which the engine knows nothing, where one that it is sure of weighs 1."""

Estimator = Callable[[NDArray[np.float32]], ColorEstimate]
"""Lightness ``(H, W)`` CIE L* in, estimated colors out."""


class FrameAnalyzer:
    """States of a stretch of one shot, in order; only those still needed are held.

    A state depends on the shot's frames up to ``DEFLICKER_RADIUS`` away from it and on the frame
    before it, never on where the stretch begins.

    Args:
        frames: the source.
        shot: first frame and end (exclusive) of the shot in the source.
        estimator: estimates the colors of key frames.
        spacing: every how many frames of the shot there is a key frame.
        begin: first frame of the shot that will be asked for.
    """

    def __init__(
        self,
        frames: Frames,
        shot: tuple[int, int],
        estimator: Estimator,
        *,
        spacing: int,
        begin: int,
    ) -> None:
        self._count = shot[1] - shot[0]
        self._estimator, self._spacing = estimator, spacing
        self._next = max(0, begin - DEFLICKER_RADIUS)
        self._stream = frames.read(shot[0] + self._next, shot[1])
        self._size = reduced_size(frames.width, frames.height, SIDE)
        self._small: dict[int, NDArray[np.float32]] = {}
        self._levels: dict[int, tuple[float, float]] = {}
        self._states: dict[int, KeyFrameState] = {}
        self._begin = begin

    def window(self, start: int, stop: int) -> Sequence[KeyFrameState]:
        """States of frames ``start`` to ``stop`` of the shot; earlier ones are forgotten."""
        while self._next < min(self._count, stop + DEFLICKER_RADIUS):
            self._read(self._next)
        for number in range(max(self._begin, start), stop):
            if number not in self._states:
                self._states[number] = self._state(number)
        for table in (self._states, self._small, self._levels):
            for number in [n for n in table if n < start - DEFLICKER_RADIUS]:
                del table[number]
        return [self._states[number] for number in range(start, stop)]

    def _read(self, number: int) -> None:
        small = small_lightness(next(self._stream), self._size)
        self._small[number] = small
        self._levels[number] = (float(small.mean()), float(small.std()))
        self._next += 1

    def _state(self, number: int) -> KeyFrameState:
        scale, shift = self._tone(number)
        steady = np.clip(self._small[number] * np.float32(scale) + np.float32(shift), 0, 100)
        lightness = code_values(steady)
        before = self._states.get(number - 1)
        estimate = self._estimate(steady) if number % self._spacing == 0 else None
        warp = estimate_warps(before.lightness, lightness) if before else None
        return KeyFrameState(lightness, warp, estimate, (scale, shift))

    def _tone(self, number: int) -> tuple[float, float]:
        """Scale and shift that give a frame the mean level and contrast of its neighborhood."""
        first, after = number - DEFLICKER_RADIUS, number + DEFLICKER_RADIUS + 1
        near = range(max(0, first), min(self._count, after))
        level = float(np.mean([self._levels[n][0] for n in near]))
        contrast = float(np.mean([self._levels[n][1] for n in near]))
        own_level, own_contrast = self._levels[number]
        scale = float(np.clip(contrast / max(own_contrast, 1e-3), *_SCALE_LIMITS))
        return scale, level - own_level * scale

    def _estimate(self, lightness: NDArray[np.float32]) -> WeightedChroma:
        """The estimated colors at half the size of the states, weighted by confidence."""
        estimate = self._estimator(lightness)
        size = (max(1, lightness.shape[1] // 2), max(1, lightness.shape[0] // 2))
        ab = cv2.resize(estimate.ab, size, interpolation=cv2.INTER_CUBIC)
        sure = np.asarray(cv2.resize(estimate.confidence, size, interpolation=cv2.INTER_LINEAR))
        weight = np.asarray(sure**2 + _LEAST_WEIGHT, np.float32)
        return WeightedChroma.from_estimate(np.asarray(ab, np.float32), weight)


def small_lightness(frame: Frame, size: tuple[int, int]) -> NDArray[np.float32]:
    """CIE L* of a frame at a smaller width and height."""
    lightness = frame_lightness(frame)
    return np.asarray(cv2.resize(lightness, size, interpolation=cv2.INTER_AREA), np.float32)
