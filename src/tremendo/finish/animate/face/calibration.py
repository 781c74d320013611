"""Closed loop: how far each head is seen to turn when it is told to, and what makes up for it.

The depth of a mesh fitted to one photograph is flattened or exaggerated differently for every
face. A few frames are rendered with known turns, the face is found again in them, and the ratio
of told to seen is the gain of that head. A face that does not turn as it is told, or is no face
any more, is better left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.engine import FaceEngine
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.perception.faces import Face, FaceFinder

__all__ = ["turning_gains"]

_TRIALS = ((0, -8.0), (0, 8.0), (1, -6.0), (1, 6.0))
"""Axis (yaw, pitch) and degrees, each way on its own: a head that already looks to one side
answers less when it turns farther that way."""
_MEASURABLE = 60
"""Height in pixels from which a face's angles are steady enough to be measured."""
_LEAST, _MOST = 0.85, 1.6
_ANSWER = 0.3
"""Mean response of a face that can be moved: 0.5 to 1.1 on portraits of the period."""


def turning_gains(
    engine: FaceEngine, faces: Sequence[Face], finder: FaceFinder
) -> list[NDArray[np.float64] | None]:
    """For each face ``(2, 3)`` factors of yaw, pitch and roll, 0.85 to 1.6, the negative way first.

    None for a face that does not answer. Costs four frames and a mesh fit a face and frame; faces
    too small to be measured get 1.
    """
    if all(face.height < _MEASURABLE for face in faces):
        return [np.ones((2, 3)) for _ in faces]
    trials = HeadMotion.still(len(_TRIALS))
    for number, (axis, degrees) in enumerate(_TRIALS):
        trials.turn[number, axis] = degrees
    seen = np.full((len(faces), len(_TRIALS)), np.nan)
    for number, (axis, _) in enumerate(_TRIALS):
        frame = engine.frame([trials] * len(faces), number)
        for which, face in enumerate(faces):
            if face.height < _MEASURABLE:
                continue
            found = finder.track(frame, face)
            if found is not None:
                seen[which, number] = found.angles[axis] - face.angles[axis]
    measured = [face.height >= _MEASURABLE for face in faces]
    return [
        _gains(each) if known else np.ones((2, 3))
        for each, known in zip(seen, measured, strict=True)
    ]


def _gains(seen: NDArray[np.float64]) -> NDArray[np.float64] | None:
    gains = np.ones((2, 3))
    responses = [degrees / told for degrees, (_, told) in zip(seen, _TRIALS, strict=True)]
    if np.nan_to_num(responses).mean() < _ANSWER:
        return None
    for response, (axis, told) in zip(responses, _TRIALS, strict=True):
        if np.isfinite(response) and response > 0.2:
            gains[int(told > 0), axis] = np.clip(1 / response, _LEAST, _MOST)
    return gains
