"""Is somebody singing? An estimate from how the partials of the sound glide.

A voice is never quite on its pitch: it scoops into notes, slides between them and trembles by half
a tone, where keys, plucked strings and most winds stand still. So partials are followed over
70 ms, and what counts is how far they move, weighted by their loudness (in the spirit of the
"fluctogram" of Lehner, Widmer and Sonnleitner, ICASSP 2014).

No network is behind it, and it is told as what it is: a likelihood. Slides of a saxophone or of a
bent string look the same, and a voice under loud accompaniment is missed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tremendo.intervals import runs
from tremendo.music.sound import RATE
from tremendo.music.types import Bar, VocalSpan

__all__ = ["find_vocal_spans", "glide_curve"]

_FRAME, _HOP = 2048, 512
_BAND = (350.0, 3600.0)
_STANDS_OUT = 1.5
"""Logarithm by which a partial exceeds the middle of the spectrum."""
_RANGE = 7.0
"""Logarithm of the quietest partial of the song below its loudest."""
_STEP_CENTS = 70.0
_MOST_CENTS = 120.0
_REACH_SECONDS = 2.0
_MIDDLE, _SPREAD = 7.0, 1.2
"""Cents of glide at which a voice is as likely as none, and what makes it e times likelier: on 48
made songs with re-pitched speech as the voice, 61 with instruments in its place."""

Floats = NDArray[np.float64]


def find_vocal_spans(samples: NDArray[np.float32], bars: Sequence[Bar]) -> tuple[VocalSpan, ...]:
    """The song in stretches of bars that are sung, or not, each with how sure that is.

    Args:
        samples: mono at 22,050 Hz.
        bars: of the song.
    """
    moved, power = glide_curve(samples)
    middles = np.array([0.5 * (bar.start + bar.end) for bar in bars])
    halves = np.array([max(_REACH_SECONDS, 0.5 * (bar.end - bar.start)) for bar in bars])
    total = [np.concatenate([[0.0], np.cumsum(values)]) for values in (moved, power)]
    first, last = (
        np.clip((edge * RATE / _HOP).astype(int), 0, len(power))
        for edge in (middles - halves, middles + halves)
    )
    cents = (total[0][last] - total[0][first]) / np.maximum(total[1][last] - total[1][first], 1e-9)
    likely = 1 / (1 + np.exp(-(cents - _MIDDLE) / _SPREAD))
    found = [
        _stretch(bars[a:b], likely[a:b], sung=sung)
        for sung in (True, False)
        for a, b in runs((likely > 0.5) == sung)
    ]
    return tuple(sorted(found, key=lambda s: s.start))


def _stretch(bars: Sequence[Bar], likely: Floats, *, sung: bool) -> VocalSpan:
    confidence = float(np.abs(2 * likely - 1).mean())
    return VocalSpan(bars[0].start, bars[-1].end, sung=sung, confidence=round(confidence, 3))


def glide_curve(samples: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Cents that partials move in 70 ms, times their power, and this power: each (frames,)."""
    level = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
    spectrum = _log_spectrum(samples * np.float32(0.1 / max(level, 1e-9)))
    count = len(spectrum)
    frame, cents, power = _partials(spectrum)
    if len(frame) < 4:
        return np.zeros(count), np.zeros(count)
    following, step = _followed(frame, cents)
    linked = np.abs(step) < _STEP_CENTS
    second = following[following]
    whole = linked & linked[following] & linked[second]
    steps = np.stack([step, step[following], step[second]])
    one_way = np.abs(np.sign(steps).sum(axis=0)) == 3
    moved = np.minimum(np.abs(steps.sum(axis=0)), _MOST_CENTS) * one_way
    return (
        np.bincount(frame, power * whole * moved, count).astype(np.float64),
        np.bincount(frame, power * whole, count).astype(np.float64),
    )


def _log_spectrum(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithm of the magnitudes in the band and one bin beyond, (frames, bins)."""
    low, high = _bins()
    count = max(1, len(samples) // _HOP)
    padded = np.pad(samples, (_FRAME // 2, _FRAME))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP][:count]
    window = np.hanning(_FRAME).astype(np.float32)
    result = np.empty((count, high - low + 2), np.float32)
    for start in range(0, count, 512):
        magnitude = np.abs(np.fft.rfft(frames[start : start + 512] * window, axis=1))
        result[start : start + 512] = np.log(magnitude[:, low - 1 : high + 1] + 1e-5)
    return result


def _bins() -> tuple[int, int]:
    return round(_BAND[0] * _FRAME / RATE), round(_BAND[1] * _FRAME / RATE)


def _partials(spectrum: NDArray[np.float32]) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Frame, pitch in cents and compressed power of every peak, in order of frame and pitch."""
    left, peak, right = spectrum[:, :-2], spectrum[:, 1:-1], spectrum[:, 2:]
    middle = np.median(spectrum, axis=1, keepdims=True)
    stands = (peak > left) & (peak >= right)
    stands &= (peak > middle + _STANDS_OUT) & (peak > spectrum.max() - _RANGE)
    frame, place = np.nonzero(stands)
    a, b, c = (part[frame, place].astype(np.float64) for part in (left, peak, right))
    offset = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-9)  # of a parabola's top
    frequency = (place + _bins()[0] + offset) * RATE / _FRAME
    return frame, 1200 * np.log2(frequency / _BAND[0]), np.exp(0.7 * b)


def _followed(frame: NDArray[np.int64], cents: Floats) -> tuple[NDArray[np.int64], Floats]:
    """For every partial the nearest of the next frame, and how many cents it lies away."""
    apart = 20_000.0  # more than the band is wide
    key = frame * apart + cents
    wanted = key + apart
    after = np.clip(np.searchsorted(key, wanted), 1, len(key) - 1)
    nearer = np.abs(key[after - 1] - wanted) < np.abs(key[after] - wanted)
    found = np.where(nearer, after - 1, after)
    return found, key[found] - wanted
