"""Which meter a pulse may have, and what speaks for each beat being a downbeat.

The counterpart of :mod:`tremendo.music.pulses` one level up: every meter is described by how far
its downbeats would stand out and by what returns after one bar of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tremendo.music.beatnet import FPS
from tremendo.music.meter import downbeat_evidence, harmonic_change
from tremendo.music.pulses import Evidence, chroma_of, returns

__all__ = ["METERS", "describe_beats", "describe_meters"]

Floats = NDArray[np.float64]

METERS: tuple[tuple[int, int], ...] = ((2, 2), (3, 2), (4, 2), (5, 2), (7, 2), (2, 3))
"""Beats in a bar, and in how many eighths a beat divides."""
_NEIGHBORS = (-1, 0, 1)
_FRACTIONS = (0.0, 1 / 4, 1 / 3, 1 / 2, 2 / 3)
_LONGEST = 8  # beats after which it is asked whether something returns


def describe_beats(times: Floats, evidence: Evidence) -> Floats:
    """What each beat and those beside it sound like, (beats, values), as standard scores."""
    steps = np.diff(times, append=2 * times[-1] - times[-2])
    edges = np.append(times, times[-1] + steps[-1])
    features = evidence.features
    on, between = (np.log(evidence.at(times + f * steps) + 0.1) for f in (0.0, 0.5))
    loud = features.mean_over(features.loudness, edges)
    timbre = features.mean_over(features.timbre, edges)
    turn = np.linalg.norm(np.diff(timbre, axis=0, prepend=timbre[:1]), axis=1)
    columns = [
        *on.T, *between[:, :2].T, downbeat_evidence(evidence.activations, times * FPS),
        harmonic_change(features, times), loud, np.diff(loud, prepend=loud[:1]), turn,
    ]  # fmt: skip
    table = np.array(columns).T
    table = (table - table.mean(axis=0)) / np.maximum(table.std(axis=0), 1e-6)
    table = np.clip(table, -4, 4)
    padded = np.pad(table, ((1, 1), (0, 0)))
    return np.hstack([padded[1 + k : len(padded) - 1 + k] for k in _NEIGHBORS])


def describe_meters(times: Floats, evidence: Evidence, downbeats: Floats) -> Floats:
    """What speaks for each of :data:`METERS`, (meters, values).

    Args:
        times: the beats in seconds.
        evidence: what is heard.
        downbeats: (beats,) log odds that each beat is a downbeat.
    """
    steps = np.diff(times, append=2 * times[-1] - times[-2])
    parts = np.array([evidence.at(times + f * steps)[:, :2] for f in _FRACTIONS])
    repeats = [returns(np.hstack(list(parts))), returns(chroma_of(evidence, times))]
    low = np.log(evidence.at(times)[:, 1] + 0.1)
    columns = np.column_stack([downbeats, harmonic_change(evidence.features, times), low])
    profiles = {size: _profile(columns, size) for size in range(2, _LONGEST + 1)}
    common = np.concatenate([_divisions(parts, steps), *repeats])
    rows = []
    for number, (meter, _) in enumerate(METERS):
        others = [size for size in range(2, _LONGEST) if size != meter]
        rival = np.max([profiles[size] for size in others], axis=0)
        doubled = profiles[min(2 * meter, _LONGEST)]
        own = [profiles[meter], profiles[meter] - rival, doubled - profiles[meter]]
        for repeat in repeats:
            after = repeat[meter - 1]
            best_other = max(repeat[size - 1] for size in others)
            own.append(np.array([after, after - repeat.mean(), after - best_other]))
        which = np.eye(len(METERS))[number]
        rows.append(np.concatenate([*own, which, np.outer(which, common).ravel()]))
    return np.array(rows)


def _divisions(parts: Floats, steps: Floats) -> Floats:
    """Tempo, and what sounds at thirds, halves and quarters of a beat against each other."""
    octave = float(np.log2(60 / np.median(steps) / 100))
    sound = np.log(np.maximum(parts.mean(axis=1), 0.05))
    strong, quarter, third, half, second = sound
    pairs = (third - half, second - half, third - second, half - strong, quarter - half)
    return np.concatenate([[octave, octave**2], *pairs])


def _profile(columns: Floats, size: int) -> Floats:
    """How far the best of ``size`` positions stands out in each column, in deviations."""
    means = np.array([columns[k::size].mean(axis=0) for k in range(size)])
    first = int(means[:, 0].argmax())
    return np.asarray((means[first] - columns.mean(axis=0)) / np.maximum(columns.std(axis=0), 0.1))
