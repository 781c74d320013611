"""Film in color that stays the same color."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.analysis import DEFLICKER_RADIUS, FrameAnalyzer, Painter, small_lightness
from tremendo.finish.color.engine import ColorEngine
from tremendo.finish.color.exemplar import Exemplar
from tremendo.finish.color.guided import GuidedColorizer
from tremendo.finish.color.hint import Hint, apply_hints
from tremendo.finish.color.lab import frame_lightness, with_chroma
from tremendo.finish.color.object_tracking import track_objects
from tremendo.finish.color.options import DEFAULT_OPTIONS, ColorOptions
from tremendo.finish.color.size import SIDE, reduced_size
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
_FADE = 8
_REACH = 24
_SPACING = 4
_REMEMBERED = 8

_Told = tuple[WeightedChroma, ...]
"""Colors of a frame and, with hints, the places of their objects."""

RADIUS = _BLOCK + _FADE + _REACH + DEFLICKER_RADIUS
"""No frame's colors depend on frames farther away than this, but for the eight remembered ones."""


def colorize_film(
    frames: Frames,
    direction: ColorOptions = DEFAULT_OPTIONS,
    *,
    start: int = 0,
    stop: int | None = None,
    part: tuple[int, int] | None = None,
    engine: ColorEngine | None = None,
) -> Iterator[Frame]:
    """Color one shot of a film; each frame keeps its lightness (except in tints).

    The engine sees every fourth frame with flicker taken out, and each estimate is drawn toward
    those on eight frames spread over the shot. Estimates travel along optical flow in blocks of 32
    frames that overlap and fade into each other; blocks are counted from the shot's first frame,
    so any part of a shot comes out the same alone as within the whole. Hinted objects are followed
    through the shot first. Memory: about 120 reduced frames (some 50 MB at any film size and
    length) and one full frame.

    Args:
        frames: the film; it is read twice, in step, and eight frames of it once more.
        direction: the wishes; frames of hints are counted as those of ``frames``.
        start: the shot's first frame.
        stop: the shot's end, exclusive; by default the film's.
        part: the wanted frames of the film, first and end; by default the whole shot.
        engine: by default tremendo's own network.

    Yields:
        One frame for each frame of the part.

    Raises:
        UsageError: an unknown style, frames that do not exist, a hint outside the picture, a
            reference without color.
        ModelMissingError: the weights are not on this machine.
    """
    shot = (start, len(frames) if stop is None else stop)
    first, end = part or shot
    if not 0 <= shot[0] <= first <= end <= shot[1] <= len(frames):
        raise UsageError(f"frames {first} to {end} of shot {shot} of {len(frames)} frames")
    _check(direction.hints, frames)
    warp = find_style(direction.style)
    if warp.dye is not None:
        return map(warp.dye, frames.read(first, end))
    colorizer = GuidedColorizer(direction, engine)
    wanted = (first - shot[0], end - shot[0])
    colors = _colors(frames, shot, wanted, direction.hints, warp, colorizer)
    return _composed(frames, first, end, colors)


def _check(hints: tuple[Hint, ...], frames: Frames) -> None:
    for hint in hints:
        if not hint.within(frames.width, frames.height) or hint.frame >= len(frames):
            raise UsageError(
                f"the hint at {hint.x},{hint.y} in frame {hint.frame} is outside the film: "
                f"{frames.width} x {frames.height}, {len(frames)} frames"
            )


def _composed(
    frames: Frames, first: int, end: int, colors: Iterator[LinearColors]
) -> Iterator[Frame]:
    """Full frames with their colors."""
    for frame, color in zip(frames.read(first, end), colors, strict=True):
        lightness = frame_lightness(frame)
        yield with_chroma(lightness, color.at(lightness))


def _colors(
    frames: Frames,
    shot: tuple[int, int],
    wanted: tuple[int, int],
    hints: tuple[Hint, ...],
    style: ColorStyle,
    colorizer: GuidedColorizer,
) -> Iterator[LinearColors]:
    """The colors of the wanted frames, counted from the shot's start."""
    if wanted[0] == wanted[1]:
        return
    count = shot[1] - shot[0]
    block = max(0, wanted[0] - _FADE) // _BLOCK
    begin = max(0, block * _BLOCK - _REACH)
    painter = _painter(frames, shot, colorizer)
    analysis = FrameAnalyzer(frames, shot, painter, spacing=_SPACING, begin=begin)
    hints = tuple(hint for hint in hints if shot[0] <= hint.frame < shot[1])
    warps = (
        track_objects(frames, shot, hints, engine=colorizer.engine, spacing=_SPACING)
        if hints
        else []
    )
    tail: list[_Told] = []
    for block_start in range(block * _BLOCK, wanted[1], _BLOCK):
        stop = min(count, block_start + _BLOCK + _FADE)
        low, high = max(0, block_start - _REACH), min(count, stop + _REACH)
        states = analysis.window(low, high)
        fresh = _told(states, warps, low)[block_start - low : stop - low]
        for number, old in enumerate(tail):
            share = (number + 1) / (_FADE + 1)
            fresh[number] = tuple(map(crossfade, old, fresh[number], repeat(share)))
        tail = fresh[_BLOCK:]
        for number, told in enumerate(fresh[:_BLOCK], start=block_start):
            if wanted[0] <= number < wanted[1]:
                yield _finished(told, states[number - low], style, hints)


def _told(
    states: Sequence[KeyFrameState], warps: Sequence[Mapping[int, NDArray[np.uint8]]], first: int
) -> list[_Told]:
    """What the estimates of a window come to in each frame: colors, and the hints' objects."""
    if not warps:
        return [(chroma,) for chroma in fuse_bidirectional(states)]
    marked = []
    for number, state in enumerate(states, start=first):
        mark = None
        if state.estimate is not None:
            claims = np.float32(1 / 255) * np.dstack([warp[number] for warp in warps])
            mark = WeightedChroma(claims, np.ones(claims.shape[:2], np.float32))
        marked.append(replace(state, estimate=mark))
    return list(zip(fuse_bidirectional(states), fuse_bidirectional(marked), strict=True))


def _painter(frames: Frames, shot: tuple[int, int], colorizer: GuidedColorizer) -> Painter:
    """Estimates on frames of the shot, with its memory."""
    memory = _memory(frames, shot, colorizer)
    return partial(colorizer.estimate, memory=memory)


def _memory(
    frames: Frames, shot: tuple[int, int], colorizer: GuidedColorizer
) -> tuple[Exemplar, ...]:
    """What is thought of frames in the middle of each eighth of the shot."""
    count = shot[1] - shot[0]
    parts = min(_REMEMBERED, 1 + count // _BLOCK)
    if parts == 1:  # flow reaches everywhere
        return ()
    numbers = [shot[0] + (2 * place + 1) * count // (2 * parts) for place in range(parts)]
    size = reduced_size(frames.width, frames.height, SIDE)
    remembered = []
    for number in numbers:
        frame = next(iter(frames.read(number, number + 1)))
        remembered.append(colorizer.estimate(small_lightness(frame, size)).exemplar())
    return tuple(remembered)


def _finished(
    told: _Told, state: KeyFrameState, style: ColorStyle, hints: tuple[Hint, ...]
) -> LinearColors:
    lightness = state.lightness.astype(np.float32) / np.float32(2.55)
    chroma, *marks = told
    ab = _smoothed(chroma.colors(), chroma, lightness)
    for mark in marks:
        ab = apply_hints(ab, hints, _smoothed(mark.planes, mark, lightness))
    return guided_upsample(style.recolor(ab), lightness).toned(*state.tone)


def _smoothed(
    planes: NDArray[np.float32], known: WeightedChroma, lightness: NDArray[np.float32]
) -> NDArray[np.float32]:
    return smooth_in_regions(planes, np.minimum(known.weight / 4, 1), lightness)
