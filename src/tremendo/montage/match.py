"""How well each take fits each cell, and each take after each other.

Every term is 0 (against it) to 1 (for it), so that the score of a cut is a weighted mean and a
choice can be explained by its terms.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tremendo.archive.types import Clip, Shot
from tremendo.montage.cells import Cell
from tremendo.montage.takes import Take, frames_needed
from tremendo.montage.treatment import Treatment

__all__ = [
    "SLOT_WEIGHTS",
    "AssignmentScores",
    "fit",
    "likeness",
    "quality",
    "trapezoid",
]

Array = NDArray[np.float64]

SLOT_WEIGHTS = {
    "energy": 4.2,
    "sync": 1.5,
    "quality": 0.9,
    "faces": 0.6,
    "length": 0.9,
    "place": 1.5,
}
"""Weights of the terms of a take in a cell (``chapter`` has the weight of its treatment)."""
_PEAKS = 12
_STRONG, _BEATS = 6, 8
_STRAY = 0.8
"""Loss of an in-point whose strongest gesture lands off every beat."""
_MANY, _MANY_FACES = 6, 1.5
"""From so many faces on a picture needs so much longer to be read."""
_SYNC_BY_FRAMES = np.array([1.0, 1.0, 0.5, 0.2])
"""Worth of a gesture that lands 0, 1, 2, 3 output frames off the beat."""
_LENGTHS = {
    "film": (0.6, 1.8, 6.0, 12.0),
    "parallax": (0.4, 0.9, 3.2, 7.0),
    "face": (0.8, 1.6, 5.0, 10.0),
}
"""Seconds at which a slot is too short, long enough, still fine and too long."""


@dataclass(frozen=True)
class AssignmentScores:
    """Takes (rows) against cells (columns).

    Attributes:
        terms: by name, ``(takes, cells)`` 0..1.
        source_in: native frame of the clip at the cell's start, ``(takes, cells)``.
        allowed: False where the take is too short for the cell.
    """

    terms: dict[str, Array]
    source_in: NDArray[np.int64]
    allowed: NDArray[np.bool_]


def fit(
    takes: Sequence[Take], cells: Sequence[Cell], *, fps: Fraction, treatment: Treatment
) -> AssignmentScores:
    """Measure all takes against all cells; film in-points are searched for the best sync."""
    energy = np.array([c.energy for c in cells])
    ranks = _Ranks(takes)
    shape = (len(takes), len(cells))
    sync, lively = np.full(shape, 0.5), np.zeros(shape)
    source_in = np.zeros(shape, dtype=np.int64)
    for row, take in enumerate(takes):
        if take.is_film:
            sync[row], lively[row], source_in[row] = _in_points(take, cells, energy, ranks, fps)
        else:
            lively[row] = _still_liveliness(take)
    wanted = _ranked(energy)
    terms = {
        "energy": 1 - np.abs(lively - wanted),
        "sync": sync,
        "quality": np.repeat([[quality(t)] for t in takes], len(cells), axis=1),
        "faces": _faces(takes, energy),
        "length": _lengths(takes, cells, fps),
        "place": _places(takes, len(cells), lively),
        "chapter": _chapters(takes, cells, treatment),
    }
    durations = np.array([c.duration for c in cells])
    longest = np.array([t.longest for t in takes])
    return AssignmentScores(terms, source_in, longest[:, None] >= durations[None, :])


def likeness(takes: Sequence[Take], clips: Sequence[Clip], liked: Collection[str]) -> Array:
    """How much each take resembles the nearest of the liked shots, ``(takes,)`` 0..1.

    Half by the look of the picture (embeddings), half by what it is: film or photograph, framing,
    tags, faces, liveliness.
    """
    models = [(c, s) for c in clips for s in c.shots if s.id in set(liked)]
    if not models:
        return np.zeros(len(takes))
    look = np.array([[_cosine(t.shot, shot) for _, shot in models] for t in takes])
    kind = np.array([[_kinship(t, clip, shot) for clip, shot in models] for t in takes])
    return np.asarray((0.5 * np.clip(look, 0, 1) + 0.5 * kind).max(axis=1))


def _cosine(one: Shot, other: Shot) -> float:
    if not one.embedding or len(one.embedding) != len(other.embedding):
        return 0.5
    return float(np.dot(one.embedding, other.embedding))


def _kinship(take: Take, clip: Clip, shot: Shot) -> float:
    own, theirs = {*take.shot.tags, *take.clip.tags}, {*shot.tags, *clip.tags}
    shared = len(own & theirs) / max(1, len(own | theirs))
    motion = [float(np.mean(s.motion or (0.0,))) for s in (take.shot, shot)]
    alike = (
        take.shot.kind == shot.kind,
        take.shot.scale == shot.scale,
        bool(take.shot.faces) == bool(shot.faces),
        abs(motion[0] - motion[1]) < 0.5 * max(motion) + 0.1,
    )
    return 0.4 * shared + 0.15 * sum(alike)


def trapezoid(values: Array, corners: tuple[float, float, float, float]) -> Array:
    """0 outside the outer corners, 1 between the inner ones, straight between."""
    return np.asarray(np.interp(values, corners, [0.0, 1.0, 1.0, 0.0]))


def _ranked(values: Array) -> Array:
    """Rank of each value 0..1, equal values equal; all the same: a half."""
    if len(values) < 2 or np.ptp(values) < 1e-9:
        return np.full(len(values), 0.5)
    order = np.sort(values)
    low = np.searchsorted(order, values, side="left")
    high = np.searchsorted(order, values, side="right") - 1
    return np.asarray((low + high) / 2 / (len(values) - 1))


class _Ranks:
    """Rank 0..1 of a motion energy among the film takes of the archive."""

    def __init__(self, takes: Sequence[Take]) -> None:
        means = [float(np.mean(_motion(t))) for t in takes if t.is_film]
        self.means = np.sort(np.array(means or [0.0]))
        self.places = (np.arange(len(self.means)) + 0.5) / len(self.means)

    def __call__(self, motion: Array) -> Array:
        if np.ptp(self.means) < 1e-9:
            return np.full(motion.shape, 0.5)
        return np.asarray(np.interp(motion, self.means, self.places))


def _motion(take: Take) -> Array:
    """Motion per native frame of the take; zeros when the archive did not measure it."""
    first = take.start - take.shot.start
    curve = np.array(take.shot.motion[first : first + take.frames], dtype=np.float64)
    return np.pad(curve, (0, take.frames - len(curve)))


def _in_points(
    take: Take, cells: Sequence[Cell], energy: Array, ranks: _Ranks, fps: Fraction
) -> tuple[Array, Array, NDArray[np.int64]]:
    """For every cell the best in-point: its sync, its liveliness and the native frame."""
    motion = _motion(take)
    peaks, strength = _strong_peaks(take, motion)
    speed = float(take.clip.fps / fps)
    accents = np.array([c.accent for c in cells])
    beats = _beat_table(cells)
    need = np.array([frames_needed(c.duration, take.clip.fps, fps) for c in cells])
    room = np.clip(take.frames - need, 0, None)
    starts = _candidates(peaks, strength, accents, beats, room, speed)
    sync = _landing(starts, peaks, strength, accents, speed)
    stray = _stray(starts, peaks, strength, cells, beats, speed)
    total = np.concatenate([[0.0], np.cumsum(motion)])
    ends = np.minimum(starts + need[:, None], take.frames)
    lively = ranks((total[ends] - total[starts]) / np.maximum(1, ends - starts))
    worth = sync - _STRAY * stray + 0.8 * (1 - np.abs(lively - energy[:, None]))
    worth -= 0.5 * _splices(take, starts, ends)
    worth -= 0.1 * ((starts < 2) | (ends > take.frames - 2))
    best = worth.argmax(axis=1)
    rows = np.arange(len(cells))
    landed = sync[rows, best] * (1 - 0.5 * stray[rows, best])
    return landed, lively[rows, best], take.start + starts[rows, best]


def _candidates(
    peaks: NDArray[np.int64],
    strength: Array,
    accents: NDArray[np.int64],
    beats: Array,
    room: NDArray[np.int64],
    speed: float,
) -> NDArray[np.int64]:
    """In-points worth a look, ``(cells, candidates)``: those that put a gesture on the strongest
    beat or a strong gesture on any beat, and some evenly spaced ones."""
    on_accent = peaks[None, :] - np.floor(accents * speed).astype(np.int64)[:, None]
    strong = peaks[np.argsort(-strength, kind="stable")[:_STRONG]]
    marks = np.where(np.isfinite(beats), beats, accents[:, None])[:, :_BEATS]
    on_beat = strong[None, None, :] - np.floor(marks * speed).astype(np.int64)[:, :, None]
    even = (room[:, None] * np.linspace(0, 1, 7)[None, :]).astype(np.int64)
    found = np.concatenate([on_accent, even, on_beat.reshape(len(accents), -1)], axis=1)
    return np.asarray(np.clip(found, 0, room[:, None]))


def _beat_table(cells: Sequence[Cell]) -> Array:
    """Frames from each cell's start to its beats, ``(cells, most)``, filled up with infinity."""
    table = np.full((len(cells), max(1, *(len(c.beats) for c in cells))), np.inf)
    for row, cell in enumerate(cells):
        table[row, : len(cell.beats)] = np.array(cell.beats) - cell.start
    return table


def _strong_peaks(take: Take, motion: Array) -> tuple[NDArray[np.int64], Array]:
    """The strongest motion peaks (frames from the take's start) and their strength 0..1."""
    offset = take.start - take.shot.start
    peaks = [p - offset for p in take.shot.peaks if offset <= p < offset + take.frames]
    if not peaks:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    peaks = sorted(sorted(peaks, key=lambda p: (-motion[p], p))[:_PEAKS])
    places = np.array(peaks, dtype=np.int64)
    height = motion[places]
    return places, 0.6 + 0.4 * height / max(float(height.max()), 1e-9)


def _landing(
    starts: NDArray[np.int64],
    peaks: NDArray[np.int64],
    strength: Array,
    accents: NDArray[np.int64],
    speed: float,
) -> Array:
    """Worth 0..1 of the gesture nearest to the accent, ``(cells, candidates)``."""
    if not len(peaks):
        return np.full(starts.shape, 0.3)
    appears = np.ceil((peaks[None, None, :] - starts[:, :, None]) / speed - 1e-9)
    late = np.abs(appears - accents[:, None, None]).astype(np.int64)
    worth = np.where(late < 4, _SYNC_BY_FRAMES[np.minimum(late, 3)], 0.0) * strength
    best = worth.max(axis=2)
    return np.asarray(np.where(accents[:, None] > 0, best, 0.5))


def _stray(
    starts: NDArray[np.int64],
    peaks: NDArray[np.int64],
    strength: Array,
    cells: Sequence[Cell],
    beats: Array,
    speed: float,
) -> Array:
    """1 where the strongest gesture in the window lands off every beat, ``(cells, candidates)``."""
    if not len(peaks):
        return np.zeros(starts.shape)
    durations = np.array([c.duration for c in cells])
    appears = np.ceil((peaks[None, None, :] - starts[:, :, None]) / speed - 1e-9)
    shown = (appears > 0) & (appears < durations[:, None, None])
    strongest = np.where(shown, strength, -1.0).argmax(axis=2)
    landing = np.take_along_axis(appears, strongest[:, :, None], axis=2)[:, :, 0]
    off = np.abs(landing[:, :, None] - beats[:, None, :]).min(axis=2) > 1
    return np.asarray(off & shown.any(axis=2), dtype=np.float64)


def _splices(take: Take, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Array:
    """Number of splices of the take inside each window (a jump nobody asked for)."""
    joins = np.array([j - take.start for j in take.shot.joins], dtype=np.int64)
    inside = (joins > starts[:, :, None]) & (joins < ends[:, :, None])
    return np.asarray(inside.sum(axis=2), dtype=np.float64)


def _still_liveliness(take: Take) -> float:
    """Rank that stands for motion in a photograph: portraits calm, sharp wide crowds lively."""
    if take.technique == "face":
        return 0.25
    wide = {"close": 0.0, "medium": 0.1, "wide": 0.2}.get(take.shot.scale, 0.1)
    return 0.35 + wide + 0.2 * (take.shot.contrast - 0.5) + 0.1 * min(1, len(take.shot.faces) / 4)


def quality(take: Take) -> float:
    """Clearness 0..1: sharp, undamaged, neither dark nor burnt out, with some contrast."""
    shot = take.shot
    exposed = 1 - min(1.0, max(0.0, (abs(shot.light - 0.45) - 0.15) / 0.3))
    return (
        0.4 * shot.sharpness
        + 0.25 * (1 - shot.damage)
        + 0.2 * exposed
        + 0.15 * min(1.0, shot.contrast / 0.5)
    )


def _faces(takes: Sequence[Take], energy: Array) -> Array:
    """Faces belong to calm music, their absence to energetic music."""
    size = np.array([max((f.height for f in t.shot.faces), default=0.0) for t in takes])
    face = np.clip(size / 0.25, 0, 1)[:, None]
    calm = 1 - energy[None, :]
    return np.asarray(face * (0.2 + 0.8 * calm) + (1 - face) * (0.4 + 0.2 * energy[None, :]))


def _lengths(takes: Sequence[Take], cells: Sequence[Cell], fps: Fraction) -> Array:
    """A portrait needs time, a wide view longer than a close one, many faces longest, a still must
    not stand."""
    seconds = np.array([c.duration for c in cells]) / float(fps)
    wide = [1.25 if t.shot.scale == "wide" else 1.0 for t in takes]
    slow = [
        k * (_MANY_FACES if len(t.shot.faces) >= _MANY else 1.0)
        for t, k in zip(takes, wide, strict=True)
    ]
    return np.stack(
        [trapezoid(seconds / k, _LENGTHS[t.technique]) for t, k in zip(takes, slow, strict=True)]
    )


def _places(takes: Sequence[Take], cells: int, lively: Array) -> Array:
    """Start strong (a lively, clear film shot), end at rest (a wide view or a face)."""
    place = np.full((len(takes), cells), 0.5)
    clear = np.array([quality(t) for t in takes])
    film = np.array([t.is_film for t in takes])
    place[:, 0] = np.where(film, 0.3, 0.0) + 0.2 * clear + 0.5 * np.where(film, lively[:, 0], 0)
    at_rest = [t.shot.scale == "wide" or t.technique == "face" for t in takes]
    if cells > 1:
        place[:, -1] = np.where(at_rest, 1.0, 0.4)
    return place


def _chapters(takes: Sequence[Take], cells: Sequence[Cell], treatment: Treatment) -> Array:
    """1 where the take carries a tag of the cell's chapter, 0 where only of another chapter."""
    result = np.full((len(takes), len(cells)), 0.5)
    for row, take in enumerate(takes):
        own = {c.name for c in treatment.chapters if c.claims(take.shot, take.clip)}
        for column, cell in enumerate(cells):
            chapter = treatment.chapter(cell.chapter)
            if chapter is not None and not chapter.open:
                result[row, column] = 1.0 if chapter.name in own else 0.0 if own else 0.4
    return result
