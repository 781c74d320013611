"""Gray film in, the same film in steady color out; a part of a shot equals that of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.analysis import DEFLICKER_RADIUS, FrameAnalyzer
from tremendo.finish.color.engine import ColorEngine
from tremendo.finish.color.guided import GuidedColorizer
from tremendo.finish.color.hint import Hint, apply_hints
from tremendo.finish.color.lab import frame_lightness, with_chroma
from tremendo.finish.color.object_tracking import track_objects
from tremendo.finish.color.options import DEFAULT_OPTIONS, ColorOptions
from tremendo.finish.color.shot_stats import ShotColorStats, stats_by
from tremendo.finish.color.style import ColorStyle, find_style
from tremendo.finish.color.temporal_fusion import (
    KeyFrameState,
    WeightedChroma,
    crossfade,
    fuse_bidirectional,
)
from tremendo.finish.color.upsampling import LinearColors, guided_upsample, smooth_in_regions
from tremendo.media.frames import Frame, Frames

__all__ = ["RADIUS", "colorize_film"]

_BLOCK = 32
"""Frames that are fused together; blocks are counted from the shot's first frame."""
_FADE = 8
"""Frames over which a block fades into the next."""
_REACH = 24
"""Frames before and after a block whose estimates take part."""
_SPACING = 4
"""Every how many frames of the shot there is a key frame."""
_FULL_WEIGHT = 4.0
"""Fused weight from which a color counts as sure."""

RADIUS = _BLOCK + _FADE + _REACH + DEFLICKER_RADIUS
"""No frame's colors depend on frames farther away than this, but for the shot's statistics and
the way from a hint."""

_Fused = tuple[WeightedChroma, ...]
"""Colors of a frame and, with hints, the masks of their objects."""


def colorize_film(
    frames: Frames,
    options: ColorOptions = DEFAULT_OPTIONS,
    *,
    start: int = 0,
    stop: int | None = None,
    part: tuple[int, int] | None = None,
    engine: ColorEngine | None = None,
    seen: Frames | None = None,
    stats: ShotColorStats | None = None,
) -> Iterator[Frame]:
    """Color one shot of a film; each frame keeps its lightness (except in tints).

    The colors of a frame depend on the shot alone, never on the part that is asked for: on the
    key frames (every fourth of the shot) up to ``RADIUS`` away, on the shot's statistics, and on
    hints. Estimates of key frames travel along optical flow in blocks of 32 frames, counted from
    the shot's first, that overlap and fade into each other. What a part costs does not grow with
    the shot, but with the distance of its hints. Memory: about 120 reduced frames (some 50 MB at
    any film size and length) and one full frame.

    Args:
        frames: the film; only the frames of the part are read, each once.
        options: what is asked; frames of hints are counted as those of ``frames``.
        start: the shot's first frame.
        stop: the shot's end, exclusive; by default the film's.
        part: the wanted frames of the film, first and end; by default the whole shot.
        engine: by default tremendo's own network.
        seen: what colors are estimated on: the same frames, less finished perhaps, but of the same
            size and with everything in its place and tone; by default ``frames``.
        stats: of the shot, if they were made before by ``analyze_colors`` with the same ``seen``,
            options and engine.

    Yields:
        One frame for each frame of the part.

    Raises:
        UsageError: an unknown style, frames that do not exist, a hint outside the picture, a
            reference without color, statistics of another shot.
        ModelMissingError: the weights are not on this machine.
    """
    shot = (start, len(frames) if stop is None else stop)
    first, end = part or shot
    if not 0 <= shot[0] <= first <= end <= shot[1] <= len(frames):
        raise UsageError(f"frames {first} to {end} of shot {shot} of {len(frames)} frames")
    _check(options.hints, frames)
    style = find_style(options.style)
    if style.dye is not None:
        return map(style.dye, frames.read(first, end))
    if stats is not None and (stats.start, stats.stop) != shot:
        raise UsageError(f"the color statistics are of frames {stats.start} to {stats.stop}")
    if first == end:
        return iter(())
    seen = frames if seen is None else seen
    colorizer = GuidedColorizer(options, engine)
    stats = stats_by(colorizer, seen, *shot) if stats is None else stats
    hints = tuple(hint for hint in options.hints if shot[0] <= hint.frame < shot[1])
    job = _Job(seen, shot, (first - shot[0], end - shot[0]), hints, style)
    return _composed(frames.read(first, end), _colors(job, colorizer, stats))


@dataclass(frozen=True)
class _Job:
    """What is to be colored.

    Attributes:
        seen: what colors are estimated on.
        shot: first frame and end of the shot.
        wanted: first frame and end of the part, counted from the shot's start.
        hints: those in the shot.
        style: what becomes of the colors.
    """

    seen: Frames
    shot: tuple[int, int]
    wanted: tuple[int, int]
    hints: tuple[Hint, ...]
    style: ColorStyle


def _check(hints: tuple[Hint, ...], frames: Frames) -> None:
    for hint in hints:
        if not hint.within(frames.width, frames.height) or hint.frame >= len(frames):
            raise UsageError(
                f"the hint at {hint.x},{hint.y} in frame {hint.frame} is outside the film: "
                f"{frames.width} x {frames.height}, {len(frames)} frames"
            )


def _composed(frames: Iterator[Frame], colors: Iterator[LinearColors]) -> Iterator[Frame]:
    """Full frames with their colors."""
    for frame, color in zip(frames, colors, strict=True):
        lightness = frame_lightness(frame)
        yield with_chroma(lightness, color.at(lightness))


def _colors(job: _Job, colorizer: GuidedColorizer, stats: ShotColorStats) -> Iterator[LinearColors]:
    """The colors of the wanted frames."""
    count, wanted = job.shot[1] - job.shot[0], job.wanted
    block = max(0, wanted[0] - _FADE) // _BLOCK
    begin = max(0, block * _BLOCK - _REACH)
    estimator = partial(colorizer.estimate, memory=stats.exemplars)
    analyzer = FrameAnalyzer(job.seen, job.shot, estimator, spacing=_SPACING, begin=begin)
    masks = _masks(job, colorizer.engine, begin)
    tail: list[_Fused] = []
    for block_start in range(block * _BLOCK, wanted[1], _BLOCK):
        stop = min(count, block_start + _BLOCK + _FADE)
        low, high = max(0, block_start - _REACH), min(count, stop + _REACH)
        states = analyzer.window(low, high)
        fused = _fused(states, masks, low)[block_start - low : stop - low]
        for number, old in enumerate(tail):
            share = (number + 1) / (_FADE + 1)
            fused[number] = tuple(map(crossfade, old, fused[number], repeat(share)))
        tail = fused[_BLOCK:]
        for number, colors in enumerate(fused[:_BLOCK], start=block_start):
            if wanted[0] <= number < wanted[1]:
                yield _upsampled(colors, states[number - low], job.style, job.hints)


def _masks(job: _Job, engine: ColorEngine, begin: int) -> Sequence[Mapping[int, NDArray[np.uint8]]]:
    """Masks of hinted objects in the key frames that the part needs."""
    if not job.hints:
        return []
    end = min(job.shot[1] - job.shot[0], job.wanted[1] + _BLOCK + _FADE + _REACH)
    span = (job.shot[0] + begin, job.shot[0] + end)
    return track_objects(job.seen, job.shot, job.hints, engine=engine, spacing=_SPACING, span=span)


def _fused(
    states: Sequence[KeyFrameState], masks: Sequence[Mapping[int, NDArray[np.uint8]]], first: int
) -> list[_Fused]:
    """Colors of each frame of a window, and the masks of hinted objects."""
    if not masks:
        return [(chroma,) for chroma in fuse_bidirectional(states)]
    marked = []
    for number, state in enumerate(states, start=first):
        mark = None
        if state.estimate is not None:
            planes = np.float32(1 / 255) * np.dstack([mask[number] for mask in masks])
            mark = WeightedChroma(planes, np.ones(planes.shape[:2], np.float32))
        marked.append(replace(state, estimate=mark))
    return list(zip(fuse_bidirectional(states), fuse_bidirectional(marked), strict=True))


def _upsampled(
    fused: _Fused, state: KeyFrameState, style: ColorStyle, hints: tuple[Hint, ...]
) -> LinearColors:
    lightness = state.lightness.astype(np.float32) / np.float32(2.55)
    chroma, *marks = fused
    ab = _smoothed(chroma.colors(), chroma, lightness)
    for mark in marks:
        ab = apply_hints(ab, hints, _smoothed(mark.planes, mark, lightness))
    return guided_upsample(style.recolor(ab), lightness).toned(*state.tone)


def _smoothed(
    planes: NDArray[np.float32], known: WeightedChroma, lightness: NDArray[np.float32]
) -> NDArray[np.float32]:
    return smooth_in_regions(planes, np.minimum(known.weight / _FULL_WEIGHT, 1), lightness)
