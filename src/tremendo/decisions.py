"""The director's word, kept in ``decisions.json`` beside ``project.toml``: read, and never decided,
by the machine.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from tremendo.core.schema import Migration, back_up, migrated
from tremendo.core.settings import checked, settings_text, tested, words
from tremendo.errors import ConfigError
from tremendo.media.atomic import write_text

__all__ = [
    "CONFORMS",
    "DECISIONS_VERSION",
    "FITS",
    "Decisions",
    "ShotChoice",
    "read_decisions",
    "upgrade_decisions",
]

DECISIONS_VERSION = 2

FITS = {"crop", "pillarbox", "surround", "tint"}
CONFORMS = {"repeat", "speed-up", "interpolate", "rife"}


def _styles() -> Collection[str]:
    from tremendo.finish.color.style import STYLES

    return STYLES


def _motions() -> Collection[str]:
    from tremendo.finish.animate.options import WORDS

    return WORDS


def _devices() -> Collection[str]:
    from tremendo.montage.treatment import DEVICES

    return DEVICES


def _hint(text: str) -> None:
    from tremendo.finish.color.hint import parse_hint

    parse_hint(text)


@dataclass(frozen=True)
class ShotChoice:
    """How one shot is shown; what is left out is as in ``project.toml``, or as proposed.

    ``motion`` of a photograph: ``face``, or what the face does (``smile``...); ``figures``: people
    stir before the camera; ``loop``: water and leaves flow; ``camera`` alone, or the camera's move
    (``push``...). ``style`` and ``vividness`` of its color; ``variant``: another
    plausible coloring; ``hints``: ``x,y,#rrggbb@frame`` in pixels and native frames of the clip;
    ``references``: pictures in color that its colors follow, beside the project or anywhere.
    """

    fit: str = field(default="", metadata=words(lambda: FITS))
    conform: str = field(default="", metadata=words(lambda: CONFORMS))
    motion: str = field(default="", metadata=words(_motions))
    style: str = field(default="", metadata=words(_styles))
    vividness: Annotated[float, Meta(ge=0, le=1)] | None = None
    variant: Annotated[int, Meta(ge=0, le=2**31)] = 0
    hints: tuple[str, ...] = field(default=(), metadata=tested(_hint))
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decisions:
    """The director's word.

    ``locks``: slots of the timeline that must stay as they are, in the timeline's own form;
    ``vetoes``: ids of shots never to be used, or pairs of ids that must not follow each other;
    ``shots``: by id, how a shot is shown; ``likes``: ids of shots of which more like them are
    wanted; ``devices``: names of the devices that may be used (None: as the treatment says).
    """

    locks: tuple[dict[str, Any], ...] = ()
    vetoes: tuple[str | tuple[str, str], ...] = ()
    shots: dict[str, ShotChoice] = field(default_factory=dict)
    likes: tuple[str, ...] = ()
    devices: tuple[str, ...] | None = field(default=None, metadata=words(_devices))
    version: int = DECISIONS_VERSION


def read_decisions(file: Path) -> Decisions:
    """The decisions of a file; none where there is no file.

    Raises:
        ConfigError: it is damaged, or says what is not understood: key, value and remedy.
    """
    content = _content(file)
    if content is None:
        return Decisions()
    content = migrated(content, _MIGRATIONS, file)
    shots = content.pop("shots", {})
    if not isinstance(shots, dict):
        raise ConfigError(
            f"shots: {shots!r} is not a table", path=file, hint="choices by the ids of shots"
        )
    choices = {
        shot: checked(ShotChoice, given, file, key=f"shots.{shot}") for shot, given in shots.items()
    }
    return replace(checked(Decisions, content, file), shots=choices)


def upgrade_decisions(file: Path) -> Path | None:
    """Write decisions in old words in today's, beside a copy of the old file.

    A file that only lacks its version, as one written by hand may, is left as it is.

    Returns:
        The copy; None where nothing had to be written.

    Raises:
        ConfigError: it is damaged.
        ResourceError: it cannot be written.
    """
    content = _content(file)
    if content is None:
        return None
    today = migrated(content, _MIGRATIONS, file)
    if today == {**content, "version": DECISIONS_VERSION}:
        return None
    copy = back_up(file, content.get("version", 1))
    write_text(file, json.dumps(today, indent=1, ensure_ascii=False))
    return copy


def _content(file: Path) -> dict[str, Any] | None:
    if not file.exists():
        return None
    try:
        content = json.loads(settings_text(file))
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"the decisions cannot be read: not valid JSON ({error})",
            path=file,
            hint="mend the JSON or move the file away",
        ) from error
    if not isinstance(content, dict):
        raise ConfigError(
            "the decisions cannot be read: they are no table",
            path=file,
            hint="write {} around them, or move the file away",
        )
    return content


def _words_of_locks(content: dict[str, Any]) -> dict[str, Any]:
    """Version 2: slots say ``technique`` and ``segments`` for ``treatment`` and ``moves``."""
    new = {"treatment": "technique", "moves": "segments"}

    def renamed(lock: object) -> object:
        return {new.get(k, k): v for k, v in lock.items()} if isinstance(lock, dict) else lock

    locks = content.get("locks")
    return (
        {**content, "locks": [renamed(lock) for lock in locks]}
        if isinstance(locks, list)
        else content
    )


_MIGRATIONS: tuple[Migration, ...] = (_words_of_locks,)
