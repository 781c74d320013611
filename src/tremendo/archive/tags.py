"""Words that a shot's measures justify; the user's own tags stand on the clip."""

from __future__ import annotations

from statistics import median

from tremendo.archive.types import Shot

__all__ = ["automatic_tags"]

_COMPASS = ("right", "up", "left", "down")


def automatic_tags(shot: Shot) -> tuple[str, ...]:
    """Plain words for what was measured, each only where it is clear (what a network sees in the
    picture is in :mod:`tremendo.archive.subjects`).

    People: ``portrait`` (one face), ``person`` (one small face), ``group`` (2 to 5), ``crowd``.
    Framing: ``close-up``, ``wide`` (no face is large). Motion: ``still``, ``lively``,
    ``moves-left`` and so on. Light: ``dark``, ``bright``. State: ``worn``.
    """
    tags = []
    count = len(shot.faces)
    if count == 1:
        tags.append("person" if shot.scale == "wide" else "portrait")
    elif count:
        tags.append("group" if count <= 5 else "crowd")
    if shot.scale != "medium":
        tags.append("close-up" if shot.scale == "close" else "wide")
    if shot.kind == "film":
        energy = median(shot.motion)
        if energy < 0.1:
            tags.append("still")
        elif energy > 1.0:
            tags.append("lively")
        if shot.direction is not None:
            tags.append(f"moves-{_COMPASS[round(shot.direction / 90) % 4]}")
    if shot.light < 0.25:
        tags.append("dark")
    elif shot.light > 0.7:
        tags.append("bright")
    if shot.damage > 0.5:
        tags.append("worn")
    return tuple(tags)
