"""Composed songs as files: sound, beats and sections, and a list of what they are."""

from __future__ import annotations

import csv
import wave
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from tremendo.evaluate.songs.compose import ComposedSong, compose
from tremendo.evaluate.songs.render import RATE, render
from tremendo.evaluate.songs.styles import STYLES, SongStyle

__all__ = ["write_songs"]

_COLUMNS = ("name", "seed", "style", "meter", "tempo", "seconds", "sound", "tags")


def write_songs(
    folder: Path,
    seeds: Iterable[int],
    report: Callable[[str], None] = lambda _: None,
    styles: Sequence[SongStyle] = STYLES,
) -> list[ComposedSong]:
    """Write ``song-NNN.wav`` with ``.beats.csv`` and ``.sections.csv``, and ``songs.csv``.

    The files are what ``evaluate_music`` reads. A song that lies there already is not played again.

    Args:
        folder: where to.
        seeds: which songs.
        report: told of each song.
        styles: to draw from.

    Returns:
        The songs.

    Raises:
        ModelMissingError: FluidSynth or a sound font is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    songs = [compose(seed, styles) for seed in seeds]
    for song in songs:
        name = f"song-{song.seed:03d}"
        sound = folder / f"{name}.wav"
        if not sound.is_file():
            report(f"{name}: {song.style}, {song.meter}, {song.tempo:.0f} a minute")
            pcm = (render(song) * 32767).astype(np.int16)
            with wave.open(str(sound), "wb") as out:
                out.setparams((1, 2, RATE, 0, "NONE", ""))
                out.writeframes(pcm.tobytes())
        _table(
            folder / f"{name}.beats.csv",
            ("time_s", "is_downbeat"),
            ((f"{t:.4f}", int(n == 1)) for t, n in zip(song.beats, song.positions, strict=True)),
        )
        rows = ((f"{a:.4f}", f"{b:.4f}", letter, f"{e:.2f}") for a, b, letter, e in song.sections)
        _table(folder / f"{name}.sections.csv", ("start_s", "end_s", "label", "energy"), rows)
    _table(folder / "songs.csv", _COLUMNS, map(_row, songs))
    return songs


def _row(song: ComposedSong) -> tuple[object, ...]:
    name, tempo, seconds = f"song-{song.seed:03d}", f"{song.tempo:.1f}", f"{song.duration:.1f}"
    sound, tags = " ".join(song.sound), " ".join(song.tags)
    return (name, song.seed, song.style, song.meter, tempo, seconds, sound, tags)


def _table(path: Path, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
