"""A photograph filmed by a moving camera: layers of depth, hidden parts made up, no border."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tremendo.errors import MediaError, UsageError
from tremendo.finish.animate.analysis.composition import Composition, FaceBox
from tremendo.finish.animate.analysis.depth import Depth, crop_map
from tremendo.finish.animate.analysis.photo import PhotoAnalysis
from tremendo.finish.animate.camera.framing import (
    FRAMINGS,
    PhotoWindow,
    choose_framing,
    place_window,
    surround,
)
from tremendo.finish.animate.camera.layers import alive, cut_layers, open_parts
from tremendo.finish.animate.camera.moves import path
from tremendo.finish.animate.camera.view import VirtualCamera, render
from tremendo.finish.animate.options import MOVES, ShotFormat
from tremendo.finish.animate.people.puppets import Puppets
from tremendo.media.frames import Frame

__all__ = ["CameraSettings", "film_photo"]

_SMALLEST = 8
_LARGEST = 4096
_MARGIN = 0.05
"""Share of the picture that the first frame leaves unseen at each side pair."""
_TRAVEL = 0.16
"""Fastest pan or tilt, in frame widths or heights a second."""


@dataclass(frozen=True)
class CameraSettings:
    """What the camera does, and the bodies before it."""

    move: str
    """One of `tremendo.finish.animate.options.MOVES`."""
    strength: float = 0.6
    """0 (a still) to 1."""
    framing: str = "auto"
    """``fill``, ``fit`` or ``auto``."""
    stir: float = 0.0
    """0..1: how much the bodies of people move."""
    beats: tuple[float, ...] = ()
    """Seconds from the first frame at which the music beats: bodies keep to them."""
    seed: int = 0
    """Gives everybody a rhythm of their own."""


@dataclass(frozen=True)
class _FilmedPhoto:
    """A photograph of bounded size, and what the camera must know of it."""

    photo: Frame
    faces: Sequence[FaceBox]
    composition: Composition
    depth: Depth


def film_photo(
    analysis: PhotoAnalysis,
    camera: CameraSettings,
    form: ShotFormat,
    living: Iterator[Frame] | None = None,
) -> Iterator[Frame]:
    """Film a photograph with a moving camera.

    Args:
        analysis: of the photograph, at least 8 pixels high and wide.
        camera: what it does.
        form: of the frames; their rate limits how fast the camera travels.
        living: the photograph as it looks in each frame, when faces or water in it move; its size.

    Returns:
        ``(height, width, 3) uint8 RGB`` frames. Memory: the photograph and a few frames.

    Raises:
        MediaError: the photograph is too small.
        UsageError: unknown move or framing, no frames, a strength or stir outside 0..1.
    """
    _check(analysis.photo, camera, form)
    photo = _bounded(analysis.photo)
    composition = analysis.composition.scaled(photo.shape[1] / analysis.size[0])
    scene = _FilmedPhoto(photo, analysis.boxes, composition, analysis.depth)
    looks = itertools.repeat(photo) if living is None else map(_bounded, living)
    framing = camera.framing
    if framing == "auto":
        framing = choose_framing(photo, analysis.boxes, form.aspect, camera.move)[0]
    if framing == "fill":
        return _film(scene, looks, camera, form)
    return _framed(scene, looks, camera, form)


def _framed(
    scene: _FilmedPhoto, looks: Iterator[Frame], camera: CameraSettings, form: ShotFormat
) -> Iterator[Frame]:
    """The whole picture as a card before its own dim surround."""
    width, height = _card(scene.composition.area, form)
    canvas = surround(scene.photo, form.width, form.height, (width, height))
    left, top = (form.width - width) // 2, (form.height - height) // 2
    for picture in _film(scene, looks, camera, replace(form, width=width, height=height)):
        frame = canvas.copy()
        frame[top : top + height, left : left + width] = picture
        yield frame


def _check(photo: Frame, camera: CameraSettings, form: ShotFormat) -> None:
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
        raise MediaError(f"not an RGB picture of 8 bits: {photo.dtype} {photo.shape}")
    if min(photo.shape[:2]) < _SMALLEST:
        raise MediaError(
            f"a photograph of {photo.shape[1]}x{photo.shape[0]} pixels is too small to be filmed",
            hint=f"use one of at least {_SMALLEST}x{_SMALLEST} pixels",
        )
    if form.frames < 1 or form.width < 16 or form.height < 16:
        raise UsageError("at least one frame of 16x16 pixels must be asked for")
    if camera.move not in MOVES:
        raise UsageError(f"no camera move is called {camera.move!r}", hint=", ".join(MOVES))
    if camera.framing not in ("auto", *FRAMINGS):
        hint = f"auto, {', '.join(FRAMINGS)}"
        raise UsageError(f"no framing is called {camera.framing!r}", hint=hint)
    for strength in (camera.strength, camera.stir):
        if not 0 <= strength <= 1:
            raise UsageError(f"strength {strength} is outside 0..1")


def _bounded(photo: Frame) -> Frame:
    """The photograph with a long side of at most 4096 pixels."""
    scale = _LARGEST / max(photo.shape[:2])
    if scale >= 1:
        return photo
    size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA))


def _card(area: tuple[int, int, int, int], form: ShotFormat) -> tuple[int, int]:
    """Size of the whole picture inside the frame."""
    left, top, right, bottom = area
    scale = min(form.width / (right - left), form.height / (bottom - top))
    return (
        min(form.width, round((right - left) * scale)),
        min(form.height, round((bottom - top) * scale)),
    )


def _film(
    scene: _FilmedPhoto, looks: Iterator[Frame], camera: CameraSettings, form: ShotFormat
) -> Iterator[Frame]:
    """All frames of one take, filling the frame."""
    photo, area = scene.photo, scene.composition.area
    move, strength = camera.move, camera.strength
    window = place_window(photo, scene.faces, form.aspect, scene.composition)
    window = _with_room(window, area, move, strength)
    start, end = _aims(scene, window, camera, float(form.frames / form.fps))
    part, scale, canvas_size = _part(window, start, end, area, form.width)
    canvas = _canvas(photo, part, canvas_size, scale)
    box = (
        part[1].start / photo.shape[1],
        part[0].start / photo.shape[0],
        part[1].stop / photo.shape[1],
        part[0].stop / photo.shape[0],
    )
    puppets = _puppets(scene.depth, camera)
    small = scene.depth.ground.shape[1]
    depth = scene.depth.crop(box)
    layers = cut_layers(canvas, depth)
    seen = open_parts(layers)
    origin = np.array([box[0] * photo.shape[1], box[1] * photo.shape[0]])
    aims = (np.array(start) - origin) * scale, (np.array(end) - origin) * scale
    both_ways = move.startswith(("pan", "tilt"))
    eye = VirtualCamera(*aims, depth.subject, form.size, canvas.shape[:2], both_ways=both_ways)
    times = [i / max(form.frames - 1, 1) for i in range(form.frames)]
    eye.keep_inside(layers, [path(move, t, strength) for t in np.linspace(0, 1, 13)])
    for n, (t, look) in enumerate(zip(times, looks, strict=False)):
        if look is not photo:
            layers = alive(layers, _canvas(look, part, canvas_size, scale), seen)
        if puppets:
            bend = crop_map(puppets.field(float(n / form.fps)), box)
            bend *= scale * photo.shape[1] / small
            layers[-1] = replace(layers[-1], bend=bend)
        yield render(layers, eye, path(move, t, strength))


def _puppets(depth: Depth, camera: CameraSettings) -> Puppets | None:
    """The people who stir, or None."""
    if camera.stir <= 0:
        return None
    size = depth.ground.shape[1], depth.ground.shape[0]
    made = Puppets(
        depth.cut, size, depth.free, beats=camera.beats, strength=camera.stir, seed=camera.seed
    )
    return made or None


def _with_room(
    window: PhotoWindow, area: tuple[int, int, int, int], move: str, strength: float
) -> PhotoWindow:
    """A window small enough for a pan or a tilt to have somewhere to go."""
    left, top, right, bottom = area
    share = 1 - 0.2 * strength
    if move in ("pan-left", "pan-right"):
        scale = min(1.0, (right - left) * share / window.width)
    elif move == "tilt-up":
        scale = min(1.0, (bottom - top) * share / window.height)
    else:
        return window
    return PhotoWindow(window.x, window.y, window.width * scale, window.height * scale)


def _aims(
    scene: _FilmedPhoto, window: PhotoWindow, camera: CameraSettings, seconds: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the camera looks first and last, in pixels of the photograph."""
    left, top, right, bottom = scene.composition.area
    x, y = window.x, window.y
    reach = _TRAVEL * seconds * 1.6 * camera.strength
    if camera.move in ("pan-left", "pan-right"):
        low, high = left + window.width / 2, right - window.width / 2
        half = min(high - low, reach * window.width) / 2
        middle = float(np.clip(x, low + half, high - half))
        ends = (middle - half, y), (middle + half, y)
        return ends if camera.move == "pan-right" else (ends[1], ends[0])
    if camera.move == "tilt-up":
        low, high = top + window.height / 2, bottom - window.height / 2
        final = y if scene.faces else low + 0.15 * (high - low)
        first = min(high, final + reach * window.height)
        return (x, first), (x, min(final, first))
    focus_x, focus_y = scene.composition.focus
    pull = (0.55 if scene.faces else 0.3) * camera.strength
    end = (
        x + pull * (focus_x * scene.photo.shape[1] - x),
        y + pull * (focus_y * scene.photo.shape[0] - y),
    )
    return (x, y), end


def _part(
    window: PhotoWindow,
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
