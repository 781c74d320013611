"""A project folder: what the film is made of and how, in files that people can edit.

``project.toml`` holds the settings; ``decisions.json`` the director's word (locks, vetoes,
choices), which the machine reads and never overwrites on its own; ``state.json`` and ``store/``
belong to the machine and may be deleted at any time.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from filelock import FileLock, Timeout
from msgspec import Meta

from tremendo.core.schema import Migration, migrated
from tremendo.core.settings import checked, settings_text, tested, words
from tremendo.decisions import CONFORMS, FITS, Decisions, read_decisions, upgrade_decisions
from tremendo.errors import ConfigError, MediaError, ResourceError, UsageError, resource_error
from tremendo.media.atomic import write_text
from tremendo.music.trackers import tracker_names

__all__ = [
    "BeatCorrections",
    "Credits",
    "Film",
    "LookOptions",
    "Project",
    "parse_size",
]

PROJECT_VERSION = 1
_MIGRATIONS: tuple[Migration, ...] = ()
"""From each version of ``project.toml`` to the next."""

_LONGEST = 6 * 3600.0
"""Seconds of a film or of a song before it: more is a slip of the pen."""


def _rate(fps: Fraction) -> None:
    if not 1 <= fps <= 120:
        raise UsageError(f"{fps} frames a second is out of range", hint="between 1 and 120")


def _engines() -> Collection[str]:
    from tremendo.finish.color.registry import COLOR_ENGINES

    return COLOR_ENGINES.names()


def _presets() -> Collection[str]:
    from tremendo.finish.restore.options import PRESETS

    return {*PRESETS, "off"}


def _styles() -> Collection[str]:
    from tremendo.finish.color.style import STYLES

    return STYLES


def _codecs() -> Collection[str]:
    from tremendo.media.writer import CODECS

    return CODECS


def _taps(text: str) -> None:
    from tremendo.music.corrections import parse_taps

    try:
        parse_taps(text)
    except ValueError:
        raise UsageError(
            "these are no taps", hint="seconds with blanks between, like '1.02 1.51 2.0 2.5'"
        ) from None


def _meter(beats: int) -> None:
    from tremendo.music.corrections import METERS

    if beats not in (0, *METERS):
        raise UsageError(
            "no such meter", hint=f"one of {', '.join(map(str, METERS))}; 0 = as heard"
        )


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

    fps: Fraction = field(default=Fraction(24), metadata=tested(_rate))
    width: Annotated[int, Meta(ge=64, le=8192, multiple_of=2)] = 1280
    height: Annotated[int, Meta(ge=64, le=8192, multiple_of=2)] = 720
    seconds: Annotated[float, Meta(ge=0.5, le=_LONGEST)] | None = None
    song_start: Annotated[float, Meta(ge=0, le=_LONGEST)] = 0.0
    fit: str = field(default="crop", metadata=words(lambda: FITS))
    conform: str = field(default="repeat", metadata=words(lambda: CONFORMS))
    density: Annotated[float, Meta(ge=0.2, le=5)] = 1.0
    anticipation: Annotated[int, Meta(ge=0, le=2)] = 0
    codec: str = field(default="h264", metadata=words(_codecs))
    seed: Annotated[int, Meta(ge=0, le=2**53)] = 0
    proposal: Annotated[int, Meta(ge=1, le=20)] = 1


@dataclass(frozen=True)
class LookOptions:
    """What the finish does to pictures.

    ``restore``: ``archival``, ``gentle``, ``music-video`` or ``off``; ``color``: ``auto`` (what
    has none), ``always`` or ``off``; ``engine`` of the color: ``embedded``, or a network that was
    added as ``ddcolor`` or ``deoldify``; ``vividness`` 0..1; ``style`` of the color; ``motion``
    0..1: how far photographs move.
    """

    restore: str = field(default="gentle", metadata=words(_presets))
    color: str = field(default="auto", metadata=words(lambda: ("auto", "always", "off")))
    engine: str = field(default="embedded", metadata=words(_engines))
    vividness: Annotated[float, Meta(ge=0, le=1)] = 0.5
    style: str = field(default="natural", metadata=words(_styles))
    motion: Annotated[float, Meta(ge=0, le=1)] = 0.6


@dataclass(frozen=True)
class Credits:
    """The credit line: ``position`` ``end``, ``start`` or ``off``; empty ``text`` = the default.

    The default says that the film was colored and animated by AI, as it must. ``sources`` lists
    what is known of the material (titles, archives, rights); ``cards`` puts a ``title`` card
    before the film, a card before each of its ``chapters``, or ``all`` of them (``off``: none).
    """

    position: str = field(default="end", metadata=words(lambda: ("start", "end", "off")))
    text: Annotated[str, Meta(max_length=2000)] = ""
    title: Annotated[str, Meta(max_length=200)] = ""
    sources: bool = True
    cards: str = field(default="off", metadata=words(lambda: ("off", "title", "chapters", "all")))


@dataclass(frozen=True)
class BeatCorrections:
    """Corrections to what the machine hears: ``tempo`` ``half`` or ``double``, ``shift`` of the
    downbeat in beats, ``tracker`` ``auto`` or one of the beat trackers, ``nudge_ms`` by
    which all beats come later, ``meter`` 2, 3, 4 or 6 (0: as heard), ``taps``: seconds of tapped
    beats, with blanks between.
    """

    tempo: str = field(default="", metadata=words(lambda: ("", "half", "double")))
    shift: Annotated[int, Meta(ge=-12, le=12)] = 0
    tracker: str = field(default="auto", metadata=words(tracker_names))
    nudge_ms: Annotated[int, Meta(ge=-500, le=500)] = 0
    meter: int = field(default=0, metadata=tested(_meter))
    taps: str = field(default="", metadata=tested(_taps))


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
    look: LookOptions = field(default_factory=LookOptions)
    music: BeatCorrections = field(default_factory=BeatCorrections)
    credits: Credits = field(default_factory=Credits)
    treatment: Path | None = None

    @property
    def file(self) -> Path:
        """The settings."""
        return self.folder / "project.toml"

    @property
    def sources(self) -> tuple[Path, ...]:
        """All that the film is made of: files and folders that are never written to."""
        also = () if self.treatment is None else (self.treatment,)
        return (*self.inputs, self.song, *also)

    def decisions(self) -> Decisions:
        """What the director has decided.

        Raises:
            ConfigError: ``decisions.json`` is damaged, or says what is not understood.
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
            MediaError: there is none.
            ConfigError: its settings are not understood: key, value and remedy.
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
            content = tomllib.loads(settings_text(file))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise ConfigError(
                f"not valid TOML ({error})", path=file, hint="mend the line, or make it anew"
            ) from error
        return _project(content, file)

    def with_film(self, **changes: object) -> Project:
        """The same project with other film settings.

        Raises:
            ConfigError: one of them cannot be.
        """
        checked(Film, changes)
        return replace(self, film=replace(self.film, **changes))  # type: ignore[arg-type]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the project for this process; decisions of an older version are written anew.

        Raises:
            UsageError: another process works on it.
            ResourceError: it cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / ".lock")
            lock.acquire(blocking=False)
        except Timeout:
            raise UsageError(
                "another tremendo works on this project",
                path=self.folder,
                hint="wait for it, or choose another --project",
            ) from None
        except OSError as error:
            known = resource_error(error, self.folder)
            raise known or ResourceError(
                f"the project cannot be locked ({error})",
                path=self.folder,
                hint="choose another --project",
            ) from error
        try:
            upgrade_decisions(self.folder / "decisions.json")
            yield
        finally:
            lock.release()


@dataclass(frozen=True)
class _File:
    """What stands in ``project.toml``."""

    inputs: tuple[str, ...]
    song: str
    version: int = PROJECT_VERSION
    film: Film = field(default_factory=Film)
    look: LookOptions = field(default_factory=LookOptions)
    music: BeatCorrections = field(default_factory=BeatCorrections)
    credits: Credits = field(default_factory=Credits)
    treatment: str | None = None


def _project(content: dict[str, Any], file: Path) -> Project:
    """The project of a file's content.

    Raises:
        ConfigError: a key or value is not understood.
    """
    content = migrated(content, _MIGRATIONS, file)
    film = content.get("film")
    if isinstance(film, dict) and "size" in film:
        film = dict(film)
        size = film.pop("size")
        try:
            film["width"], film["height"] = parse_size(str(size))
        except UsageError as error:
            raise ConfigError(f"film.size: {error.message}", path=file, hint=error.hint) from error
        content = {**content, "film": film}
    read, base = checked(_File, content, file), file.parent
    return Project(
        folder=base,
        inputs=tuple(base / name for name in read.inputs),
        song=base / read.song,
        film=read.film,
        look=read.look,
        music=read.music,
        credits=read.credits,
        treatment=None if read.treatment is None else base / read.treatment,
    )
