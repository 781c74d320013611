"""A project folder: what the film is made of and how, in files that people can edit.

``project.toml`` holds the settings; ``decisions.json`` the director's word (locks, vetoes,
choices), which the machine reads and never overwrites on its own; ``state.json`` and ``store/``
belong to the machine and may be deleted at any time.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import psutil
import tomli_w

from tremendo.decisions import CONFORMS, FITS, Decisions, read_decisions
from tremendo.errors import MediaError, ResourceError, TremendoError, UsageError
from tremendo.media.atomic import write_text

__all__ = [
    "BeatCorrections",
    "Credits",
    "Film",
    "Look",
    "Project",
    "parse_size",
]

PROJECT_VERSION = 1


@dataclass(frozen=True)
class Film:
    """Shape of the film.

    ``fps`` and ``size`` of the output; ``seconds`` of it (None: the whole song from
    ``song_start`` on); ``fit`` of pictures that have another shape than the film: ``crop`` (follows
    faces and motion), ``pillarbox`` (bars), ``surround`` (bars filled with the blurred picture) or
    ``tint`` (bars in the picture's own tint); ``conform`` of film to ``fps``: ``repeat`` (whole
    frames, evenly), ``speed-up`` (one frame each, faster), ``interpolate`` (between frames, along
    the motion) or ``rife`` (likewise, by that network); ``density`` > 1 cuts faster;
    ``anticipation`` puts cuts that many frames before the beat (0 to 2); ``codec`` of the master;
    ``seed`` of every choice that could be otherwise; ``proposal`` which of the alternative cuts.
    """

    fps: Fraction = Fraction(24)
    width: int = 1280
    height: int = 720
    seconds: float | None = None
    song_start: float = 0.0
    fit: str = "crop"
    conform: str = "repeat"
    density: float = 1.0
    anticipation: int = 0
    codec: str = "h264"
    seed: int = 0
    proposal: int = 1


@dataclass(frozen=True)
class Look:
    """What the finish does to pictures.

    ``restore``: ``archival``, ``gentle``, ``music-video`` or ``off``; ``color``: ``auto`` (what
    has none), ``always`` or ``off``; ``engine`` of the color: ``embedded``, or a network that was
    added as ``ddcolor`` or ``deoldify``; ``vividness`` 0..1; ``style`` of the color; ``motion``
    0..1: how far photographs move.
    """

    restore: str = "gentle"
    color: str = "auto"
    engine: str = "embedded"
    vividness: float = 0.5
    style: str = "natural"
    motion: float = 0.6


@dataclass(frozen=True)
class Credits:
    """The credit line: ``position`` ``end``, ``start`` or ``off``; empty ``text`` = the default.

    The default says that the film was colored and animated by AI, as it must. ``sources`` lists
    what is known of the material (titles, archives, rights); ``cards`` puts a ``title`` card
    before the film, a card before each of its ``chapters``, or ``all`` of them (``off``: none).
    """

    position: str = "end"
    text: str = ""
    title: str = ""
    sources: bool = True
    cards: str = "off"


@dataclass(frozen=True)
class BeatCorrections:
    """Corrections to what the machine hears: ``tempo`` ``half`` or ``double``, ``shift`` of the
    downbeat in beats, ``tracker`` ``auto``, ``beatnet``, ``librosa`` or ``grid``, ``nudge_ms`` by
    which all beats come later, ``meter`` 2, 3, 4 or 6 (0: as heard), ``taps``: seconds of tapped
    beats, with blanks between.
    """

    tempo: str = ""
    shift: int = 0
    tracker: str = "auto"
    nudge_ms: int = 0
    meter: int = 0
    taps: str = ""


_CHOICES = {
    ("film", "fit"): FITS,
    ("film", "conform"): CONFORMS,
    ("look", "restore"): {"archival", "gentle", "music-video", "off"},
    ("look", "color"): {"auto", "always", "off"},
    ("look", "engine"): {"embedded", "ddcolor", "deoldify"},
    ("credits", "position"): {"start", "end", "off"},
    ("credits", "cards"): {"off", "title", "chapters", "all"},
    ("music", "tempo"): {"", "half", "double"},
    ("music", "tracker"): {"auto", "beatnet", "librosa", "grid"},
}


def parse_size(text: str) -> tuple[int, int]:
    """``1280x720`` as numbers.

    Raises:
        UsageError: not of that form, or not between 64 and 8192 and even.
    """
    width, _, height = text.lower().partition("x")
    try:
        size = int(width), int(height)
    except ValueError:
        size = (0, 0)
    if not all(64 <= s <= 8192 and s % 2 == 0 for s in size):
        raise UsageError(f"'{text}' is no film size", hint="two even numbers, like 1280x720")
    return size


@dataclass(frozen=True)
class Project:
    """A project and where it lies."""

    folder: Path
    inputs: tuple[Path, ...]
    song: Path
    film: Film = field(default_factory=Film)
    look: Look = field(default_factory=Look)
    music: BeatCorrections = field(default_factory=BeatCorrections)
    credits: Credits = field(default_factory=Credits)
    treatment: Path | None = None

    @property
    def file(self) -> Path:
        """The settings."""
        return self.folder / "project.toml"

    def decisions(self) -> Decisions:
        """What the director has decided.

        Raises:
            MediaError: ``decisions.json`` is damaged.
        """
        return read_decisions(self.folder / "decisions.json")

    def save(self) -> None:
        """Write ``project.toml``."""
        film = {k: v for k, v in vars(self.film).items() if v is not None}
        size = f"{film.pop('width')}x{film.pop('height')}"
        content: dict[str, Any] = {
            "version": PROJECT_VERSION,
            "inputs": [str(p) for p in self.inputs],
            "song": str(self.song),
            "film": {**film, "fps": str(self.film.fps), "size": size},
            "look": vars(self.look),
            "music": vars(self.music),
            "credits": vars(self.credits),
        }
        if self.treatment is not None:
            content["treatment"] = str(self.treatment)
        write_text(self.file, tomli_w.dumps(content))

    @classmethod
    def load(cls, folder: str | Path) -> Project:
        """Read a project.

        Raises:
            MediaError: there is none, or its settings are not understood (names the key).
        """
        folder = Path(folder)
        file = folder / "project.toml"
        if not file.is_file():
            raise MediaError(
                "this folder is no tremendo project",
                path=folder,
                hint="make one with `tremendo new DIR INPUT... --song SONG`",
            )
        try:
            return _Reader(file, tomllib.loads(file.read_text())).project()
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise MediaError(f"not valid TOML ({error})", path=file) from error

    def with_film(self, **changes: object) -> Project:
        """The same project with other film settings."""
        return replace(self, film=replace(self.film, **changes))  # type: ignore[arg-type]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the project for this process.

        Raises:
            UsageError: another living process works on it.
        """
        lock = self.folder / ".lock"
        mine = f"{os.getpid()} {psutil.Process().create_time():.0f}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            while True:
                try:
                    with lock.open("x") as stream:
                        stream.write(mine)
                    break
                except FileExistsError:
                    if _alive(lock):
                        raise UsageError(
                            "another tremendo works on this project",
                            path=self.folder,
                            hint="wait for it, or choose another --project",
                        ) from None
                    lock.unlink(missing_ok=True)
        except PermissionError as error:
            raise ResourceError(
                "no permission to write the project",
                path=self.folder,
                hint="choose another --project",
            ) from error
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _alive(lock: Path) -> bool:
    """Whether the process that wrote the lock still runs (and is not another with its number)."""
    try:
        pid, born = lock.read_text().split()
        return bool(abs(psutil.Process(int(pid)).create_time() - float(born)) < 2)
    except (OSError, ValueError, psutil.Error):
        return False


class _Reader:
    """Validates project.toml key by key."""

    def __init__(self, file: Path, content: dict[str, Any]) -> None:
        self.file = file
        self.content = content

    def wrong(self, key: str, why: str) -> TremendoError:
        return MediaError(f"{key}: {why}", path=self.file, hint=f"mend '{key}' in project.toml")

    def project(self) -> Project:
        content = self.content
        if content.get("version", 1) > PROJECT_VERSION:
            raise self.wrong("version", "made by a newer tremendo")
        known = {"version", "inputs", "song", "film", "look", "music", "credits", "treatment"}
        for key in content.keys() - known:
            raise self.wrong(key, "is not a setting")
        inputs, song = content.get("inputs"), content.get("song")
        if not isinstance(inputs, list) or not all(isinstance(i, str) for i in inputs):
            raise self.wrong("inputs", "must be a list of files and folders")
        if not isinstance(song, str):
            raise self.wrong("song", "must be a file")
        film = dict(content.get("film", {}))
        if "size" in film:
            try:
                film["width"], film["height"] = parse_size(str(film.pop("size")))
            except UsageError as error:
                raise self.wrong("film.size", error.message) from error
        base = self.file.parent
        treatment = content.get("treatment")
        return Project(
            folder=base,
            inputs=tuple(base / i for i in inputs),
            song=base / song,
            film=self.section("film", Film, film),
            look=self.section("look", Look, content.get("look", {})),
            music=self.section("music", BeatCorrections, content.get("music", {})),
            credits=self.section("credits", Credits, content.get("credits", {})),
            treatment=None if treatment is None else base / str(treatment),
        )

    def section(self, name: str, kind: type[Any], given: dict[str, Any]) -> Any:  # noqa: ANN401
        values: dict[str, Any] = {}
        defaults = kind()
        for key, value in given.items():
            if key not in {f.name for f in fields(kind)}:
                raise self.wrong(f"{name}.{key}", "is not a setting")
            choices = _CHOICES.get((name, key))
            if choices is not None and value not in choices:
                raise self.wrong(f"{name}.{key}", "must be one of " + ", ".join(sorted(choices)))
            values[key] = self.value(f"{name}.{key}", value, getattr(defaults, key))
        return kind(**values)

    def value(self, key: str, value: Any, default: Any) -> Any:  # noqa: ANN401 - TOML is dynamic
        try:
            if isinstance(default, Fraction):
                return Fraction(str(value))
            if isinstance(default, bool):
                if not isinstance(value, bool):
                    raise self.wrong(key, "must be true or false")
                return value
            if isinstance(default, float) or default is None:
                return float(value)
            if isinstance(default, int):
                return int(value)
        except (ValueError, ZeroDivisionError) as error:
            raise self.wrong(key, f"'{value}' is no number") from error
        if not isinstance(value, str):
            raise self.wrong(key, "must be text")
        return value
