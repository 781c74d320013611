"""Which pulses a song may have: beats at several metrical levels and phases, each described.

A decoder finds a pulse that fits; whether it is *the* beat, its half, its double, two in the place
of three or the off-beat, it cannot tell, for all of these fit. So all of them are listed here, and
each is described by what sounds on it, between it, and by what returns after some of its beats.
:mod:`tremendo.music.ranker` chooses by these descriptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tremendo.music.beatnet import FPS
from tremendo.music.decoder import BeatPath, decode
from tremendo.music.features import SoundFeatures
from tremendo.music.meter import FEWEST_BEATS, decode_near, harmonic_change, steady_grid, tempo_of
from tremendo.music.onsets import STEP

__all__ = ["TEMPI", "Evidence", "Pulse", "describe_pulses", "possible_pulses", "returns"]

TEMPI = (36.0, 225.0)
"""Slowest and fastest beat, in beats a minute."""

_METERS = (2, 3, 4)
_LEVELS = (1.0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 4 / 3, 1.5, 2.0, 3.0)
_STEADINESS = 40.0
_FREE_BAND = 1.35
_AWAY, _ELSEWHERE = 0.07, 0.1  # seconds; share of beats
_SHIFTS = (0.0, 1 / 2, 1 / 3, 2 / 3)
_SAME = 0.07  # pulses whose tempi differ by less than this share are one
_REACH = 5  # steps of the onset curves, 25 ms
_FRACTIONS = (0.0, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 5 / 6)
_RETURNS = (1, 2, 3, 4, 5, 6, 7, 8)
_GROUPS = (2, 3, 4)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """What is heard at any time of a song.

    ``activations`` (frames, 2): beat, downbeat, the mean of the networks; ``curve`` and ``low``:
    onsets of all and of the bass, in steps of ``STEP`` seconds; ``features``: timbre, harmony.
    """

    activations: NDArray[np.float32]
    curve: Floats
    low: Floats
    features: SoundFeatures

    @property
    def seconds(self) -> float:
        """Length of what is heard."""
        return len(self.activations) / FPS

    @cached_property
    def _heights(self) -> Floats:
        """Onsets of all and of the bass, beat and downbeat activation: (4, steps), mean 1 each.

        Every value is the highest of the 25 ms around it.
        """
        steps = len(self.curve)
        frame = np.minimum(np.round(np.arange(steps) * STEP * FPS), len(self.activations) - 1)
        heard = self.activations[frame.astype(int)].astype(np.float64)
        rows = [self.curve, self.low[:steps], heard.sum(axis=1), heard[:, 1]]
        width = 2 * _REACH + 1
        highest = np.array(
            [
                np.lib.stride_tricks.sliding_window_view(np.pad(row, _REACH), width).max(axis=1)
                for row in rows
            ]
        )
        return np.asarray(highest / np.maximum(highest.mean(axis=1, keepdims=True), 1e-9))

    def at(self, times: Floats) -> Floats:
        """Onset, bass onset, beat and downbeat at each time: (times, 4), 1 = the song's mean."""
        index = np.clip(np.round(times / STEP).astype(int), 0, len(self.curve) - 1)
        return np.asarray(self._heights[:, index].T)


@dataclass(frozen=True)
class Pulse:
    """A possible beat: ``frames`` (n,) of the activations, fractional, ascending.

    ``shift`` says by what part of a beat it lies after what was decoded; ``likelihoods`` are those
    of the decodings in two, three and four, natural logarithm per second of song, less that of the
    song's best decoding. ``free``: decoded with room for a change of tempo.
    """

    frames: Floats
    tempo: float
    shift: float
    likelihoods: tuple[float, ...]
    first: float
    """Tempo of the first decoding of the song."""
    free: bool = False

    @property
    def times(self) -> Floats:
        """Seconds."""
        return self.frames / FPS


def possible_pulses(evidence: Evidence) -> list[Pulse]:
    """All pulses a song may have; empty where no beat is found at all.

    Around the tempo that a first decoding finds, and the one at which onsets return most, every
    level of ``_LEVELS`` is decoded. Each is listed as decoded, and moved by parts of a beat.
    """
    activations = evidence.activations
    first = decode(activations, FPS, meters=(3, 4), tempi=(40.0, 220.0))
    if len(first.frames) < FEWEST_BEATS:
        return []
    base = tempo_of(first.frames / FPS)
    decoded = []
    for tempo in _levels(base, evidence.curve):
        paths = [
            decode_near(activations, tempo, (meter,), steadiness=_STEADINESS) for meter in _METERS
        ]
        if min(len(path.frames) for path in paths) >= 2 * FEWEST_BEATS:
            decoded.append((tempo, paths))
    if not decoded:
        return []
    best = max(path.log_likelihood for _, paths in decoded for path in paths)
    pulses: list[Pulse] = []
    for tempo, paths in decoded:
        pulses += _shifted(tempo, paths, evidence, best, base, pulses)
    return pulses


def _levels(base: float, curve: Floats) -> Iterator[float]:
    """Tempi to decode at, no two of them alike."""
    listed: list[float] = []
    for center in (base, _returning_tempo(curve)):
        for level in _LEVELS:
            tempo = center * level
            known = any(abs(np.log(tempo / other)) < _SAME for other in listed)
            if TEMPI[0] <= tempo <= TEMPI[1] and not known:
                listed.append(tempo)
                yield tempo


def _returning_tempo(curve: Floats) -> float:
    """The tempo at which onsets return most: peak of the autocorrelation, beats a minute."""
    centered = curve - curve.mean()
    spectrum = np.fft.rfft(centered, 2 * len(centered))
    power = np.fft.irfft(np.abs(spectrum) ** 2)[: len(centered)]
    low, high = (round(60 / tempo / STEP) for tempo in (200.0, 60.0))
    lags = np.arange(low, min(high, len(power) - 1))
    return float(60 / (lags[int(power[lags].argmax())] * STEP)) if len(lags) else 120.0


def _shifted(
    near: float,
    paths: list[BeatPath],
    evidence: Evidence,
    best: float,
    first: float,
    known: list[Pulse],
) -> Iterator[Pulse]:
    """One decoded level as decoded and moved, and with room for another tempo, where it is new."""
    path = max(paths, key=lambda p: p.log_likelihood)
    frames = steady_grid(evidence.activations, path.frames)
    tempo = tempo_of(frames / FPS)
    if any(abs(np.log(tempo / pulse.tempo)) < _SAME / 2 for pulse in known if not pulse.free):
        return
    gains = tuple((p.log_likelihood - best) / evidence.seconds for p in paths)
    steps = np.diff(frames, append=2 * frames[-1] - frames[-2])
    for shift in _SHIFTS:
        yield Pulse(frames + shift * steps, tempo, shift, gains, first)
    free = decode_near(evidence.activations, near, (path.meter,), band=_FREE_BAND)
    gain = (free.log_likelihood - best) / evidence.seconds
    if _elsewhere(free.frames, frames):
        beats = free.frames.astype(np.float64)
        yield Pulse(beats, tempo_of(beats / FPS), 0.0, (gain, gain, gain), first, free=True)


def _elsewhere(beats: NDArray[np.int64], frames: Floats) -> bool:
    """Whether a good part of the beats is not where these frames are."""
    if len(beats) < 2 * FEWEST_BEATS:
        return False
    away = np.abs(beats[:, None] - frames).min(axis=1)
    return float((away > _AWAY * FPS).mean()) > _ELSEWHERE


def describe_pulses(pulses: list[Pulse], evidence: Evidence) -> Floats:
    """What speaks for and against each pulse, (pulses, values), in no unit."""
    return np.array([_describe(pulse, evidence) for pulse in pulses])


def _describe(pulse: Pulse, evidence: Evidence) -> Floats:
    times = pulse.times
    steps = np.diff(times, append=2 * times[-1] - times[-2])
    parts = np.array([evidence.at(times + f * steps) for f in _FRACTIONS])  # (fractions, n, 4)
    mean = parts.mean(axis=1)
    octave = np.log2(pulse.tempo / 100)
    relative = np.log2(pulse.tempo / pulse.first)
    general = [
        octave, octave**2, relative, abs(relative), float(pulse.shift == 0), float(pulse.free),
        *pulse.likelihoods,
        max(pulse.likelihoods), float(np.std(np.diff(np.log(steps)))) * 10,
    ]  # fmt: skip
    sound = np.log(np.maximum(mean, 0.05)).ravel()
    heard = parts[0].mean(axis=0)
    apart = [float((heard > 0).mean()), float((parts[0, :, 0] > 1).mean())]
    change = harmonic_change(evidence.features, times)
    accents = np.column_stack([np.log(parts[0] + 0.1), change])
    grouped = [_contrast(accents, size) for size in _GROUPS]
    pattern = np.concatenate([parts[:, :, k] for k in (0, 1)]).T  # (n, 2 fractions)
    return np.concatenate(
        [general, sound, apart, *grouped, returns(pattern), returns(chroma_of(evidence, times))]
    )


def chroma_of(evidence: Evidence, times: Floats) -> Floats:
    """Harmony of each beat, (beats, 12), root of the energy above its floor."""
    edges = np.append(times, 2 * times[-1] - times[-2])
    chroma = evidence.features.mean_over(evidence.features.chroma, edges)
    return np.asarray(np.sqrt(chroma - chroma.min(axis=1, keepdims=True)))


def _contrast(accents: Floats, size: int) -> Floats:
    """How far the strongest of every ``size`` beats stands out, per column, in deviations."""
    means = np.array([accents[k::size].mean(axis=0) for k in range(size)])
    spread = np.maximum(accents.std(axis=0), 0.1)
    return np.asarray((means.max(axis=0) - accents.mean(axis=0)) / spread)


def returns(pattern: Floats) -> Floats:
    """How like the beats are to those 1 to 8 later: correlation of their rows, -1..1."""
    centered = pattern - pattern.mean(axis=0)
    power = max(float((centered**2).sum()) / len(pattern), 1e-9)
    values = np.zeros(len(_RETURNS))
    for k, lag in enumerate(_RETURNS):
        if len(pattern) > lag:
            both = float((centered[:-lag] * centered[lag:]).sum())
            values[k] = both / (len(pattern) - lag) / power
    return values
