"""The treatment: chapters of the film, as the director writes them in TOML.

    density = 1.0            # 2 = shots half as long
    anticipation = 1         # frames by which cuts come before the beat, 0 to 2
    half_beats = false       # cuts between the beats too
    refrain = ["dancers"]    # tags or shot ids that may come back
    devices = ["ramp", "freeze", "black", "repeat", "match"]     # of an editor; [] for none

    [[chapter]]
    name = "crowds"
    tags = ["street", "market"]
    window = "0%-25%"        # or "bars 1-16", "0:00-0:20", "12s-20.5s", "sections A, B"
    density = 1.2
    mood = "lively"          # calm, tender, steady, lively, wild
    palette = "tint-blue"    # a style of color, see docs/guide/color.md

Seconds and per cents count from the start of the film, bars from the first bar of the song.
Chapters without a window divide the film into equal parts in their order.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from tremendo.archive.types import Clip, Shot
from tremendo.errors import MediaError
from tremendo.montage.beat_grid import frame_of
from tremendo.montage.pacing import Window
from tremendo.montage.transitions import TransitionMatrix
from tremendo.music.types import Song

__all__ = ["DEVICES", "MOODS", "USUAL", "Chapter", "Treatment", "parse_treatment", "read_treatment"]

MOODS = {"calm": 0.65, "tender": 0.75, "steady": 1.0, "lively": 1.3, "wild": 1.7}
"""Cutting density that a mood word asks for."""
USUAL = ("ramp", "match", "freeze", "black", "repeat")
"""Devices that are used, sparingly, unless the treatment says otherwise."""
DEVICES = (*USUAL, "refrain", "reverse", "mirror", "split")
"""All devices of an editor; see :mod:`tremendo.montage.effects`."""
_NUMBER = r"\d+(?:\.\d+)?"
_TIME = rf"(?:(\d+):)?({_NUMBER})\s*s?"
_WINDOW_FORMS = {
    "percent": re.compile(rf"({_NUMBER})\s*%\s*-\s*({_NUMBER})\s*%"),
    "bars": re.compile(r"bars?\s+(\d+)\s*-\s*(\d+)"),
    "seconds": re.compile(rf"{_TIME}\s*-\s*{_TIME}"),
    "sections": re.compile(r"sections?\s+(\S+(?:\s*,\s*\S+)*)"),
}


@dataclass(frozen=True)
class Chapter:
    """A part of the film with its own subjects and pace; ``window`` in the forms above."""

    name: str
    tags: tuple[str, ...] = ()
    window: str = ""
    density: float = 1.0
    mood: str = "steady"
    palette: str = ""
    shots: tuple[str, ...] = ()
    """Ids of shots that belong here whatever their tags (a machine's chapter is a cluster)."""

    def claims(self, shot: Shot, clip: Clip) -> bool:
        """Whether a shot belongs to the chapter."""
        return shot.id in self.shots or not {*shot.tags, *clip.tags}.isdisjoint(self.tags)

    @property
    def open(self) -> bool:
        """Whether any shot may stand here."""
        return not self.tags and not self.shots


@dataclass(frozen=True)
class Treatment:
    """How the film is told.

    ``weight`` is how strongly chapters bind the choice of shots: high when a director wrote
    them, low when the machine proposed them. ``reasons`` say why it did.
    """

    chapters: tuple[Chapter, ...] = ()
    density: float = 1.0
    anticipation: int = 0
    half_beats: bool = False
    refrain: tuple[str, ...] = ()
    weight: float = 5.0
    reasons: tuple[str, ...] = ()
    devices: tuple[str, ...] = USUAL
    proposed: bool = False
    """Whether the machine made it."""
    transitions: TransitionMatrix | None = None
    """From which shots to which a reference film cuts; to be followed."""

    def chapter(self, name: str) -> Chapter | None:
        """The chapter of that name."""
        return next((c for c in self.chapters if c.name == name), None)

    def windows(
        self, song: Song, *, fps: Fraction, frames: int, song_start: Fraction
    ) -> tuple[Window, ...]:
        """Where the chapters lie in the film, in output frames, in order of time.

        A chapter bound to section names has one window for each occurrence.
        """
        found: list[Window] = []
        for k, chapter in enumerate(self.chapters):
            share = f"{100 * k / len(self.chapters)}%-{100 * (k + 1) / len(self.chapters)}%"
            density = chapter.density * MOODS[chapter.mood]
            found += [
                Window(max(0, a), min(frames, b), chapter.name, density)
                for a, b in _spans(chapter.window or share, song, fps, frames, song_start)
                if a < frames and b > 0
            ]
        return tuple(sorted(found, key=lambda w: (w.start, w.end)))


def read_treatment(path: str | Path, palettes: Collection[str] | None = None) -> Treatment:
    """Read a treatment file.

    Args:
        path: the file.
        palettes: names that a chapter's palette may have; None: any (the montage does not color).

    Raises:
        MediaError: the file is missing, is no TOML, or a key or value is not understood; the
            message names line and key.
    """
    path = Path(path)
    try:
        return parse_treatment(path.read_text(encoding="utf-8"), palettes)
    except MediaError as error:
        raise MediaError(error.message, path=path, hint=error.hint) from None
    except (OSError, UnicodeDecodeError) as error:
        raise MediaError("the treatment cannot be read", path=path, hint=str(error)) from error


def parse_treatment(text: str, palettes: Collection[str] | None = None) -> Treatment:
    """Read a treatment from TOML text; arguments and errors as in :func:`read_treatment`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MediaError(f"the treatment is not valid TOML: {error}") from error
    reader = _TreatmentReader(text)
    keys = {"density", "anticipation", "half_beats", "refrain", "devices", "chapter"}
    reader.known(data, keys, 0)
    raw = data.get("chapter", [])
    if not isinstance(raw, list) or not all(isinstance(c, dict) for c in raw):
        raise reader.error("chapter", "write [[chapter]] before the keys of each chapter")
    chapters = tuple(_chapter(reader, c, k + 1, palettes) for k, c in enumerate(raw))
    devices = reader.texts(data, "devices", 0) if "devices" in data else USUAL
    for device in set(devices) - set(DEVICES):
        raise reader.error("devices", f"{device!r} is none of {', '.join(DEVICES)}")
    names = [c.name for c in chapters]
    for k, name in enumerate(names):
        if name in names[:k]:
            raise reader.error("name", f"two chapters are called {name!r}", k + 1)
    return Treatment(
        chapters=chapters,
        density=reader.number(data, "density", 0.2, 5.0),
        anticipation=reader.frames(data, "anticipation"),
        half_beats=reader.flag(data, "half_beats"),
        refrain=reader.texts(data, "refrain", 0),
        devices=devices,
    )


def _chapter(
    reader: _TreatmentReader, data: dict[str, Any], number: int, palettes: Collection[str] | None
) -> Chapter:
    reader.known(data, {"name", "tags", "window", "density", "mood", "palette"}, number)
    name = reader.text(data, "name", number)
    if not name:
        raise reader.error("name", "every chapter needs a name", number)
    mood = reader.text(data, "mood", number) or "steady"
    if mood not in MOODS:
        raise reader.error("mood", f"{mood!r} is none of {', '.join(MOODS)}", number)
    palette = reader.text(data, "palette", number)
    if palette and palettes is not None and palette not in palettes:
        raise reader.error("palette", f"{palette!r} is none of {', '.join(palettes)}", number)
    window = reader.text(data, "window", number)
    if window and _form(window) is None:
        raise reader.error("window", f"{window!r} is not understood", number)
    return Chapter(
        name=name,
        tags=reader.texts(data, "tags", number),
        window=window,
        density=reader.number(data, "density", 0.2, 5.0, number),
        mood=mood,
        palette=palette,
    )


def _form(window: str) -> tuple[str, re.Match[str]] | None:
    """Which of the forms a window has; None when it has none, or ends before it starts."""
    for form, pattern in _WINDOW_FORMS.items():
        match = pattern.fullmatch(window.strip())
        if match is None:
            continue
        numbers = [float(g or 0) for g in match.groups()] if form != "sections" else [0.0, 1.0]
        if form == "seconds":
            numbers = [60 * numbers[0] + numbers[1], 60 * numbers[2] + numbers[3]]
        forward = numbers[0] <= numbers[1] if form == "bars" else numbers[0] < numbers[1]
        return (form, match) if forward else None
    return None


def _spans(
    window: str, song: Song, fps: Fraction, frames: int, song_start: Fraction
) -> list[tuple[int, int]]:
    """Output frames (start, end) that a window means in this song; none where it has no place."""
    found = _form(window)
    if found is None:
        return []
    form, match = found
    groups = match.groups()
    if form == "percent":
        return [(round(float(groups[0]) / 100 * frames), round(float(groups[1]) / 100 * frames))]
    if form == "seconds":
        minutes_seconds = [Fraction(g or 0) for g in groups]
        start = 60 * minutes_seconds[0] + minutes_seconds[1]
        end = 60 * minutes_seconds[2] + minutes_seconds[3]
        return [(round(start * fps), round(end * fps))]
    if form == "bars":
        bars = song.bars[max(0, int(groups[0]) - 1) : int(groups[1])]
        times = [(bars[0].start, bars[-1].end)] if bars else []
    else:
        names = {name.strip() for name in groups[0].split(",")}
        times = [(s.start, s.end) for s in song.sections if s.label in names]
    return [(frame_of(a, fps, song_start), frame_of(b, fps, song_start)) for a, b in _merge(times)]


def _merge(times: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in times:
        if merged and start - merged[-1][1] < 1e-6:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


class _TreatmentReader:
    """Typed values out of a TOML table, with errors that name line and key.

    ``chapter`` is the number of the chapter the key stands in, 0 for the head of the file.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()

    def error(self, key: str, message: str, chapter: int = 0) -> MediaError:
        where = f"chapter {chapter}, key" if chapter else "key"
        line = self._line(key, chapter)
        place = f"line {line}, {where} {key!r}" if line else f"{where} {key!r}"
        return MediaError(
            f"treatment, {place}: {message}",
            hint="docs: how to write a treatment (python: help('tremendo.montage.treatment'))",
        )

    def _line(self, key: str, chapter: int) -> int | None:
        seen = 0
        for number, line in enumerate(self.lines, start=1):
            seen += line.strip().startswith("[[chapter]]")
            if seen == chapter and re.match(rf"\s*\[*\"?{re.escape(key)}\b", line):
                return number
        return None

    def known(self, data: dict[str, Any], keys: set[str], chapter: int) -> None:
        for key in data:
            if key not in keys:
                known = ", ".join(sorted(keys))
                raise self.error(key, f"unknown; known are {known}", chapter)

    def number(
        self, data: dict[str, Any], key: str, low: float, high: float, chapter: int = 0
    ) -> float:
        value = data.get(key, 1.0)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error(key, f"{value!r} is not a number", chapter)
        if not low <= value <= high:
            raise self.error(key, f"{value} is outside {low} to {high}", chapter)
        return float(value)

    def frames(self, data: dict[str, Any], key: str) -> int:
        value = data.get(key, 0)
        if isinstance(value, bool) or value not in (0, 1, 2):
            raise self.error(key, f"{value!r} is not 0, 1 or 2 frames")
        return int(value)

    def flag(self, data: dict[str, Any], key: str) -> bool:
        value = data.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, f"{value!r} is not true or false")
        return value

    def text(self, data: dict[str, Any], key: str, chapter: int) -> str:
        value = data.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, f"{value!r} is not a text", chapter)
        return value

    def texts(self, data: dict[str, Any], key: str, chapter: int) -> tuple[str, ...]:
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.error(key, f"{value!r} is not a list of texts", chapter)
        return tuple(value)
