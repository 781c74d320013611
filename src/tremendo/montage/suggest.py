"""The machine's own treatment: what the archive holds, told along the form of the song."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tremendo.archive.types import Clip, Shot
from tremendo.montage.clusters import Cluster, clusters_of
from tremendo.montage.treatment import Chapter, Treatment
from tremendo.music.types import Section, Song

__all__ = ["suggest_treatment"]

_OWN_WEIGHT = 0.7
_MIN_SHOTS = 3
_LEAST_SECONDS = 2.0
_MOST_CHAPTERS = 5


def suggest_treatment(
    song: Song, clips: Sequence[Clip], *, start: float = 0.0, end: float = math.inf
) -> Treatment:
    """Chapters from what the archive holds, set against the sections of the song.

    Where the user's tags (folder names) name at least two subjects and cover half of the shots,
    they are the chapters, else clusters of shots that look alike, named by the tags that set them
    apart. The liveliest chapter takes the most energetic section, and so on; sections with the
    same label get the same chapter, so that the form of the song can be seen. The chapters bind
    lightly: their shots come where they do not belong only for want of others.

    Args:
        song: what ``listen`` returned.
        clips: the described archive.
        start: second of the song at which the film begins.
        end: second of the song at which it ends; sections outside are not told.
    """
    parts = _parts(song, start, end)
    groups, named = _groups(clips, min(_MOST_CHAPTERS, len(parts)))
    if len(groups) < 2 or len(parts) < 2:
        lacking = "the song has one part only" if len(groups) >= 2 else "the shots are few or alike"
        return Treatment(weight=_OWN_WEIGHT, proposed=True, reasons=(f"No chapters: {lacking}.",))
    groups = sorted(groups, key=lambda g: -len(g[1]))[: min(_MOST_CHAPTERS, len(parts))]
    groups.sort(key=lambda g: _liveliness(g[1]))
    parts.sort(key=lambda p: p[1])
    bounds = np.linspace(0, len(parts), len(groups) + 1).round().astype(int)
    chapters: list[Chapter] = []
    reasons: list[str] = []
    for (name, shots), a, b in zip(groups, bounds, bounds[1:], strict=False):
        labels = [label for label, _ in parts[a:b]]
        energy = float(np.mean([e for _, e in parts[a:b]]))
        ids = tuple(shot.id for shot in shots)
        chapters.append(Chapter(name, window="sections " + ", ".join(labels), shots=ids))
        together = "by their folder" if named else "that look alike"
        reasons.append(
            f"Chapter {name!r} ({len(shots)} shots {together}) stands in section"
            f"{'s' * (len(labels) > 1)} {', '.join(labels)}: liveliness {_liveliness(shots):.2f} "
            f"against the music's energy {energy:.2f}."
        )
    return Treatment(
        chapters=tuple(chapters), weight=_OWN_WEIGHT, proposed=True, reasons=tuple(reasons)
    )


def _groups(clips: Sequence[Clip], most: int) -> tuple[list[Cluster], bool]:
    """Subjects with their shots, and whether the user named them.

    A tag that merely says "film" or "photograph" (it covers all shots of one kind and no others)
    is no subject. Each shot counts for the rarest of its tags.
    """
    shots = [(shot, set(clip.tags)) for clip in clips for shot in clip.shots]
    kinds = _kind_tags(shots)
    named = _grouped([(shot, tags - kinds) for shot, tags in shots])
    if len(named) >= 2 and 2 * sum(len(group) for _, group in named) >= len(shots):
        return named, True
    tries = (clusters_of(clips, count) for count in range(most, _MOST_CHAPTERS + 1))
    return next((found for found in tries if len(found) >= 2), []), False


def _grouped(shots: Sequence[tuple[Shot, set[str]]]) -> list[Cluster]:
    """Shots by their rarest tag, leaving out tags of too few shots."""
    counts = Counter(tag for _, tags in shots for tag in tags)
    groups: dict[str, list[Shot]] = {}
    for shot, tags in shots:
        own = sorted((t for t in tags if counts[t] >= _MIN_SHOTS), key=lambda t: (counts[t], t))
        if own:
            groups.setdefault(own[0], []).append(shot)
    return [(tag, group) for tag, group in sorted(groups.items()) if len(group) >= _MIN_SHOTS]


def _kind_tags(shots: Sequence[tuple[Shot, set[str]]]) -> set[str]:
    """Tags that cover exactly the films, exactly the photographs, or everything."""
    spans = {
        frozenset(s.id for s, _ in shots if s.kind in kinds)
        for kinds in (("film",), ("photo",), ("film", "photo"))
    }
    every = {tag for _, tags in shots for tag in tags}
    return {t for t in every if frozenset(s.id for s, tags in shots if t in tags) in spans}


def _parts(song: Song, start: float, end: float) -> list[tuple[str, float]]:
    """Labels of the song that sound between two seconds, at least for a moment worth a shot, with
    their mean energy, in order of appearance."""
    by_label: dict[str, list[Section]] = {}
    for section in song.sections:
        if min(section.end, end) - max(section.start, start) < _LEAST_SECONDS:
            continue
        by_label.setdefault(section.label, []).append(section)
    return [
        (label, float(np.mean([s.energy for s in sections])))
        for label, sections in by_label.items()
    ]


def _liveliness(shots: Sequence[Shot]) -> float:
    """Mean liveliness 0..1 of a group: films by their motion, portraits calm, stills middling."""
    values: NDArray[np.float64] = np.array(
        [
            min(1.0, float(np.mean(s.motion or (0.0,))) / 10)
            if s.kind == "film"
            else 0.25 if s.faces else 0.45
            for s in shots
        ]
    )  # fmt: skip
    return float(values.mean())
