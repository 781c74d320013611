"""From beat activations to beats and bars: the bar pointer model, decoded beat by beat.

The model is that of Krebs, Böck and Widmer, "An Efficient State-Space Model for Joint Tempo and
Meter Tracking" (ISMIR 2015) with the observations of Böck, Krebs and Widmer, "Joint Beat and
Downbeat Tracking with Recurrent Neural Networks" (ISMIR 2016). Usually it is decoded frame by
frame over every (tempo, phase) state. As the tempo changes only where a beat begins, it is enough
to keep score at beats: the same best path, some twenty times faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BeatPath", "decode"]

_BEAT_SHARE = 16  # the first sixteenth of a beat period should show activation
_FLOOR = 1e-6


@dataclass(frozen=True)
class BeatPath:
    """Beats as frames of the activations, their positions in the bar, and how likely they are.

    ``frames`` (beats,) ascending; ``positions`` (beats,) 1 = downbeat; ``log_likelihood`` natural
    logarithm, comparable between decodings of the same activations.
    """

    frames: NDArray[np.int64]
    positions: NDArray[np.int64]
    meter: int
    log_likelihood: float


def decode(
    activations: NDArray[np.float32],
    fps: float,
    *,
    meters: Sequence[int] = (3, 4),
    tempi: tuple[float, float] = (55.0, 215.0),
    steadiness: float = 100.0,
) -> BeatPath:
    """The most likely beats.

    Args:
        activations: (frames, 2) probability of a plain beat and of a downbeat, 0..1.
        fps: frames per second of the activations.
        meters: beats per bar to choose among, one for the whole song.
        tempi: slowest and fastest tempo, beats per minute.
        steadiness: natural logarithm of how much less likely the next beat is twice as long.
    """
    slowest, fastest = tempi
    periods = np.arange(round(60 * fps / fastest), round(60 * fps / slowest) + 1)
    paths = [_best_path(activations, meter, periods, steadiness) for meter in meters]
    return max(paths, key=lambda path: path.log_likelihood)


def _best_path(
    activations: NDArray[np.float32], meter: int, periods: NDArray[np.int64], steadiness: float
) -> BeatPath:
    count, margin = len(activations), int(periods[-1])
    total = count + 2 * margin
    spans = _span_scores(activations, periods, margin)
    switch = _tempo_changes(periods, steadiness)

    # score[t, b, p]: best way to begin beat b of the bar at frame t with period p
    score = np.full((total + 1, meter, len(periods)), -np.inf)
    source = np.zeros((total + 1, meter, len(periods)), np.int16)
    score[: margin + 1] = -np.log(meter * len(periods))
    columns = np.arange(len(periods))
    # A beat lasts at least periods[0] frames, so that many frames can be decided at once.
    for first in range(margin + 1, total + 1, int(periods[0])):
        block = np.arange(first, min(first + int(periods[0]), total + 1))
        begin = block[:, None] - periods
        ended = score[begin, :, columns]  # (frames, periods, beats)
        ended[:, :, 0] += spans[1, columns, begin]
        ended[:, :, 1:] += spans[0, columns, begin][:, :, None]
        arrive = ended.transpose(0, 2, 1)[:, :, None, :] + switch.T
        best = np.roll(arrive.argmax(axis=3), 1, axis=1)
        source[block] = best
        score[block] = np.roll(arrive.max(axis=3), 1, axis=1)
    return _trace(score, source, periods, activations, margin)


def _span_scores(
    activations: NDArray[np.float32], periods: NDArray[np.int64], margin: int
) -> NDArray[np.float64]:
    """Log likelihood of one whole beat from each frame: (plain or down, period, frame)."""
    beat = np.clip(activations.astype(np.float64), _FLOOR, 1 - _FLOOR)
    rest = np.log(np.clip(1 - beat.sum(axis=1), _FLOOR, 1) / (_BEAT_SHARE - 1))
    sums = [
        np.concatenate([[0.0], np.cumsum(np.pad(values, margin))])
        for values in (np.log(beat[:, 0]), np.log(beat[:, 1]), rest)
    ]
    total = len(activations) + 2 * margin
    spans = np.full((2, len(periods), total + 1), -np.inf)
    for index, period in enumerate(periods):
        last = total - period
        t = np.arange(last + 1)
        sounding = -(-period // _BEAT_SHARE)
        silent = sums[2][t + period] - sums[2][t + sounding]
        for kind in (0, 1):
            spans[kind, index, t] = sums[kind][t + sounding] - sums[kind][t] + silent
    return spans


def _tempo_changes(periods: NDArray[np.int64], steadiness: float) -> NDArray[np.float64]:
    """Log probability of each period (column) after each period (row)."""
    log = -steadiness * np.abs(periods / periods[:, None] - 1)
    return np.asarray(log - np.log(np.exp(log).sum(axis=1, keepdims=True)))


def _trace(
    score: NDArray[np.float64],
    source: NDArray[np.int16],
    periods: NDArray[np.int64],
    activations: NDArray[np.float32],
    margin: int,
) -> BeatPath:
    count, meter = len(activations), score.shape[1]
    ends = score[margin + count :]
    t, beat, period = (int(i) for i in np.unravel_index(ends.argmax(), ends.shape))
    t += margin + count
    likelihood = float(score[t, beat, period])
    frames, positions = [], []
    while t > margin:
        period = int(source[t, beat, period])
        beat = (beat - 1) % meter
        t -= int(periods[period])
        start = t - margin
        stop = start + -(-int(periods[period]) // _BEAT_SHARE)
        if start >= 0 and stop <= count:
            frames.append(start + int(activations[start:stop].max(axis=1).argmax()))
            positions.append(beat + 1)
    return BeatPath(np.array(frames[::-1]), np.array(positions[::-1]), meter, likelihood)
