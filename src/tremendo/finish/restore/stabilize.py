"""Gate weave is taken out; what the camera did on purpose stays.

The frame's motion against the one before is the most common motion of textured points (never a
full-frame correlation: a fixed scratch would hold it at zero). Summed up it is the frame's path;
the smoothed path is the camera's, the rest is weave.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.frame_stats import FrameStats
from tremendo.finish.restore.picture import Picture, Plane, TemporalWindow
from tremendo.finish.restore.step import Breaks

__all__ = ["Stabilize", "StabilizeOptions", "smooth_course"]

_DEAD = 0.12
"""A take whose frames stand this firmly (pixels rms) is left alone."""
_CROP_LIMIT = 1.06
_TAPS = 4
"""Pixels on each side that a moved pixel is made from."""


@dataclass(frozen=True)
class StabilizeOptions:
    """How the frame is held steady."""

    smoothness: float = 6.0
    """Standard deviation, in frames, of the smoothing of the camera's path."""
    limit: float = 0.012
    """Most that a frame is moved, as a share of the picture's height. Gate weave stays below; a
    shaken hand-held camera is smoothed only as far as this allows."""
    borders: str = "reflect"
    """What fills the edges of a moved frame: ``reflect`` its own edge, or ``crop``: the whole shot
    is enlarged just enough."""


@dataclass(frozen=True)
class StabilizationPlan:
    """The plan: where each frame is moved, ``(frames, 2)`` pixels, and the enlargement."""

    shifts: Plane
    zoom: float = 1.0


class Stabilize:
    """Takes out gate weave."""

    name = "stabilize"
    version = 2
    radius = 0

    def __init__(self, options: StabilizeOptions) -> None:
        self._options = options

    def measure(self, stats: FrameStats) -> tuple[float, float, int]:
        """Motion of the frame against the previous one, full-size pixels, and the height."""
        return *stats.moved, stats.luma.shape[0]

    def make_plan(
        self, measures: Sequence[tuple[float, float, int]], breaks: Breaks
    ) -> StabilizationPlan | None:
        """Smooth the path of each take; None when the frames stand firmly already."""
        steps = np.array([m[:2] for m in measures], np.float64)
        for torn in breaks.torn:  # the frame after was compared with the one before
            steps[torn] = steps[torn + 1] = steps[torn + 1] / 2
        limit = self._options.limit * measures[0][2]
        parts = np.split(steps, [t for t in breaks.takes if 0 < t < len(steps)])
        shifts = np.concatenate([self._plan_take(p, limit) for p in parts])
        if not shifts.any():
            return None
        shifts = np.clip(shifts, -limit, limit)
        zoom = 1.0
        if self._options.borders == "crop":
            zoom = min(_CROP_LIMIT, 1 + 2 * float(np.abs(shifts).max()) / measures[0][2])
        return StabilizationPlan(shifts.astype(np.float32), zoom)

    def _plan_take(self, steps: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
        if _weave(steps) < _DEAD:
            return np.zeros_like(steps)
        moves = steps.copy()
        moves[0] = 0
        track = np.cumsum(moves, axis=0)
        for share in (1.0, 0.7, 0.5, 0.35, 0.25):
            shifts = smooth_course(track, share * self._options.smoothness) - track
            if np.quantile(np.abs(shifts), 0.95) < limit:
                break
        return shifts

    def run(self, window: TemporalWindow, plan: StabilizationPlan | None) -> Picture:
        """Move the center to its place on the smooth path."""
        picture = window.center
        if plan is None:
            return picture
        dx, dy = plan.shifts[picture.index]
        height, width = picture.luma.shape
        zoom = plan.zoom
        matrix = np.array(
            [
                [zoom, 0, zoom * dx + (1 - zoom) * (width - 1) / 2],
                [0, zoom, zoom * dy + (1 - zoom) * (height - 1) / 2],
            ],
            np.float32,
        )
        chroma = None if picture.chroma is None else move(picture.chroma, matrix)
        return replace(picture, luma=move(picture.luma, matrix), chroma=chroma, matrix=matrix)


def move(plane: Plane, matrix: Plane) -> Plane:
    """Warp by an affine map from source to target pixels; the edge is reflected.

    Lanczos in windows of 8 pixels. A mere shift, the usual case, is separable and cheap.
    """
    if np.array_equal(matrix[:, :2], np.eye(2)):
        return _shift(plane, float(matrix[0, 2]), float(matrix[1, 2]))
    size = plane.shape[1::-1]
    moved = cv2.warpAffine(
        plane, matrix, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(moved, np.float32)


def _shift(plane: Plane, dx: float, dy: float) -> Plane:
    """Move right and down by a fraction of pixels."""
    height, width = plane.shape[:2]
    left, top = math.floor(-dx), math.floor(-dy)
    side = max(abs(left), abs(top)) + _TAPS
    padded = cv2.copyMakeBorder(plane, side, side, side, side, cv2.BORDER_REFLECT)
    across, down = _lanczos(-dx - left), _lanczos(-dy - top)
    moved = cv2.sepFilter2D(padded, -1, across, down, anchor=(_TAPS - 1, _TAPS - 1))
    inner = moved[side + top :, side + left :][:height, :width]
    return np.ascontiguousarray(inner, np.float32)


def _lanczos(share: float) -> Plane:
    """Weights of the pixels around a place that lies ``share`` (0..1) of the way to the next."""
    away = np.arange(1 - _TAPS, _TAPS + 1) - share
    weights = np.sinc(away) * np.sinc(away / _TAPS)
    return np.asarray(weights / weights.sum(), np.float32)


def _weave(steps: NDArray[np.float64]) -> float:
    """Unsteadiness in pixels rms: third differences of the path, which no smooth move has."""
    if len(steps) < 4:
        return 0.0
    return float(np.sqrt((np.diff(steps[1:], n=2, axis=0) ** 2).mean() / 20))


def smooth_course(course: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Smooth ``(frames, values)`` along time so that any quartic course passes unchanged.

    Pans and their eases stay. A Gaussian times a polynomial whose moments up to the fifth vanish;
    the ends are continued by reflecting through the end point.
    """
    side = min(int(4 * sigma), len(course) - 1)
    if side < 1:
        return course.copy()
    before = 2 * course[0] - course[side:0:-1]
    after = 2 * course[-1] - course[-2 : -side - 2 : -1]
    padded = np.concatenate([before, course, after])
    place = np.arange(-side, side + 1) / sigma
    weight = np.exp(-0.5 * place**2) * (15 - 10 * place**2 + place**4) / 8
    weight /= weight.sum()
    columns = [np.convolve(column, weight, mode="valid") for column in padded.T]
    return np.stack(columns, axis=1)
