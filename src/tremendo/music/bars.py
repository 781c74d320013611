"""Bars of the song and how energetic each is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tremendo.music.features import SoundFeatures
from tremendo.music.types import Bar

__all__ = ["bar_edges", "measure_bars"]

Floats = NDArray[np.float64]


def bar_edges(times: Floats, positions: NDArray[np.int64], meter: int, duration: float) -> Floats:
    """Downbeats as edges of bars, (bars + 1,) seconds.

    The last bar is as long as a bar is there, but ends with the song at the latest. Without two
    downbeats the whole song is one bar.
    """
    downbeats = times[positions == 1]
    if len(downbeats) < 2:
        return np.array([0.0, duration])
    period = float(np.median(np.diff(times[-4 * meter :])))
    end = min(duration, downbeats[-1] + meter * period)
    if end - downbeats[-1] < period:  # less than a beat is no bar: it belongs to the last one
        return np.asarray(np.append(downbeats[:-1], end))
    return np.asarray(np.append(downbeats, end))


def measure_bars(
    edges: Floats, features: SoundFeatures, onsets: tuple[Floats, Floats], sureness: Floats
) -> tuple[Bar, ...]:
    """Bars with energy: loudness, onset density and spectral flux, each as a rank in the song.

    Args:
        edges: (bars + 1,) seconds.
        features: of the song.
        onsets: times in seconds and heights of the song's onsets.
        sureness: (bars,) 0..1, how sure the beats of each bar are.
    """
    loudness = features.mean_over(features.loudness, edges)
    flux = features.mean_over(features.flux, edges)
    times, heights = onsets
    density = np.histogram(times, edges, weights=heights)[0] / np.diff(edges)
    energy = _ranks(_ranks(loudness) + _ranks(density) + _ranks(flux))
    return tuple(
        Bar(float(start), float(end), round(float(value), 4), round(float(sure), 4))
        for start, end, value, sure in zip(edges, edges[1:], energy, sureness, strict=False)
    )


def _ranks(values: Floats) -> Floats:
    """Ranks spread over 0..1; equal values share the middle of their ranks."""
    rounded = np.round(values, 6)
    below = (rounded[:, None] > rounded).sum(axis=1)
    equal = (rounded[:, None] == rounded).sum(axis=1) - 1
    return np.asarray((below + 0.5 * equal) / max(len(values) - 1, 1))
