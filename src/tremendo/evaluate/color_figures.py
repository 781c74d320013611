"""Figures of merit for color, on pictures and on moving pictures.

Color difference is CIEDE2000;
color distribution consistency is that of Liu et al. (2021), here on a* and b* alone, because on RGB
plain grey film beats real color film.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.lab import code_values, frame_lab
from tremendo.media.frames import Frame

__all__ = [
    "blue_purple_share",
    "chroma_unrest",
    "color_difference",
    "distribution_unrest",
    "hue_distance",
    "hue_histogram",
]

_GAPS = (1, 2, 4)
_SIZE = (320, 240)
_LEAP = 25.0


def color_difference(ours: Frame, truth: Frame) -> float:
    """Mean CIEDE2000."""
    from skimage.color import deltaE_ciede2000

    return float(np.mean(deltaE_ciede2000(frame_lab(ours), frame_lab(truth))))


def blue_purple_share(frame: Frame) -> float:
    """Share of the picture with a hue of 240 to 320 degrees in ab and a chroma over 12."""
    _, a, b = cv2.split(frame_lab(frame))
    hue = np.degrees(np.arctan2(b, a)) % 360
    return float(np.mean((hue > 240) & (hue < 320) & (np.hypot(a, b) > 12)))


def hue_histogram(frame: Frame) -> NDArray[np.float64]:
    """How much chroma lies in each of 36 sectors of hue in ab, ``(36,)``; sums to mean chroma."""
    _, a, b = cv2.split(frame_lab(frame))
    sector = (np.degrees(np.arctan2(b, a)) % 360 / 10).astype(np.int64).ravel() % 36
    chroma = np.hypot(a, b).ravel().astype(np.float64)
    return np.asarray(np.bincount(sector, chroma, minlength=36) / chroma.size, np.float64)


def hue_distance(ours: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Earth mover's distance around the circle between two hue histograms, in degrees.

    The least work is where the cumulative difference is counted from its median (Werman et al.
    1986). Both histograms are brought to the same mass first.
    """
    difference = np.cumsum(
        ours / max(float(ours.sum()), 1e-9) - truth / max(float(truth.sum()), 1e-9)
    )
    return float(np.abs(difference - np.median(difference)).sum() * 10)


def distribution_unrest(frames: Iterable[Frame]) -> float:
    """CDC on ab: mean Jensen-Shannon divergence of histograms 1, 2 and 4 frames apart."""
    recent: list[NDArray[np.float64]] = []
    found: list[float] = []
    for frame in frames:
        now = _histograms(frame)
        found += [
            _divergence(recent[-gap][plane], now[plane])
            for gap in _GAPS
            if gap <= len(recent)
            for plane in (0, 1)
        ]
        recent = [*recent[1 - max(_GAPS) :], now]
    return float(np.mean(found)) if found else 0.0


def chroma_unrest(frames: Iterable[Frame]) -> float:
    """WeightedChroma warp error: mean change of a* and b* along the motion, frame to frame.

    Places count where motion there and back agrees within a pixel and lightness keeps within 25.
    """
    labs = (frame_lab(_small(frame)) for frame in frames)
    found = [_change(before, now) for before, now in pairwise(labs)]
    return float(np.mean(found)) if found else 0.0


def _change(before: NDArray[np.float32], now: NDArray[np.float32]) -> float:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    first, second = (code_values(lab[..., 0]) for lab in (before, now))
    back, forth = search.calc(second, first, None), search.calc(first, second, None)
    height, width = second.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    place = np.dstack([x + back[..., 0], y + back[..., 1]]).astype(np.float32)
    came = cv2.remap(before, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    astray = cv2.remap(forth, place, None, cv2.INTER_LINEAR) + back
    good = (np.linalg.norm(astray, axis=2) < 1) & (np.abs(came[..., 0] - now[..., 0]) < _LEAP)
    return float(np.abs(came[..., 1:] - now[..., 1:])[good].mean()) if good.any() else 0.0


def _histograms(frame: Frame) -> NDArray[np.float64]:
    lab = cv2.cvtColor(_small(frame), cv2.COLOR_RGB2LAB)
    counts = [np.bincount(lab[..., plane].ravel(), minlength=256) for plane in (1, 2)]
    return np.array([count / count.sum() for count in counts])


def _divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    middle = (p + q) / 2
    return (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2


def _relative_entropy(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    seen = p > 0
    return float(np.sum(p[seen] * np.log(p[seen] / q[seen])))


def _small(frame: Frame) -> Frame:
    return np.asarray(cv2.resize(frame, _SIZE, interpolation=cv2.INTER_AREA), np.uint8)
