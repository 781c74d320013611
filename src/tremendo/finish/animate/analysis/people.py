"""Who is where in a photograph: what the networks believe, made ready for cutting people out.

The pose network knows whole bodies and keeps people apart; the segmentation network knows hats,
skirts and what is held in the arms. Without their weights nothing is believed, and outlines come
from faces and contrast alone (see `figures`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.analysis.composition import FaceBox
from tremendo.media.frames import Frame

if TYPE_CHECKING:
    from tremendo.perception.pose import Person

__all__ = ["BONES", "Body", "People", "find_people"]

_SURE = 0.8
"""Least score of a body without a face of its own."""
_LIVING = 0.9
_SMALLEST = 0.05
"""Least radius of a body's circle, as a share of the picture's long side."""
_SEEN = 0.6
_HEAD = np.arange(11)

BONES = (
    *((11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24)),
    *((23, 25), (25, 27), (24, 26), (26, 28)),
)
"""Pairs of joints: shoulders, arms, trunk, hips and legs."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels."""


@dataclass(frozen=True)
class Body:
    """One person's joints and silhouette in the small picture."""

    joints: NDArray[np.float32]
    """``(33, 2)`` pixels, in BlazePose's order."""
    seen: NDArray[np.float32]
    """``(33,)`` 0..1."""
    matte: NDArray[np.float32]
    """``(h, w)`` 0..1."""
    reach: float
    """Radius in pixels of a circle around the body."""
    sure: bool = True
    """Whether it is a living person beyond doubt: with a face of its own, or a clear pose."""


@dataclass(frozen=True)
class People:
    """What the networks believe."""

    belief: NDArray[np.float32]
    """``(h, w)`` 0..1: how sure a pixel belongs to a person."""
    bodies: tuple[Body, ...]


def find_people(photo: Frame, faces: Sequence[FaceBox], size: tuple[int, int]) -> People | None:
    """People by the networks; None without their weights.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        faces: boxes as fractions of the picture.
        size: width and height of the small picture that the answer is for.
    """
    from tremendo.perception import people, pose

    if not (people.available() and pose.available()):
        return None
    high, wide = photo.shape[:2]
    boxes = [
        (x * wide, y * high, (x + width) * wide, (y + height) * high)
        for x, y, width, height in faces
    ]
    scale = size[0] / wide
    persons = _each_once(
        [
            person
            for person in pose.PoseFinder().find(photo, boxes)
            if person.circle[2] > _SMALLEST * max(high, wide)
            and (person.score > _SURE or _face_of(person, boxes) is not None)
        ],
        boxes,
    )
    squares = [(x, y, 2.4 * radius) for x, y, radius in (person.circle for person in persons)]
    for left, top, right, bottom in boxes:
        x, y, face = (left + right) / 2, (top + bottom) / 2, bottom - top
        squares += [(x, y + 1.2 * face, 5.5 * face), (x, y + 3.2 * face, 9.5 * face)]
    outer = people.PeopleFinder().find(photo, squares, size)
    bodies = tuple(
        Body(
            person.joints * scale,
            person.seen,
            person.mask(size, scale),
            person.circle[2] * scale,
            person.score > _LIVING or _face_of(person, boxes) is not None,
        )
        for person in persons
    )
    inner = np.max([np.zeros_like(outer), *(body.matte for body in bodies)], axis=0)
    return People(_with_bones(_with_heads((inner + outer) / 2, faces), bodies), bodies)


def _each_once(persons: Sequence[Person], boxes: Sequence[Box]) -> list[Person]:
    """One body a face, the largest; and none that is but a part of another's.

    Seen close, a head alone, and a trunk alone, can each pass for a body.
    """
    kept: list[Person] = []
    taken: list[Box] = []
    # the tie of equal radii is broken by the score
    for person in sorted(persons, key=lambda one: (-one.circle[2], -one.score)):
        face = _face_of(person, boxes)
        inside = any(_within(person, other) for other in kept)
        if face is not None and _lies(person):
            continue  # misread: the trunk of an upright face hangs down
        if (face is None and not inside) or (face is not None and face not in taken):
            kept.append(person)
            taken += [face] if face is not None else []
    return kept


def _lies(person: Person) -> bool:
    """Whether the trunk lies more than it stands."""
    right, down = person.joints[23:25].mean(axis=0) - person.joints[11:13].mean(axis=0)
    return bool(down < abs(right))


def _within(person: Person, other: Person) -> bool:
    """Whether a body lies in the middle of a larger one."""
    apart = np.hypot(person.circle[0] - other.circle[0], person.circle[1] - other.circle[1])
    return bool(apart < 0.7 * other.circle[2] and person.circle[2] < 0.8 * other.circle[2])


def _face_of(person: Person, boxes: Sequence[Box]) -> Box | None:
    """The face in which the middle of the body's head lies."""
    x, y = person.joints[_HEAD].mean(axis=0)
    return next((box for box in boxes if box[0] < x < box[2] and box[1] < y < box[3]), None)


def _with_heads(belief: NDArray[np.float32], faces: Sequence[FaceBox]) -> NDArray[np.float32]:
    """Heads are people, whatever the networks say."""
    rows, columns = belief.shape
    sure = np.zeros(belief.shape, np.float32)
    for left, top, width, height in faces:
        center = (round((left + width / 2) * columns), round((top + 0.45 * height) * rows))
        axes = (max(1, round(0.5 * width * columns)), max(1, round(0.58 * height * rows)))
        cv2.ellipse(sure, center, axes, 0, 0, 360, 1.0, -1)
    return np.maximum(belief, sure)


def _with_bones(belief: NDArray[np.float32], bodies: Sequence[Body]) -> NDArray[np.float32]:
    """So are arms and legs that are seen, as thick as bones: nobody is cut in two."""
    sure = np.zeros(belief.shape, np.float32)
    for body in bodies:
        thick = max(1, round(0.05 * body.reach))
        for one, other in BONES:
            if min(body.seen[one], body.seen[other]) > _SEEN:
                first, last = np.rint(body.joints[[one, other]]).astype(int).tolist()
                cv2.line(sure, first, last, 1.0, thick)
    return np.maximum(belief, sure)
