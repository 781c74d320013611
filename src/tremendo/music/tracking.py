"""Beats and downbeats of a song: which tracker, which of the possible tempi, how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.errors import ModelMissingError, NothingUsableError, UsageError
from tremendo.music.beatnet import FPS, RATE, BeatNet, spectral_features
from tremendo.music.meter import (
    FEWEST_BEATS,
    bar_positions,
    decode_best_level,
    decode_near,
    sounding,
    steady_grid,
    tempo_of,
)
from tremendo.music.onsets import align_beats

__all__ = ["MODELS", "TRACKERS", "BeatTrack", "track"]

TRACKERS = ("auto", "beatnet", "librosa", "grid")
MODELS = ("beatnet-1", "beatnet-2", "beatnet-3")

_LEVELS = (0.02, 0.04, 0.08)
_LEAST_ACTIVATION = 0.12
_LIBROSA_LATE = 0.046
_GRID_TEMPO = 120.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BeatTrack:
    """Beats found: ``times`` in seconds, ``positions`` in the bar, ``confidence`` 0..1, all (n,)."""

    times: Floats
    positions: NDArray[np.int64]
    confidence: Floats
    meter: int
    tracker: str
    warnings: tuple[str, ...] = ()


def track(samples: NDArray[np.float32], curve: Floats, tracker: str, song: Path) -> BeatTrack:
    """Find the beats.

    Args:
        samples: mono at 22,050 Hz.
        curve: the :func:`~tremendo.music.onsets.onset_curve` of the same samples.
        tracker: ``beatnet``; ``librosa`` (needs no weights; knows no downbeats); ``grid`` (a
            steady 120 beats per minute, whatever is heard); ``auto``: BeatNet, or librosa with a
            warning while the weights are missing.
        song: the file, for error messages.

    Raises:
        UsageError: there is no such tracker.
        ModelMissingError: ``beatnet`` was asked for and its weights are missing.
        NothingUsableError: no beat is heard.
    """
    if tracker not in TRACKERS:
        raise UsageError(
            f"There is no beat tracker {tracker!r}", hint=f"one of {', '.join(TRACKERS)}"
        )
    if tracker == "grid":
        return _grid(len(samples) / 22050)
    if tracker == "librosa":
        return _aligned(_librosa(samples, curve, song), curve)
    try:
        paths = [models.path(name) for name in MODELS]
    except ModelMissingError as error:
        if tracker == "beatnet":
            raise
        found = _aligned(_librosa(samples, curve, song), curve)
        warning = (
            "The beat network's weights are missing, so beats come from librosa and downbeats are "
            f"a guess: {error.hint}"
        )
        return replace(found, warnings=(warning,))
    return _aligned(_beatnet(samples, paths, song), curve)


def _aligned(found: BeatTrack, curve: Floats) -> BeatTrack:
    return replace(found, times=align_beats(found.times, curve))


# --- BeatNet -----------------------------------------------------------------------------------


def _beatnet(samples: NDArray[np.float32], paths: Sequence[Path], song: Path) -> BeatTrack:
    each = _activations(samples, paths)
    mean = np.mean(each, axis=0)
    path = decode_best_level(mean)
    if len(path.frames) < FEWEST_BEATS or sounding(mean, path.frames).mean() < _LEAST_ACTIVATION:
        raise _no_beat(song)
    frames = steady_grid(mean, path.frames)
    return BeatTrack(
        times=frames / FPS,
        positions=bar_positions(mean, frames, path.meter),
        confidence=_agreement(each, frames, path.meter),
        meter=path.meter,
        tracker="beatnet",
    )


def _activations(samples: NDArray[np.float32], paths: Sequence[Path]) -> list[NDArray[np.float32]]:
    """Activations of each network, (frames, 2), the mean over three levels of input.

    The networks hear a song differently when it is louder, so all songs are brought to the same
    levels.
    """
    level = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
    features = np.stack([spectral_features(samples * (rms / level)) for rms in _LEVELS])
    return [BeatNet.load(path).activations(features).mean(axis=0) for path in paths]


def _agreement(each: Sequence[NDArray[np.float32]], frames: Floats, meter: int) -> Floats:
    """How many of the networks, decoded alone near this tempo, hear each beat: (beats,) 0..1."""
    tempo = tempo_of(frames / FPS)
    votes = np.zeros(len(frames))
    for activations in each:
        alone = decode_near(activations, tempo, (meter,)).frames
        if len(alone):
            distance = np.abs(frames[:, None] - alone[None]).min(axis=1)
            votes += distance <= 0.07 * FPS
    return votes / len(each)


def _no_beat(song: Path) -> NothingUsableError:
    return NothingUsableError(
        "No steady beat is heard in this song",
        path=song,
        hint="choose a song with a pulse, or cut to a steady 120 bpm grid: tracker 'grid'",
    )


# --- Without weights ---------------------------------------------------------------------------


def _librosa(samples: NDArray[np.float32], curve: Floats, song: Path) -> BeatTrack:
    """Beats by dynamic programming (Ellis 2007); downbeats where onsets are strongest of four."""
    from librosa.beat import beat_track

    _, found = beat_track(y=samples, sr=RATE, units="time", trim=False)
    times = np.maximum(np.asarray(found, float) - _LIBROSA_LATE, 0.0)
    if len(times) < FEWEST_BEATS:
        raise _no_beat(song)
    index = np.clip((times * RATE / 110).astype(int), 0, len(curve) - 1)
    strength = [float(curve[index[phase::4]].mean()) for phase in range(4)]
    positions = (np.arange(len(times)) - int(np.argmax(strength))) % 4 + 1
    return BeatTrack(times, positions, np.full(len(times), 0.5), 4, "librosa")


def _grid(duration: float) -> BeatTrack:
    times = np.arange(0.0, duration, 60.0 / _GRID_TEMPO)
    warning = "The beats are a steady grid of 120 bpm, not what is heard"
    return BeatTrack(
        times, np.arange(len(times)) % 4 + 1, np.zeros(len(times)), 4, "grid", (warning,)
    )
