"""A short garage-rock song played by numpy: drums, bass, two distorted guitars and a lead.

Sixteen bars at 148 beats a minute: a calm intro of four, a verse of four, a chorus of four, a
break of two, a last chorus of two, and a final chord that rings out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tremendo.demo import instruments as band

__all__ = ["BEATS_PER_MINUTE", "SECTIONS", "compose"]

Samples = NDArray[np.float64]

BEATS_PER_MINUTE = 148
SECTIONS = (("intro", 4), ("verse", 4), ("chorus", 4), ("break", 2), ("chorus", 2), ("end", 1))
"""Name and length in bars."""

_RATE = band.RATE
_BEAT = 60 / BEATS_PER_MINUTE
_LEAD_IN = 0.05
_E2 = 82.407

_VERSE_ROOTS = (0, 0, 3, 5)
"""Semitones above E, one a bar."""
_CHORUS_ROOTS = (0, 3, 10, 5)
_HOOK = ((0, 12, 1.5), (1.5, 15, 0.5), (2, 17, 1), (3, 15, 0.5), (3.5, 12, 0.5))
_HOOK_ANSWER = ((0, 10, 1), (1, 12, 1), (2, 15, 0.5), (2.5, 12, 1.5))
"""Melody of two bars: beat, semitones above E3, beats."""


@dataclass
class _Desk:
    """The mixing desk: a stereo tape with a reverb send."""

    rng: np.random.Generator
    tape: Samples
    send: Samples = field(init=False)

    def __post_init__(self) -> None:
        self.send = np.zeros_like(self.tape)

    def play(
        self, sound: Samples, beat: float, gain: float, *, pan: float = 0.0, wet: float = 0.1
    ) -> None:
        """Lay a mono sound on the tape, a few milliseconds early or late as people play."""
        human = self.rng.normal(0, 0.0025)
        start = max(0, round((_LEAD_IN + beat * _BEAT + human) * _RATE))
        sound = sound[: max(0, len(self.tape) - start)] * gain * self.rng.uniform(0.92, 1.05)
        angle = (pan + 1) * np.pi / 4
        stereo = sound[:, None] * np.array([np.cos(angle), np.sin(angle)])
        self.tape[start : start + len(sound)] += stereo
        self.send[start : start + len(sound)] += stereo * wet


def compose(seed: int = 0) -> NDArray[np.float32]:
    """The whole song, ``(n, 2) float32`` within -1..1 at 44,100 samples a second."""
    bars = sum(length for _, length in SECTIONS)
    seconds = _LEAD_IN + bars * 4 * _BEAT + 0.2
    rng = np.random.default_rng([seed, 1962])
    desk = _Desk(rng, np.zeros((round(seconds * _RATE), 2)))
    kit = band.drum_kit(rng)
    bar = 0
    for name, length in SECTIONS:
        _PARTS[name](desk, kit, range(bar, bar + length))
        bar += length
    return band.master(desk.tape + band.reverb(desk.send, rng))


def _intro(desk: _Desk, kit: band.Kit, bars: Iterable[int]) -> None:
    """Clean picking, side stick and a bass that waits."""
    shapes = ((0, 7, 12, 15), (0, 7, 12, 15), (3, 10, 15, 19), (5, 12, 17, 21))
    for number, bar in enumerate(bars):
        beat = 4 * bar
        for step, index in enumerate((0, 2, 1, 3, 2, 1, 3, 2)):
            tone = band.pluck(_pitch(shapes[number % 4][index]), 1.4, desk.rng, brightness=0.55)
            desk.play(tone, beat + step / 2, 0.23, pan=-0.35 + 0.1 * index, wet=0.45)
        desk.play(band.bass(_pitch(shapes[number % 4][0] - 12), 3.6 * _BEAT), beat, 0.24)
        for step in (1, 3):
            desk.play(kit["stick"], beat + step, 0.3, pan=0.15, wet=0.4)
        desk.play(kit["kick"], beat, 0.35)
        for step in range(4):
            desk.play(kit["hat"], beat + step, 0.07 + 0.02 * number, pan=0.3)
        if number == 3:
            _fill(desk, kit, beat + 2)


def _verse(desk: _Desk, kit: band.Kit, bars: Iterable[int]) -> None:
    """Palm-muted eighths over a straight beat."""
    for number, bar in enumerate(bars):
        beat, root = 4 * bar, _VERSE_ROOTS[number % 4]
        if number == 0:
            desk.play(kit["crash"], beat, 0.4, pan=-0.4, wet=0.3)
        _beat(desk, kit, beat, (0, 2, 2.5), "hat", 0.22)
        for side in (-0.75, 0.75):
            for step in range(8):
                accent = 1.0 if step % 4 == 0 else 0.72
                chord = band.power_chord(_pitch(root), 0.42 * _BEAT, desk.rng, muted=True)
                desk.play(chord, beat + step / 2, 0.23 * accent, pan=side)
        for step in range(8):
            desk.play(band.bass(_pitch(root - 12), 0.46 * _BEAT), beat + step / 2, 0.5)
        if number == 3:
            _fill(desk, kit, beat + 3)


def _chorus(desk: _Desk, kit: band.Kit, bars: Iterable[int]) -> None:
    """Everything open: ringing chords, crash, the hook."""
    for number, bar in enumerate(bars):
        beat, root = 4 * bar, _CHORUS_ROOTS[number % 4]
        if number % 2 == 0:
            desk.play(kit["crash"], beat, 0.62, pan=0.4 if number % 4 else -0.4, wet=0.3)
        _beat(desk, kit, beat, (0, 1.5, 2, 3.5), "open", 0.26)
        for side in (-0.85, 0.85):
            for start, length in ((0, 1.45), (1.5, 0.95), (2.5, 1.45)):
                chord = band.power_chord(_pitch(root), length * _BEAT, desk.rng)
                desk.play(chord, beat + start, 0.33, pan=side, wet=0.12)
        for step in range(8):
            octave = 12 if step in (3, 7) else 0
            desk.play(band.bass(_pitch(root - 12 + octave), 0.5 * _BEAT), beat + step / 2, 0.6)
        for start, tone, length in _HOOK if number % 2 == 0 else _HOOK_ANSWER:
            lead = band.lead(2 * _pitch(tone), length * _BEAT)
            desk.play(lead, beat + start, 0.2, pan=0.1, wet=0.35)


def _break(desk: _Desk, kit: band.Kit, bars: Iterable[int]) -> None:
    """The band stops; bass, feet, and a roll that climbs."""
    first, second = list(bars)[:2]
    chord = band.power_chord(_pitch(0), 1.2 * _BEAT, desk.rng)
    for side in (-0.8, 0.8):
        desk.play(chord, 4 * first, 0.33, pan=side, wet=0.3)
    desk.play(kit["crash"], 4 * first, 0.45, wet=0.3)
    for bar in (first, second):
        for step, tone in enumerate((0, 0, 3, 0, 5, 3, 0, -2)):
            desk.play(band.bass(_pitch(tone - 12), 0.4 * _BEAT), 4 * bar + step / 2, 0.62)
        for step in range(4):
            desk.play(kit["kick"], 4 * bar + step, 0.75)
            desk.play(kit["clap"], 4 * bar + step + (0.5 if step % 2 else 0), 0.2, wet=0.5)
    for step in range(16):
        sound = kit["snare"] if step < 12 else kit["tom"]
        desk.play(sound, 4 * second + step / 4, 0.12 + 0.035 * step, wet=0.2)


def _end(desk: _Desk, kit: band.Kit, bars: Iterable[int]) -> None:
    """One last chord."""
    beat = 4 * next(iter(bars))
    for side in (-0.85, 0.85):
        chord = band.power_chord(_pitch(0), 4 * _BEAT, desk.rng)
        desk.play(chord, beat, 0.42, pan=side, wet=0.35)
    desk.play(band.bass(_pitch(-12), 3.5 * _BEAT), beat, 0.6)
    for drum, gain in (("crash", 0.75), ("kick", 0.95), ("snare", 0.7)):
        desk.play(kit[drum], beat, gain, wet=0.3)


def _beat(
    desk: _Desk, kit: band.Kit, beat: float, kicks: tuple[float, ...], cymbal: str, level: float
) -> None:
    """One bar of rock."""
    for step in kicks:
        desk.play(kit["kick"], beat + step, 0.9 if step == 0 else 0.78)
    for step in (1, 3):
        desk.play(kit["snare"], beat + step, 0.8, pan=0.05, wet=0.22)
    for step in range(8):
        accent = 1.0 if step % 2 == 0 else 0.6
        desk.play(kit[cymbal], beat + step / 2, level * accent, pan=0.3)


def _fill(desk: _Desk, kit: band.Kit, beat: float) -> None:
    """Snare and toms lead over to the next part, which begins where the bar ends."""
    steps = round((4 - beat % 4) * 4)
    for step in range(steps):
        sound = kit["snare"] if step < steps / 2 else kit["tom"]
        desk.play(sound, beat + step / 4, 0.4 + 0.4 * step / steps, pan=-0.2 + step / 12, wet=0.2)


def _pitch(semitones: int) -> float:
    """Frequency in hertz, counted from the low E of a guitar."""
    return float(_E2 * 2 ** (semitones / 12))


_PARTS = {"intro": _intro, "verse": _verse, "chorus": _chorus, "break": _break, "end": _end}
