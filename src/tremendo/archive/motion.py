"""MotionStats of the people and things in a shot, apart from the camera's own."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.archive.pictures import Luma, gray_thumbnail, normalized

__all__ = ["MotionMeter", "MotionStats", "landings", "main_direction", "steady_energy"]

_LONG_SIDE = 160
_NOISE = 0.12
"""Flow in pixels of the thumbnail that grain and weave leave after the camera fit."""


@dataclass(frozen=True)
class MotionStats:
    """MotionStats per frame.

    ``energy`` ``(n,)``: mean residual flow in per cent of the diagonal per second. ``pull``
    ``(n, 2)`` and ``power`` ``(n,)``: sums of residual flow times its length (x right, y up) and
    of its squared length; their quotient tells how far the motion has one direction.
    """

    energy: NDArray[np.float64]
    pull: NDArray[np.float64]
    power: NDArray[np.float64]


class MotionMeter:
    """Optical flow between neighboring frames (DIS, Kroeger et al. 2016) less an affine camera.

    Holds one thumbnail. The first frame of a film, having none before it, gets no motion.

    Args:
        width: of the frames.
        height: of the frames.
        fps: native rate, for the unit.
    """

    def __init__(self, width: int, height: int, fps: Fraction) -> None:
        scale = _LONG_SIDE / max(width, height)
        self._size = (max(32, round(width * scale)), max(32, round(height * scale)))
        self._unit = 100 * float(fps) / float(np.hypot(*self._size))
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        y, x = np.mgrid[0 : self._size[1], 0 : self._size[0]].astype(np.float32)
        self._places = np.stack([x, y], axis=-1)
        self._last: NDArray[np.uint8] | None = None
        self._energy: list[float] = []
        self._pull: list[NDArray[np.float64]] = []
        self._power: list[float] = []

    def add(self, luma: Luma) -> None:
        """Take the next frame."""
        gray = cv2.GaussianBlur(normalized(gray_thumbnail(luma, *self._size)), (0, 0), 1.0)
        now = np.clip(128 + 48 * gray, 0, 255).astype(np.uint8)
        if self._last is None:
            self._energy.append(0.0)
            self._pull.append(np.zeros(2))
            self._power.append(0.0)
        else:
            flow = np.asarray(self._flow.calc(self._last, now, None))
            camera = _camera(flow, _texture(self._last), self._places)
            rest = flow - camera
            length = np.hypot(rest[..., 0], rest[..., 1])
            moved = _changed(self._last, now, self._places + camera)
            kept = np.maximum(length - _NOISE, 0.0) * moved
            self._energy.append(float(kept.mean()) * self._unit)
            self._pull.append((rest * kept[..., None]).mean(axis=(0, 1)) * [1, -1])
            self._power.append(float((kept * length).mean()))
        self._last = now

    def result(self) -> MotionStats:
        """The motion of all frames seen."""
        pull = np.array(self._pull).reshape(-1, 2)
        return MotionStats(np.array(self._energy), pull, np.array(self._power))


def _texture(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Length of the gradient: where it is small, flow is a guess."""
    across = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=0.25)
    return np.asarray(np.hypot(across, cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=0.25)))


def _changed(
    before: NDArray[np.uint8], now: NDArray[np.uint8], places: NDArray[np.float32]
) -> NDArray[np.float32]:
    """0..1: where the picture differs from the one before when the camera's move is undone.

    Flow spreads from edges into flat areas, such as sky, where nothing is seen to move.
    """
    moved = cv2.remap(now, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    change = cv2.GaussianBlur(cv2.absdiff(before, moved).astype(np.float32), (0, 0), 1.5)
    return np.asarray(np.clip((change - 5) / 10, 0, 1))


def _camera(
    flow: NDArray[np.float32], texture: NDArray[np.float32], places: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Affine flow of the background: least squares, refitted to the half that fits best.

    Only textured points vote, each alike.
    """
    votes = texture[2::3, 2::3] >= np.median(texture)
    where, values = places[2::3, 2::3][votes], flow[2::3, 2::3][votes]
    middle = places[-1, -1] / 2
    basis = np.column_stack([np.ones(len(where), np.float32), (where - middle) / middle])
    solution = np.zeros((3, 2), np.float32)
    solution[0] = np.median(values, axis=0)
    ridge = 1e-3 * np.eye(3, dtype=np.float32)
    for _ in range(3):
        error = np.linalg.norm(values - basis @ solution, axis=1)
        fits = error <= np.median(error)
        kept = basis[fits]
        solution = np.linalg.solve(kept.T @ kept + ridge, kept.T @ values[fits])
    return np.asarray(solution[0] + ((places - middle) / middle) @ solution[1:])


def steady_energy(energy: NDArray[np.float64], fps: Fraction) -> NDArray[np.float64]:
    """The energy curve of one shot without what is no motion.

    The first value looks across the cut and is replaced by the second; single-frame spikes (dirt,
    flashes) go by a median of three where the film is fast enough for it.
    """
    curve = energy.copy()
    if len(curve) > 1:
        curve[0] = curve[1]
    if fps >= 12 and len(curve) >= 3:
        padded = np.pad(curve, 1, mode="edge")
        curve = np.median(np.lib.stride_tricks.sliding_window_view(padded, 3), axis=1)
    return curve


def landings(energy: NDArray[np.float64], fps: Fraction) -> tuple[int, ...]:
    """Frames at which a gesture lands: clear peaks of the energy, a quarter second apart.

    Peaks are judged on the square root of the energy, so that small gestures in a calm stretch
    count beside a wild one elsewhere in the shot.
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    if len(energy) < 5:
        return ()
    smooth = gaussian_filter1d(np.sqrt(energy), max(0.5, 0.06 * float(fps)), mode="nearest")
    low, high = np.percentile(smooth, [10, 95])
    peaks, _ = find_peaks(
        smooth, height=0.3, prominence=max(0.2 * (high - low), 0.1), distance=max(2, round(fps / 4))
    )
    return tuple(int(p) for p in peaks)


def main_direction(motion: MotionStats, start: int, end: int) -> float | None:
    """Direction in degrees (0 right, 90 up) that most of a shot's motion shares; None when mixed.

    The shot's first frame looks across the cut and is left out.
    """
    frames = slice(start + 1, end)
    power = float(motion.power[frames].sum())
    x, y = motion.pull[frames].sum(axis=0)
    if motion.energy[frames].sum() < 0.05 * (end - start) or np.hypot(x, y) < 0.4 * power:
        return None
    return round(float(np.degrees(np.arctan2(y, x))) % 360, 1)
