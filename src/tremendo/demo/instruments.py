"""Instruments made of noise, delay lines and saturation; mono, 44,100 samples a second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

__all__ = [
    "RATE",
    "Kit",
    "bass",
    "drum_kit",
    "lead",
    "master",
    "pluck",
    "power_chord",
    "reverb",
]

RATE = 44_100

Samples = NDArray[np.float64]
Kit = dict[str, Samples]
"""One stroke of each drum by name."""


def _seconds(length: float) -> Samples:
    return np.arange(round(length * RATE)) / RATE


def _band(sound: Samples, low: float | None, high: float | None, order: int = 2) -> Samples:
    """The sound between two frequencies in hertz."""
    if low is not None:
        sound = sosfilt(butter(order, low, "highpass", fs=RATE, output="sos"), sound, axis=0)
    if high is not None:
        sound = sosfilt(butter(order, high, "lowpass", fs=RATE, output="sos"), sound, axis=0)
    return np.asarray(sound)


def _faded(sound: Samples, release: float = 0.012) -> Samples:
    """No click at the end."""
    count = min(len(sound), round(release * RATE))
    sound = sound.copy()
    sound[len(sound) - count :] *= np.linspace(1, 0, count)
    return sound


def pluck(
    pitch: float, seconds: float, rng: np.random.Generator, *, brightness: float = 0.8
) -> Samples:
    """A plucked string (Karplus and Strong 1983), one period of the delay line at a time.

    Args:
        pitch: hertz.
        seconds: length.
        rng: the noise that plucks.
        brightness: 0..1, how much of the pluck's treble is kept.
    """
    period = int(RATE / pitch)
    burst = rng.uniform(-1, 1, period)
    burst = (
        brightness * burst
        + (1 - brightness)
        * np.convolve(np.concatenate([burst, burst]), np.ones(9) / 9, "same")[:period]
    )
    line = burst - burst.mean()
    exact = RATE / pitch
    rounds = int(seconds * RATE / exact) + 2
    decay = 0.5 ** (1 / (pitch * 0.9))
    string = np.empty(rounds * period)
    for turn in range(rounds):
        string[turn * period : (turn + 1) * period] = line
        line = decay * (0.6 * line + 0.4 * np.roll(line, 1))
    # the delay line has a whole number of samples: reading it slower or faster tunes it
    count = round(seconds * RATE)
    return _faded(np.interp(np.arange(count) * (period / exact), np.arange(len(string)), string))


def power_chord(
    root: float, seconds: float, rng: np.random.Generator, *, muted: bool = False
) -> Samples:
    """Root, fifth and octave through an overdriven amplifier and its loudspeaker."""
    ring = seconds + 0.05
    strings = sum(
        pluck(root * ratio * rng.uniform(0.9985, 1.0015), ring, rng, brightness=0.7)
        for ratio in (1.0, 1.4983, 2.0)
    )
    sound = np.asarray(strings)
    if muted:
        sound = _band(sound, None, 1400) * np.exp(-_seconds(ring)[: len(sound)] * 11)
    driven = np.tanh(7.0 * _band(sound, 110, None)) + 0.25 * np.tanh(18.0 * _band(sound, 300, 3000))
    speaker = _band(driven, 90, 4300)
    speaker += 0.5 * _band(speaker, 1500, 3000)
    return _faded(speaker[: round(seconds * RATE)] * 0.55)


def bass(pitch: float, seconds: float) -> Samples:
    """A picked bass: saw and sine, a filter that closes, a little dirt."""
    t = _seconds(seconds)
    saw = 2 * ((t * pitch) % 1) - 1
    tone = _band(0.6 * saw, None, 700) + 0.8 * np.sin(2 * np.pi * pitch * t)
    shape = np.minimum(t / 0.004, 1) * (0.55 + 0.45 * np.exp(-t * 7))
    return _faded(np.tanh(1.6 * tone * shape) * 0.6, 0.02)


def lead(pitch: float, seconds: float) -> Samples:
    """A singing fuzz guitar: slides into the tone, then shakes it."""
    t = _seconds(seconds)
    slide = 1 - 0.045 * np.exp(-t * 28)
    shake = 1 + 0.006 * np.sin(2 * np.pi * 5.6 * t) * np.clip((t - 0.12) * 5, 0, 1)
    phase = 2 * np.pi * np.cumsum(pitch * slide * shake) / RATE
    reed = np.sin(phase) + 0.5 * np.sin(2 * phase + 0.4) + 0.33 * np.sin(3 * phase)
    tone = _band(np.tanh(2.4 * reed), 250, 3800)
    return _faded(tone * np.minimum(t / 0.012, 1) * (0.75 + 0.25 * np.exp(-t * 5)), 0.04)


def drum_kit(rng: np.random.Generator) -> Kit:
    """Kick, snare, side stick, tom, clap, closed and open hat, crash."""

    def noise(length: float) -> Samples:
        return rng.normal(0, 1, round(length * RATE))

    t = _seconds(0.32)
    sweep = 2 * np.pi * np.cumsum(52 + 120 * np.exp(-t * 42)) / RATE
    kick = np.tanh(2.2 * np.sin(sweep) * np.exp(-t * 13))
    kick[:260] += 0.5 * _band(noise(0.02), 1500, 6000)[:260] * np.linspace(1, 0, 260)
    t = _seconds(0.26)
    shell = np.sin(2 * np.pi * 188 * t) * np.exp(-t * 30)
    rattle = _band(noise(0.26), 900, 9000) * np.exp(-t * 17)
    snare = np.tanh(0.9 * shell + 0.95 * rattle)
    t = _seconds(0.06)
    stick = _band(noise(0.06), 1200, 5000) * np.exp(-t * 110) + 0.4 * np.sin(
        2 * np.pi * 1650 * t
    ) * np.exp(-t * 90)
    t = _seconds(0.4)
    tom = np.tanh(
        1.6 * np.sin(2 * np.pi * np.cumsum(96 + 60 * np.exp(-t * 20)) / RATE) * np.exp(-t * 9)
    )
    t = _seconds(0.22)
    bursts = sum(np.exp(-np.abs(t - at) * 240) for at in (0.0, 0.011, 0.023))
    clap = _band(noise(0.22), 800, 4500) * (np.asarray(bursts) + 0.4 * np.exp(-t * 22))
    hat = _band(noise(0.09), 6500, None) * np.exp(-_seconds(0.09) * 65)
    opened = _band(noise(0.34), 5200, None) * np.exp(-_seconds(0.34) * 11)
    t = _seconds(2.2)
    metal = np.asarray(
        sum(np.sin(2 * np.pi * f * t + f) for f in (3187.0, 4211.0, 5333.0, 6571.0, 8219.0))
    )
    crash = _band(noise(2.2) + 0.06 * metal, 2600, 14000) * np.exp(-t * 2.4) * 0.6
    kit = {"kick": kick, "snare": snare, "stick": stick, "tom": tom, "clap": clap}
    kit |= {"hat": hat, "open": opened, "crash": crash}
    return {name: _faded(sound) for name, sound in kit.items()}


def reverb(send: Samples, rng: np.random.Generator) -> Samples:
    """The room: convolution with noise that dies away within a second, ``(n, 2)``."""
    t = _seconds(0.9)
    room = rng.normal(0, 1, (len(t), 2)) * np.exp(-t * 6.5)[:, None]
    room[: round(0.012 * RATE)] = 0
    room = _band(room, 200, 6500)
    room /= np.sqrt((room**2).sum(axis=0))
    wet = [fftconvolve(send[:, side], room[:, side])[: len(send)] for side in (0, 1)]
    return np.stack(wet, axis=1)


def master(tape: Samples) -> NDArray[np.float32]:
    """Low rumble out, peaks rounded, loudness set, ends faded; ``(n, 2)`` within -1..1."""
    mix = _band(tape, 32, 16500)
    mix = np.tanh(1.15 * mix / np.percentile(np.abs(mix), 99.5))
    fade = min(len(mix), round(0.6 * RATE))
    mix[-fade:] *= np.linspace(1, 0, fade)[:, None] ** 1.5
    return np.asarray(mix * (0.93 / np.abs(mix).max()), np.float32)
