"""How well ``listen`` hears: beats, bars and sections against annotated songs, beside baselines.

Measures after Davies, Degara and Plumbley, "Evaluation Methods for Musical Audio Beat Tracking
Algorithms" (2009), with the settings of MIREX; tested against mir_eval.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.errors import NothingUsableError
from tremendo.music.analysis import listen
from tremendo.music.beatnet import FPS, BeatNet, spectral_features
from tremendo.music.decoder import decode
from tremendo.music.sound import RATE, hear

__all__ = ["continuity", "evaluate_music", "f_measure"]

_WINDOW = 0.07
_START = 5.0  # beats before it are not scored
_CONTINUOUS = 0.175
_BOUNDARY_WINDOWS = (0.5, 3.0)
_EDGE = 3.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Heard:
    """What a method hears in a song; None: it does not look for them."""

    beats: Floats
    downbeats: Floats | None = None
    boundaries: Floats | None = None


def evaluate_music(folder: Path) -> dict[str, Any]:
    """Score ``listen`` and two baselines on every song of a folder that has ``NAME.beats.csv``.

    The beats file has columns ``time_s`` and ``is_downbeat``; ``NAME.sections.csv``, if there,
    ``start_s`` and ``end_s``. The song is ``NAME`` with any other ending.

    Returns:
        ``{"songs": {name: {method: scores}}, "mean": {method: scores}}``. Methods: ``tremendo``;
        ``beatnet + dbn`` (first network, bar pointer model as published); ``librosa``. Scores:
        ``beat_f``, ``cmlt``, ``amlt``, ``median_error_ms``; ``downbeat_f`` except for librosa,
        which knows none; ``boundary_f_0.5s`` and ``boundary_f_3s`` for tremendo.

    Raises:
        NothingUsableError: no annotated song is there.
        ModelMissingError: the beat networks' weights are missing.
    """
    songs = {}
    for beats_file in sorted(folder.glob("*.beats.csv")):
        name = beats_file.name.removesuffix(".beats.csv")
        audio = [p for p in sorted(folder.glob(f"{name}.*")) if p.suffix not in {".csv", ".txt"}]
        if audio:
            songs[name] = _score_song(audio[0], beats_file)
    if not songs:
        raise NothingUsableError(
            "No song with its beats is in this folder",
            path=folder,
            hint="put NAME.beats.csv (time_s,is_downbeat) beside NAME.ogg",
        )
    means = {
        method: _mean([scores[method] for scores in songs.values()])
        for method in next(iter(songs.values()))
    }
    return {"songs": songs, "mean": means}


def _score_song(audio: Path, beats_file: Path) -> dict[str, dict[str, float]]:
    rows = _read(beats_file)
    beats = np.array([float(row["time_s"]) for row in rows])
    down = np.array([float(row["time_s"]) for row in rows if int(row["is_downbeat"])])
    sections_file = beats_file.with_name(beats_file.name.replace(".beats.", ".sections."))
    methods: dict[str, Callable[[Path], _Heard]] = {
        "tremendo": _ours,
        "beatnet + dbn": _plain_beatnet,
        "librosa": _plain_librosa,
    }
    scores = {}
    for method, hears in methods.items():
        heard = hears(audio)
        scores[method] = _score_beats(beats, down, heard)
        if heard.boundaries is not None and sections_file.is_file():
            end = beats[-1]
            scores[method] |= _score_boundaries(_read(sections_file), heard.boundaries, end)
    return scores


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _mean(scores: list[dict[str, float]]) -> dict[str, float]:
    return {
        key: round(float(np.mean([score[key] for score in scores if key in score])), 4)
        for key in {key: None for score in scores for key in score}
    }


# --- Methods -----------------------------------------------------------------------------------


def _ours(audio: Path) -> _Heard:
    song = listen(audio, tracker="beatnet")
    return _Heard(
        np.array([beat.time for beat in song.beats]),
        np.array([beat.time for beat in song.beats if beat.position == 1]),
        np.array([section.start for section in song.sections[1:]]),
    )


def _plain_beatnet(audio: Path) -> _Heard:
    features = spectral_features(hear(audio).samples)[None]
    network = BeatNet.load(models.path("beatnet-1"))
    path = decode(network.activations(features)[0], FPS, meters=(2, 3, 4))
    times = path.frames / FPS
    return _Heard(times, times[path.positions == 1])


def _plain_librosa(audio: Path) -> _Heard:
    from librosa.beat import beat_track

    _, times = beat_track(y=hear(audio).samples, sr=RATE, units="time")
    return _Heard(np.asarray(times, np.float64))


# --- Measures ----------------------------------------------------------------------------------


def _score_beats(beats: Floats, downbeats: Floats, heard: _Heard) -> dict[str, float]:
    truth, found = beats[beats >= _START], heard.beats[heard.beats >= _START]
    correct, any_level = continuity(truth, found)
    distance = np.abs(truth[:, None] - found).min(axis=1) if len(found) else np.full(1, np.inf)
    near = distance[distance <= _WINDOW]
    scores = {
        "beat_f": f_measure(truth, found, _WINDOW),
        "cmlt": correct,
        "amlt": any_level,
        "median_error_ms": round(1000 * float(np.median(near)), 2) if len(near) else 1000 * _WINDOW,
    }
    if heard.downbeats is not None:
        found = heard.downbeats[heard.downbeats >= _START]
        scores["downbeat_f"] = f_measure(downbeats[downbeats >= _START], found, _WINDOW)
    return scores


def _score_boundaries(rows: list[dict[str, str]], found: Floats, end: float) -> dict[str, float]:
    """Boundaries inside the labeled part, without the begin and the end of the song."""
    starts, ends = ([float(row[key]) for row in rows] for key in ("start_s", "end_s"))
    truth = np.array(sorted({*starts, ends[-1]}))
    truth = truth[(truth > _EDGE) & (truth < end - _EDGE)]
    low, high = max(starts[0] - _EDGE, _EDGE), min(ends[-1] + _EDGE, end - _EDGE)
    inside = found[(found >= low) & (found <= high)]
    return {
        f"boundary_f_{window:g}s": f_measure(truth, inside, window) for window in _BOUNDARY_WINDOWS
    }


def f_measure(truth: Floats, found: Floats, window: float) -> float:
    """Harmonic mean of precision and recall, each event matched at most once within ``window`` s.

    Events in order of time, so that matching each to the first free one is the best matching.
    """
    hits, k = 0, 0
    for time in truth:
        while k < len(found) and found[k] < time - window:
            k += 1
        if k < len(found) and found[k] <= time + window:
            hits, k = hits + 1, k + 1
    return round(2 * hits / max(len(truth) + len(found), 1), 4)


def continuity(truth: Floats, found: Floats) -> tuple[float, float]:
    """CMLt and AMLt: share of beats in step at the annotated level, and at the best of five.

    In step: the nearest annotated beat is the right one, and time and period each are within
    17.5 % of the annotated period. The levels: annotated, off-beat, double, half (two phases).
    """
    if min(len(truth), len(found)) < 2:
        return 0.0, 0.0
    between = 0.5 * (truth[:-1] + truth[1:])
    double = np.sort(np.concatenate([truth, between]))
    variants = (truth, between, double, truth[::2], truth[1::2])
    shares = [_in_step(variant, found) for variant in variants if len(variant) > 1]
    return round(shares[0], 4), round(max(shares), 4)


def _in_step(truth: Floats, found: Floats) -> float:
    used = np.zeros(len(truth), bool)
    hits = 0
    for k, time in enumerate(found):
        nearest = int(np.abs(truth - time).argmin())
        if used[nearest]:
            continue
        previous = max(nearest, 1)
        period = truth[previous] - truth[previous - 1]
        step = found[max(k, 1)] - found[max(k, 1) - 1]
        if (
            abs(truth[nearest] - time) < _CONTINUOUS * period
            and abs(1 - step / period) < _CONTINUOUS
        ):
            used[nearest] = True
            hits += 1
    return hits / max(len(truth), len(found))
