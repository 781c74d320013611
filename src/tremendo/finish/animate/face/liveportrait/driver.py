"""The expressions of a driver film, as LivePortrait's networks read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from tremendo.finish.animate.face.film_driver import filled, neutral_frame, smoothed
from tremendo.finish.animate.face.liveportrait.crop import Crop
from tremendo.finish.animate.face.liveportrait.networks import Networks
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.media.frames import Frames
from tremendo.perception.faces import Face

__all__ = ["with_points"]

_REACH, _LIFT = 2.2, -0.1
_SMOOTH = 0.1
"""Seconds: blinks and syllables are short."""


def with_points(
    motion: HeadMotion,
    film: Frames,
    faces: Sequence[Face | None],
    neutral: Literal["auto", "first"] | int = "auto",
    networks: Networks | None = None,
) -> HeadMotion:
    """A film's motion with LivePortrait's expressions, relative to its neutral frame.

    One crop serves the whole film, as published, so that size and place do not pump.

    Args:
        motion: of the tracked faces, see `motion_of`.
        film: is read once more, a frame at a time.
        faces: the face in each of its frames, as tracked; what is not seen is interpolated.
        neutral: as for ``motion``.
        networks: to be used instead of the user's own.

    Raises:
        ModelMissingError: the user has not added LivePortrait's weights.
    """
    networks = networks or Networks()
    seen = np.array([face is not None for face in faces])
    rest = neutral_frame(faces, neutral)
    crops = [
        Crop.of(face.landmarks, reach=_REACH, lift=_LIFT, leaning=False)
        for face in faces
        if face is not None
    ]
    center = np.mean([crop.center for crop in crops], axis=0)
    crop = Crop(center, float(np.mean([crop.side for crop in crops])), np.eye(2))
    read = np.array(
        [
            networks.read(crop.cut(frame)).expression
            for frame, known in zip(film.read(), seen, strict=True)
            if known
        ]
    )
    change = read - read[int(seen[:rest].sum())]
    points = smoothed(filled(change, seen), _SMOOTH * float(film.fps), rest)
    return replace(motion, points=points.astype(np.float32))
