"""Beats near a tempo, whether they are steady, and where the bars begin.

The decoder loses the count in passages without a clear pulse; looking at the song as a whole mends
that. Which of the possible pulses is the beat, :mod:`tremendo.music.ranker` chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tremendo.music.beatnet import FPS
from tremendo.music.decoder import BeatPath, decode
from tremendo.music.features import SoundFeatures

__all__ = [
    "FEWEST_BEATS",
    "bar_positions",
    "clearest_meter",
    "decode_near",
    "downbeat_evidence",
    "harmonic_change",
    "sounding",
    "steady_grid",
    "tempo_of",
]

FEWEST_BEATS = 4

_METERS = (3, 4)
_TEMPO_BAND = 1.2

_STEADY_OVERALL = 0.9
_STEADY_MEDIAN = 0.97
_PHASES = 24
_GRID_REACH = 0.2  # of a period: most beats lie as near to the grid, or it is another pulse

_ODD_BAR_COST = 20.0

Floats = NDArray[np.float64]
Activations = NDArray[np.float32]


def decode_near(
    activations: Activations,
    tempo: float,
    meters: Sequence[int],
    *,
    band: float = _TEMPO_BAND,
    steadiness: float = 100.0,
) -> BeatPath:
    """The most likely beats near a tempo (beats per minute), by default within a fifth of it."""
    tempi = (tempo / band, tempo * band)
    return decode(activations, FPS, meters=meters, tempi=tempi, steadiness=steadiness)


def tempo_of(times: Floats) -> float:
    """Beats per minute of beats at these times (seconds)."""
    return 60.0 / float(np.median(np.diff(times)))


def steady_grid(activations: Activations, frames: NDArray[np.int64]) -> Floats:
    """Beats of one fixed tempo, as fractional frames, if the song keeps one; else ``frames``.

    Most produced songs do. Of all grids near the tempo of ``frames`` the one with most activation
    on it is compared with ``frames``: if it explains nearly all of the song as well, the stretches
    where it does not are unclear rather than free (an intro off the beat, a break), and the grid
    is believed.
    """
    heard = np.convolve(activations.sum(axis=1), (0.25, 0.5, 0.25), mode="same")
    clock = np.arange(len(heard))
    near = float(np.median(np.diff(frames)))
    best = (-1.0, near, 0.0)
    for period in np.arange(0.96 * near, 1.04 * near, 0.5 * near / len(heard)):
        phase = (clock / period % 1 * _PHASES).astype(int)
        folded = np.bincount(phase, heard, _PHASES) / np.maximum(
            np.bincount(phase, minlength=_PHASES), 1
        )
        folded = folded + 0.5 * (np.roll(folded, 1) + np.roll(folded, -1))
        top = int(folded.argmax())
        best = max(best, (float(folded[top]), float(period), (top + 0.5) / _PHASES))
    _, period, phase_of_beat = best
    grid = np.arange(phase_of_beat * period, len(heard) - 1, period)
    away = np.abs(frames[:, None] - grid).min(axis=1) if len(grid) else np.full(1, np.inf)
    agrees = float(np.median(away)) < _GRID_REACH * period
    return grid if agrees and _explains(activations, grid, frames) else frames.astype(np.float64)


def _explains(activations: Activations, grid: Floats, frames: NDArray[np.int64]) -> bool:
    """Whether the grid meets as much activation as the beats do, over all and in most stretches."""
    on_grid, on_beats = sounding(activations, grid), sounding(activations, frames)
    if on_grid.mean() < _STEADY_OVERALL * on_beats.mean():
        return False
    stretches = np.arange(0, len(activations) + 10 * FPS, 10 * FPS)
    shares = []
    for start, stop in pairwise(stretches):
        ours = on_grid[(grid >= start) & (grid < stop)]
        theirs = on_beats[(frames >= start) & (frames < stop)]
        if len(ours) and len(theirs):
            shares.append(ours.mean() / max(theirs.mean(), 0.01))
    return float(np.median(shares)) >= _STEADY_MEDIAN


def sounding(activations: Activations, frames: NDArray[np.int64] | Floats) -> Floats:
    """Activation (beat or downbeat) at each frame or its neighbours, (n,) 0..1."""
    return np.asarray(_near(activations.sum(axis=1), frames), np.float64)


def _near(values: NDArray[np.float32], frames: NDArray[np.int64] | Floats) -> NDArray[np.float32]:
    center = np.round(frames).astype(int)
    around = np.clip(center[:, None] + np.arange(-1, 2), 0, len(values) - 1)
    return np.asarray(values[around].max(axis=1))


def clearest_meter(evidence: Floats) -> int:
    """Three or four beats a bar, whichever gathers more evidence on its downbeats for their number.

    For trackers that know no meter.
    """
    gathered = {}
    for meter in _METERS:
        downbeats = evidence[bar_positions(evidence, meter) == 1]
        gathered[meter] = float(downbeats.sum()) / np.sqrt(len(downbeats))
    return max(gathered, key=lambda meter: gathered[meter])


def downbeat_evidence(activations: Activations, frames: Floats) -> Floats:
    """How much more each beat sounds like a downbeat than like another: log odds, (beats,)."""
    down, plain = _near(activations[:, 1], frames), _near(activations[:, 0], frames)
    return np.asarray(np.log((down + 0.02) / (plain + 0.02)), np.float64)


def harmonic_change(features: SoundFeatures, times: Floats) -> Floats:
    """How much the harmony changes at each beat, as a standard score, (beats,).

    Chords mostly change on downbeats. Compared are the two beats before and the two from here, by
    the cosine of their chroma above its floor (drums fill all pitch classes alike).
    """
    edges = np.append(times, 2 * times[-1] - times[-2])
    chroma = features.mean_over(features.chroma, edges)
    chroma = np.sqrt(chroma - chroma.min(axis=1, keepdims=True))
    pairs = chroma + np.vstack([chroma[1:], np.zeros((1, 12))])
    pairs /= np.maximum(np.linalg.norm(pairs, axis=1, keepdims=True), 1e-9)
    change = np.zeros(len(times))
    change[2:] = 1 - (pairs[2:] * pairs[:-2]).sum(axis=1)
    return np.asarray((change - change.mean()) / max(float(change.std()), 1e-9))


def bar_positions(evidence: Floats, meter: int) -> NDArray[np.int64]:
    """Position of each beat in its bar, 1..meter, so that downbeats fall where evidence is.

    Bars of another length occur, but each costs as much as several clear downbeats tell.
    """
    score = np.zeros(meter)
    source = np.zeros((len(evidence), meter), np.int64)
    for k, value in enumerate(evidence):
        stay, jump = np.roll(score, 1), score.max() - _ODD_BAR_COST
        kept = stay >= jump
        source[k] = np.where(kept, (np.arange(meter) - 1) % meter, score.argmax())
        score = np.where(kept, stay, jump)
        score[0] += value
    positions = np.empty(len(evidence), np.int64)
    at = int(score.argmax())
    for k in range(len(evidence) - 1, -1, -1):
        positions[k] = at + 1
        at = int(source[k, at])
    return positions
