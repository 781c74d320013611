"""A photograph filmed by a moving camera: layers of depth, hidden parts made up, no border."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np

from tremendo.errors import MediaError, UsageError
from tremendo.finish.animate.analysis.composition import Face, focus_of, picture_area
from tremendo.finish.animate.analysis.depth import Depth, crop_map, estimate_depth
from tremendo.finish.animate.camera.framing import (
    FRAMINGS,
    Window,
    choose_framing,
    place_window,
    surround,
)
from tremendo.finish.animate.camera.layers import alive, cut_layers, open_parts
from tremendo.finish.animate.camera.moves import MOVES, choose_move, path
from tremendo.finish.animate.camera.view import VirtualCamera, render
from tremendo.finish.animate.people.puppets import Puppets
from tremendo.media.frames import Frame

__all__ = ["animate_parallax"]

_SMALLEST = 8
_LARGEST = 4096
_MARGIN = 0.05
"""Share of the picture that the first frame leaves unseen at each side pair."""
_TRAVEL = 0.16
"""Fastest pan or tilt, in frame widths or heights a second."""


def animate_parallax(
    photo: Frame,
    *,
    frames: int,
    fps: Fraction,
    width: int,
    height: int,
    move: str = "auto",
    framing: str = "auto",
    seed: int = 0,
    faces: Sequence[Face] = (),
    strength: float = 0.6,
    living: Iterator[Frame] | None = None,
    beats: Sequence[float] = (),
    stir: float = 0.0,
    depth: Depth | None = None,
) -> Iterator[Frame]:
    """Film a photograph with a moving camera.

    Args:
        photo: ``(H, W, 3) uint8 RGB``, at least 8 pixels high and wide.
        frames: how many frames to yield.
        fps: their rate: limits how fast the camera travels.
        width: of the frames.
        height: of the frames.
        move: one of :data:`tremendo.finish.animate.camera.moves.MOVES`, or ``auto``.
        framing: ``fill``, ``fit`` or ``auto``.
        seed: chooses between moves that suit equally well.
        faces: boxes as fractions of the picture: left, top, width, height.
        strength: 0 (a still) to 1.
        living: the photograph as it looks in each frame, when faces or water in it move; its size.
        beats: seconds from the first frame at which the music beats: bodies keep to them.
        stir: 0..1, how much the bodies of people move.
        depth: of the photograph, if it has been estimated.

    Yields:
        ``(height, width, 3) uint8 RGB``. Memory: the photograph and a few frames.

    Raises:
        MediaError: the photograph is too small.
        UsageError: unknown move or framing, no frames, a strength or stir outside 0..1.
    """
    _check(photo, frames, width, height, move, framing, (strength, stir))
    photo = _bounded(photo)
    depth = depth or estimate_depth(photo, faces)
    looks = itertools.repeat(photo) if living is None else map(_bounded, living)
    aspect = width / height
    if move == "auto":
        move = choose_move(photo, faces, aspect=aspect, seed=seed)[0]
    if framing == "auto":
        framing = choose_framing(photo, faces, aspect, move)[0]
    shot = _Shot(move, strength, frames, fps, tuple(beats), stir, seed)
    if framing == "fill":
        yield from _film(photo, looks, depth, faces, (width, height), shot)
        return
    card = _card(photo, width, height)
    canvas = surround(photo, width, height, card)
    left, top = (width - card[0]) // 2, (height - card[1]) // 2
    for picture in _film(photo, looks, depth, faces, card, shot):
        frame = canvas.copy()
        frame[top : top + card[1], left : left + card[0]] = picture
        yield frame


def _check(
    photo: Frame,
    frames: int,
    width: int,
    height: int,
    move: str,
    framing: str,
    strengths: tuple[float, ...],
) -> None:
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
        raise MediaError(f"not an RGB picture of 8 bits: {photo.dtype} {photo.shape}")
    if min(photo.shape[:2]) < _SMALLEST:
        raise MediaError(
            f"a photograph of {photo.shape[1]}x{photo.shape[0]} pixels is too small to be filmed",
            hint=f"use one of at least {_SMALLEST}x{_SMALLEST} pixels",
        )
    if frames < 1 or width < 16 or height < 16:
        raise UsageError("at least one frame of 16x16 pixels must be asked for")
    if move not in ("auto", *MOVES):
        raise UsageError(f"no camera move is called {move!r}", hint=f"auto, {', '.join(MOVES)}")
    if framing not in ("auto", *FRAMINGS):
        raise UsageError(f"no framing is called {framing!r}", hint=f"auto, {', '.join(FRAMINGS)}")
    for strength in strengths:
        if not 0 <= strength <= 1:
            raise UsageError(f"strength {strength} is outside 0..1")


@dataclass(frozen=True)
class _Shot:
    """What the camera and the people do."""

    move: str
    strength: float
    frames: int
    fps: Fraction
    beats: tuple[float, ...]
    stir: float
    seed: int

    @property
    def seconds(self) -> float:
        return float(self.frames / self.fps)


def _bounded(photo: Frame) -> Frame:
    """The photograph with a long side of at most 4096 pixels."""
    scale = _LARGEST / max(photo.shape[:2])
    if scale >= 1:
        return photo
    size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA))


def _card(photo: Frame, width: int, height: int) -> tuple[int, int]:
    """Size of the whole picture inside the frame."""
    left, top, right, bottom = picture_area(photo)
    scale = min(width / (right - left), height / (bottom - top))
    return min(width, round((right - left) * scale)), min(height, round((bottom - top) * scale))


def _film(
    photo: Frame,
    looks: Iterator[Frame],
    depth: Depth,
    faces: Sequence[Face],
    size: tuple[int, int],
    shot: _Shot,
) -> Iterator[Frame]:
    """All frames of one take, filling ``size``."""
    move, strength = shot.move, shot.strength
    area = picture_area(photo)
    window = place_window(photo, faces, size[0] / size[1], area)
    window = _with_room(window, area, move, strength)
    start, end = _aims(photo, faces, window, area, move, shot.seconds, strength)
    part, scale, canvas_size = _part(window, start, end, area, size[0])
    canvas = _canvas(photo, part, canvas_size, scale)
    box = (
        part[1].start / photo.shape[1],
        part[0].start / photo.shape[0],
        part[1].stop / photo.shape[1],
        part[0].stop / photo.shape[0],
    )
    puppets = _puppets(depth, shot)
    small = depth.ground.shape[1]
    depth = depth.crop(box)
    layers = cut_layers(canvas, depth)
    seen = open_parts(layers)
    origin = np.array([box[0] * photo.shape[1], box[1] * photo.shape[0]])
    aims = (np.array(start) - origin) * scale, (np.array(end) - origin) * scale
    both_ways = move.startswith(("pan", "tilt"))
    camera = VirtualCamera(*aims, depth.subject, size, canvas.shape[:2], both_ways=both_ways)
    times = [i / max(shot.frames - 1, 1) for i in range(shot.frames)]
    camera.keep_inside(layers, [path(move, t, strength) for t in np.linspace(0, 1, 13)])
    for n, (t, look) in enumerate(zip(times, looks, strict=False)):
        if look is not photo:
            layers = alive(layers, _canvas(look, part, canvas_size, scale), seen)
        if puppets:
            bend = crop_map(puppets.field(float(n / shot.fps)), box)
            bend *= scale * photo.shape[1] / small
            layers[-1] = replace(layers[-1], bend=bend)
        yield render(layers, camera, path(move, t, strength))


def _puppets(depth: Depth, shot: _Shot) -> Puppets | None:
    """The people who stir, or None."""
    if shot.stir <= 0:
        return None
    size = depth.ground.shape[1], depth.ground.shape[0]
    made = Puppets(
        depth.cut, size, depth.free, beats=shot.beats, strength=shot.stir, seed=shot.seed
    )
    return made or None


def _with_room(
    window: Window, area: tuple[int, int, int, int], move: str, strength: float
) -> Window:
    """A window small enough for a pan or a tilt to have somewhere to go."""
    left, top, right, bottom = area
    share = 1 - 0.2 * strength
    if move in ("pan-left", "pan-right"):
        scale = min(1.0, (right - left) * share / window.width)
    elif move == "tilt-up":
        scale = min(1.0, (bottom - top) * share / window.height)
    else:
        return window
    return Window(window.x, window.y, window.width * scale, window.height * scale)


def _aims(
    photo: Frame,
    faces: Sequence[Face],
    window: Window,
    area: tuple[int, int, int, int],
    move: str,
    seconds: float,
    strength: float,
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the camera looks first and last, in pixels of the photograph."""
    left, top, right, bottom = area
    x, y = window.x, window.y
    reach = _TRAVEL * seconds * 1.6 * strength
    if move in ("pan-left", "pan-right"):
        low, high = left + window.width / 2, right - window.width / 2
        half = min(high - low, reach * window.width) / 2
        middle = float(np.clip(x, low + half, high - half))
        ends = (middle - half, y), (middle + half, y)
        return ends if move == "pan-right" else (ends[1], ends[0])
    if move == "tilt-up":
        low, high = top + window.height / 2, bottom - window.height / 2
        final = y if faces else low + 0.15 * (high - low)
        first = min(high, final + reach * window.height)
        return (x, first), (x, min(final, first))
    focus_x, focus_y = focus_of(photo, faces)
    pull = (0.55 if faces else 0.3) * strength
    end = (
        x + pull * (focus_x * photo.shape[1] - x),
        y + pull * (focus_y * photo.shape[0] - y),
    )
    return (x, y), end


def _part(
    window: Window,
    start: tuple[float, float],
    end: tuple[float, float],
    area: tuple[int, int, int, int],
    width: int,
) -> tuple[tuple[slice, slice], float, tuple[int, int]]:
    """The part of the photograph the camera can see, about as fine as the frame shows it.

    Returns:
        Rows and columns; pixels of the canvas per pixel of the photograph; the canvas's width
        and height.
    """
    left, top, right, bottom = area
    half_x, half_y = window.width * 0.62, window.height * 0.62
    x0 = max(left, int(min(start[0], end[0]) - half_x))
    x1 = min(right, int(np.ceil(max(start[0], end[0]) + half_x)))
    y0 = max(top, int(min(start[1], end[1]) - half_y))
    y1 = min(bottom, int(np.ceil(max(start[1], end[1]) + half_y)))
    scale = width / window.width * (1 + _MARGIN)
    size = (max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale)))
    return (slice(y0, y1), slice(x0, x1)), scale, size


def _canvas(photo: Frame, part: tuple[slice, slice], size: tuple[int, int], scale: float) -> Frame:
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(photo[part], size, interpolation=method))
