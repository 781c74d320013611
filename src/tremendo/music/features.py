"""What a stretch of the song sounds like: timbre, harmony, loudness, per span of time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["SoundFeatures", "sound_features"]

RATE = 22050
_HOP = 1024
_FRAME = 4096
_MEL_BANDS = 40
_CEPSTRA = 13

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SoundFeatures:
    """Features per frame of ``step`` seconds; frame k is centered on k ``step``.

    ``timbre`` (frames, 13) mel cepstrum without its level; ``chroma`` (frames, 12) energy per
    pitch class; ``loudness`` (frames,) in dB; ``flux`` (frames,) growth of the mel
    bands' power to the 0.3, about as loudness is felt.
    """

    step: float
    timbre: Floats
    chroma: Floats
    loudness: Floats
    flux: Floats

    def mean_over(self, values: Floats, edges: Floats) -> Floats:
        """Mean of one of the features in each span between ``edges`` (seconds): (spans, ...)."""
        index = np.clip(np.round(edges / self.step).astype(int), 0, len(values) - 1)
        spans = zip(index[:-1], np.maximum(index[1:], index[:-1] + 1), strict=True)
        return np.array([values[start:stop].mean(axis=0) for start, stop in spans])


def sound_features(samples: NDArray[np.float32]) -> SoundFeatures:
    """Measure the song once; ``samples`` are mono at 22,050 Hz."""
    count = 1 + len(samples) // _HOP
    padded = np.pad(samples, (_FRAME // 2, _FRAME))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP][:count]
    window = np.hanning(_FRAME).astype(np.float32)
    mel, chroma = np.empty((count, _MEL_BANDS)), np.empty((count, 12))
    for start in range(0, count, 512):
        power = np.abs(np.fft.rfft(frames[start : start + 512] * window, axis=1)) ** 2
        mel[start : start + 512] = power @ _mel_bank()
        chroma[start : start + 512] = np.sqrt(power) @ _chroma_bank()
    level = 10 * np.log10(np.maximum(mel, 1e-6))
    sones = np.maximum(mel, 0) ** 0.3
    level = np.maximum(level, level.max() - 80)
    return SoundFeatures(
        step=_HOP / RATE,
        timbre=np.asarray(level @ _cosines(), np.float64),
        chroma=chroma,
        loudness=10 * np.log10(np.maximum(mel.sum(axis=1), 1e-6)),
        flux=np.maximum(np.diff(sones, axis=0, prepend=sones[:1]), 0).mean(axis=1),
    )


@cache
def _frequencies() -> Floats:
    return np.asarray(np.fft.rfftfreq(_FRAME, 1 / RATE), np.float64)


@cache
def _mel_bank() -> Floats:
    """Triangular bands, evenly spaced on the mel scale from 30 Hz to 10 kHz: (bins, 40)."""
    low, high = (2595 * np.log10(1 + f / 700) for f in (30.0, 10_000.0))
    corners = 700 * (10 ** (np.linspace(low, high, _MEL_BANDS + 2) / 2595) - 1)
    rise = (_frequencies()[:, None] - corners[:-2]) / np.diff(corners)[:-1]
    fall = (corners[2:] - _frequencies()[:, None]) / np.diff(corners)[1:]
    return np.asarray(np.clip(np.minimum(rise, fall), 0, None))


@cache
def _chroma_bank() -> Floats:
    """Share of each FFT bin in each pitch class (C = 0), 55 Hz to 2 kHz: (bins, 12)."""
    frequency = np.maximum(_frequencies(), 1.0)
    pitch = 69 + 12 * np.log2(frequency / 440)
    distance = (pitch[:, None] - np.arange(12) + 6) % 12 - 6
    audible = (frequency >= 55) & (frequency <= 2000)
    return np.asarray(np.exp(-0.5 * (distance / 0.35) ** 2) * audible[:, None])


@cache
def _cosines() -> Floats:
    """Discrete cosine transform without its constant: (40, 13)."""
    band = np.arange(_MEL_BANDS) + 0.5
    order = np.arange(1, _CEPSTRA + 1)
    return np.asarray(np.cos(np.pi * band[:, None] * order / _MEL_BANDS) / np.sqrt(_MEL_BANDS / 2))
