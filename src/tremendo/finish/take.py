"""What every shot in the cut goes through: restored, colored, set in motion.

A *take* is the part of a shot that stands on the timeline, with handles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from tremendo.errors import NothingUsableError
from tremendo.media import Frame, Frames, MemoryFrames, read_photo

if TYPE_CHECKING:
    from tremendo.finish.animate.choice import Space
    from tremendo.finish.animate.loops import Loop
    from tremendo.finish.color.direction import Direction
    from tremendo.finish.color.hint import Hint
    from tremendo.finish.restore.changes import Change
    from tremendo.perception.depiction import Medium

__all__ = ["Look", "Motion", "color_photo", "finish_film", "move_photo"]

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
_FOLLOWED = 240
"""Frames before or after a take from which a hint's point is still followed into it."""


@dataclass(frozen=True)
class Look:
    """How pictures are finished: what ``[look]`` in project.toml and the director say of a shot.

    Attributes:
        restore, color, engine, vividness, style: as in ``[look]``.
        variant: another plausible coloring.
        hints: colors of objects, in pixels and frames of the clip.
        references: pictures in color that the colors follow.
    """

    restore: str = "gentle"
    color: str = "auto"
    engine: str = "embedded"
    vividness: float = 0.5
    style: str = "natural"
    variant: int = 0
    hints: tuple[Hint, ...] = ()
    references: tuple[Path, ...] = ()

    def direction(self, first: int = 0) -> Direction:
        """What is asked of the color of frames that begin with the clip's frame ``first``."""
        from tremendo.finish.color.direction import Direction

        return Direction(
            vividness=self.vividness,
            style=self.style,
            variant=self.variant,
            hints=tuple(replace(hint, frame=hint.frame - first) for hint in self.hints),
            references=tuple(read_photo(path) for path in self.references),
        )

    def seen_from(self, shot: tuple[int, int], take: tuple[int, int]) -> tuple[Look, int, int]:
        """The look with only those hints that a take can follow, and the frames it needs for it.

        A hint is given in a frame of the shot, which need not be one that is shown; the point is
        followed from there, over at most 240 frames before or after the take.

        Returns:
            The look; first and end of the frames, which include the take.
        """
        first, stop = take
        low, high = max(shot[0], first - _FOLLOWED), min(shot[1], stop + _FOLLOWED)
        near = tuple(hint for hint in self.hints if low <= hint.frame < high)
        seen = [hint.frame for hint in near]
        return replace(self, hints=near), min([first, *seen]), max([stop, *(n + 1 for n in seen)])

    def colors(self, *, already_colored: bool) -> bool:
        """Whether a picture gets new color."""
        return self.color == "always" or (self.color == "auto" and not already_colored)


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
    """How wide a singer's mouth is open, see `tremendo.finish.animate.voice`; empty where nobody
    sings, and then no portrait is made to."""
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


def finish_film(
    frames: Frames,
    shot: tuple[int, int],
    take: tuple[int, int],
    look: Look,
    *,
    colored: bool,
    noted: Callable[[Change], None] = lambda _: None,
) -> Iterator[Frame]:
    """Restore and color the frames ``take`` of a film shot.

    Args:
        frames: the clip's native frames.
        shot: start and end (exclusive) of the whole shot: nothing outside is looked at.
        take: start and end (exclusive) of the wanted part.
        look: settings.
        colored: whether the film has color of its own.
        noted: told what restoration did to each frame.

    Yields:
        As many frames as the take has, at the clip's size. Memory: the take's frames, and those
        to the hints that are given near it.
    """
    from tremendo.finish.color.engine import open_engine
    from tremendo.finish.color.film import colorize_film
    from tremendo.finish.restore.chain import restore_film

    colors = look.colors(already_colored=colored)
    look, first, stop = look.seen_from(shot, take) if colors else (look, *take)
    if look.restore == "off":
        restored = frames.read(first, stop)
    else:
        restored = restore_film(
            frames,
            start=shot[0],
            stop=shot[1],
            preset=look.restore,
            part=(first, stop),
            noted=lambda change: noted(change) if take[0] <= change.frame < take[1] else None,
        )
    if not colors:
        yield from restored
        return
    held = MemoryFrames(list(restored), frames.fps)  # color looks forward and back in the take
    part = (take[0] - first, take[1] - first)
    engine = open_engine(look.engine)
    yield from colorize_film(held, look.direction(first), part=part, engine=engine)


def color_photo(photo: Frame, look: Look, *, colored: bool) -> Frame:
    """The photograph in color, or as it is when it has color already."""
    if not look.colors(already_colored=colored):
        return photo
    from tremendo.finish.color.engine import open_engine
    from tremendo.finish.color.photo import colorize_photo

    return colorize_photo(photo, look.direction(), engine=open_engine(look.engine))


def move_photo(photo: Frame, motion: Motion) -> tuple[Iterator[Frame], str]:
    """Set a photograph in motion.

    Returns:
        ``motion.frames`` frames of the film's size, and what was done in words: a face that
        cannot bear motion gets a camera move instead.
    """
    if motion.treatment == "face":
        try:
            frames = _portrait(photo, motion)
            first = next(frames)
            return chain([first], frames), "face set in motion"
        except NothingUsableError as error:
            frames, said = _filmed(photo, motion)
            return frames, f"{said}; no moving face: {error.message}"
    return _filmed(photo, motion)


def _filmed(photo: Frame, motion: Motion) -> tuple[Iterator[Frame], str]:
    """A camera move, with its reason, over what stirs and flows in the photograph."""
    from tremendo.finish.animate.camera import choose_move
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
    living = None
    stir = motion.strength if motion.moving in ("", "figures") else 0.0
    if stir and not motion.told and (medium := _medium(photo, motion.faces)) != "photograph":
        stir = 0.0
        said.append(f"a {medium} keeps still")
    if stir:
        living = _people(photo, motion)
        if living is not None or space.people:
            said.append("the people in the picture stir")
    if motion.moving in ("", "loop") and space.loops:
        living = _flowing(photo, space.loops, motion, living)
        said.append(" and ".join(loop.kind for loop in space.loops) + " in a loop of a bar")
    frames = _parallax(photo, motion, space, living, stir=stir, resting=resting)
    return frames, "; ".join(said)


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
    photo: Frame, loops: Sequence[Loop], motion: Motion, living: Iterator[Frame] | None
) -> Iterator[Frame]:
    """The photograph with its water and leaves in motion, and its faces if they are."""
    from tremendo.finish.animate.flow import Flow

    flows = [Flow(photo, loop.area, loop.way, period=motion.bar) for loop in loops]
    for n, seen in enumerate(repeat(photo, motion.frames) if living is None else living):
        seconds = float(n / motion.fps)
        yield reduce(lambda frame, flow: flow.frame(frame, seconds), flows, seen)


def _people(photo: Frame, motion: Motion) -> Iterator[Frame] | None:
    """The photograph with its small faces alive: they look about and blink, each in its own time.

    None where there is none that can.
    """
    from tremendo.finish.animate.face import animate_face

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
    from tremendo.finish.animate.parallax import animate_parallax

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
    from tremendo.finish.animate.face import animate_face
    from tremendo.finish.animate.framing import place_window
    from tremendo.finish.animate.scene import focus_of, picture_area

    window = place_window(photo, motion.faces, motion.width / motion.height, picture_area(photo))
    left, top = round(window.x - window.width / 2), round(window.y - window.height / 2)
    part = photo[
        max(0, top) : round(top + window.height), max(0, left) : round(left + window.width)
    ]
    method = cv2.INTER_AREA if part.shape[1] > motion.width else cv2.INTER_CUBIC
    scaled = cv2.resize(part, (motion.width, motion.height), interpolation=method)
    still = np.asarray(scaled, dtype=np.uint8)
    open_to = _PERFORMANCES if motion.voice else _SILENT
    performance = motion.performance or open_to[motion.seed % len(open_to)]
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
