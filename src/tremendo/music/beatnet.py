"""The BeatNet network in NumPy: how likely is a beat, a downbeat, in every 20 ms of a song?

After Heydari, Cwitkowitz and Duan, "BeatNet: CRNN and Particle Filtering for Online Joint Beat,
Downbeat and Meter Tracking", ISMIR 2021. The weights are theirs (CC BY 4.0); the code is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tremendo.models.torch_file import read_state_dict

__all__ = ["FPS", "RATE", "BeatNet", "spectral_features"]

RATE = 22050
FPS = 50
_HOP = RATE // FPS
_FRAME = 1411
_BANDS_PER_OCTAVE = 24
_LOWEST, _HIGHEST, _A4 = 30.0, 17000.0, 440.0
_HIDDEN = 150
_CHUNK = 1024

Floats = NDArray[np.float32]


def spectral_features(samples: Floats) -> Floats:
    """What the network sees: log-frequency spectrum and its increase, (frames, 272), 50 a second.

    Frame k is centered on sample 441 k. Samples are mono at 22,050 Hz.
    """
    count = max(1, -(-len(samples) // _HOP))
    left = _FRAME // 2
    padded = np.pad(samples.astype(np.float32), (left, _FRAME + _HOP))
    window = np.hanning(_FRAME).astype(np.float32)
    bank = _filter_bank()
    spectrum = np.empty((count, bank.shape[1]), np.float32)
    for start in range(0, count, _CHUNK):
        stop = min(count, start + _CHUNK)
        frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[
            start * _HOP : (stop - 1) * _HOP + 1 : _HOP
        ]
        magnitude = np.abs(np.fft.rfft(frames * window, axis=1)[:, : len(bank)])
        spectrum[start:stop] = np.log10(1 + magnitude.astype(np.float32) @ bank)
    increase = np.maximum(np.diff(spectrum, axis=0, prepend=spectrum[:1]), 0)
    return np.asarray(np.hstack([spectrum, increase]), np.float32)


@cache
def _filter_bank() -> Floats:
    """Triangles of unit sum, 24 an octave tuned to A4, on the lower bins of the FFT: (705, 136)."""
    steps = np.arange(
        np.floor(np.log2(_LOWEST / _A4) * _BANDS_PER_OCTAVE),
        np.ceil(np.log2(_HIGHEST / _A4) * _BANDS_PER_OCTAVE),
    )
    centers = _A4 * 2 ** (steps / _BANDS_PER_OCTAVE)
    centers = centers[(centers >= _LOWEST) & (centers <= _HIGHEST)]
    bin_count = _FRAME // 2
    bin_width = RATE / (2 * bin_count)  # sic: the network was trained with this rounding
    bins = np.unique(np.clip(np.round(centers / bin_width), 1, bin_count - 1).astype(int))
    bank = np.zeros((bin_count, len(bins) - 2))
    for band, (low, mid, high) in enumerate(zip(bins[:-2], bins[1:-1], bins[2:], strict=True)):
        bank[low:mid, band] = np.arange(mid - low) / (mid - low)
        bank[mid:high, band] = 1 - np.arange(high - mid) / (high - mid)
    return np.asarray(bank / bank.sum(axis=0), np.float32)


@dataclass(frozen=True)
class BeatNet:
    """The network with one set of trained weights."""

    weights: Mapping[str, Floats]

    @classmethod
    def load(cls, path: Path) -> BeatNet:
        """Read ``model_N_weights.pt`` of the package BeatNet 1.1.3.

        Raises:
            MediaError: the file is damaged or not of this network.
        """
        return cls(read_state_dict(path))

    def activations(self, features: Floats) -> Floats:
        """Probability of (beat that is no downbeat, downbeat) per frame: (songs, frames, 2).

        Args:
            features: (songs, frames, 272), each song from its begin.
        """
        w = self.weights
        chunks = range(0, features.shape[1], _CHUNK)
        encoded = [self._encode(features[:, start : start + _CHUNK]) for start in chunks]
        hidden = _lstm(_lstm(np.concatenate(encoded, axis=1), w, 0), w, 1)
        logits = hidden @ w["linear.weight"].T + w["linear.bias"]
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray((odds / odds.sum(axis=-1, keepdims=True))[..., :2], np.float32)

    def _encode(self, features: Floats) -> Floats:
        """Convolution along frequency, ReLU, max-pool by 2, linear: (songs, frames, 150)."""
        w = self.weights
        kernel = w["conv1.weight"][:, 0]  # (2, 10)
        width = features.shape[-1] - kernel.shape[1] + 1
        pooled = []
        for channel, bias in zip(kernel, w["conv1.bias"], strict=True):
            response = bias + sum(
                weight * features[..., k : k + width] for k, weight in enumerate(channel)
            )
            response = np.maximum(response, 0)
            even = response.shape[-1] // 2 * 2
            pooled.append(np.maximum(response[..., 0:even:2], response[..., 1:even:2]))
        encoded = np.concatenate(pooled, axis=-1) @ w["linear0.weight"].T + w["linear0.bias"]
        return np.asarray(encoded, np.float32)


def _lstm(inputs: Floats, w: Mapping[str, Floats], layer: int) -> Floats:
    """One LSTM layer over whole songs, each from a zero state: (songs, frames, 150)."""
    bias = w[f"lstm.bias_ih_l{layer}"] + w[f"lstm.bias_hh_l{layer}"]
    driven = inputs @ w[f"lstm.weight_ih_l{layer}"].T + bias
    recurrent = np.ascontiguousarray(w[f"lstm.weight_hh_l{layer}"].T)
    n = _HIDDEN
    hidden = np.zeros((len(inputs), n), np.float32)
    cell = np.zeros((len(inputs), n), np.float32)
    out = np.empty((*inputs.shape[:2], n), np.float32)
    for t in range(inputs.shape[1]):
        gates = driven[:, t] + hidden @ recurrent
        in_forget = _sigmoid(gates[:, : 2 * n])
        cell = in_forget[:, n:] * cell + in_forget[:, :n] * np.tanh(gates[:, 2 * n : 3 * n])
        hidden = _sigmoid(gates[:, 3 * n :]) * np.tanh(cell)
        out[:, t] = hidden
    return out


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x), np.float32)
