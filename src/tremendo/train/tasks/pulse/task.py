"""Train the rankers of the beat on composed songs: seeds in, ``ranker.npz`` out.

Needs FluidSynth and a sound font (``tremendo.evaluate.songs``) for the songs, not torch. Seeds
200 to 299 are the judging half and are refused.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.errors import NothingUsableError
from tremendo.music.meters import METERS, describe_beats, describe_meters
from tremendo.music.pulses import Evidence, describe_pulses, possible_pulses
from tremendo.music.ranker import Ranker
from tremendo.music.sound import hear
from tremendo.music.tracking import MODELS, beat_activations
from tremendo.train.tasks.pulse.fit import fit_ranker, merged

__all__ = ["PulseExample", "example_of", "read_example", "train_pulse"]

Floats = NDArray[np.float64]

_START = 5.0  # beats before it are not scored
_WINDOW = 0.07
_AS_GOOD = 0.03  # of the F measure: pulses so near the best are right as well
_LEAST = 0.5
_DECAY, _MEMBERS = 3.0, 5
_CLEAR = 0.85  # a song whose best pulse is worse teaches nothing of its meter


@dataclass(frozen=True)
class PulseExample:
    """One song described: its pulses and which are right, its beats, its meters."""

    name: str
    pulses: Floats
    right: NDArray[np.bool_]
    beats: Floats
    downbeats: NDArray[np.bool_]
    times: Floats
    evidence: Evidence
    meter: int
    """Number in :data:`~tremendo.music.meters.METERS`; -1 where the best pulse is too bad."""


def read_example(audio: Path, meter: tuple[int, int]) -> PulseExample | None:
    """Describe a song that has ``NAME.beats.csv`` beside it; None where no pulse is near the truth.

    Args:
        audio: the song.
        meter: beats in a bar, and in how many eighths a beat divides.
    """
    with audio.with_suffix(".beats.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    beats = np.array([float(row["time_s"]) for row in rows])
    down = np.array([float(row["time_s"]) for row in rows if int(row["is_downbeat"])])
    sound = hear(audio)
    heard = np.mean(beat_activations(sound, [models.path(name) for name in MODELS]), axis=0)
    evidence = Evidence(heard, sound.curve, sound.low, sound.features)
    return example_of(audio.stem, evidence, beats, down, meter)


def example_of(
    name: str, evidence: Evidence, beats: Floats, down: Floats, meter: tuple[int, int]
) -> PulseExample | None:
    """The description of a song whose beats and downbeats (seconds) are known."""
    pulses = possible_pulses(evidence)
    if not pulses:
        return None
    scores = np.array([_f_measure(beats, pulse.times) for pulse in pulses])
    best = int(scores.argmax())
    if scores[best] <= _LEAST:
        return None
    times = pulses[best].times
    return PulseExample(
        name,
        describe_pulses(pulses, evidence),
        scores >= max(scores[best] - _AS_GOOD, _LEAST),
        describe_beats(times, evidence),
        np.abs(times[:, None] - down).min(axis=1) < _WINDOW,
        times,
        evidence,
        METERS.index(meter) if scores[best] > _CLEAR else -1,
    )


def _f_measure(truth: Floats, found: Floats) -> float:
    truth, found = truth[truth >= _START], found[found >= _START]
    if not len(truth) or not len(found):
        return 0.0
    near = np.abs(truth[:, None] - found) <= _WINDOW
    hits = min(int(near.any(axis=0).sum()), int(near.any(axis=1).sum()))
    return 2 * hits / (len(truth) + len(found))


def train_pulse(
    examples: Iterable[PulseExample], output: Path, report: Callable[[str], None] = lambda _: None
) -> Path:
    """Fit the three rankers and write them.

    Raises:
        NothingUsableError: no song has a pulse near its true one.
    """
    songs = list(examples)
    clear = [song for song in songs if song.meter >= 0]
    if not clear:
        raise NothingUsableError("No song to learn from", hint="give composed songs with drums")
    described, right = [song.pulses for song in songs], [song.right for song in songs]
    pulse = merged(
        [fit_ranker(described, right, units=8, decay=_DECAY, seed=n) for n in range(_MEMBERS)]
    )
    report(f"pulse: {len(songs)} songs, {_right(pulse, songs):.3f} right among those learned from")
    downbeat = _logistic(clear)
    tables, marks = [], []
    for song in clear:
        odds = downbeat.scores(song.beats)
        tables.append(describe_meters(song.times, song.evidence, odds))
        marks.append(np.arange(len(METERS)) == song.meter)
    meter = fit_ranker(tables, marks, units=4, decay=3.0)
    report(f"meter: {len(clear)} songs")
    parts = {
        f"{name}.{part}": getattr(ranker, part).astype(np.float32)
        for name, ranker in (("pulse", pulse), ("downbeat", downbeat), ("meter", meter))
        for part in Ranker.__annotations__
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **parts)
    return output


def _right(ranker: Ranker, songs: Iterable[PulseExample]) -> float:
    return float(np.mean([song.right[ranker.scores(song.pulses).argmax()] for song in songs]))


def _logistic(songs: list[PulseExample]) -> Ranker:
    """Logistic regression of downbeats, as a ranker: each beat against a constant of 0."""
    table = np.concatenate([song.beats for song in songs])
    marks = np.concatenate([song.downbeats for song in songs])
    constant = np.zeros((1, table.shape[1] + 1))
    rows = np.hstack([table, np.ones((len(table), 1))])
    groups = [np.vstack([row[None], constant]) for row in rows]
    fitted = fit_ranker(groups, [np.array([m, not m]) for m in marks], units=0, decay=3.0)
    return Ranker(
        fitted.mean[:-1], fitted.spread[:-1], fitted.hidden[:-1], fitted.bias, fitted.out,
        fitted.direct[:-1],
    )  # fmt: skip
