"""Where notes begin: an onset curve of 5 ms steps, beats drawn onto it, and the song's accents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tremendo.music.types import Accent

__all__ = ["STEP", "align_beats", "find_accents", "onset_curve", "onset_peaks"]

RATE = 22050
_HOP = 110
_FRAME = 512
STEP = _HOP / RATE

# The curve rises when an onset enters the front of the window, this long before its center.
_EARLY = 0.35 * _FRAME / RATE

_REACH = 0.045
_ACCENTS_PER_SECOND = 1.5

Floats = NDArray[np.float64]


def onset_curve(samples: NDArray[np.float32], highest: float = RATE / 2) -> Floats:
    """Growth of the compressed spectrum (spectral flux), one value every ``STEP`` seconds.

    After Böck, Krebs and Schedl, "Evaluating the Online Capabilities of Onset Detection Methods"
    (ISMIR 2012), with 40 bands, scaled so that strong onsets of the song reach about 1.

    Args:
        samples: mono at 22,050 Hz.
        highest: frequencies above it, in Hz, are not heard.
    """
    count = max(1, len(samples) // _HOP)
    padded = np.pad(samples, (_FRAME // 2, _FRAME))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP][:count]
    window = np.hanning(_FRAME).astype(np.float32)
    top = max(4, round(highest / RATE * _FRAME))
    edges = np.unique(np.geomspace(1, top, 41).astype(int))
    curve = np.zeros(count)
    last = np.zeros(len(edges))
    for start in range(0, count, 4096):
        spectrum = np.abs(np.fft.rfft(frames[start : start + 4096] * window, axis=1)[:, : top + 1])
        bands = np.log10(1 + 10 * np.add.reduceat(spectrum, edges, axis=1))
        rise = np.diff(np.vstack([last, bands]), axis=0)
        curve[start : start + 4096] = np.maximum(rise, 0).sum(axis=1)
        last = bands[-1]
    curve = np.convolve(curve, np.array([0.25, 0.5, 0.25]), mode="same")
    return np.asarray(curve / max(float(np.percentile(curve, 99.5)), 1e-9))


def onset_peaks(curve: Floats) -> tuple[Floats, Floats]:
    """Times in seconds and heights of the curve's local peaks that stand out of their surroundings.

    A peak is the highest value within 30 ms and exceeds the mean of the 200 ms around it.
    """
    reach, around = round(0.03 / STEP), round(0.1 / STEP)
    padded = np.pad(curve, reach, constant_values=-1.0)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    smooth = np.convolve(curve, np.full(2 * around + 1, 1 / (2 * around + 1)), mode="same")
    index = np.flatnonzero((curve == highest) & (curve > smooth + 0.05))
    return _starts(curve, index), curve[index]


def _starts(curve: Floats, index: NDArray[np.int64]) -> Floats:
    """Where the curve climbs through half of each peak's height, in seconds, between the steps.

    The peak itself comes later the softer the attack is; its climb stays near the note's begin.
    """
    steps = np.maximum(index[:, None] - np.arange(round(0.04 / STEP)), 0)
    below = curve[steps] < 0.5 * curve[index, None]
    back = np.where(below.any(axis=1), below.argmax(axis=1), 1)
    low, high = curve[np.maximum(index - back, 0)], curve[np.maximum(index - back + 1, 0)]
    share = (0.5 * curve[index] - low) / np.maximum(high - low, 1e-9)
    return np.asarray((index - back + np.clip(share, 0, 1)) * STEP + _EARLY)


def align_beats(times: Floats, curve: Floats) -> Floats:
    """Beats moved to the onset they belong to, in seconds, never past their neighbours.

    A beat goes to the strongest nearby peak (at most 45 ms away, near ones preferred). One without
    a peak moves as the beats around it do.
    """
    peak_times, heights = onset_peaks(curve)
    shift = np.full(len(times), np.nan)
    for i, time in enumerate(times):
        low, high = np.searchsorted(peak_times, (time - _REACH, time + _REACH))
        if low == high:
            continue
        distance = peak_times[low:high] - time
        merit = heights[low:high] * np.exp(-0.5 * (distance / 0.02) ** 2)
        if merit.max() > 0.05:
            shift[i] = distance[merit.argmax()]
    if np.isnan(shift).all():
        return times
    local = np.array(
        [np.nanmedian(part) if not np.isnan(part).all() else np.nan for part in _windows(shift)]
    )
    local = np.where(np.isnan(local), np.nanmedian(shift), local)
    return np.maximum.accumulate(times + np.where(np.isnan(shift), local, shift))


def _windows(values: Floats) -> NDArray[np.float64]:
    """Each value with its eight neighbours on either side."""
    padded = np.pad(values, 8, constant_values=np.nan)
    return np.lib.stride_tricks.sliding_window_view(padded, 17)


def find_accents(curve: Floats, duration: float) -> tuple[Accent, ...]:
    """The strongest onsets, in order of time, about 1.5 a second at most."""
    times, heights = onset_peaks(curve)
    count = max(4, round(duration * _ACCENTS_PER_SECOND))
    strongest = np.sort(np.argsort(-heights, kind="stable")[:count])
    top = max(float(heights.max(initial=0.0)), 1e-9)
    return tuple(
        Accent(round(float(min(times[i], duration)), 4), round(float(heights[i] / top), 4))
        for i in strongest
    )
