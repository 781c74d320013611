"""A film looked at in passing: flicker taken out, motion found, key frames given to the network."""

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

__all__ = ["DEFLICKER_RADIUS", "FrameAnalyzer", "Painter", "small_lightness"]

DEFLICKER_RADIUS = 8
"""Frames before and after that set a frame's brightness."""

Painter = Callable[[NDArray[np.float32]], ColorEstimate]


class FrameAnalyzer:
    """The states of a stretch of one shot; only the frames still needed are held.

    Args:
        frames: the source.
        shot: first frame and end (exclusive) of the shot in the source.
        painter: gives estimates on key frames, by lightness.
        spacing: every how many frames of the shot there is a key frame.
        begin: first frame of the shot that will be asked for.
    """

    def __init__(
        self,
        frames: Frames,
        shot: tuple[int, int],
        painter: Painter,
        *,
        spacing: int,
        begin: int,
    ) -> None:
        self._count = shot[1] - shot[0]
        self._painter, self._spacing = painter, spacing
        self._next = max(0, begin - DEFLICKER_RADIUS)
        self._stream = frames.read(shot[0] + self._next, shot[1])
        self._size = reduced_size(frames.width, frames.height, SIDE)
        self._small: dict[int, NDArray[np.float32]] = {}
        self._levels: dict[int, tuple[float, float]] = {}
        self._looks: dict[int, KeyFrameState] = {}
        self._begin = begin

    def window(self, start: int, stop: int) -> Sequence[KeyFrameState]:
        """Looks of frames ``start`` to ``stop``; frames before ``start`` are forgotten."""
        while self._next < min(self._count, stop + DEFLICKER_RADIUS):
            self._take(self._next)
        for number in range(max(self._begin, start), stop):
            if number not in self._looks:
                self._looks[number] = self._look(number)
        for table in (self._looks, self._small, self._levels):
            for number in [n for n in table if n < start - DEFLICKER_RADIUS]:
                del table[number]
        return [self._looks[number] for number in range(start, stop)]

    def _take(self, number: int) -> None:
        small = small_lightness(next(self._stream), self._size)
        self._small[number] = small
        self._levels[number] = (float(small.mean()), float(small.std()))
        self._next += 1

    def _look(self, number: int) -> KeyFrameState:
        scale, shift = self._tone(number)
        calm = np.clip(self._small[number] * np.float32(scale) + np.float32(shift), 0, 100)
        lightness = code_values(calm)
        before = self._looks.get(number - 1)
        estimate = self._opinion(calm) if number % self._spacing == 0 else None
        warp = estimate_warps(before.lightness, lightness) if before else None
        return KeyFrameState(lightness, warp, estimate, (scale, shift))

    def _tone(self, number: int) -> tuple[float, float]:
        """Scale and shift that give a frame the mean level and contrast of its neighborhood."""
        near = range(
            max(0, number - DEFLICKER_RADIUS), min(self._count, number + DEFLICKER_RADIUS + 1)
        )
        level = float(np.mean([self._levels[n][0] for n in near]))
        contrast = float(np.mean([self._levels[n][1] for n in near]))
        own_level, own_contrast = self._levels[number]
        scale = float(np.clip(contrast / max(own_contrast, 1e-3), 0.7, 1.4))
        return scale, level - own_level * scale

    def _opinion(self, lightness: NDArray[np.float32]) -> WeightedChroma:
        estimate = self._painter(lightness)
        size = (max(1, lightness.shape[1] // 2), max(1, lightness.shape[0] // 2))
        ab = cv2.resize(estimate.ab, size, interpolation=cv2.INTER_CUBIC)
        weight = cv2.resize(estimate.confidence, size, interpolation=cv2.INTER_LINEAR) ** 2 + 0.02
        return WeightedChroma.from_estimate(
            np.asarray(ab, np.float32), np.asarray(weight, np.float32)
        )


def small_lightness(frame: Frame, size: tuple[int, int]) -> NDArray[np.float32]:
    """CIE L* of a frame at a smaller width and height."""
    lightness = frame_lightness(frame)
    return np.asarray(cv2.resize(lightness, size, interpolation=cv2.INTER_AREA), np.float32)
