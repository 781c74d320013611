"""Learned choices among what a song may be: descriptions go in, probabilities come out.

Three small models, trained on composed songs whose beats are known (``tremendo.train.tasks.pulse``)
and kept in ``ranker.npz``: which pulse is the beat, which beats are downbeats, and which is the
meter. They read a few hundred figures and decide in microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tremendo.music.meters import METERS, describe_beats, describe_meters
from tremendo.music.pulses import Evidence, Pulse, describe_pulses

__all__ = ["Choice", "Ranker", "choose_meter", "choose_pulse", "downbeat_odds", "read_rankers"]

Floats = NDArray[np.float64]

PATH = Path(__file__).with_name("ranker.npz")
_FARTHEST = 4.0  # deviations from the mean of the training songs beyond which nothing is told
_SAME_TEMPO = 1.07
_NAMED = 0.05
_TRUST, _UNLIKELY = 0.3, -6.0
"""How much the decoder's likelihood per second counts beyond what was learned: it speaks for music
unlike the composed songs. From .5 on it harmed the songs left out (F .967 at .3, .961 at .5)."""
_SAME_PLACE = 0.15  # of a period


@dataclass(frozen=True)
class Ranker:
    """Scores hypotheses by one hidden layer beside a linear term.

    ``mean`` and ``spread`` (values,) of the training descriptions; ``hidden`` (values, units),
    ``bias`` (units,), ``out`` (units,), ``direct`` (values,).
    """

    mean: Floats
    spread: Floats
    hidden: Floats
    bias: Floats
    out: Floats
    direct: Floats

    def scores(self, table: Floats) -> Floats:
        """One score a row: natural logarithm of how likely it is, but for a constant."""
        x = np.clip((table - self.mean) / self.spread, -_FARTHEST, _FARTHEST)
        return np.asarray(np.tanh(x @ self.hidden + self.bias) @ self.out + x @ self.direct)

    def probabilities(self, table: Floats) -> Floats:
        """How likely each row is the right one, (rows,), sum 1."""
        return _probabilities(self.scores(table))


def _probabilities(scores: Floats) -> Floats:
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())


@dataclass(frozen=True)
class Choice:
    """The pulse taken, how likely its level and phase are, and the likeliest other tempo.

    ``alternative`` is in beats a minute; None where no other is likely.
    """

    pulse: Pulse
    confidence: float
    alternative: float | None


@cache
def _packaged() -> Mapping[str, Ranker]:
    return read_rankers(PATH)


def read_rankers(path: Path) -> dict[str, Ranker]:
    """The three models of a file: ``pulse``, ``downbeat``, ``meter``."""
    with np.load(path) as file:
        return {
            name: Ranker(
                *(file[f"{name}.{part}"].astype(np.float64) for part in Ranker.__annotations__)
            )
            for name in ("pulse", "downbeat", "meter")
        }


def choose_pulse(pulses: list[Pulse], evidence: Evidence) -> Choice:
    """The beat among the pulses of a song.

    The confidence is what all pulses have together that mean the same beats: the same tempo, and
    mostly the same places.
    """
    fits = np.array([max(pulse.likelihoods) for pulse in pulses])
    learned = _packaged()["pulse"].scores(describe_pulses(pulses, evidence))
    odds = _probabilities(learned + _TRUST * np.maximum(fits, _UNLIKELY))
    best = pulses[int(odds.argmax())]
    same = np.array([_means_the_same(pulse, best) for pulse in pulses])
    others: dict[float, float] = {}
    for pulse, chance in zip(pulses, odds, strict=True):
        if not 1 / _SAME_TEMPO < pulse.tempo / best.tempo < _SAME_TEMPO:
            others[pulse.tempo] = others.get(pulse.tempo, 0.0) + float(chance)
    second = max(others, key=lambda tempo: others[tempo], default=0.0)
    named = second if others.get(second, 0.0) >= _NAMED else None
    return Choice(best, float(odds[same].sum()), named)


def _means_the_same(pulse: Pulse, other: Pulse) -> bool:
    if not 1 / _SAME_TEMPO < pulse.tempo / other.tempo < _SAME_TEMPO:
        return False
    away = np.abs(pulse.times[:, None] - other.times).min(axis=1)
    return float(np.median(away)) < _SAME_PLACE * 60 / other.tempo


def downbeat_odds(times: Floats, evidence: Evidence) -> Floats:
    """How much more likely each beat is a downbeat than the song's mean beat, (beats,) log odds."""
    scores = _packaged()["downbeat"].scores(describe_beats(times, evidence))
    return np.asarray(scores - scores.mean())


def choose_meter(times: Floats, evidence: Evidence, downbeats: Floats) -> tuple[int, int]:
    """Beats in a bar, and in how many eighths a beat divides."""
    table = describe_meters(times, evidence, downbeats)
    odds = _packaged()["meter"].scores(table)
    return METERS[int(odds.argmax())]
