"""A song from a seed: form, tempo, notes, and the truth about its beats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tremendo.evaluate.songs.styles import CRASH, SNARE, STYLES, TOM, SongStyle

__all__ = ["ComposedSong", "Note", "compose"]

DRUMS = -1
"""The program of a drum note; its key says which drum."""
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_FORMS = ("IABAB", "ABABCB", "AABA", "IAABBA", "ABCAB", "IABCB")
_ENERGY = {"I": 0.25, "A": 0.5, "B": 1.0, "C": 0.35}
_JITTER = 0.006
"""Seconds by which players miss the beat, one standard deviation."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Note:
    """A sound: start and length in seconds, General MIDI program (or -1: drums), key, strength."""

    start: float
    length: float
    program: int
    key: int
    strength: float


@dataclass(frozen=True)
class ComposedSong:
    """A song with its truth.

    Attributes:
        beats: ``(n,)`` seconds of the beats, those of a pick-up included.
        positions: ``(n,)`` position in the bar, 1 = downbeat.
        sections: start and end in seconds, letter and energy 0..1.
        sound: how it is to be played: ``font`` or ``own``, and what is done to the sound.
        tags: what makes it hard: ``drift``, ``step``, ``rubato``, ``pick-up``, ``stops`` ...
    """

    seed: int
    style: str
    meter: str
    tempo: float
    beats: tuple[float, ...]
    positions: tuple[int, ...]
    sections: tuple[tuple[float, float, str, float], ...]
    notes: tuple[Note, ...]
    sound: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def duration(self) -> float:
        """Seconds from the first sample to the end of the last beat."""
        return self.beats[-1] + 60 / self.tempo


@dataclass
class _Band:
    """Who plays what, for one song."""

    style: SongStyle
    rng: np.random.Generator
    programs: tuple[int, int, int]
    root: int
    scale: tuple[int, ...]
    progressions: dict[str, tuple[int, ...]]
    drums: int
    notes: list[Note] = field(default_factory=list)

    def play(self, start: float, length: float, program: int, key: int, strength: float) -> None:
        """Add a note, a little off its time as people play."""
        late = float(self.rng.normal(0, _JITTER))
        loud = float(np.clip(strength * self.rng.uniform(0.85, 1.1), 0.05, 1))
        self.notes.append(Note(max(0.0, start + late), length, program, key, loud))

    def pitch(self, degree: int, octave: int) -> int:
        """The key of a degree of the scale."""
        up, step = divmod(degree, 7)
        return self.root + self.scale[step] + 12 * (octave + up)


def compose(seed: int, styles: Sequence[SongStyle] = STYLES) -> ComposedSong:
    """The song of a seed in one of the styles: 40 to 90 seconds, the same each time."""
    rng = np.random.default_rng([7, seed])
    weights = np.array([style.weight for style in styles])
    style = styles[int(rng.choice(len(styles), p=weights / weights.sum()))]
    tempo = float(rng.uniform(*style.tempo))
    form, bars = _form(style, tempo, rng)
    pickup = int(rng.integers(1, style.beats)) if style.beats > 1 and rng.random() < 0.2 else 0
    tags = ["pick-up"] if pickup else []
    count = pickup + sum(bars) * style.beats
    beats = _tempo_curve(count, tempo, style.beats, rng, tags)
    chosen = rng.integers(len(style.progressions), size=4)
    band = _Band(
        style,
        rng,
        tuple(int(rng.choice(choice)) for choice in style.programs),  # type: ignore[arg-type]
        int(rng.integers(36, 48)),
        _MAJOR if style.progressions[0][0] == 0 else _MINOR,
        {letter: style.progressions[n] for letter, n in zip("IABC", chosen, strict=True)},
        int(rng.integers(len(style.drums))),
    )
    if not style.drums[band.drums]:
        tags.append("no drums")
    sections, bar = [], 0
    for letter, length in zip(form, bars, strict=True):
        first = pickup + bar * style.beats
        stop = first + length * style.beats
        energy = float(np.clip(_ENERGY[letter] + rng.normal(0, 0.05), 0.1, 1))
        sections.append((float(beats[first]), float(beats[stop]), letter, energy))
        for n in range(length):
            at = first + n * style.beats
            _bar(band, beats[at : at + style.beats + 1], (letter, n, length), energy, tags)
        bar += length
    if pickup:
        _melody(band, beats[: pickup + 1], 0, 0.8)
    positions = [(n - pickup) % style.beats + 1 for n in range(count)]
    return ComposedSong(
        seed,
        style.name,
        style.meter,
        float(60 / np.median(np.diff(beats))),
        tuple(beats[:-1].tolist()),
        tuple(positions),
        tuple(sections),
        tuple(sorted(band.notes, key=lambda note: note.start)),
        _sound(rng, tags),
        tuple(dict.fromkeys(tags)),
    )


def _form(style: SongStyle, tempo: float, rng: np.random.Generator) -> tuple[str, list[int]]:
    """Letters of the sections and their lengths in bars, for 40 to 90 seconds."""
    seconds = rng.uniform(46, 80)
    most = max(8, int(seconds * tempo / 60 / style.beats))
    form = str(rng.choice(_FORMS))
    usual = 4 if most < 28 else 8 if most < 60 else 16
    bars = [usual // 2 if letter == "I" else usual for letter in form]
    while sum(bars) < most - usual:
        form, bars = form + "AB"[len(form) % 2], [*bars, usual]
    while sum(bars) > most and len(bars) > 2:
        form, bars = form[:-1], bars[:-1]
    if most - sum(bars) >= 2:
        bars[-1] += most - sum(bars)
    return form, bars


def _tempo_curve(
    count: int, tempo: float, beats: int, rng: np.random.Generator, tags: list[str]
) -> Floats:
    """Seconds of ``count`` beats and of the end, from a short silence on."""
    periods = np.full(count, 60 / tempo)
    if rng.random() < 0.3:
        tags.append("drift")
        walk = np.cumsum(rng.normal(0, 0.006, count))
        periods *= 1 + np.clip(walk - walk.mean(), -0.06, 0.06)
    if rng.random() < 0.12:
        tags.append("step")
        periods[int(count * rng.uniform(0.35, 0.65)) :] /= rng.choice([0.8, 0.88, 1.12, 1.25])
    if rng.random() < 0.12:
        tags.append("rubato")
        length = min(4 * beats, count // 4)
        wave = np.sin(np.linspace(0, rng.uniform(2, 5) * np.pi, length))
        periods[:length] *= 1 + 0.18 * wave + rng.normal(0, 0.04, length)
    start = rng.uniform(0.1, 1.2)
    return np.concatenate([[start], start + np.cumsum(periods)])


def _bar(
    band: _Band, beats: Floats, place: tuple[str, int, int], energy: float, tags: list[str]
) -> None:
    """Play one bar: ``beats`` are the times of its beats and of its end."""
    letter, number, length = place
    style, rng = band.style, band.rng
    progression = band.progressions[letter]
    chord = progression[number % len(progression)]
    last = number == length - 1
    stop = last and length >= 4 and rng.random() < 0.1
    if stop:
        tags.append("stops")
    until = 1.0 if stop else float(style.beats)
    for position, degree in style.bass:
        if position < until:
            step = _seconds(beats, position + 0.8) - _seconds(beats, position)
            key = band.pitch(chord + degree, 0)
            band.play(_seconds(beats, position), step, band.programs[0], key, 0.75 + 0.2 * energy)
    for position, held in style.chords:
        if position < until and (energy > 0.3 or position == 0):
            start = _seconds(beats, position)
            end = _seconds(beats, min(position + held, until))
            for degree in (0, 2, 4):
                key = band.pitch(chord + degree, 1)
                band.play(start, end - start, band.programs[1], key, 0.35 + 0.3 * energy)
    if not stop and rng.random() < 0.35 + 0.6 * energy:
        _melody(band, beats, chord, 0.55 + 0.3 * energy)
    if letter != "I" or band.drums == 0:
        _drums(band, beats, until, energy, opens=number == 0, fill=last and not stop)


def _melody(band: _Band, beats: Floats, chord: int, strength: float) -> None:
    """Notes of the chord and beside it, on the style's grid."""
    style, rng = band.style, band.rng
    count = (len(beats) - 1) * style.grid
    degree = chord + int(rng.choice([0, 2, 4]))
    for n in range(count):
        on_beat = n % style.grid == 0
        if rng.random() < style.melody * (1.25 if on_beat else 0.8):
            position = n // style.grid + _inside(style, n % style.grid)
            degree = int(np.clip(degree + rng.integers(-2, 3), chord - 2, chord + 9))
            start = _seconds(beats, position)
            length = rng.uniform(0.6, 1.8) * (beats[1] - beats[0]) / style.grid
            band.play(start, length, band.programs[2], band.pitch(degree, 2), strength)


def _drums(
    band: _Band, beats: Floats, until: float, energy: float, *, opens: bool, fill: bool
) -> None:
    style, rng = band.style, band.rng
    pattern = style.drums[band.drums]
    if not pattern:
        return
    filled = fill and energy > 0.3 and style.beats > 2 and rng.random() < 0.7
    end = min(until, style.beats - (1 if filled else 0))
    for position, key, strength in pattern:
        if position < end and (energy > 0.3 or strength > 0.55):
            at = _swung(style, position)
            band.play(_seconds(beats, at), 0.1, DRUMS, key, strength * (0.6 + 0.4 * energy))
    if opens and energy > 0.6:
        band.play(float(beats[0]), 1.0, DRUMS, CRASH, 0.8)
    if filled:
        for n in range(4):
            key = int(rng.choice([SNARE, TOM, TOM - 2]))
            band.play(_seconds(beats, style.beats - 1 + n / 4), 0.1, DRUMS, key, 0.6 + 0.08 * n)


def _inside(style: SongStyle, n: int) -> float:
    """Where the ``n``-th note of a beat's grid falls, in beats."""
    return _swung(style, n / style.grid)


def _swung(style: SongStyle, position: float) -> float:
    """A straight eighth pushed to where the style swings it."""
    whole = np.floor(position)
    straight = abs(position - whole - 0.5) < 1e-6
    return float(whole + style.swing) if straight else position


def _seconds(beats: Floats, position: float) -> float:
    """Time of a position in beats from the first; the bar's last beat goes on past its end."""
    return float(np.interp(position, np.arange(len(beats)), beats))


def _sound(rng: np.random.Generator, tags: list[str]) -> tuple[str, ...]:
    """How the song is played and what the record did to it."""
    sound = ["own" if rng.random() < 0.2 else "font"]
    for name, chance in (("bass-heavy", 0.15), ("live", 0.2), ("shellac", 0.15)):
        if rng.random() < chance:
            sound.append(name)
            tags.append(name)
    return tuple(sound)


def downbeats(song: ComposedSong) -> Iterator[float]:
    """Seconds of the downbeats."""
    return (beat for beat, n in zip(song.beats, song.positions, strict=True) if n == 1)
