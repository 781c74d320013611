"""How a cut relates to its song and its material, in figures, beside two simple cutters.

The cutters are those of :mod:`tremendo.evaluate.cutters`. A *repeat* shows a shot that was shown
before; a slot *out of order* shows a shot that belongs by its tags to another chapter than the one
that the treatment has there; a chapter is *covered* when a shot of its own stands in its window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from tremendo.archive.types import Clip, Shot
from tremendo.evaluate.cutters import every_n_beats, random_per_beat
from tremendo.montage.beat_grid import ACCENT_SECONDS, energy_curve, frame_of
from tremendo.montage.motion_peaks import strongest_gesture
from tremendo.montage.proposal import overlap
from tremendo.montage.suggest import suggest_treatment
from tremendo.montage.takes import usable_takes
from tremendo.montage.timeline import Slot, Timeline
from tremendo.montage.treatment import Treatment
from tremendo.music.types import Song

__all__ = [
    "CutMeasures",
    "as_table",
    "diversity",
    "evaluate_montage",
    "measure",
]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CutMeasures:
    """Figures of one cut. Shares are 0..1; NaN where the material gives nothing to measure."""

    slots: int
    beat_error_median: float
    """Seconds from each cut to its nearest beat."""
    beat_error_95: float
    on_beat: float
    """Share of the cuts within half an output frame of a beat."""
    on_downbeat: float
    on_accent: float
    """Share of the cuts off the downbeat that fall on an accent of the music."""
    on_section: float
    """Share of the section edges of the song that are cuts."""
    peak_offset_median: float
    """Seconds from the strongest motion peak in a film slot to the nearest beat."""
    peaks_on_beat: float
    """Share of the film slots whose strongest peak is within one output frame of a beat."""
    motion_z: float
    """Gestures on beats against 200 shuffles, in standard deviations."""
    energy_rho: float
    """Spearman correlation of the motion of film slots with the energy of the music."""
    bar_rho: float
    """The same per bar of the song, over the bars that show film for half their length."""
    pace_rho: float
    """Spearman correlation of slot lengths with the energy; negative when the cut breathes."""
    repeats: int
    """Slots whose shot was shown before."""
    needless_repeats: int
    """Of these, how many although another usable shot was never shown."""
    refrains: int
    """Repeats that the treatment asked for; they are not counted as such."""
    same_take: int
    """Cuts between two excerpts of one clip."""
    duration_entropy: float
    """Entropy in bits of the slot lengths, in beats."""
    commonest_length: float
    """Share of the slots that have the most frequent length, in beats."""
    scale_changes: float
    """Share of the cuts at which the framing changes."""
    film_share: float
    """Share of the frames that show film."""
    out_of_order: int
    """Slots that show a shot of another chapter."""
    chapters_covered: float
    """Share of the chapters in which a shot of their own stands."""


def evaluate_montage(
    timeline: Timeline,
    clips: Sequence[Clip],
    song: Song,
    *,
    treatment: Treatment | None = None,
    seed: int = 0,
) -> dict[str, dict[str, float | None]]:
    """Figures of a cut and of the two peers on the same song and material.

    Returns:
        For ``tremendo``, ``random per beat`` and ``every 4 beats`` the fields of
        :class:`CutMeasures`, None where the material gives nothing to measure.
    """
    fps, frames, start = timeline.fps, timeline.frames, timeline.song_start
    cuts = {
        "tremendo": timeline,
        "random per beat": random_per_beat(
            song, clips, fps=fps, frames=frames, seed=seed, song_start=start
        ),
        "every 4 beats": every_n_beats(song, clips, fps=fps, frames=frames, song_start=start),
    }
    end = float(start + frames / fps)
    plan = treatment or suggest_treatment(song, clips, start=float(start), end=end)
    return {
        name: _figures(measure(cut, song, clips, treatment=plan, seed=seed))
        for name, cut in cuts.items()
    }


def as_table(figures: dict[str, dict[str, float | None]]) -> str:
    """The figures of :func:`evaluate_montage` as lines of text, one measure a line."""
    names = list(next(iter(figures.values())))
    columns = [18, *(max(12, len(cutter) + 2) for cutter in figures)]
    rows = [["", *figures]]
    for name in names:
        values = [table[name] for table in figures.values()]
        rows.append([name, *("-" if v is None else f"{v:g}" for v in values)])
    return "\n".join(
        f"{row[0]:<{columns[0]}}"
        + "".join(f"{cell:>{width}}" for cell, width in zip(row[1:], columns[1:], strict=True))
        for row in rows
    )


def _figures(measures: CutMeasures) -> dict[str, float | None]:
    """Rounded, and without NaN, which JSON does not know."""
    return {
        name: None if math.isnan(value) else round(value, 4)
        for name, value in asdict(measures).items()
    }


def measure(
    timeline: Timeline,
    song: Song,
    clips: Sequence[Clip],
    *,
    treatment: Treatment | None = None,
    seed: int = 0,
) -> CutMeasures:
    """Measure a cut; ``seed`` is for the shuffles of ``motion_z``."""
    shots = {shot.id: shot for clip in clips for shot in clip.shots}
    owner = {shot.id: clip.id for clip in clips for shot in clip.shots}
    slots = timeline.slots
    beats = np.array([b.time for b in song.beats]) - float(timeline.song_start)
    downs = beats[np.array([b.position == 1 for b in song.beats], dtype=bool)]
    accents = np.array([a.time for a in song.accents]) - float(timeline.song_start)
    lengths = _lengths(np.array([s.duration for s in slots]), beats, float(timeline.fps))
    rate = float(timeline.fps)
    cuts = np.array([s.start for s in slots[1:]]) / rate
    half = 0.5 / rate + 1e-9
    errors = _nearest(cuts, beats)
    edges = [frame_of(s.start, timeline.fps, timeline.song_start) for s in song.sections]
    inside = [e for e in edges if 0 < e < timeline.frames]
    energy = _slot_energy(timeline, song)
    film = [k for k, s in enumerate(slots) if s.technique == "film" and s.shot in shots]
    motion = np.array([_motion(slots[k], shots[slots[k].shot], timeline.fps).mean() for k in film])
    gestures = _gestures(timeline, shots)
    offsets = _nearest(np.array([frame for frame, _ in gestures]) / rate, beats)
    scales = [shots[s.shot].scale for s in slots if s.shot in shots]
    refrains = sum(s.device == "refrain" for s in slots)
    repeats = len(slots) - len({s.shot for s in slots}) - refrains
    plan = treatment or Treatment()
    strays, covered = _chapters(timeline, song, clips, plan)
    unused = _unused(timeline, clips)
    return CutMeasures(
        slots=len(slots),
        beat_error_median=_quantile(errors, 0.5),
        beat_error_95=_quantile(errors, 0.95),
        on_beat=_share(errors <= half),
        on_downbeat=_share(_nearest(cuts, downs) <= half),
        on_accent=_share(_nearest(cuts, accents)[_nearest(cuts, downs) > half] <= ACCENT_SECONDS),
        on_section=_share(np.array([e in {s.start for s in slots} for e in inside])),
        peak_offset_median=_quantile(offsets, 0.5),
        peaks_on_beat=_share(offsets <= 1 / rate + half),
        motion_z=_motion_z(gestures, beats, rate, seed),
        energy_rho=_spearman(motion, energy[film]),
        bar_rho=_bar_rho(timeline, song, shots),
        pace_rho=_spearman(np.array([float(s.duration) for s in slots]), energy),
        repeats=repeats,
        needless_repeats=min(repeats, unused),
        refrains=refrains,
        same_take=sum(owner.get(a.shot) == owner.get(b.shot) for a, b in pairwise(slots)),
        duration_entropy=float(-(lengths * np.log2(lengths)).sum()),
        commonest_length=float(lengths.max()),
        scale_changes=_share(np.array([a != b for a, b in pairwise(scales)])),
        film_share=sum(slots[k].duration for k in film) / max(1, timeline.frames),
        out_of_order=strays,
        chapters_covered=covered,
    )


def _chapters(
    timeline: Timeline, song: Song, clips: Sequence[Clip], treatment: Treatment
) -> tuple[int, float]:
    """Slots out of order, and the share of the chapters that are covered (NaN without any)."""
    windows = treatment.windows(
        song, fps=timeline.fps, frames=timeline.frames, song_start=timeline.song_start
    )
    wanted = {c.name: c for c in treatment.chapters if not c.open}
    claimed = {
        shot.id: {name for name, chapter in wanted.items() if chapter.claims(shot, clip)}
        for clip in clips
        for shot in clip.shots
    }
    strays, covered = 0, set()
    for slot in timeline.slots:
        middle = (slot.start + slot.end) // 2
        chapter = next((w.chapter for w in windows if w.start <= middle < w.end), "")
        if chapter not in wanted:
            continue
        own = claimed.get(slot.shot, set())
        covered |= own & {chapter}
        strays += bool(own) and chapter not in own
    reachable = {w.chapter for w in windows} & set(wanted)
    return strays, len(covered) / len(reachable) if reachable else float("nan")


def _bar_rho(timeline: Timeline, song: Song, shots: dict[str, Shot]) -> float:
    motion = np.full(timeline.frames, np.nan)
    for slot in timeline.slots:
        if slot.technique == "film" and slot.shot in shots:
            motion[slot.start : slot.end] = _motion(slot, shots[slot.shot], timeline.fps)
    found: list[tuple[float, float]] = []
    for bar in song.bars:
        first, last = (
            max(0, frame_of(t, timeline.fps, timeline.song_start)) for t in (bar.start, bar.end)
        )
        shown = motion[first:last]
        if len(shown) and np.isfinite(shown).mean() >= 0.5:
            found.append((float(np.nanmean(shown)), bar.energy))
    return _spearman(np.array([m for m, _ in found]), np.array([e for _, e in found]))


def diversity(timelines: Sequence[Timeline]) -> float:
    """1 minus the mean share of frames that two of the cuts have in common; NaN for one cut."""
    shared = [overlap(a, b) for a, b in combinations(timelines, 2)]
    return 1 - float(np.mean(shared)) if shared else float("nan")


def _nearest(times: Array, marks: Array) -> Array:
    """Distance of each time to its nearest mark."""
    if not len(times) or not len(marks):
        return np.zeros(0)
    return np.asarray(np.abs(times[:, None] - marks[None, :]).min(axis=1))


def _motion(slot: Slot, shot: Shot, fps: Fraction) -> Array:
    """Motion per output frame of a film slot."""
    shown = [slot.source_frame(f, fps) - shot.start for f in range(slot.start, slot.end)]
    curve = np.array(shot.motion or (0.0,))
    return np.asarray(curve[np.clip(shown, 0, len(curve) - 1)], dtype=np.float64)


def _gestures(timeline: Timeline, shots: dict[str, Shot]) -> list[tuple[int, Slot]]:
    """Output frame at which the strongest gesture of each film slot lands, and the slot."""
    landed = [
        (strongest_gesture(slot, shots[slot.shot], timeline.fps), slot)
        for slot in timeline.slots
        if slot.shot in shots
    ]
    return [(found[1], slot) for found, slot in landed if found is not None]


def _motion_z(gestures: Sequence[tuple[int, Slot]], beats: Array, rate: float, seed: int) -> float:
    """Gestures within a frame of a beat, against 200 shuffles that let each gesture fall anywhere
    in its slot; in standard deviations of the shuffles."""
    if not gestures:
        return float("nan")
    reach = 1.5 / rate
    starts = np.array([slot.start + 1 for _, slot in gestures])
    ends = np.array([slot.end for _, slot in gestures])
    hits = _nearest(np.array([f for f, _ in gestures]) / rate, beats) <= reach
    shuffled = np.random.default_rng(seed).integers(starts, ends, (200, len(gestures)))
    null = np.array([(_nearest(row / rate, beats) <= reach).sum() for row in shuffled])
    return float((hits.sum() - null.mean()) / null.std()) if null.std() > 0 else float("nan")


def _slot_energy(timeline: Timeline, song: Song) -> Array:
    curve = energy_curve(
        song, fps=timeline.fps, frames=timeline.frames, song_start=timeline.song_start
    )
    return np.array([curve[s.start : s.end].mean() for s in timeline.slots])


def _unused(timeline: Timeline, clips: Sequence[Clip]) -> int:
    usable = {t.shot.id for t in usable_takes(clips, fps=timeline.fps)}
    return len(usable - {s.shot for s in timeline.slots})


def _spearman(one: Array, other: Array) -> float:
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)


def _lengths(durations: NDArray[np.int64], beats: Array, rate: float) -> Array:
    """Shares of the slots that have the same length to the half beat."""
    period = float(np.median(np.diff(beats))) * rate if len(beats) > 1 else 1.0
    _, counts = np.unique(np.round(2 * durations / period), return_counts=True)
    return np.asarray(counts / counts.sum())


def _quantile(values: Array, q: float) -> float:
    return float(np.quantile(values, q)) if len(values) else float("nan")


def _share(marks: NDArray[np.bool_]) -> float:
    return float(np.mean(marks)) if len(marks) else float("nan")
