"""Beats and downbeats of a song: which tracker, which of the possible tempi, how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.errors import ModelMissingError, NothingUsableError
from tremendo.music.beatnet import FPS, BeatNet, spectral_features
from tremendo.music.meter import (
    FEWEST_BEATS,
    bar_positions,
    clearest_meter,
    decode_near,
    harmonic_change,
    sounding,
    tempo_of,
)
from tremendo.music.onsets import STEP, align_beats
from tremendo.music.pulses import Evidence, possible_pulses
from tremendo.music.ranker import choose_meter, choose_pulse, downbeat_odds
from tremendo.music.sound import RATE, Sound
from tremendo.music.trackers import BEAT_TRACKERS

__all__ = [
    "MODELS",
    "BeatNetTracker",
    "BeatTrack",
    "GridTracker",
    "LibrosaTracker",
    "beat_activations",
    "track",
]

MODELS = ("beatnet-1", "beatnet-2", "beatnet-3")

_LEVELS = (0.02, 0.04, 0.08)
_LEAST_CONTRAST = 1.5
_LIBROSA_LATE = 0.046
_LIBROSA_CONFIDENCE = 0.4
_GRID_TEMPO = 120.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BeatTrack:
    """Beats: ``times`` in seconds, ``positions`` in the bar, ``confidence`` 0..1, each (n,).

    ``division`` says in how many eighths a beat divides: 2, or 3 in compound meter.
    ``level_confidence``: how likely these are the beats and not their half, double or off-beats;
    None where that was not asked. ``alternative``: the likeliest other tempo, beats a minute.
    """

    times: Floats
    positions: NDArray[np.int64]
    confidence: Floats
    meter: int
    tracker: str
    warnings: tuple[str, ...] = ()
    division: int = 2
    level_confidence: float | None = None
    alternative: float | None = None


def track(sound: Sound, tracker: str) -> BeatTrack:
    """Find the beats.

    Args:
        sound: the song.
        tracker: one of the :data:`~tremendo.music.trackers.BEAT_TRACKERS`; ``auto``: BeatNet, or
            librosa with a warning while the weights are missing.

    Raises:
        UsageError: there is no such tracker.
        ModelMissingError: ``beatnet`` was asked for and its weights are missing.
        NothingUsableError: no beat is heard.
    """
    if tracker != "auto":
        return BEAT_TRACKERS.create(tracker).track(sound)
    try:
        return BeatNetTracker().track(sound)
    except ModelMissingError as error:
        warning = (
            "The beat network's weights are missing, so beats come from librosa and downbeats are "
            f"a guess: {error.hint}"
        )
        return replace(LibrosaTracker().track(sound), warnings=(warning,))


# --- BeatNet -----------------------------------------------------------------------------------


class BeatNetTracker:
    """Three networks, decoded together by the bar pointer model."""

    def track(self, sound: Sound) -> BeatTrack:
        """Find the beats; see :class:`~tremendo.music.trackers.BeatTracker`."""
        return _beatnet(sound, [models.path(name) for name in MODELS])


def _beatnet(sound: Sound, paths: Sequence[Path]) -> BeatTrack:
    each = beat_activations(sound, paths)
    mean = np.mean(each, axis=0)
    evidence = Evidence(mean, sound.curve, sound.low, sound.features)
    pulses = possible_pulses(evidence)
    if not pulses:
        raise _no_beat(sound)
    choice = choose_pulse(pulses, evidence)
    frames = choice.pulse.frames
    if sounding(mean, frames).mean() < _LEAST_CONTRAST * mean.sum(axis=1).mean():
        raise _no_beat(sound)
    downbeats = downbeat_odds(frames / FPS, evidence)
    meter, division = choose_meter(frames / FPS, evidence, downbeats)
    return BeatTrack(
        align_beats(frames / FPS, sound.curve),
        bar_positions(downbeats, meter),
        _agreement(each, frames, meter),
        meter,
        "beatnet",
        division=division,
        level_confidence=choice.confidence,
        alternative=choice.alternative,
    )


def beat_activations(sound: Sound, paths: Sequence[Path]) -> list[NDArray[np.float32]]:
    """Activations of each network, (frames, 2), the mean over three levels of input.

    The networks hear a song differently when it is louder, so all songs are brought to the same
    levels.
    """
    features = np.stack([spectral_features(sound.samples * (rms / sound.level)) for rms in _LEVELS])
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


def _no_beat(sound: Sound) -> NothingUsableError:
    return NothingUsableError(
        "No steady beat is heard in this song",
        path=sound.path,
        hint="choose a song with a pulse, or cut to a steady 120 bpm grid: tracker 'grid'",
    )


# --- Without weights ---------------------------------------------------------------------------


class LibrosaTracker:
    """Dynamic programming over onsets; confidence .4."""

    def track(self, sound: Sound) -> BeatTrack:
        """Find the beats; see :class:`~tremendo.music.trackers.BeatTracker`."""
        return _librosa(sound)


class GridTracker:
    """A steady 120 beats per minute from the song's first sample; confidence 0."""

    def track(self, sound: Sound) -> BeatTrack:
        """Set the beats."""
        return _grid(sound)


def _librosa(sound: Sound) -> BeatTrack:
    """Beats by dynamic programming (Ellis 2007); downbeats from harmony and loud onsets."""
    from librosa.beat import beat_track

    _, found = beat_track(y=sound.samples, sr=RATE, units="time", trim=False)
    times = np.asarray(found, np.float64) - _LIBROSA_LATE
    times = align_beats(times[times >= 0], sound.curve)
    if len(times) < FEWEST_BEATS:
        raise _no_beat(sound)
    index = np.clip(np.round(times / STEP).astype(int), 1, len(sound.curve) - 2)
    strength = sound.curve[index[:, None] + np.arange(-1, 2)].max(axis=1)
    if strength.mean() < _LEAST_CONTRAST * sound.curve.mean():
        raise _no_beat(sound)
    loud = (strength - strength.mean()) / max(float(strength.std()), 1e-9)
    evidence = harmonic_change(sound.features, times) + loud
    meter = clearest_meter(evidence)
    sure = np.full(len(times), _LIBROSA_CONFIDENCE)
    return BeatTrack(times, bar_positions(evidence, meter), sure, meter, "librosa")


def _grid(sound: Sound) -> BeatTrack:
    times = np.arange(0.0, sound.duration, 60.0 / _GRID_TEMPO)
    positions = np.arange(len(times)) % 4 + 1
    warning = "The beats are a steady grid of 120 bpm, not what is heard"
    return BeatTrack(times, positions, np.zeros(len(times)), 4, "grid", (warning,))
