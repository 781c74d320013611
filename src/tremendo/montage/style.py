"""The way in which a reference film is cut, measured, so that a cut can follow it.

Followed are the length of its shots against what the music asks for, whether it cuts between beats
too, how early, and its transitions: which framing and which liveliness follow which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from tremendo.archive.types import Clip
from tremendo.errors import NothingUsableError
from tremendo.montage.beat_grid import energy_curve
from tremendo.montage.pacing import CALM_SECONDS, DRIVEN_SECONDS
from tremendo.montage.transitions import (
    SCALES,
    TransitionMatrix,
    liveliness_classes,
    transition_table,
)
from tremendo.montage.treatment import Treatment
from tremendo.music.types import Song

__all__ = ["CuttingStyle", "follow", "measure_style"]

_ON_BEAT = 0.07
_FEWEST_CUTS = 3
_STEP = Fraction(25)


@dataclass(frozen=True)
class CuttingStyle:
    """How a film is cut.

    Attributes:
        cuts: how many were found.
        shot_seconds: median length of its shots.
        density: its pace against tremendo's own at the same energy of music (2 = twice as fast).
        on_beat: share of the cuts within 70 ms of a beat; NaN without a song.
        off_beat: share of the cuts half way between two beats; NaN without a song.
        lead: median seconds by which the cuts near a beat come before it; NaN without a song.
        scale_changes: share of the cuts at which the framing changes.
        transitions: which framing follows which, and which liveliness.
    """

    cuts: int
    shot_seconds: float
    density: float
    on_beat: float
    off_beat: float
    lead: float
    scale_changes: float
    transitions: TransitionMatrix

    def __str__(self) -> str:
        """The style in words."""
        heard = (
            f", {self.on_beat:.0%} of them on the beat, {self.off_beat:.0%} between beats, "
            f"{1000 * self.lead:+.0f} ms before it"
            if np.isfinite(self.on_beat)
            else " (no beat in its sound)"
        )
        return (
            f"{self.cuts} cuts{heard}; shots of {self.shot_seconds:.1f} s; the framing changes at "
            f"{self.scale_changes:.0%} of the cuts; mostly {self.transitions}"
        )


def measure_style(film: Clip, song: Song | None) -> CuttingStyle:
    """Measure the cutting of a described film against its own sound.

    Args:
        film: the reference, described (its shots count native frames).
        song: what ``listen`` heard in its sound; None when there is no beat in it.

    Raises:
        NothingUsableError: fewer than three cuts.
    """
    starts = np.array([shot.start for shot in film.shots[1:]]) / float(film.fps)
    if len(starts) < _FEWEST_CUTS:
        raise NothingUsableError(
            f"only {len(starts)} cuts are found in the reference: nothing to learn from",
            path=film.path,
            hint="give a film that is cut, such as a music video",
        )
    lengths = np.array([shot.end - shot.start for shot in film.shots]) / float(film.fps)
    scales = [shot.scale for shot in film.shots]
    changes = float(np.mean([a != b for a, b in pairwise(scales)]))
    motion = [float(np.mean(shot.motion or (0.0,))) for shot in film.shots]
    energy = _energies(film, song)
    asked = (1 - energy) * np.log(CALM_SECONDS) + energy * np.log(DRIVEN_SECONDS)
    density = float(np.exp(np.mean(asked - np.log(lengths))))
    on_beat = off_beat = lead = float("nan")
    if song is not None and len(song.beats) > 1:
        beats = np.array([b.time for b in song.beats])
        middles = 0.5 * (beats[:-1] + beats[1:])
        early = _nearest(starts, beats)
        near = np.abs(early) <= _ON_BEAT
        on_beat = float(near.mean())
        off_beat = float(((np.abs(_nearest(starts, middles)) <= _ON_BEAT) & ~near).mean())
        lead = float(np.median(early[near])) if near.any() else 0.0
    return CuttingStyle(
        cuts=len(starts),
        shot_seconds=float(np.median(lengths)),
        density=density,
        on_beat=on_beat,
        off_beat=off_beat,
        lead=lead,
        scale_changes=changes,
        transitions=TransitionMatrix(
            transition_table([SCALES.index(scale) for scale in scales]),
            transition_table(liveliness_classes(motion).tolist()),
        ),
    )


def follow(style: CuttingStyle, treatment: Treatment, fps: Fraction) -> Treatment:
    """The treatment with the pace, anticipation, off-beat cuts and transitions of the reference."""
    lead = 0.0 if np.isnan(style.lead) else style.lead
    return replace(
        treatment,
        density=float(np.clip(round(style.density, 2), 0.2, 5.0)),
        anticipation=int(np.clip(round(lead * float(fps)), 0, 2)),
        half_beats=bool(style.off_beat >= 0.15),
        transitions=style.transitions,
        reasons=(*treatment.reasons, f"Cut like the reference: {style}."),
    )


def _energies(film: Clip, song: Song | None) -> np.ndarray:
    """Energy of the music at the middle of each shot; a half without music."""
    if song is None:
        return np.full(len(film.shots), 0.5)
    frames = max(1, int(film.frames / film.fps * _STEP) + 1)
    curve = energy_curve(song, fps=_STEP, frames=frames, song_start=Fraction(0))
    middles = [Fraction(s.start + s.end, 2) / film.fps * _STEP for s in film.shots]
    return np.asarray(curve[np.clip([int(m) for m in middles], 0, frames - 1)])


def _nearest(times: np.ndarray, marks: Sequence[float] | np.ndarray) -> np.ndarray:
    """Seconds by which each time comes before the mark nearest to it."""
    distance = np.asarray(marks)[None, :] - times[:, None]
    return np.asarray(distance[np.arange(len(times)), np.abs(distance).argmin(axis=1)])
