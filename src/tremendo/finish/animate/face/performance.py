"""Faces and their motions go in; the frames of a photograph in which they perform come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tremendo.errors import NothingUsableError
from tremendo.finish.animate.face.calibration import turning_gains
from tremendo.finish.animate.face.engine import face_engine
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.media.frames import Frame
from tremendo.perception.faces import Face, FaceFinder

__all__ = ["fitted_to", "perform", "usable_faces"]

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


def perform(
    photo: Frame,
    faces: Sequence[Face],
    motions: Sequence[HeadMotion],
    *,
    finder: FaceFinder,
    engine: str = "mesh",
    seed: int = 0,
) -> tuple[Iterator[Frame], int]:
    """The photograph in motion, at its own size; the first frame is very nearly the photograph.

    Each head is first turned a little and measured: one that does not turn as it is told keeps
    still.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        faces: those that perform.
        motions: of each, all of one length.
        finder: finds faces again in what was rendered.
        engine: see `face_engine`.
        seed: of the grain.

    Returns:
        As many frames as the motions have, and how many of the faces move in them.

    Raises:
        NothingUsableError: no face turns as it is told.
        UsageError: no such engine.
        ModelMissingError: what the engine needs is not on this machine.
    """
    animator = face_engine(engine)(photo, faces, finder.canonical, seed=seed)
    gains = turning_gains(animator, faces, finder)
    moved = sum(gain is not None for gain in gains)
    if not moved:
        raise NothingUsableError(
            "no face here can be animated: it does not turn as it is told",
            hint="let the camera move instead",
        )
    turned = [
        HeadMotion.still(len(motion)) if gain is None else motion.turning(gain)
        for motion, gain in zip(motions, gains, strict=True)
    ]
    return (animator.frame(turned, number) for number in range(len(turned[0]))), moved


def fitted_to(motion: HeadMotion, frames: int) -> HeadMotion:
    """A motion of that many frames: a shorter one is played back and forth."""
    bounce = np.arange(frames) % max(1, 2 * len(motion) - 2)
    order = np.where(bounce < len(motion), bounce, 2 * len(motion) - 2 - bounce)
    return motion.at(order)
