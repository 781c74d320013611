"""Proposals: whole cuts of a song, as different from each other as their worth allows."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from tremendo.archive.types import Clip
from tremendo.errors import NothingUsableError, UsageError
from tremendo.montage.effects import with_devices
from tremendo.montage.grid import LONGEST_SECONDS, Cell, cut_grid, with_hold, with_room
from tremendo.montage.solve import HOLD_SECONDS, Assignment, ShotAssigner, Veto
from tremendo.montage.suggest import suggest_treatment
from tremendo.montage.takes import Take, placeable, usable_takes
from tremendo.montage.timeline import Slot, Timeline
from tremendo.montage.treatment import Treatment
from tremendo.music.types import Song

__all__ = ["SCORE_FLOOR", "alternatives", "overlap", "propose", "resolve"]

SCORE_FLOOR = 0.97
"""An alternative is worth at least this share of the best cut."""
_STRENGTHS = (2.0, 1.2, 0.8, 0.5, 0.3, 0.15, 0.05, 0.0)
_SLOWEST = 0.6
_SLOWER = 0.88
_EXCERPT_SECONDS = 2.0


def propose(
    song: Song,
    clips: Sequence[Clip],
    *,
    fps: Fraction,
    size: tuple[int, int],
    frames: int,
    seed: int,
    song_path: str = "",
    song_start: Fraction = Fraction(0),
    count: int = 1,
    locks: Sequence[Slot] = (),
    vetoes: Collection[Veto] = (),
    likes: Collection[str] = (),
    treatment: Treatment | None = None,
    width: int | None = None,
) -> list[Timeline]:
    """Cut the archive to the song, ``count`` times.

    All proposals share the cut points and differ in what stands between them. The first is the
    cut for its own sake; each further one avoids what the earlier ones show where, as long as it
    keeps 97 per cent of the first one's score (fewer are returned when the material allows no
    more different cuts). Proposal 2 is the same whether two or five are asked for.

    Args:
        song: what ``listen`` returned.
        clips: the described archive.
        fps: output rate.
        size: output width and height in pixels.
        frames: output frames to fill.
        seed: the same seed gives the same cuts.
        song_path: noted in the timelines.
        song_start: second of the song at frame 0.
        count: number of proposals.
        locks: slots that appear unchanged in every proposal.
        vetoes: shots that must not appear, or pairs that must not follow each other.
        likes: shots of which more like them are wanted.
        treatment: chapters, density, refrains; without one the machine makes its own.
        width: states kept by the beam search; None: as many as a second allows.

    Raises:
        NothingUsableError: no beat, no material, or not enough of it; says what is missing.
        UsageError: a number is out of range or locks overlap.
    """
    if count < 1:
        raise UsageError(f"{count} proposals were asked for; at least one is needed")
    plan = treatment or suggest_treatment(song, clips, **_stretch(frames, fps, song_start))
    assigner, notes = _prepare(song, clips, plan, fps, frames, song_start, locks, vetoes, likes)
    found = [assigner.solve(seed=seed, width=width)]
    for number in range(1, count):
        other = _different(assigner, found, seed + number, width)
        if other is not None:
            found.append(other)
    width_px, height_px = size
    cuts = (
        Timeline(
            fps=fps,
            width=width_px,
            height=height_px,
            slots=one.slots,
            song=song_path,
            song_start=song_start,
            seed=seed,
            score=one.score,
            reasons=(*plan.reasons, *notes, *_account(one, clips, fps, vetoes)),
        )
        for one in found
    )
    return [with_devices(cut, song, clips, plan, locks=locks) for cut in cuts]


def resolve(
    timeline: Timeline,
    song: Song,
    clips: Sequence[Clip],
    *,
    start: int,
    end: int,
    seed: int,
    vetoes: Collection[Veto] = (),
    treatment: Treatment | None = None,
) -> Timeline:
    """Cut the frames ``start .. end`` anew; every slot that reaches outside stays as it is.

    Raises:
        NothingUsableError: as for :func:`propose`.
    """
    kept = [s for s in timeline.slots if s.start < start or s.end > end]
    return propose(
        song,
        clips,
        fps=timeline.fps,
        size=(timeline.width, timeline.height),
        frames=timeline.frames,
        seed=seed,
        song_path=timeline.song,
        song_start=timeline.song_start,
        locks=kept,
        vetoes=vetoes,
        treatment=treatment,
    )[0]


def alternatives(
    timeline: Timeline,
    index: int,
    clips: Sequence[Clip],
    song: Song,
    *,
    count: int = 5,
    vetoes: Collection[Veto] = (),
    treatment: Treatment | None = None,
) -> list[Slot]:
    """Up to ``count`` other slots for slot ``index`` from shots that the cut does not use, best
    first; each can be put in its place or locked there as it is.

    Raises:
        NothingUsableError: every usable shot is in the cut already.
    """
    stretch = _stretch(timeline.frames, timeline.fps, timeline.song_start)
    plan = treatment or suggest_treatment(song, clips, **stretch)
    spans = [(s.start, s.end) for s in timeline.slots]
    cells = cut_grid(
        song,
        fps=timeline.fps,
        frames=timeline.frames,
        song_start=timeline.song_start,
        windows=plan.windows(
            song, fps=timeline.fps, frames=timeline.frames, song_start=timeline.song_start
        ),
        anticipation=plan.anticipation,
        fixed=spans,
    )
    locks = [s for k, s in enumerate(timeline.slots) if k != index]
    assigner = ShotAssigner(
        cells, clips, fps=timeline.fps, treatment=plan, locks=locks, vetoes=vetoes
    )
    return assigner.alternatives(timeline.slots, index, count)


def _stretch(frames: int, fps: Fraction, song_start: Fraction) -> dict[str, float]:
    """The stretch of the song that a film shows, in seconds."""
    return {"start": float(song_start), "end": float(song_start + frames / fps)}


def overlap(one: Timeline, other: Timeline) -> float:
    """Share of the frames at which two cuts show the same shot."""
    shared = sum(
        max(0, min(a.end, b.end) - max(a.start, b.start))
        for a in one.slots
        for b in other.slots
        if a.shot == b.shot
    )
    return shared / max(1, min(one.frames, other.frames))


def _prepare(
    song: Song,
    clips: Sequence[Clip],
    treatment: Treatment,
    fps: Fraction,
    frames: int,
    song_start: Fraction,
    locks: Sequence[Slot],
    vetoes: Collection[Veto],
    likes: Collection[str],
) -> tuple[ShotAssigner, list[str]]:
    """Grid and assigner; shots are held longer, or slots cut shorter, as the material demands."""
    asked = treatment.windows(song, fps=fps, frames=frames, song_start=song_start)
    slower: dict[str, float] = {}
    shots = {v for v in vetoes if isinstance(v, str)}
    takes = usable_takes(clips, fps=fps, vetoes=shots)
    faces = any(take.technique == "face" for take in takes)
    spans = [(lock.start, lock.end) for lock in locks]
    notes: list[str] = []

    def grid(density: float, longest: float) -> tuple[Cell, ...]:
        windows = [replace(w, density=w.density * slower.get(w.chapter, 1.0)) for w in asked]
        cells = cut_grid(
            song,
            fps=fps,
            frames=frames,
            song_start=song_start,
            density=density,
            windows=windows,
            anticipation=treatment.anticipation,
            half_beats=treatment.half_beats,
            longest=longest,
            fixed=spans,
        )
        if len(takes) < len(cells):
            cells = _room_for_all(cells, takes, spans)
        return with_hold(cells, math.ceil(HOLD_SECONDS * fps), fixed=spans) if faces else cells

    density, longest = treatment.density, LONGEST_SECONDS
    cells = grid(density, longest)
    parts = sum(
        max(1, int(t.longest / float(_EXCERPT_SECONDS * fps))) if t.is_film else 1 for t in takes
    )
    asked_for = len(cells)
    if 0 < parts < asked_for:
        density *= max(_SLOWEST, parts / asked_for)
        cells = grid(density, longest)
    while True:
        try:
            assigner = ShotAssigner(
                cells,
                clips,
                fps=fps,
                treatment=treatment,
                locks=locks,
                vetoes=vetoes,
                likes=likes,
            )
        except NothingUsableError:
            longest *= 0.75
            shorter = grid(density, longest) if takes and longest > 0.5 else cells
            if shorter == cells and longest <= 0.5:
                raise
            cells = shorter
            continue
        starving = {c for c in assigner.starved_chapters() if slower.get(c, 1.0) > _SLOWEST}
        if not starving:
            if parts < asked_for:
                notes.append(_scarce(parts, asked_for, len(cells)))
            return assigner, notes + [_held_longer(c, s) for c, s in sorted(slower.items())]
        for chapter in starving:
            slower[chapter] = max(_SLOWEST, slower.get(chapter, 1.0) * _SLOWER)
        cells = grid(density, longest)


def _scarce(parts: int, asked_for: int, slots: int) -> str:
    held = f"shots are held longer ({_counted(slots, 'slot')})" if slots < asked_for else ""
    return (
        f"The material gives about {_counted(parts, 'excerpt')}, the music asks for {asked_for}: "
        f"{held or 'they are too short to be held longer, and come again'}."
    )


def _held_longer(chapter: str, share: float) -> str:
    return (
        f"Chapter {chapter!r} has few shots of its own: it is cut {1 / share:.1f} times slower "
        "than the music asks for."
    )


def _room_for_all(
    cells: tuple[Cell, ...], takes: Sequence[Take], spans: Sequence[tuple[int, int]]
) -> tuple[Cell, ...]:
    """Divide cells until even the shortest film shots find one: all are needed once."""
    lengths = [take.longest for take in takes]
    for _ in takes:
        fits = placeable(lengths, _lone_durations(cells, lengths, spans))
        left = [length for length, placed in zip(lengths, fits, strict=True) if not placed]
        divided = with_room(cells, min(left), fixed=spans) if left else cells
        if divided == cells:
            break
        cells = divided
    return cells


def _lone_durations(
    cells: Sequence[Cell], lengths: Sequence[int], spans: Sequence[tuple[int, int]]
) -> list[int]:
    """Lengths of the free cells; of short neighbors only the first counts, because the shots that
    need them may come from one film and must not meet."""
    middle = float(np.median([c.duration for c in cells]))
    short = max((n for n in lengths if n < middle), default=0)
    durations: list[int] = []
    after_short = False
    for cell in cells:
        if (cell.start, cell.end) in spans or (after_short and cell.duration <= short):
            after_short = False
            continue
        durations.append(cell.duration)
        after_short = cell.duration <= short
    return durations


def _different(
    assigner: ShotAssigner, found: Sequence[Assignment], seed: int, width: int | None
) -> Assignment | None:
    """The most different cut that keeps the score floor; None when there is none."""
    seen = [one.slots for one in found]
    for strength in _STRENGTHS:
        other = assigner.solve(seed=seed, width=width, avoid=seen, strength=strength)
        if other.score >= SCORE_FLOOR * found[0].score and other.slots not in seen:
            return other
    return None


def _account(
    one: Assignment, clips: Sequence[Clip], fps: Fraction, vetoes: Collection[Veto]
) -> list[str]:
    """Sentences about how the material was used."""
    shots = {v for v in vetoes if isinstance(v, str)}
    usable = usable_takes(clips, fps=fps, vetoes=shots)
    used = {slot.shot for slot in one.slots}
    seconds = sum(s.duration for s in one.slots) / len(one.slots) / float(fps)
    films = sum(s.technique == "film" for s in one.slots)
    faces = sum(s.technique == "face" for s in one.slots)
    sentences = [
        (
            f"{_counted(len(one.slots), 'slot')} of {seconds:.1f} s on average: {films} of film, "
            f"{faces} as moving portraits, {len(one.slots) - films - faces} other photographs."
        )
    ]
    repeats = len(one.slots) - len(used)
    if repeats:
        sentences.append(
            f"{_counted(len(usable), 'usable shot')} for {len(one.slots)} slots: {repeats} of "
            "them show another excerpt of a shot, or a shot again; "
            f"{_counted(repeats, 'more shot')} would make that needless."
        )
    return sentences


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
