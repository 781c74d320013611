"""Film in color that stays the same color."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tremendo.errors import UsageError
from tremendo.finish.color.analysis import CALM_RADIUS, Analysis
from tremendo.finish.color.lab import frame_lightness, with_chroma
from tremendo.finish.color.network import ColorNetwork
from tremendo.finish.color.palette import chroma_gain, temperature
from tremendo.finish.color.spread import Spread, settle, spread
from tremendo.finish.color.steady import Chroma, Look, agree, blend
from tremendo.finish.color.style import Style, find_style
from tremendo.media.frames import Frame, Frames

__all__ = ["RADIUS", "colorize_film"]

_BLOCK = 32
_FADE = 8
_REACH = 24
_SPACING = 4

RADIUS = _BLOCK + _FADE + _REACH + CALM_RADIUS
"""No frame's colors depend on frames farther away than this."""


def colorize_film(
    frames: Frames,
    *,
    start: int = 0,
    stop: int | None = None,
    part: tuple[int, int] | None = None,
    vividness: float = 0.5,
    style: str = "natural",
    network: ColorNetwork | None = None,
) -> Iterator[Frame]:
    """Color one shot of a film; each frame keeps its lightness (except in tints).

    The network sees every fourth frame with flicker taken out. Its opinions travel along optical
    flow in blocks of 32 frames that overlap and fade into each other; blocks are counted from the
    shot's first frame, so any part of a shot comes out the same alone as within the whole.
    Memory: about 120 reduced frames (some 40 MB at any film size and length) and one full frame.

    Args:
        frames: the film; it is read twice, in step.
        start: the shot's first frame.
        stop: the shot's end, exclusive; by default the film's.
        part: the wanted frames of the film, first and end; by default the whole shot.
        vividness: 0 (cautious) to 1 (bold).
        style: one of ``STYLES``.
        network: an open network; by default the packaged one.

    Yields:
        One frame for each frame of the part.

    Raises:
        UsageError: vividness outside 0 to 1, an unknown style, or frames that do not exist.
        ModelMissingError: the weights are not on this machine.
    """
    shot = (start, len(frames) if stop is None else stop)
    first, end = part or shot
    if not 0 <= vividness <= 1:
        raise UsageError(f"vividness {vividness} is not between 0 and 1")
    if not 0 <= shot[0] <= first <= end <= shot[1] <= len(frames):
        raise UsageError(f"frames {first} to {end} of shot {shot} of {len(frames)} frames")
    way = find_style(style)
    if way.dye is not None:
        return map(way.dye, frames.read(first, end))
    network = network or ColorNetwork()
    wanted = (first - shot[0], end - shot[0])
    return _composed(frames, first, end, _colors(frames, shot, wanted, vividness, way, network))


def _composed(frames: Frames, first: int, end: int, colors: Iterator[Spread]) -> Iterator[Frame]:
    """Full frames with their colors."""
    for frame, color in zip(frames.read(first, end), colors, strict=True):
        lightness = frame_lightness(frame)
        yield with_chroma(lightness, color.at(lightness))


def _colors(
    frames: Frames,
    shot: tuple[int, int],
    wanted: tuple[int, int],
    vividness: float,
    style: Style,
    network: ColorNetwork,
) -> Iterator[Spread]:
    """The colors of the wanted frames, counted from the shot's start."""
    if wanted[0] == wanted[1]:
        return
    count = shot[1] - shot[0]
    block = max(0, wanted[0] - _FADE) // _BLOCK
    analysis = Analysis(
        frames,
        shot,
        network,
        spacing=_SPACING,
        temperature=temperature(vividness),
        begin=max(0, block * _BLOCK - _REACH),
    )
    gain = np.float32(chroma_gain(vividness))
    tail: list[Chroma] = []
    for block_start in range(block * _BLOCK, wanted[1], _BLOCK):
        stop = min(count, block_start + _BLOCK + _FADE)
        low, high = max(0, block_start - _REACH), min(count, stop + _REACH)
        looks = analysis.window(low, high)
        fresh = agree(looks)[block_start - low : stop - low]
        for number, old in enumerate(tail):
            fresh[number] = blend(old, fresh[number], (number + 1) / (_FADE + 1))
        tail = fresh[_BLOCK:]
        for number, chroma in enumerate(fresh[:_BLOCK], start=block_start):
            if wanted[0] <= number < wanted[1]:
                yield _finished(chroma, looks[number - low], gain, style)


def _finished(chroma: Chroma, look: Look, gain: np.float32, style: Style) -> Spread:
    lightness = look.lightness.astype(np.float32) / np.float32(2.55)
    surety = np.minimum(chroma.weight / 4, 1)
    colors = style.recolor(settle(chroma.colors() * gain, surety, lightness))
    return spread(colors, lightness)
