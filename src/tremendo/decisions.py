"""The director's word, kept in ``decisions.json`` beside ``project.toml``; the machine reads it and
never writes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tremendo.errors import MediaError, UsageError

__all__ = [
    "CAMERA_MOVES",
    "CONFORMS",
    "FITS",
    "PERFORMANCES",
    "SCENES",
    "Decisions",
    "ShotChoice",
    "read_decisions",
]

FITS = {"crop", "pillarbox", "surround", "tint"}
CONFORMS = {"repeat", "speed-up", "interpolate", "rife"}
PERFORMANCES = {"idle", "look-round", "smile", "nod", "sing", "laugh"}
SCENES = {"figures", "loop", "camera"}
CAMERA_MOVES = {"push", "pull", "pan-left", "pan-right", "tilt-up", "orbit", "dolly-zoom"}


@dataclass(frozen=True)
class ShotChoice:
    """How one shot is shown; what is left out is as in ``project.toml``, or as proposed.

    ``motion`` of a photograph: ``face``, or what the face does (``smile``...); ``figures``: people
    stir before the camera; ``loop``: water and leaves flow; ``camera`` alone, or the camera's move
    (``push``...). ``style`` and ``vividness`` of its color; ``variant``: another
    plausible coloring; ``hints``: ``x,y,#rrggbb@frame`` in pixels and native frames of the clip;
    ``references``: pictures in color that its colors follow, beside the project or anywhere.
    """

    fit: str = ""
    conform: str = ""
    motion: str = ""
    style: str = ""
    vividness: float | None = None
    variant: int = 0
    hints: tuple[str, ...] = ()
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
    devices: tuple[str, ...] | None = None


def read_decisions(file: Path) -> Decisions:
    """The decisions of a file; none where there is no file.

    Raises:
        MediaError: it is damaged, or says what is not understood; the message names it.
    """
    if not file.exists():
        return Decisions()
    try:
        content = json.loads(file.read_text())
        vetoes = tuple(
            veto if isinstance(veto, str) else _pair(veto) for veto in content.get("vetoes", [])
        )
        devices = content.get("devices")
        return Decisions(
            locks=tuple(dict(lock) for lock in content.get("locks", [])),
            vetoes=vetoes,
            shots={str(s): _choice(given) for s, given in content.get("shots", {}).items()},
            likes=tuple(str(like) for like in content.get("likes", [])),
            devices=None if devices is None else tuple(str(device) for device in devices),
        )
    except (ValueError, TypeError, AttributeError, IndexError, UsageError) as error:
        raise MediaError(
            f"the decisions cannot be read ({error})",
            path=file,
            hint="mend the JSON or move the file away",
        ) from error


def _pair(veto: list[Any]) -> tuple[str, str]:
    if len(veto) != 2:
        raise ValueError(f"the veto {veto} is neither the id of a shot nor a pair of ids")
    return str(veto[0]), str(veto[1])


def _choice(given: dict[str, Any]) -> ShotChoice:
    """What is wanted of one shot, checked.

    Raises:
        ValueError, UsageError: a word or number that means nothing.
    """
    from tremendo.finish.color.hint import parse_hint
    from tremendo.finish.color.style import STYLES

    for unknown in given.keys() - {f.name for f in fields(ShotChoice)}:
        raise ValueError(f"'{unknown}' is nothing that a shot can be told")
    for key, allowed in (
        ("fit", FITS),
        ("conform", CONFORMS),
        ("motion", {"face", *SCENES} | PERFORMANCES | CAMERA_MOVES),
        ("style", STYLES),
    ):
        value = given.get(key, "")
        if value and value not in allowed:
            raise ValueError(f"{key} '{value}' is none of {', '.join(sorted(allowed))}")
    vividness, variant = given.get("vividness"), int(given.get("variant", 0))
    if vividness is not None and not 0 <= float(vividness) <= 1:
        raise ValueError(f"vividness {vividness} is not between 0 and 1")
    if variant < 0:
        raise ValueError(f"variant {variant} is not 0, 1, 2 ...")
    for hint in given.get("hints", ()):
        parse_hint(str(hint))
    words = {key: str(given[key]) for key in ("fit", "conform", "motion", "style") if key in given}
    return ShotChoice(
        **words,
        vividness=None if vividness is None else float(vividness),
        variant=variant,
        hints=tuple(map(str, given.get("hints", ()))),
        references=tuple(map(str, given.get("references", ()))),
    )
