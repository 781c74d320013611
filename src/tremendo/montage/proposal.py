"""Proposals: whole cuts of a song, as different from each other as their worth allows."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from tremendo.archive.types import Clip
from tremendo.errors import NothingUsableError, UsageError
from tremendo.montage.cells import Cell, with_hold, with_room
from tremendo.montage.effects import with_devices
from tremendo.montage.grid import LONGEST_SECONDS, GridOptions, cut_grid
from tremendo.montage.solve import HOLD_SECONDS, Assignment, ShotAssigner, Veto
from tremendo.montage.suggest import suggest_treatment
from tremendo.montage.takes import Take, placeable, usable_takes
from tremendo.montage.timeline import CutFormat, Slot, Timeline
from tremendo.montage.treatment import Treatment
from tremendo.music.types import Song

__all__ = ["SCORE_FLOOR", "CutWishes", "alternatives", "overlap", "propose", "resolve"]

SCORE_FLOOR = 0.97
"""An alternative is worth at least this share of the best cut."""
_STRENGTHS = (2.0, 1.2, 0.8, 0.5, 0.3, 0.15, 0.05, 0.0)
_NOISES = (3.0, 2.2, 1.6, 1.1, 0.7, 0.4, 0.25)
"""Shares of luck that are tried for a seed, from wild to tame."""
_OTHER_SLOTS = 0.4
"""A cut is another one when at least this share of its slots shows another shot."""
_SLOWEST = 0.6
_SLOWER = 0.88
_EXCERPT_SECONDS = 2.0


@dataclass(frozen=True)
class CutWishes:
    """What the director has decided.

    Attributes:
        locks: slots that appear unchanged in every proposal.
        vetoes: shots that must not appear, or pairs that must not follow each other.
        likes: shots of which more like them are wanted.
        treatment: chapters, density, refrains; without one the machine makes its own.
    """

    locks: Sequence[Slot] = ()
    vetoes: Collection[Veto] = ()
    likes: Collection[str] = ()
    treatment: Treatment | None = None

    @property
    def vetoed(self) -> set[str]:
        """Shots that must not appear."""
        return {v for v in self.vetoes if isinstance(v, str)}

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First output frame of each lock, and the one after its last."""
        return [(lock.start, lock.end) for lock in self.locks]


def propose(
    song: Song,
    clips: Sequence[Clip],
    form: CutFormat,
    *,
    seed: int,
    count: int = 1,
    wishes: CutWishes | None = None,
    width: int | None = None,
) -> list[Timeline]:
    """A song and a described archive go in, up to ``count`` cuts come out.

    All proposals share the cut points and differ in what stands between them. The first is the
    cut for its own sake; each further one avoids what the earlier ones show where, as long as it
    keeps 97 per cent of the first one's score (fewer are returned when the material allows no
    more different cuts). Proposal 2 is the same whether two or five are asked for.

    Args:
        song: what ``listen`` returned.
        clips: the described archive.
        form: rate, size and length of the film, and where in the song it begins.
        seed: the same seed gives the same cuts.
        count: number of proposals.
        wishes: locks, vetoes, likes and the treatment.
        width: states kept by the beam search; None: as many as a second allows.

    Raises:
        NothingUsableError: no beat, no material, or not enough of it; says what is missing.
        UsageError: a number is out of range or locks overlap.
    """
    if count < 1:
        raise UsageError(f"{count} proposals were asked for; at least one is needed")
    wishes = wishes or CutWishes()
    plan = _treatment(song, clips, form, wishes.treatment)
    assigner, notes = _Fitting(song, clips, plan, form, wishes).assigner()
    best = assigner.solve(seed=0, width=width)
    found = [best if seed == 0 else _seeded(assigner, best, seed, width)]
    wrong = () if seed == 0 else _little_choice(best, found[0], wishes.spans)
    for number in range(1, count):
        other = _different(assigner, found, SCORE_FLOOR * best.score, seed + number, width)
        if other is not None:
            found.append(other)
    cuts = (
        Timeline(
            fps=form.fps,
            width=form.size[0],
            height=form.size[1],
            slots=one.slots,
            song=form.song_path,
            song_start=form.song_start,
            seed=seed,
            score=one.score,
            reasons=(*plan.reasons, *notes, *_account(one, clips, form.fps, wishes.vetoed)),
            warnings=wrong,
        )
        for one in found
    )
    return [with_devices(cut, song, clips, plan, locks=wishes.locks) for cut in cuts]


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
    wishes = CutWishes(locks=kept, vetoes=vetoes, treatment=treatment)
    return propose(song, clips, timeline.form, seed=seed, wishes=wishes)[0]


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
    form = timeline.form
    plan = _treatment(song, clips, form, treatment)
    options = GridOptions(
        windows=plan.windows(song, fps=form.fps, frames=form.frames, song_start=form.song_start),
        anticipation=plan.anticipation,
        fixed=[(s.start, s.end) for s in timeline.slots],
    )
    cells = cut_grid(song, form, options)
    locks = [s for k, s in enumerate(timeline.slots) if k != index]
    assigner = ShotAssigner(
        cells, clips, fps=timeline.fps, treatment=plan, locks=locks, vetoes=vetoes
    )
    return assigner.alternatives(timeline.slots, index, count)


def _treatment(
    song: Song, clips: Sequence[Clip], form: CutFormat, given: Treatment | None
) -> Treatment:
    start, end = form.stretch
    return given or suggest_treatment(song, clips, start=start, end=end)


def overlap(one: Timeline, other: Timeline) -> float:
    """Share of the frames at which two cuts show the same shot."""
    shared = sum(
        max(0, min(a.end, b.end) - max(a.start, b.start))
        for a in one.slots
        for b in other.slots
        if a.shot == b.shot
    )
    return shared / max(1, min(one.frames, other.frames))


class _Fitting:
    """Grid and material brought together: shots are held longer, or slots cut shorter, as the
    material demands."""

    def __init__(
        self,
        song: Song,
        clips: Sequence[Clip],
        plan: Treatment,
        form: CutFormat,
        wishes: CutWishes,
    ) -> None:
        self.song, self.clips, self.plan, self.form = song, clips, plan, form
        self.wishes = wishes
        self.takes = usable_takes(clips, fps=form.fps, vetoes=wishes.vetoed)
        self.windows = plan.windows(
            song, fps=form.fps, frames=form.frames, song_start=form.song_start
        )
        self.slower: dict[str, float] = {}
        """How much slower each chapter is cut than the music asks for."""
        self.density, self.longest = plan.density, LONGEST_SECONDS

    def assigner(self) -> tuple[ShotAssigner, list[str]]:
        """The assigner of the grid that the material can fill, and what was done for it."""
        cells = self._grid()
        parts, asked_for = self._excerpts(), len(cells)
        if 0 < parts < asked_for:
            self.density *= max(_SLOWEST, parts / asked_for)
            cells = self._grid()
        while True:
            try:
                assigner = self._assigner(cells)
            except NothingUsableError:
                cells = self._shorter(cells)
                if not cells:
                    raise
                continue
            starving = {
                c for c in assigner.starved_chapters() if self.slower.get(c, 1.0) > _SLOWEST
            }
            if not starving:
                notes = [_scarce(parts, asked_for, len(cells))] if parts < asked_for else []
                held = sorted(self.slower.items())
                return assigner, notes + [_held_longer(c, s) for c, s in held]
            for chapter in starving:
                self.slower[chapter] = max(_SLOWEST, self.slower.get(chapter, 1.0) * _SLOWER)
            cells = self._grid()

    def _grid(self) -> tuple[Cell, ...]:
        spans, fps = self.wishes.spans, self.form.fps
        options = GridOptions(
            density=self.density,
            windows=[
                replace(w, density=w.density * self.slower.get(w.chapter, 1.0))
                for w in self.windows
            ],
            anticipation=self.plan.anticipation,
            half_beats=self.plan.half_beats,
            longest=self.longest,
            fixed=spans,
        )
        cells = cut_grid(self.song, self.form, options)
        if len(self.takes) < len(cells):
            cells = _room_for_all(cells, self.takes, spans)
        if any(take.technique == "face" for take in self.takes):
            return with_hold(cells, math.ceil(HOLD_SECONDS * fps), fixed=spans)
        return cells

    def _excerpts(self) -> int:
        """How many excerpts the material gives."""
        frames = float(_EXCERPT_SECONDS * self.form.fps)
        return sum(max(1, int(t.longest / frames)) if t.is_film else 1 for t in self.takes)

    def _shorter(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """A grid of shorter cells; empty when there is none."""
        self.longest *= 0.75
        shorter = self._grid() if self.takes and self.longest > 0.5 else cells
        return () if shorter == cells and self.longest <= 0.5 else shorter

    def _assigner(self, cells: Sequence[Cell]) -> ShotAssigner:
        return ShotAssigner(
            cells,
            self.clips,
            fps=self.form.fps,
            treatment=self.plan,
            locks=self.wishes.locks,
            vetoes=self.wishes.vetoes,
            likes=self.wishes.likes,
        )


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
    assigner: ShotAssigner,
    found: Sequence[Assignment],
    floor: float,
    seed: int,
    width: int | None,
) -> Assignment | None:
    """The most different cut that keeps the score floor; None when there is none."""
    seen = [one.slots for one in found]
    for strength in _STRENGTHS:
        other = assigner.solve(seed=seed, width=width, avoid=seen, strength=strength)
        if other.score >= floor and other.slots not in seen:
            return other
    return None


def _seeded(assigner: ShotAssigner, best: Assignment, seed: int, width: int | None) -> Assignment:
    """The most random cut of this seed that keeps the score floor."""
    for noise in _NOISES:
        other = assigner.solve(seed=seed, width=width, noise=noise)
        if other.score >= SCORE_FLOOR * best.score:
            return other
    return assigner.solve(seed=seed, width=width)


def _little_choice(
    best: Assignment, other: Assignment, spans: Sequence[tuple[int, int]]
) -> tuple[str, ...]:
    """Says so where a seed can change little: the material allows no other cut of this worth."""
    free = [
        one.shot != two.shot
        for one, two in zip(best.slots, other.slots, strict=True)
        if (one.start, one.end) not in spans
    ]
    if not free or sum(free) >= _OTHER_SLOTS * len(free):
        return ()
    changed = f"This seed changes {sum(free)} of {_counted(len(free), 'slot')}"
    return (f"{changed}: the material allows no cut that is more different and worth as much",)


def _account(one: Assignment, clips: Sequence[Clip], fps: Fraction, vetoed: set[str]) -> list[str]:
    """Sentences about how the material was used."""
    usable = usable_takes(clips, fps=fps, vetoes=vetoed)
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
