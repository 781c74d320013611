"""People in a picture: where they are, 33 joints of the body, and each one's outline.

Runs two networks of MediaPipe (Apache-2.0) on LiteRT: the BlazePose detector (Bazarevsky et al.
2020), here over a pyramid of tiles so that small people of a street are found too, and the
landmark network, which also cuts its person out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.media.frames import Frame
from tremendo.perception.face_detector import anchors, overlap

__all__ = ["NAMES", "Person", "PoseFinder", "available"]

NAMES = ("pose-detector", "pose")
"""Entries of the catalog."""

_SIDE = 224
_CROP = 256
_MIN_SCORE = 0.5
_MIN_PRESENCE = 0.5
_SAME_PERSON = 0.4
_REACH = 1.25
"""Side of the crop in diameters of the circle around a body."""
_LEVELS = 4
_GRIDS = ((28, 2), (14, 2), (7, 6))
"""Cells of a side, and anchors in each: 2,254 in all."""
_HIPS, _SHOULDERS = (23, 24), (11, 12)
_TORSO = (11, 12, 23, 24)


@dataclass(frozen=True)
class Person:
    """One person.

    Attributes:
        score: that there is a person, 0..1.
        joints: ``(33, 2) float32`` pixels, in the order of BlazePose (0 nose, 11 and 12 shoulders,
            13 and 14 elbows, 15 and 16 wrists, 23 and 24 hips, 25 and 26 knees, 27 and 28
            ankles...); odd numbers from 11 on are the person's left.
        seen: ``(33,) float32`` 0..1: whether the joint is visible.
        circle: center x, y and radius in pixels of a circle around the whole body.
        matte: ``(256, 256) float32`` 0..1 of the crop that `to_crop` leads to.
        to_crop: ``(2, 3)`` from pixels of the picture to pixels of the crop.
    """

    score: float
    joints: NDArray[np.float32]
    seen: NDArray[np.float32]
    circle: tuple[float, float, float]
    matte: NDArray[np.float32]
    to_crop: NDArray[np.float64]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom around the joints."""
        low, high = self.joints.min(axis=0), self.joints.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def mask(self, size: tuple[int, int], scale: float = 1.0) -> NDArray[np.float32]:
        """The matte in the picture, or in one ``scale`` times as large: ``(height, width)``."""
        center = np.array([[1 / scale, 0, 0.5 / scale - 0.5], [0, 1 / scale, 0.5 / scale - 0.5]])
        full = np.vstack([self.to_crop, [0, 0, 1]]) @ np.vstack([center, [0, 0, 1]])
        return np.asarray(
            cv2.warpAffine(
                self.matte, full[:2], size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            )
        )


def available() -> bool:
    """Whether both networks are on this machine."""
    return all(models.find(name).present for name in NAMES)


class PoseFinder:
    """Finds people.

    Raises:
        ModelMissingError: the networks are not on this machine.
    """

    def __init__(self) -> None:
        self._detector = models.open_litert(NAMES[0])
        self._net = models.open_litert(NAMES[1])
        self._anchors = anchors(_GRIDS)

    def find(
        self, photo: Frame, faces: Sequence[tuple[float, float, float, float]] = ()
    ) -> list[Person]:
        """People, the surest first; nobody twice.

        Args:
            photo: ``(H, W, 3) uint8 RGB``.
            faces: boxes in pixels: left, top, right, bottom; bodies are looked for below them.
        """
        places = [*self._detected(photo), *(_below(face) for face in faces)]
        found = [person for place in places if (person := self._look(photo, place)) is not None]
        kept: list[Person] = []
        for person in sorted(found, key=lambda one: -one.score):
            if not any(_same(person, other) for other in kept):
                kept.append(person)
        return kept

    def _detected(self, photo: Frame) -> list[tuple[float, float, float, float]]:
        """Circles around bodies and their turn: center x, y, radius, radians from upright."""
        found = []
        for left, top, side in _tiles(photo.shape[1], photo.shape[0]):
            tile = cv2.warpAffine(
                photo,
                np.array(
                    [
                        [_SIDE / side, 0, -left * _SIDE / side],
                        [0, _SIDE / side, -top * _SIDE / side],
                    ]
                ),
                (_SIDE, _SIDE),
                flags=cv2.INTER_AREA,
            )
            boxes, scores = self._run(self._detector, tile.astype(np.float32) / 127.5 - 1)
            score = 1 / (1 + np.exp(-np.clip(scores[0, :, 0].astype(np.float64), -80, 80)))
            keep = score > _MIN_SCORE
            raw = boxes[0][keep] / _SIDE
            points = (raw[:, 4:].reshape(-1, 4, 2) + self._anchors[keep][:, None]) * side
            points += np.array([left, top], np.float32)
            for point, sure in zip(points, score[keep], strict=True):
                arm = point[1] - point[0]
                radius = float(np.hypot(*arm))
                turn = float(np.arctan2(arm[0], -arm[1]))
                found.append((float(sure), (float(point[0, 0]), float(point[0, 1]), radius, turn)))
        kept: list[tuple[float, float, float, float]] = []
        for _, circle in sorted(found, key=lambda one: -one[0]):
            if not any(_near(circle, other) for other in kept):
                kept.append(circle)
        return kept

    def _look(self, photo: Frame, place: tuple[float, float, float, float]) -> Person | None:
        """The person at a place, looked at twice: the second crop follows the first's joints."""
        person = self._read(photo, place)
        if person is None:
            return None
        return self._read(photo, (*person.circle, _turn(person))) or person

    def _read(self, photo: Frame, place: tuple[float, float, float, float]) -> Person | None:
        x, y, radius, turn = place
        if radius < 4:
            return None
        scale = _CROP / (2 * radius * _REACH)
        cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
        matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
        matrix[:, 2] = _CROP / 2 - matrix[:, :2] @ (x, y)
        crop = cv2.warpAffine(photo, matrix, (_CROP, _CROP), flags=cv2.INTER_AREA)
        joints, presence, matte = self._run(self._net, crop.astype(np.float32) / 255)[:3]
        score = float(presence.ravel()[0])
        if score < _MIN_PRESENCE:
            return None
        points = joints.reshape(39, 5)
        back = cv2.invertAffineTransform(matrix)
        here = points[:35, :2] @ back[:, :2].T + back[:, 2]
        middle, rim = here[33], here[34]
        return Person(
            score,
            here[:33].astype(np.float32),
            np.asarray(1 / (1 + np.exp(-points[:33, 3])), np.float32),
            (float(middle[0]), float(middle[1]), float(np.hypot(*(rim - middle)))),
            np.asarray(1 / (1 + np.exp(-np.clip(matte[0, :, :, 0], -60, 60))), np.float32),
            matrix,
        )

    @staticmethod
    def _run(net: Any, picture: NDArray[np.float32]) -> list[NDArray[np.float32]]:  # noqa: ANN401
        net.set_tensor(net.get_input_details()[0]["index"], picture[None])
        net.invoke()
        return [net.get_tensor(detail["index"]) for detail in net.get_output_details()]


def _tiles(width: int, height: int) -> list[tuple[float, float, float]]:
    """Left, top and side of squares: the whole picture, then smaller ones with half overlap."""
    side = float(max(width, height))
    tiles = [((width - side) / 2, (height - side) / 2, side)]
    for _ in range(1, _LEVELS):
        side /= 1.6
        if side < _SIDE * 0.7:
            break
        tiles += [
            (left, top, side) for top in _starts(height, side) for left in _starts(width, side)
        ]
    return tiles


def _starts(length: float, side: float) -> list[float]:
    if length <= side:
        return [(length - side) / 2]
    count = int(np.ceil((length - side) / (side / 2))) + 1
    return [float(x) for x in np.linspace(0, length - side, count)]


def _below(face: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The circle around the body of an upright person with this face."""
    high = face[3] - face[1]
    return (face[0] + face[2]) / 2, (face[1] + face[3]) / 2 + 3.2 * high, 4.6 * high, 0.0


def _turn(person: Person) -> float:
    """How far a body leans, in radians: from the middle of the hips to that of the shoulders."""
    arm = person.joints[list(_SHOULDERS)].mean(axis=0) - person.joints[list(_HIPS)].mean(axis=0)
    return float(np.arctan2(arm[0], -arm[1]))


def _near(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    """Whether two circles are about the same body."""
    return float(np.hypot(a[0] - b[0], a[1] - b[1])) < 0.3 * min(a[2], b[2])


def _same(a: Person, b: Person) -> bool:
    """Whether two findings are one person: trunks in one place, or boxes that cover each other."""
    apart = np.hypot(*(a.joints[list(_TORSO)].mean(axis=0) - b.joints[list(_TORSO)].mean(axis=0)))
    if apart < 0.25 * min(a.circle[2], b.circle[2]):
        return True
    return float(overlap(np.array(a.box), np.array(b.box))) > _SAME_PERSON
