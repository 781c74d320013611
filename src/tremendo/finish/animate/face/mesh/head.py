"""One head of a photograph: its mesh, folds, eyes, mouth and chest, and how far it can turn."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.analysis.matte import person_matte
from tremendo.finish.animate.face.mesh.eyes import EyePainter
from tremendo.finish.animate.face.mesh.folds import FoldPainter
from tremendo.finish.animate.face.mesh.glasses import find_glasses
from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.mesh.mouth import MouthPainter, overhang, whiskers
from tremendo.finish.animate.face.mesh.topology import (
    LEFT_EYE,
    LOWER_LIP,
    OVAL,
    RIGHT_EYE,
    UPPER_LIP,
)
from tremendo.finish.animate.face.motion import LIMITS, HeadMotion, soft_clip
from tremendo.finish.animate.face.paint import PhotoTone, Region, around, grain, grid
from tremendo.imaging.easing import smoothstep
from tremendo.media.frames import Frame
from tremendo.perception.face_geometry import CanonicalFace
from tremendo.perception.faces import Face

__all__ = ["MeshHead"]


class MeshHead:
    """One head of a photograph.

    Args:
        photo: the photograph.
        face: the face as found.
        canonical: the face model's mean face.
        others: the other faces, which must not be dragged along.
        seed: of the grain.
    """

    def __init__(
        self,
        photo: Frame,
        face: Face,
        canonical: CanonicalFace,
        others: tuple[Face, ...],
        seed: int,
    ) -> None:
        size = (photo.shape[1], photo.shape[0])
        self.mesh = HeadMesh(
            face,
            canonical,
            size,
            others,
            find_glasses(photo, face.landmarks),
            person_matte(photo, face.box),
        )
        self.tone = tone = PhotoTone.of(photo, self.mesh.region, self.mesh.rest[OVAL])
        self._whiskers = whiskers(photo, self.mesh, tone)
        covered = overhang(photo, self.mesh) if self._whiskers > 0 else 0.0
        self._seen = 1 - self._whiskers, 1 - self._whiskers * covered
        self._freedom = 1 - self._whiskers * _held(self.mesh, covered)
        self.noise = grain((size[1], size[0]), tone, seed) * _light(photo, tone)
        self._eyes = [EyePainter(photo, self.mesh, eye) for eye in (RIGHT_EYE, LEFT_EYE)]
        self._mouth = MouthPainter(photo, self.mesh, tone, self.noise)
        self._folds = FoldPainter(self.mesh, size)
        self._room = _bearable(self.mesh)
        self.chest_region, self.chest = _chest(self.mesh, size)
        region = self.mesh.region
        self.reach = (
            min(region.left, self.chest_region.left),
            min(region.top, self.chest_region.top),
            max(region.right, self.chest_region.right),
            max(region.bottom, self.chest_region.bottom),
        )

    def move(self, motion: HeadMotion, number: int) -> NDArray[np.float64]:
        """Where the mesh's vertices are in a frame: ``(n, 3)`` pixels."""
        return self.mesh.moved(
            self.turn(motion, number),
            motion.shift[number],
            motion.lids[number],
            motion.expression[number] * self._freedom,
        )

    def turn(self, motion: HeadMotion, number: int) -> NDArray[np.float64]:
        """Yaw, pitch and roll in a frame: as far as this mesh can bear them."""
        turn = motion.turn[number]
        room = np.where(turn < 0, *self._room)
        return np.asarray(room * soft_clip(turn / room))

    def paint(
        self, out: Frame, motion: HeadMotion, number: int, moved: NDArray[np.float64]
    ) -> None:
        """Folds, eyes and mouth over the moved skin."""
        turn, shift, moved = self.turn(motion, number), motion.shift[number], moved[:, :2]
        self._folds.paint(out, moved, turn, shift)
        for side, eye in enumerate(self._eyes):
            closing = float(motion.lids[number, side])
            eye.paint(out, moved, turn, shift, closing, motion.gaze[number])
        self._mouth.paint(out, moved, turn, shift, *self._seen)


def _held(mesh: HeadMesh, covered: float) -> NDArray[np.float64]:
    """How much of their motion a moustache takes from the landmarks, ``(478, 1)``.

    It hangs from the upper lip, which hardly moves; the jaw swings under it, but for a lower lip
    that it covers.
    """
    height = mesh.head[:, 1:2]
    held = 0.7 * smoothstep(1.5, 3.0, height) * (1 - 0.7 * smoothstep(3.6, 4.8, height))
    held[UPPER_LIP.ravel()] = 0.8
    held[LOWER_LIP.ravel()] = 0.2 + 0.5 * covered
    return np.asarray(held)


def _bearable(mesh: HeadMesh) -> NDArray[np.float64]:
    """Largest yaw, pitch and roll each way, ``(2, 3)`` degrees, at which nothing turns over.

    A head that already looks to one side can turn back farther than it can turn away.
    """
    room = np.array([LIMITS, LIMITS])
    for axis, other in ((0, 1), (1, 0)):
        for side, sign in enumerate((-1, 1)):
            turn = np.zeros(3)
            turn[axis], turn[2] = sign, 0.5
            leaning = [turn + lean * np.eye(3)[other] for lean in (-0.5, 0.5)]
            room[side, axis] *= _share(mesh, np.array(leaning) * LIMITS)
    corners = [(room[a, 0], room[b, 1], room[1, 2] / 2) for a in (0, 1) for b in (0, 1)]
    signs = [((-1, 1)[a], (-1, 1)[b], 1) for a in (0, 1) for b in (0, 1)]
    return np.asarray(room * _share(mesh, np.array(corners) * signs))


def _share(mesh: HeadMesh, turns: NDArray[np.float64]) -> float:
    """Share of the given turns at which no visible triangle turns over."""
    nowhere, still = np.zeros(2), np.zeros((478, 3))
    for share in np.arange(1.0, 0.25, -0.05):
        stretches = (
            mesh.stretch(mesh.moved(turn * share, nowhere, nowhere, still)) for turn in turns
        )
        if min(np.quantile(stretch, 0.003) for stretch in stretches) > 0.05:
            return float(share)
    return 0.2


def _chest(mesh: HeadMesh, size: tuple[int, int]) -> tuple[Region, NDArray[np.float32]]:
    """Where and how far breathing lifts the shoulders: region and ``(h, w, 2)`` field."""
    head = mesh.rest[:478]
    chin, top = head[152, :2], head[10, :2]
    height = float(np.linalg.norm(chin - top))
    center = chin + np.array([0.0, 1.15 * height])
    radii = np.array([1.7, 1.05]) * height
    region = around(np.stack([center - radii, center + radii]), 0, size)
    away = np.linalg.norm((grid(region) - center) / radii, axis=-1)
    lift = (1 - smoothstep(0.35, 1.0, away)) * 0.005 * height
    return region, np.stack([np.zeros_like(lift), lift], axis=-1).astype(np.float32)


def _light(photo: Frame, tone: PhotoTone) -> NDArray[np.float32]:
    """``(H, W)``: 1 on lit skin and above, down to 0.2 in the dark, where grain is not seen."""
    luma = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float32)
    luma = np.asarray(cv2.GaussianBlur(luma, (0, 0), 2.0))
    dark, lit = tone.range
    return np.asarray(np.clip((luma - dark) / max(lit - dark, 1.0), 0.2, 1.0), np.float32)
