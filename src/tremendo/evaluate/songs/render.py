"""A composed song as sound: General MIDI sound fonts through FluidSynth, or the demo's instruments.

FluidSynth and a sound font are Debian packages (``fluidsynth``, ``fluid-soundfont-gm``).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from tremendo.demo import instruments
from tremendo.errors import MediaError, ModelMissingError
from tremendo.evaluate.songs.compose import DRUMS, ComposedSong, Note

__all__ = ["RATE", "render"]

RATE = 44_100
_FONT_FOLDERS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/soundfonts"))
_DRUM_CHANNEL = 9
_TICKS = 500
"""A quarter note at 120 a minute: one tick is a millisecond."""
_OWN_DRUMS = {
    36: "kick", 37: "stick", 38: "snare", 39: "clap", 42: "hat", 44: "hat", 46: "open", 47: "tom",
    45: "tom", 43: "tom", 49: "crash", 51: "hat", 56: "stick", 63: "tom", 70: "hat", 81: "hat",
}  # fmt: skip
_LONGEST = 3.0
"""Seconds of the demo's longest tone."""

Floats = NDArray[np.float64]


def render(song: ComposedSong, fonts: Sequence[Path] | None = None) -> NDArray[np.float32]:
    """The song as sound, with what its ``sound`` asks for (bass, room and crowd, shellac).

    Args:
        song: what is played.
        fonts: sound fonts, of which the seed chooses one; by default those of the system.

    Returns:
        ``(n,) float32`` mono at 44,100 Hz, within -1..1.

    Raises:
        ModelMissingError: FluidSynth or a sound font is missing, and the song asks for one.
        MediaError: FluidSynth failed.
    """
    rng = np.random.default_rng([11, song.seed])
    tape = _own(song, rng) if "own" in song.sound else _fluidsynth(song, fonts or system_fonts())
    length = round((song.duration + 1.0) * RATE)
    tape = np.pad(tape[:length], (0, max(0, length - len(tape))))
    tape /= max(float(np.abs(tape).max()), 1e-9)
    for name in song.sound:
        if name in _TREATMENTS:
            tape = _TREATMENTS[name](tape, rng)
    return np.asarray(0.9 * tape / max(float(np.abs(tape).max()), 1e-9), np.float32)


@cache
def system_fonts() -> tuple[Path, ...]:
    """Sound fonts of the system, each file once.

    Raises:
        ModelMissingError: there is none.
    """
    found = {file.resolve() for folder in _FONT_FOLDERS for file in folder.glob("*.sf2")}
    if not found or shutil.which("fluidsynth") is None:
        raise ModelMissingError(
            "FluidSynth or a General MIDI sound font is missing",
            hint="apt-get install fluidsynth fluid-soundfont-gm",
        )
    return tuple(sorted(found))


def _fluidsynth(song: ComposedSong, fonts: Sequence[Path]) -> Floats:
    with tempfile.TemporaryDirectory() as folder:
        midi, sound = Path(folder) / "song.mid", Path(folder) / "song.wav"
        _write_midi(song.notes, midi)
        font = fonts[song.seed % len(fonts)]
        options = ["-n", "-i", "-q", "-g", "0.5", "-r", str(RATE), "-T", "wav", "-O", "s16"]
        command = ["fluidsynth", *options, "-F", str(sound), str(font), str(midi)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode or not sound.is_file():
            raise MediaError("FluidSynth could not play the song", hint=done.stderr.decode()[-200:])
        with wave.open(str(sound)) as stream:
            data = np.frombuffer(stream.readframes(stream.getnframes()), np.int16)
            return np.asarray(data.reshape(-1, stream.getnchannels()).mean(axis=1) / 32768)


def _write_midi(notes: Sequence[Note], path: Path) -> None:
    """A Standard MIDI File whose ticks are milliseconds, a channel for each program."""
    import mido

    programs = sorted({note.program for note in notes if note.program != DRUMS})
    free = [n for n in range(16) if n != _DRUM_CHANNEL]
    channel = {program: free[k] for k, program in enumerate(programs)} | {DRUMS: _DRUM_CHANNEL}
    events = []
    for note in notes:
        where, start = channel[note.program], round(1000 * note.start)
        end = start + max(30, round(1000 * note.length))
        loud = max(1, min(127, round(127 * note.strength)))
        events.append((start, 1, "note_on", where, note.key, loud))
        events.append((end, 0, "note_off", where, note.key, 0))
    track = mido.MidiTrack(
        mido.Message("program_change", channel=channel[program], program=program)
        for program in programs
    )
    now = 0
    for time, _, kind, where, key, loud in sorted(events):
        track.append(mido.Message(kind, channel=where, note=key, velocity=loud, time=time - now))
        now = time
    mido.MidiFile(ticks_per_beat=_TICKS, tracks=[track]).save(str(path))


def _own(song: ComposedSong, rng: np.random.Generator) -> Floats:
    """Played by the drums, bass and guitars of the demo."""
    kit = instruments.drum_kit(rng)
    tape = np.zeros(round((song.duration + 5) * RATE))
    lowest = min((note.program for note in song.notes if note.program != DRUMS), default=0)
    for note in song.notes:
        sound = _tone(note, kit, rng, bass=note.key < 52 or note.program == lowest) * note.strength
        start = round(note.start * RATE)
        stop = min(len(tape), start + len(sound))
        tape[start:stop] += sound[: stop - start]
    return np.tanh(tape)


def _tone(
    note: Note, kit: instruments.Kit, rng: np.random.Generator, *, bass: bool
) -> instruments.Samples:
    if note.program == DRUMS:
        return kit[_OWN_DRUMS.get(note.key, "stick")] * 0.6
    hertz, seconds = 440 * 2 ** ((note.key - 69) / 12), min(note.length, _LONGEST)
    if bass:
        return instruments.bass(hertz, seconds) * 0.5
    if note.program in {29, 30, 18}:
        return instruments.lead(hertz, max(seconds, 0.1)) * 0.15
    return instruments.pluck(hertz, seconds, rng) * 0.25


def _band(tape: Floats, low: float, high: float) -> Floats:
    sections = butter(4, (low, high), "bandpass", fs=RATE, output="sos")
    return np.asarray(sosfilt(sections, tape))


def _bass_heavy(tape: Floats, _rng: np.random.Generator) -> Floats:
    return np.asarray(np.tanh(1.5 * (tape + 4 * _band(tape, 30, 160))))


def _live(tape: Floats, rng: np.random.Generator) -> Floats:
    """A room around it, hiss and a murmuring crowd."""
    room = rng.normal(0, 1, RATE // 2) * np.exp(-np.arange(RATE // 2) * 9 / RATE)
    room /= np.sqrt((room**2).sum())
    wet = np.fft.irfft(np.fft.rfft(tape, 2**22) * np.fft.rfft(room, 2**22))[: len(tape)]
    crowd = _band(rng.normal(0, 1, len(tape)), 200, 2500)
    slow = np.interp(np.arange(len(tape)), np.arange(0, len(tape) + RATE, RATE), np.abs(
        rng.normal(0, 1, len(tape) // RATE + 2)))  # fmt: skip
    hiss = rng.normal(0, 1, len(tape))
    return np.asarray(tape + 0.5 * wet + 0.03 * crowd * slow + 0.004 * hiss)


def _shellac(tape: Floats, rng: np.random.Generator) -> Floats:
    """A record of 1910: 250 to 3,500 Hz, surface noise and crackle."""
    noise = _band(rng.normal(0, 1, len(tape)), 300, 6000)
    crackle = rng.normal(0, 1, len(tape)) * (rng.random(len(tape)) < 30 / RATE)
    worn = np.tanh(2 * _band(tape, 250, 3500))
    return np.asarray(worn + 0.02 * noise + 0.3 * _band(crackle, 500, 8000))


_TREATMENTS: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "bass-heavy": _bass_heavy,
    "live": _live,
    "shellac": _shellac,
}
