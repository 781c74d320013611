"""A photograph of the cut set in motion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import chain, repeat
from typing import TYPE_CHECKING

import cv2
import numpy as np

from tremendo.errors import NothingUsableError
from tremendo.finish.animate.record import MotionRecord
from tremendo.media import Frame

if TYPE_CHECKING:
    from tremendo.finish.animate.analysis.flow_regions import FlowRegion
    from tremendo.finish.animate.choice import Space
    from tremendo.perception.depiction import Medium

__all__ = ["Motion", "move_photo"]

_PUSH = 0.06
"""How much closer the camera comes during a portrait."""

_SMALLEST_ALIVE = 34
"""Height in pixels of the smallest face that stirs in a group."""
_STIR = 0.8
"""How far small faces move, as a share of what portraits do."""
_RESTING = 0.4
"""How far the camera moves before water, as a share of what it does elsewhere."""

_SILENT = ("look-round", "smile", "nod")
_PERFORMANCES = (*_SILENT, "sing")


@dataclass(frozen=True)
class Motion:
    """How a photograph is to move."""

    treatment: str
    """``face`` or ``parallax``."""
    frames: int
    fps: Fraction
    width: int
    height: int
    beats: tuple[float, ...] = ()
    """Seconds from the take's start at which the music beats."""
    accents: tuple[float, ...] = ()
    """Likewise its accents."""
    voice: tuple[float, ...] = ()
    """How wide a singer's mouth is open, see `tremendo.finish.animate.face.voice`; empty where
    nobody sings, and then no portrait is made to."""
    faces: tuple[tuple[float, float, float, float], ...] = ()
    """Left, top, width, height of faces as fractions of the picture."""
    seed: int = 0
    strength: float = 0.6
    performance: str = ""
    """Preset of the face; empty: one of four, by the seed."""
    move: str = "auto"
    """Move of the camera."""
    told: bool = False
    """The director has named this motion; then even what looks drawn or carved moves."""
    moving: str = ""
    """What moves but the camera: ``figures``, ``loop``, ``camera`` (nothing else); empty: all that
    can."""
    bar: float = 4.0
    """Seconds of a bar: water and leaves return after one."""


def move_photo(photo: Frame, motion: Motion) -> tuple[Iterator[Frame], MotionRecord]:
    """Set a photograph in motion.

    Returns:
        ``motion.frames`` frames of the film's size, and what was done: a face that cannot bear
        motion gets a camera move instead.
    """
    if motion.treatment == "face":
        try:
            frames = _portrait(photo, motion)
            first = next(frames)
            done = MotionRecord(
                "face",
                statement="face set in motion",
                engine="mesh",
                performance=_performance_of(motion),
                faces=1,
            )
            return chain([first], frames), done
        except NothingUsableError as error:
            frames, done = _filmed(photo, motion)
            said = f"{done.statement}; no moving face: {error.message}"
            return frames, replace(done, refused=error.message, statement=said)
    return _filmed(photo, motion)


def _performance_of(motion: Motion) -> str:
    open_to = _PERFORMANCES if motion.voice else _SILENT
    return motion.performance or open_to[motion.seed % len(open_to)]


def _filmed(photo: Frame, motion: Motion) -> tuple[Iterator[Frame], MotionRecord]:
    """A camera move, with its reason, over what stirs and flows in the photograph."""
    from tremendo.finish.animate.camera.moves import choose_move
    from tremendo.finish.animate.choice import propose_motion, read_space

    space = read_space(photo, motion.faces)
    choice = propose_motion(motion.faces, space)
    resting = "loop" in (motion.moving, "" if motion.moving else choice.motion)
    reason = "as told"
    if motion.move == "auto":
        aspect = motion.width / motion.height
        move, reason = choose_move(photo, motion.faces, aspect=aspect, seed=motion.seed)
        motion = replace(motion, move=move)
    said = []
    if motion.moving:
        said.append(f"{motion.moving}, as told")
    elif choice.motion != "face":  # it is not moved here, see `move_photo`
        said.append(f"{choice.motion}: {choice.reason}")
    said.append(f"camera move {motion.move} ({reason})")
    living, people = None, False
    flowing: tuple[FlowRegion, ...] = ()
    stir = motion.strength if motion.moving in ("", "figures") else 0.0
    if stir and not motion.told and (medium := _medium(photo, motion.faces)) != "photograph":
        stir = 0.0
        said.append(f"a {medium} keeps still")
    if stir:
        living = _people(photo, motion)
        people = living is not None or bool(space.people)
        if people:
            said.append("the people in the picture stir")
    if motion.moving in ("", "loop") and space.loops:
        flowing = tuple(space.loops)
        living = _flowing(photo, flowing, motion, living)
        said.append(" and ".join(loop.kind for loop in flowing) + " in a loop of a bar")
    frames = _parallax(photo, motion, space, living, stir=stir, resting=resting)
    return frames, MotionRecord(
        "parallax",
        statement="; ".join(said),
        people=people,
        flows=tuple(loop.kind for loop in flowing),
        move=motion.move,
        reason=reason,
    )


def _medium(photo: Frame, faces: Sequence[tuple[float, float, float, float]]) -> Medium:
    """What the tallest of the faces, given as fractions of the picture, is made of."""
    from tremendo.perception.depiction import face_media

    if not faces:
        return "photograph"
    height, width = photo.shape[:2]
    left, top, wide, tall = max(faces, key=lambda face: face[3])
    box = (left * width, top * height, (left + wide) * width, (top + tall) * height)
    return face_media(photo, [box])[0]


def _flowing(
    photo: Frame, loops: Sequence[FlowRegion], motion: Motion, living: Iterator[Frame] | None
) -> Iterator[Frame]:
    """The photograph with its water and leaves in motion, and its faces if they are."""
    from tremendo.finish.animate.flow.cinemagraph import Cinemagraph

    flows = [Cinemagraph(photo, loop.area, loop.way, period=motion.bar) for loop in loops]
    for n, seen in enumerate(repeat(photo, motion.frames) if living is None else living):
        seconds = float(n / motion.fps)
        yield reduce(lambda frame, flow: flow.frame(frame, seconds), flows, seen)


def _people(photo: Frame, motion: Motion) -> Iterator[Frame] | None:
    """The photograph with its small faces alive: they look about and blink, each in its own time.

    None where there is none that can.
    """
    from tremendo.finish.animate.face.performance import animate_face

    if not motion.faces:
        return None
    try:
        frames = animate_face(
            photo,
            driver="idle",
            frames=motion.frames,
            fps=motion.fps,
            beats=motion.beats,
            seed=motion.seed,
            strength=_STIR * motion.strength,
            least=_SMALLEST_ALIVE,
            told=motion.told,
        )
        return chain([next(frames)], frames)
    except NothingUsableError:
        return None


def _parallax(
    photo: Frame,
    motion: Motion,
    space: Space,
    living: Iterator[Frame] | None,
    *,
    stir: float,
    resting: bool,
) -> Iterator[Frame]:
    from tremendo.finish.animate.camera.parallax import animate_parallax

    return animate_parallax(
        photo,
        frames=motion.frames,
        fps=motion.fps,
        width=motion.width,
        height=motion.height,
        seed=motion.seed,
        faces=motion.faces,
        strength=motion.strength * (_RESTING if resting else 1.0),
        living=living,
        move=motion.move,
        beats=motion.beats,
        stir=stir,
        depth=space.depth,
    )


def _portrait(photo: Frame, motion: Motion) -> Iterator[Frame]:
    """The part of the photograph around its faces, at the film's size, alive and slowly nearing.

    Raises:
        NothingUsableError: no face in it can bear motion.
    """
    from tremendo.finish.animate.analysis.composition import focus_of, picture_area
    from tremendo.finish.animate.camera.framing import place_window
    from tremendo.finish.animate.face.performance import animate_face

    window = place_window(photo, motion.faces, motion.width / motion.height, picture_area(photo))
    left, top = round(window.x - window.width / 2), round(window.y - window.height / 2)
    part = photo[
        max(0, top) : round(top + window.height), max(0, left) : round(left + window.width)
    ]
    method = cv2.INTER_AREA if part.shape[1] > motion.width else cv2.INTER_CUBIC
    scaled = cv2.resize(part, (motion.width, motion.height), interpolation=method)
    still = np.asarray(scaled, dtype=np.uint8)
    performance = _performance_of(motion)
    moving = animate_face(
        still,
        driver=performance,
        frames=motion.frames,
        fps=motion.fps,
        beats=motion.beats,
        accents=motion.accents,
        voice=motion.voice,
        seed=motion.seed,
        strength=motion.strength,
        told=motion.told,
    )
    x, y = focus_of(photo, motion.faces)
    center = (
        float(np.clip((x * photo.shape[1] - left) / window.width, 0.2, 0.8)) * motion.width,
        float(np.clip((y * photo.shape[0] - top) / window.height, 0.2, 0.8)) * motion.height,
    )
    for number, frame in enumerate(moving):
        along = number / max(1, motion.frames - 1)
        zoom = 1 + _PUSH * along * along * (3 - 2 * along)
        yield _nearer(frame, zoom, center)


def _nearer(frame: Frame, zoom: float, center: tuple[float, float]) -> Frame:
    shift = np.array(
        [[zoom, 0, (1 - zoom) * center[0]], [0, zoom, (1 - zoom) * center[1]]], np.float64
    )
    size = (frame.shape[1], frame.shape[0])
    moved = cv2.warpAffine(frame, shift, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, dtype=np.uint8)
