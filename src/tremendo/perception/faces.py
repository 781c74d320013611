"""Faces in a picture: 478 landmarks, 52 expression channels and the pose of the head.

Runs the three networks of the face landmarker (``face_landmarker.task``, Apache-2.0) on LiteRT:
detector, mesh (Kartynnik et al. 2019, with iris) and blendshapes, without MediaPipe itself.
Small faces, and faces turned away, come from the cascade of `face_cascade` where its networks
are on this machine.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.media.frames import Frame
from tremendo.perception.face_cascade import NAMES, Cascade
from tremendo.perception.face_detector import Detector, overlap
from tremendo.perception.face_geometry import CanonicalFace, angles, rotation

__all__ = ["BLENDSHAPES", "Face", "FaceFinder", "face_finder"]

# fmt: off
BLENDSHAPES = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft",
    "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft",
    "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft",
    "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen",
    "jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft",
    "mouthFrownRight", "mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower",
    "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft",
    "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft",
    "mouthUpperUpRight", "noseSneerLeft", "noseSneerRight",
)
# fmt: on
"""Names of the expression channels; left and right are the person's own."""

# fmt: off
_EXPRESSION_POINTS = np.array([
    0, 1, *range(4, 9), 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63,
    65, 66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133,
    136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, *range(157, 164), 168, 172, 173,
    176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283,
    284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323,
    324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, *range(377, 383),
    *range(384, 391), 397, 398, 400, 402, 405, 409, 415, 454, 466, *range(468, 478),
])
# fmt: on
"""The landmarks that the blendshape network reads, in its order."""

_CROP = 256
_MARGIN = 1.5
_MIN_PRESENCE = 0.5
_SURE_PRESENCE, _SURE_WOBBLE = 0.9985, 0.12
_LIKELY_PRESENCE, _LIKELY_WOBBLE = 0.9975, 0.05
"""What is a face when only the detector says so. On the 45 period photographs in the project's
data these kept no false mesh (hands, sleeves, leaves), but lost about every third true face under
40 pixels: hence the cascade."""
_SURE_CASCADE, _ALONE = 0.9, 0.94
"""Least scores of the cascade with the mesh on the face, and without: on twelve of these
photographs the worst false box had 0.92."""
_FIVE = ((33, 133), (362, 263), (4,), (61,), (291,))
"""Landmarks whose means are the cascade's points: eyes, tip of the nose, corners of the mouth."""
_RIGHT_EYE, _LEFT_EYE = 33, 263
_FAST_LEVELS = 2


@dataclass(frozen=True)
class Face:
    """One face.

    Attributes:
        box: ``(left, top, right, bottom)`` pixels around the landmarks.
        score: presence by the mesh network, 0..1.
        landmarks: ``(478, 3) float32`` pixels: x right, y down, z away from the camera on the
            same scale; the last ten are the irises.
        expression: ``(52,) float32`` 0..1, in the order of `BLENDSHAPES`.
        turn: ``(3, 3) float64`` rotation of the head in picture axes (x right, y down, z away).
        scale: pixels per centimeter of the canonical face.
        fitted: whether the mesh lies on the face. Where it does not (profiles, half hidden or very
            small faces) the landmarks are the mean face laid on five points: good enough to
            frame the face, not to move it.
        wobble: how far the landmarks wander when the crop is leaned and tightened a little, in
            widths of the face: 0.01 to 0.04 on clear faces.
    """

    box: tuple[float, float, float, float]
    score: float
    landmarks: NDArray[np.float32]
    expression: NDArray[np.float32]
    turn: NDArray[np.float64]
    scale: float
    fitted: bool = True
    wobble: float = 0.0

    @property
    def width(self) -> float:
        """Width of the box in pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """Height of the box in pixels."""
        return self.box[3] - self.box[1]

    @cached_property
    def blendshapes(self) -> dict[str, float]:
        """The 52 expression channels by name."""
        return dict(zip(BLENDSHAPES, map(float, self.expression), strict=True))

    @cached_property
    def angles(self) -> tuple[float, float, float]:
        """Yaw (nose to the picture's right +), pitch (up +), roll (clockwise +) in degrees."""
        return angles(self.turn)

    @property
    def yaw(self) -> float:
        """Degrees; positive when the nose points to the picture's right."""
        return self.angles[0]

    @property
    def pitch(self) -> float:
        """Degrees; positive when the nose points up."""
        return self.angles[1]

    @property
    def roll(self) -> float:
        """Degrees; positive when the head leans clockwise in the picture."""
        return self.angles[2]


class FaceFinder:
    """Finds faces; holds the networks (about 30 MB).

    Raises `ModelMissingError` when the face model is not there.

    Args:
        threads: threads per network.
    """

    def __init__(self, threads: int = 1) -> None:
        with zipfile.ZipFile(models.path("face")) as task:
            parts = {name: task.read(name) for name in task.namelist()}
        self.canonical = CanonicalFace.read(parts["geometry_pipeline_metadata_landmarks.binarypb"])
        self._detector = Detector(models.open_litert(parts["face_detector.tflite"], threads))
        self._mesh = models.open_litert(parts["face_landmarks_detector.tflite"], threads)
        self._blend = models.open_litert(parts["face_blendshapes.tflite"], threads)
        outputs = {tuple(d["shape"]): d["index"] for d in self._mesh.get_output_details()}
        self._points, self._presence = outputs[1, 1, 1, 1434], outputs[1, 1, 1, 1]

    @cached_property
    def _cascade(self) -> Cascade | None:
        return Cascade() if all(models.find(name).present for name in NAMES) else None

    def find(self, frame: Frame, *, smallest: float = 24, fast: bool = False) -> list[Face]:
        """All faces in reading order (rows from the top, each from the left).

        Args:
            frame: ``(H, W, 3) uint8 RGB``.
            smallest: width in pixels of the smallest face looked for.
            fast: only two levels of the pyramid: faces wider than about 7 % of the picture.
        """
        levels = _FAST_LEVELS if fast else None
        faces: list[Face] = []
        for detection in self._detector.find(frame, smallest=smallest, levels=levels):
            face = self._fit(frame, detection)
            if face is None or face.width < smallest:
                continue
            if _is_new(face.box, faces):
                faces.append(face)
        if not fast:
            faces += self._small_ones(frame, smallest, faces)
        return list(_reading_order(faces))

    def _small_ones(self, frame: Frame, smallest: float, known: Sequence[Face]) -> list[Face]:
        """Faces that only the cascade finds, where its networks are on this machine."""
        faces: list[Face] = []
        if self._cascade is None:
            return faces
        for detection in self._cascade.find(frame, smallest=0.8 * smallest):
            if detection[14] > _SURE_CASCADE and _is_new(detection[:4], [*known, *faces]):
                face = self._confirm(frame, detection)
                sure = face.fitted or face.score > _ALONE
                if sure and face.width >= smallest and _is_new(face.box, [*known, *faces]):
                    faces.append(face)
        return faces

    def at(self, frame: Frame, box: tuple[float, float, float, float]) -> Face | None:
        """The face in a box that a person drew (left, top, right, bottom); None without one."""
        edges = np.array(box, np.float64)
        center, side = (edges[:2] + edges[2:]) / 2, float((edges[2:] - edges[:2]).max())
        rough = self._mesh_at(frame, center, side * _MARGIN, 0.0)
        return None if rough is None else self._settled(frame, rough)

    def track(self, frame: Frame, last: Face | None) -> Face | None:
        """The face of a film in its next frame: near ``last``, else the largest in the picture."""
        if last is not None:
            face = self._mesh_at(frame, *_region(last.landmarks))
            if face is not None:
                return face
        return max(self.find(frame, fast=True), key=lambda f: f.width, default=None)

    def _fit(self, frame: Frame, detection: NDArray[np.float32]) -> Face | None:
        """The mesh at a detection, where it surely lies on a face.

        On hands, sleeves or leaves the mesh wanders with the crop or loses its presence.
        """
        face = self._mesh_on(frame, detection, detection[4:16].reshape(6, 2))
        if face is None:
            return None
        likely = face.score > _LIKELY_PRESENCE and face.wobble < _LIKELY_WOBBLE
        sure = face.score > _SURE_PRESENCE and face.wobble < _SURE_WOBBLE
        return face if likely or sure else None

    def _confirm(self, frame: Frame, detection: NDArray[np.float32]) -> Face:
        """The mesh at a face that the cascade is sure of, or the mean face where none fits."""
        face = self._mesh_on(frame, detection, detection[4:14].reshape(5, 2))
        fits = face is not None and face.wobble < _SURE_WOBBLE
        return face if face is not None and fits else self._mean_face(detection)

    def _mesh_on(
        self, frame: Frame, detection: NDArray[np.float32], points: NDArray[np.float32]
    ) -> Face | None:
        """The mesh in a detected box whose first two ``points`` are the eyes."""
        across = points[1] - points[0]
        center = (detection[:2] + detection[2:4]) / 2
        side = float((detection[2:4] - detection[:2]).max()) * _MARGIN
        rough = self._mesh_at(frame, center, side, float(np.arctan2(across[1], across[0])))
        if rough is None or overlap(np.array(rough.box), detection[:4]) < 0.25:
            return None
        return self._settled(frame, rough)

    def _settled(self, frame: Frame, rough: Face) -> Face | None:
        """The mesh again, on the crop that the rough one asks for, and how firmly it lies there."""
        face = self._mesh_at(frame, *_region(rough.landmarks))
        return None if face is None else replace(face, wobble=self._wobble(frame, face))

    def _mean_face(self, detection: NDArray[np.float32]) -> Face:
        """The canonical face laid on five points (least squares of a similarity in the plane)."""
        points = detection[4:14].reshape(5, 2).astype(np.float64)
        mean = self.canonical.vertices
        five = np.array([mean[list(which)].mean(axis=0) for which in _FIVE])[:, :2]
        a, b = five - five.mean(axis=0), points - points.mean(axis=0)
        z = (b @ (1, 1j)) @ np.conj(a @ (1, 1j)) / (a**2).sum()
        turn = rotation(0, 0, float(np.degrees(np.angle(z))))
        scale = max(float(np.abs(z)), 1e-3)
        landmarks = np.zeros((478, 3), np.float32)
        landmarks[:468] = scale * mean @ turn.T
        landmarks[468:] = np.repeat(landmarks[[33, 133]].mean(axis=0)[None], 10, axis=0)
        landmarks[473:] = landmarks[[362, 263]].mean(axis=0)
        landmarks[:, :2] += points.mean(axis=0) - scale * five.mean(axis=0) @ turn[:2, :2].T
        left, top, right, bottom = (float(v) for v in detection[:4])
        return Face(
            box=(left, top, right, bottom),
            score=float(detection[14]),
            landmarks=landmarks,
            expression=np.zeros(52, np.float32),
            turn=turn,
            scale=scale,
            fitted=False,
        )

    def _wobble(self, frame: Frame, face: Face) -> float:
        """How far the landmarks wander on another crop, in widths of the face."""
        center, side, lean = _region(face.landmarks)
        again = self._mesh_at(frame, center, side * 0.9, lean - 0.3)
        if again is None:
            return np.inf
        offset = (again.landmarks - face.landmarks)[:, :2]
        return float(np.sqrt((offset**2).sum(axis=1).mean())) / face.width

    def _mesh_at(
        self, frame: Frame, center: NDArray[np.floating], side: float, lean: float
    ) -> Face | None:
        """Landmarks in a square crop leaning by ``lean`` radians; None when no face is there."""
        along = side / _CROP * np.array([np.cos(lean), np.sin(lean)])
        to_picture = np.array([[along[0], -along[1], 0.0], [along[1], along[0], 0.0]])
        to_picture[:, 2] = center - to_picture[:, :2] @ np.full(2, (_CROP - 1) / 2)
        crop = _cut(frame, to_picture, max(1, int(side // _CROP)))
        self._mesh.set_tensor(self._mesh.get_input_details()[0]["index"], crop[None])
        self._mesh.invoke()
        presence = 1 / (1 + np.exp(-float(self._mesh.get_tensor(self._presence).item())))
        if presence < _MIN_PRESENCE:
            return None
        points = self._mesh.get_tensor(self._points).reshape(478, 3).astype(np.float64)
        landmarks = np.empty((478, 3))
        landmarks[:, :2] = (points[:, :2] - 0.5) @ to_picture[:, :2].T + to_picture[:, 2]
        landmarks[:, 2] = points[:, 2] * side / _CROP
        return self._face(landmarks, presence)

    def _face(self, landmarks: NDArray[np.float64], presence: float) -> Face:
        scale, turn, _ = self.canonical.fit(landmarks)
        self._blend.set_tensor(
            self._blend.get_input_details()[0]["index"],
            landmarks[None, _EXPRESSION_POINTS, :2].astype(np.float32),
        )
        self._blend.invoke()
        expression = self._blend.get_tensor(self._blend.get_output_details()[0]["index"])
        low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
        return Face(
            box=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
            score=presence,
            landmarks=landmarks.astype(np.float32),
            expression=np.array(expression, np.float32).reshape(52),
            turn=turn,
            scale=scale,
        )


def face_finder() -> FaceFinder:
    """The finder of this process, opened once; not to be used from several threads.

    Raises:
        ModelMissingError: the face model is not on this machine.
    """
    return _opened(models.path("face"))


@cache
def _opened(_model: Path) -> FaceFinder:
    return FaceFinder()


def _is_new(box: Sequence[float] | NDArray[np.floating], faces: Sequence[Face]) -> bool:
    """Whether a box lies on none of the faces."""
    return not any(overlap(np.array(box), np.array(face.box)) > 0.3 for face in faces)


def _cut(frame: Frame, to_picture: NDArray[np.float64], finer: int) -> NDArray[np.float32]:
    """The crop 0..1, sampled ``finer`` times as densely and averaged down against aliasing."""
    dense = to_picture.copy()
    dense[:, :2] /= finer
    dense[:, 2] -= to_picture[:, :2] @ np.full(2, 0.5 - 0.5 / finer)
    side = _CROP * finer
    flags = (cv2.INTER_LINEAR if finer > 1 else cv2.INTER_CUBIC) | cv2.WARP_INVERSE_MAP
    crop = np.asarray(cv2.warpAffine(frame, dense, (side, side), flags=flags))
    if finer > 1:
        crop = np.asarray(cv2.resize(crop, (_CROP, _CROP), interpolation=cv2.INTER_AREA))
    return crop.astype(np.float32) / np.float32(255)


def _region(landmarks: NDArray[np.floating]) -> tuple[NDArray[np.float64], float, float]:
    """Center, side and lean of the square crop around known landmarks."""
    across = landmarks[_LEFT_EYE, :2] - landmarks[_RIGHT_EYE, :2]
    lean = float(np.arctan2(across[1], across[0]))
    upright = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    points = landmarks[:, :2] @ upright
    low, high = points.min(0), points.max(0)
    return upright @ ((low + high) / 2), float((high - low).max()) * _MARGIN, lean


def _reading_order(faces: list[Face]) -> Iterator[Face]:
    """Rows from the top (a row: centers within 60 % of a face height), each from the left."""
    rest = sorted(faces, key=lambda face: face.box[1] + face.box[3])
    while rest:
        first = rest[0]
        floor = first.box[1] + 1.1 * first.height
        row = [face for face in rest if (face.box[1] + face.box[3]) / 2 < floor]
        yield from sorted(row, key=lambda face: face.box[0])
        rest = [face for face in rest if face not in row]
