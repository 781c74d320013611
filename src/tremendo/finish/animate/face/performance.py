"""Photographs that come alive: faces move, everything outside them stands still by the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Literal

import numpy as np

from tremendo.errors import NothingUsableError, UsageError
from tremendo.finish.animate.face.calibration import turning_gains
from tremendo.finish.animate.face.engine import face_engine
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.presets import preset_motion
from tremendo.media.frames import Frame
from tremendo.perception.depiction import face_media
from tremendo.perception.faces import Face, FaceFinder, face_finder

__all__ = [
    "Driver",
    "animate_face",
    "usable_face",
    "usable_faces",
]

Driver = HeadMotion | str
"""A motion of its own, or a preset's name."""
_MIN_HEIGHT, _MIN_SHARE, _MAX_YAW, _MAX_ROLL = 60, 0.08, 50, 45
_FIRM = 0.07
"""How far the landmarks may wander with the crop, in widths of the face: on clear faces of the
period 0.01 to 0.05, on half hidden, smudged or drawn ones that a mesh cannot hold more."""
_COMPANION_HEIGHT = 44
"""Faces beside a usable one are animated from this height on."""


def usable_faces(
    faces: Sequence[Face], size: tuple[int, int], *, least: float | None = None
) -> tuple[list[Face], str]:
    """Which faces of a photograph can bear an animation, and why (not).

    Args:
        faces: as found, in reading order.
        size: width and height of the photograph.
        least: height in pixels from which a face counts; by default one must have 60 pixels and
            8 per cent of the picture, others beside it 44.
    """
    if not faces:
        return [], "no face found"
    clear = [
        face
        for face in faces
        if face.fitted and abs(face.yaw) < _MAX_YAW and abs(face.roll) < _MAX_ROLL
    ]
    if not clear:
        return [], f"no face is clear and turned less than {_MAX_YAW} degrees away"
    fit = [face for face in clear if face.wobble < _FIRM]
    if not fit:
        return [], "the mesh does not lie firmly on the face"
    needed = max(_MIN_HEIGHT, _MIN_SHARE * min(size)) if least is None else least
    tallest = max(face.height for face in fit)
    if tallest < needed:
        return [], f"the largest face is {tallest:.0f} px high, {needed:.0f} are needed"
    beside = _COMPANION_HEIGHT if least is None else least
    chosen = [face for face in fit if face.height >= beside]
    return chosen, f"{len(chosen)} face(s), the largest {tallest:.0f} px high"


def usable_face(photo: Frame, finder: FaceFinder | None = None) -> tuple[bool, str]:
    """Whether a photograph can bear a face animation, with the reason in words."""
    faces = (finder or face_finder()).find(photo)
    chosen, reason = usable_faces(faces, (photo.shape[1], photo.shape[0]))
    return bool(chosen), reason


def animate_face(
    photo: Frame,
    *,
    driver: Driver | Mapping[int, Driver],
    frames: int,
    fps: Fraction,
    beats: Sequence[float] = (),
    accents: Sequence[float] = (),
    voice: Sequence[float] = (),
    seed: int = 0,
    face: int | Literal["all"] = "all",
    box: tuple[float, float, float, float] | None = None,
    strength: float = 0.6,
    expression: float | None = None,
    least: float | None = None,
    engine: str = "mesh",
    told: bool = False,
    finder: FaceFinder | None = None,
) -> Iterator[Frame]:
    """A photograph in motion, at its own size; the first frame is very nearly the photograph.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        driver: a preset's name, or a `HeadMotion` (see `film_motion`); a motion shorter than
            ``frames`` is played back and forth. A mapping gives each face its own, by its number
            in reading order from 0; faces it does not name stay still.
        frames: how many to make.
        fps: frames a second.
        beats: beats in seconds from the first frame; presets nod on them.
        accents: likewise; presets raise their brows.
        voice: see `preset_motion`; ``sing`` follows it.
        seed: presets: another seed, another performance. Several faces each play their own.
        face: number of the face in reading order from 0, or ``"all"``.
        box: left, top, right, bottom in pixels of a face that is not found by itself.
        strength: 0..1, how far the head moves; expressions weaken only below 2/3.
        expression: 0..1, how far the expression moves; None follows ``strength``.
        least: height in pixels of the smallest face to move, see `usable_faces`.
        engine: see `face_engine`.
        told: move what looks drawn or carved as well, see `face_media`.
        finder: to be used instead of the process's own.

    Raises:
        NothingUsableError: no face that can bear it.
        UsageError: no such face, preset or engine.
        ModelMissingError: the face model is not on this machine.
    """
    fitted = face_engine(engine)
    finder = finder or face_finder()
    found = _found(photo, finder, box)
    drivers = driver if isinstance(driver, Mapping) else dict.fromkeys(range(len(found)), driver)
    if face != "all":
        drivers = {face: drivers.get(face, "idle")}
    for number in drivers:
        if found and not 0 <= number < len(found):
            raise UsageError(f"the photograph has only {len(found)} face(s)")
    usable, reason = usable_faces(found, (photo.shape[1], photo.shape[0]), least=least)
    numbers = [n for n, one in enumerate(found) if n in drivers and any(one is u for u in usable)]
    if not numbers:
        raise NothingUsableError(
            f"no face here can be animated: {reason}", hint="let the camera move instead"
        )
    if not told:
        media = face_media(photo, [found[number].box for number in numbers])
        numbers = [n for n, one in zip(numbers, media, strict=True) if one == "photograph"]
        if not numbers:
            raise NothingUsableError(
                f"no face here can be animated: it looks like a {media[0]}",
                hint="to move it all the same: --motion face",
            )
    chosen = [found[number] for number in numbers]
    animator = fitted(photo, chosen, finder.canonical, seed=seed)
    canonical = finder.canonical

    def performance(seed: int) -> Callable[[str], HeadMotion]:
        return lambda name: preset_motion(
            name,
            canonical,
            frames=frames,
            fps=fps,
            beats=beats,
            accents=accents,
            voice=voice,
            seed=seed,
        )

    gains = turning_gains(animator, chosen, finder)
    if all(gain is None for gain in gains):
        raise NothingUsableError(
            "no face here can be animated: it does not turn as it is told",
            hint="let the camera move instead",
        )
    motions = [
        HeadMotion.still(frames)
        if gain is None
        else _motion(drivers[number], performance(seed + 1000 * place), frames)
        .scaled(strength, expression)
        .turning(gain)
        for place, (number, gain) in enumerate(zip(numbers, gains, strict=True))
    ]
    for number in range(frames):
        yield animator.frame(motions, number)


def _found(
    photo: Frame, finder: FaceFinder, box: tuple[float, float, float, float] | None
) -> list[Face]:
    """All faces of the photograph, or the one in a box that a person drew."""
    if box is None:
        return finder.find(photo)
    face = finder.at(photo, box)
    return [] if face is None else [face]


def _motion(driver: Driver, perform: Callable[[str], HeadMotion], frames: int) -> HeadMotion:
    if isinstance(driver, str):
        return perform(driver)
    bounce = np.arange(frames) % max(1, 2 * len(driver) - 2)
    order = np.where(bounce < len(driver), bounce, 2 * len(driver) - 2 - bounce)
    return driver.at(order)
