"""A film of any face as the driver: its motion, freed of its owner's shape and of jitter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from tremendo.errors import NothingUsableError, UsageError
from tremendo.finish.animate.face.engine import face_engine
from tremendo.finish.animate.face.mesh.mesh import NECK
from tremendo.finish.animate.face.mesh.topology import (
    LEFT_EYE,
    LOWER_LIP,
    RIGHT_EYE,
    SKULL,
    UPPER_LIP,
    Eye,
)
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.imaging.easing import smoothstep
from tremendo.media.frames import Frames
from tremendo.perception.face_geometry import CanonicalFace, angles
from tremendo.perception.faces import BLENDSHAPES, Face, FaceFinder

__all__ = ["filled", "film_motion", "motion_of", "neutral_frame", "smoothed", "track_film"]

_SMOOTH, _SMOOTH_LIDS = 0.25, 0.1
"""Seconds of the Savitzky-Golay windows: blinks and syllables are too short for the longer one."""
_SHAKE, _STIR = 0.04, 0.14
"""Centimeters by which the two windows differ: the network's noise, and a face that moves."""
_MIN_FOUND = 0.5
_MOUTH = 2.0
"""How much a centimeter between the lips, or of a mouth drawn in or out, counts against a resting
face: the expression channels hardly see either, and a mouth open at rest leaves nothing to open."""
_GAZE_GAIN = (1.0, 0.5)
"""The lids drag the network's iris along: half of what it sees of looking up and down is real."""


def film_motion(
    film: Frames,
    finder: FaceFinder,
    *,
    neutral: Literal["auto", "first"] | int = "auto",
    engine: str = "mesh",
) -> HeadMotion:
    """The motion of the largest face in a film, one entry a frame.

    Args:
        film: the driver; read once, a frame at a time.
        finder: finds the face.
        neutral: which frame counts as the resting face: ``first``, a number, or ``auto`` (the
            calmest frontal one).
        engine: which face engine will follow it; some read the film themselves, once more.

    Raises:
        NothingUsableError: fewer than half of the frames show a face.
        UsageError: no such frame.
    """
    faces = track_film(film, finder)
    motion = motion_of(faces, finder.canonical, float(film.fps), neutral=neutral)
    return face_engine(engine).follow_film(motion, film, faces, neutral)


def track_film(film: Frames, finder: FaceFinder) -> list[Face | None]:
    """The face in each frame, None where it is not seen."""
    faces: list[Face | None] = []
    for frame in film.read():
        faces.append(finder.track(frame, faces[-1] if faces else None))
    return faces


def motion_of(
    faces: Sequence[Face | None],
    canonical: CanonicalFace,
    fps: float,
    *,
    neutral: Literal["auto", "first"] | int = "auto",
) -> HeadMotion:
    """The motion of a tracked face relative to its neutral frame; gaps are interpolated."""
    seen = np.array([face is not None for face in faces])
    if seen.sum() < max(1, _MIN_FOUND * len(faces)):
        raise NothingUsableError(
            f"the driver film shows a face in only {seen.sum()} of {len(faces)} frames",
            hint="use a film in which one face fills a third of the picture, or a preset",
        )
    known = [face for face in faces if face is not None]
    rest = neutral_frame(faces, neutral)
    poses = [canonical.fit(face.landmarks) for face in known]
    skulls = np.array([face.landmarks[SKULL].mean(axis=0) for face in known])
    heads = np.array(
        [
            (face.landmarks - skull) @ turn / scale
            for face, skull, (scale, turn, _) in zip(known, skulls, poses, strict=True)
        ]
    )
    zero = int(seen[:rest].sum())
    scale, calm, _ = poses[zero]
    turns = np.array([angles(turn @ calm.T) for _, turn, _ in poses])
    lever = canonical.vertices[SKULL].mean(axis=0) - NECK
    necks = skulls - np.array([scale * turn @ lever for _, turn, _ in poses])
    lids = np.stack([_closing(heads, eye, zero) for eye in (RIGHT_EYE, LEFT_EYE)], axis=1)
    gaze = np.mean([_gaze(heads, eye) for eye in (RIGHT_EYE, LEFT_EYE)], axis=0)
    gaze = (gaze - gaze[zero]) * _GAZE_GAIN * (1 - smoothstep(0.4, 0.8, lids.mean(axis=1)))[:, None]
    expression = heads - heads[zero]
    for eye in (RIGHT_EYE, LEFT_EYE):
        expression[:, [*eye.ring, *eye.crease, *eye.iris]] = 0

    def steady(values: NDArray[np.float64], seconds: float = _SMOOTH) -> NDArray[np.float64]:
        return smoothed(filled(values, seen), seconds * fps, rest)

    return HeadMotion(
        turn=steady(turns),
        shift=steady((necks - necks[zero])[:, :2] / scale),
        lids=steady(lids, _SMOOTH_LIDS),
        gaze=steady(gaze, _SMOOTH_LIDS),
        expression=_lively(steady(expression), steady(expression, _SMOOTH_LIDS)),
        breath=np.zeros(len(faces)),
    )


def neutral_frame(
    faces: Sequence[Face | None], neutral: Literal["auto", "first"] | int = "auto"
) -> int:
    """Number of the frame that counts as the resting face."""
    seen = [number for number, face in enumerate(faces) if face is not None]
    if neutral == "first":
        return seen[0]
    if isinstance(neutral, int):
        if not 0 <= neutral < len(faces) or faces[neutral] is None:
            raise UsageError(f"the driver film shows no face in frame {neutral}")
        return neutral
    looks = [number for number, name in enumerate(BLENDSHAPES) if "eyeLook" not in name][1:]
    known = [faces[number] for number in seen]
    parted, width = np.array([_mouth(face) for face in known if face is not None]).T
    drawn = np.abs(width - np.median(width))
    calm = [
        face.expression[looks].sum() + np.abs(face.angles).sum() / 15
        for face in known
        if face is not None
    ]
    return seen[int((np.array(calm) + _MOUTH * (parted + drawn)).argmin())]


def _mouth(face: Face) -> tuple[float, float]:
    """How far the lips are parted and how wide the mouth is, centimeters."""
    lips = face.landmarks[LOWER_LIP[-1][4:7]] - face.landmarks[UPPER_LIP[-1][4:7]]
    corners = face.landmarks[UPPER_LIP[0][-1]] - face.landmarks[UPPER_LIP[0][0]]
    parted, width = np.linalg.norm(lips.mean(axis=0)), np.linalg.norm(corners)
    return float(parted / face.scale), float(width / face.scale)


def _closing(heads: NDArray[np.float64], eye: Eye, zero: int) -> NDArray[np.float64]:
    """How far the eye is closed compared with the neutral frame, -0.2 to 1."""
    opening = (heads[:, eye.lower[1:6], 1] - heads[:, eye.upper[1:6], 1]).mean(axis=1)
    width = np.linalg.norm(heads[:, eye.corners[1]] - heads[:, eye.corners[0]], axis=1)
    ratio = opening / width
    shut = min(_SHUT, 0.5 * ratio[zero])
    return np.asarray(np.clip((ratio[zero] - ratio) / max(ratio[zero] - shut, 1e-6), -0.2, 1.0))


_SHUT = 0.03
"""Height over width that the network gives a closed eye."""


def _gaze(heads: NDArray[np.float64], eye: Eye) -> NDArray[np.float64]:
    """Iris against the corners of the eye, in eye widths ``(n, 2)``."""
    right, left = heads[:, eye.corners[0], :2], heads[:, eye.corners[1], :2]
    width = np.linalg.norm(left - right, axis=1, keepdims=True)
    return np.asarray((heads[:, eye.iris[0], :2] - (left + right) / 2) / width)


def filled(values: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Values of all frames from those of the seen ones, linear between them."""
    if seen.all():
        return values
    at = np.flatnonzero(seen)
    flat = values.reshape(len(values), -1)
    every = np.stack([np.interp(np.arange(len(seen)), at, column) for column in flat.T], axis=1)
    return np.asarray(every.reshape(len(seen), *values.shape[1:]))


def _lively(calm: NDArray[np.float64], quick: NDArray[np.float64]) -> NDArray[np.float32]:
    """Displacements that follow quick motion quickly and hold still where little moves."""
    away = np.linalg.norm(quick - calm, axis=-1, keepdims=True)
    return np.asarray(calm + (quick - calm) * smoothstep(_SHAKE, _STIR, away), np.float32)


def smoothed(values: NDArray[np.float64], window: float, rest: int) -> NDArray[np.float64]:
    """Savitzky-Golay of second order; the neutral frame stays exactly at rest."""
    size = 2 * round(window / 2) + 1
    if size < 5 or len(values) < size:
        return values
    calm = np.asarray(savgol_filter(values, size, 2, axis=0, mode="interp"))
    return np.asarray(calm - calm[rest])
