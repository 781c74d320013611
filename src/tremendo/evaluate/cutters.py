"""Two simple cutters to compare with: what a user could do without tremendo.

A random excerpt on every beat (the manner of scherroman/mugen), and the shots in their order, cut
every N beats.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from tremendo.archive.types import Clip
from tremendo.errors import NothingUsableError
from tremendo.montage.beat_grid import frame_of
from tremendo.montage.takes import Take, frames_needed, usable_takes
from tremendo.montage.timeline import Slot, Timeline
from tremendo.music.types import Song

__all__ = ["every_n_beats", "random_per_beat"]


def random_per_beat(
    song: Song,
    clips: Sequence[Clip],
    *,
    fps: Fraction,
    frames: int,
    seed: int,
    song_start: Fraction = Fraction(0),
) -> Timeline:
    """A random excerpt of a random shot on every beat, repeats allowed (after mugen)."""
    rng = np.random.default_rng(seed)
    takes = usable_takes(clips, fps=fps)
    cuts = _beat_cuts(song, fps, frames, 1, song_start)
    order = [int(rng.integers(len(takes) or 1)) for _ in cuts]
    return _timeline(cuts, order, takes, fps, song_start, rng)


def every_n_beats(
    song: Song,
    clips: Sequence[Clip],
    *,
    fps: Fraction,
    frames: int,
    beats: int = 4,
    song_start: Fraction = Fraction(0),
) -> Timeline:
    """The shots in their order from their start, cut every ``beats`` beats, from the top again."""
    takes = usable_takes(clips, fps=fps)
    cuts = _beat_cuts(song, fps, frames, beats, song_start)
    return _timeline(cuts, list(range(len(cuts))), takes, fps, song_start, None)


def _beat_cuts(
    song: Song, fps: Fraction, frames: int, every: int, song_start: Fraction
) -> list[int]:
    """First frames of the slots, 0 included, then the end of the film."""
    beats = [frame_of(b.time, fps, song_start) for b in song.beats][::every]
    return [0, *(b for b in sorted(set(beats)) if 0 < b < frames), frames]


def _timeline(
    cuts: list[int],
    order: list[int],
    takes: Sequence[Take],
    fps: Fraction,
    song_start: Fraction,
    rng: np.random.Generator | None,
) -> Timeline:
    """Slots between the cuts; a take that is too short gives way to the next long enough."""
    slots: list[Slot] = []
    for (start, end), first in zip(pairwise(cuts), order, strict=False):
        ring = [takes[(first + k) % len(takes)] for k in range(len(takes))]
        take = next((t for t in ring if t.longest >= end - start), None)
        if take is None:
            raise NothingUsableError("no shot is long enough for this cutter")
        spare = take.frames - frames_needed(end - start, take.clip.fps, fps)
        offset = int(rng.integers(spare + 1)) if rng is not None and take.is_film else 0
        rate = take.clip.fps if take.is_film else fps
        slots.append(Slot(start, end, take.shot.id, take.start + offset, rate, take.technique))
    return Timeline(fps, 0, 0, tuple(slots), "", song_start, 0)
