"""Songs with known beats, for the tests: drums, bass and chords from a few lines of NumPy."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 22050


@dataclass(frozen=True)
class KnownSong:
    path: Path
    beats: NDArray[np.float64]
    downbeats: NDArray[np.float64]
    sections: NDArray[np.float64]  # inner boundaries


def write_wav(path: Path, samples: NDArray[np.float64]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def compose(
    path: Path,
    *,
    bpm: float,
    meter: int = 4,
    form: str = "AAB",
    bars: int = 8,
    start: float = 0.3,
    eighths: bool = True,
) -> KnownSong:
    """A song of one section of ``bars`` bars per letter; equal letters are the same music.

    4/4: kick on 1 and 3, snare on 2 and 4, hats on every beat and, with ``eighths``, between them.
    3/4: bass and kick on 1, short chords on 2 and 3. A bass note per beat and a new chord per bar.
    B is louder, brighter and has other chords than A; C is soft and without drums.
    """
    rng = np.random.default_rng(7)
    beat = 60 / bpm
    total = start + len(form) * bars * meter * beat + 1.0
    out = np.zeros(int(total * RATE) + RATE)
    chords = {"A": (0, 9, 5, 7), "B": (5, 7, 4, 9), "C": (2, 11, 0, 2)}
    beats, downbeats, starts = [], [], []
    at = start
    for letter in form:
        starts.append(at)
        drums = {"A": 0.5, "B": 1.0, "C": 0.0}[letter]
        for bar in range(bars):
            root = 45 + chords[letter][bar % 4]
            downbeats.append(at)
            for note in (12, 16, 19) if letter != "B" else (12, 15, 19, 24):
                _add(out, at, _tone(root + note, meter * beat, bright=letter == "B") * 0.06)
            for position in range(meter):
                beats.append(at)
                if meter == 3 and position > 0:
                    for note in (12, 16, 19):
                        _add(out, at, _tone(root + note, beat * 0.4) * 0.07)
                else:
                    _add(out, at, _tone(root - 12, beat * 0.9) * (0.25 if position == 0 else 0.14))
                if drums:
                    _drums(out, at, position, meter, drums, rng)
                    for share in (0.0, 0.5) if eighths else (0.0,):
                        _add(out, at + share * beat, _noise(0.04, 90, rng) * 0.08 * drums)
                at += beat
    return KnownSong(
        write_wav(path, out[: int(total * RATE)] * 0.5),
        np.array(beats),
        np.array(downbeats),
        np.array(starts[1:]),
    )


def compose_six_eight(path: Path, *, dotted: float, bars: int = 16) -> KnownSong:
    """6/8: kick on 1, snare on 4, hats on all six eighths, a bass note per half, a chord per bar.

    ``dotted`` beats (dotted quarters) a minute; ``beats`` of the result are these.
    """
    rng = np.random.default_rng(3)
    eighth, start = 20 / dotted, 0.3
    out = np.zeros(int((start + bars * 6 * eighth + 1.5) * RATE))
    for bar in range(bars):
        root, at = 45 + (0, 9, 5, 7)[bar % 4], start + bar * 6 * eighth
        for note in (12, 16, 19):
            _add(out, at, _tone(root + note, 5.5 * eighth) * 0.07)
        _add(out, at, _tone(root - 12, 2.7 * eighth) * 0.25)
        _add(out, at + 3 * eighth, _tone(root - 5, 2.7 * eighth) * 0.17)
        _drums(out, at, 0, 4, 0.9, rng)
        _drums(out, at + 3 * eighth, 1, 4, 1.0, rng)
        for k in range(6):
            _add(out, at + k * eighth, _noise(0.04, 90, rng) * 0.06)
    beats = start + 3 * eighth * np.arange(2 * bars)
    samples = out[: int((beats[-1] + 1) * RATE)] * 0.5
    return KnownSong(write_wav(path, samples), beats, beats[::2], np.zeros(0))


def _drums(out, at, position, meter, loudness, rng):
    if position == 0 or (meter == 4 and position == 2):
        time = np.arange(int(0.18 * RATE)) / RATE
        kick = np.sin(2 * np.pi * (50 * time + 30 * (1 - np.exp(-time * 30)) / 30))
        _add(out, at, kick * np.exp(-time * 18) * (0.9 if position == 0 else 0.6) * loudness)
    if meter == 4 and position % 2 == 1:
        _add(out, at, _noise(0.12, 30, rng) * 0.35 * loudness)


def _tone(pitch, seconds, *, bright=False):
    time = np.arange(int(seconds * RATE)) / RATE
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    partials = range(1, 9 if bright else 4)
    wave_ = sum(np.sin(2 * np.pi * frequency * k * time) / k for k in partials)
    return wave_ * np.exp(-time * 2.5) * np.minimum(1, time / 0.004)


def _noise(seconds, decay, rng):
    time = np.arange(int(seconds * RATE)) / RATE
    return rng.normal(size=len(time)) * np.exp(-time * decay)


def _add(out, at, sound):
    first = round(at * RATE)
    sound = sound[: max(0, len(out) - first)]
    out[first : first + len(sound)] += sound
