"""LivePortrait as a face engine: it paints the crop of each head, tremendo pastes it back.

MeshHead poses are the motion's own. Expressions are those that its networks have read in a driver
film or a template; where there are none (presets, the song) the geometry engine plays them with the
photograph's own face, still but for its features, and LivePortrait reads them there: the sitter is
its own driver. Lids then follow its eye network, which was made to close them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.analysis.matte import person_matte
from tremendo.finish.animate.face.engine import FaceEngine
from tremendo.finish.animate.face.liveportrait.crop import PAINTED, Crop, Tint
from tremendo.finish.animate.face.liveportrait.driver import with_points
from tremendo.finish.animate.face.liveportrait.networks import Networks, weights
from tremendo.finish.animate.face.liveportrait.template import SUFFIXES, template_motion
from tremendo.finish.animate.face.mesh.engine import MeshEngine
from tremendo.finish.animate.face.mesh.mesh import NECK
from tremendo.finish.animate.face.mesh.topology import LEFT_EYE, OVAL, RIGHT_EYE, Eye
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.paint import PhotoTone, Region, around, blend, grain
from tremendo.imaging.easing import smoothstep
from tremendo.media.frames import Frame, Frames
from tremendo.perception.face_geometry import CanonicalFace, rotation
from tremendo.perception.faces import Face

__all__ = ["LivePortraitEngine"]

_FADE = (0.72, 0.97)
"""Where the crop fades into the photograph, in halves of its side from the middle."""
_REACH = 0.12
"""How far beyond the sitter is painted, in heights of the face."""
_STILL = 1e-5


class LivePortraitEngine(FaceEngine):
    """Faces painted by LivePortrait's networks, the rest of the photograph untouched.

    Args:
        photo: the photograph.
        faces: which of its faces move.
        canonical: the face model's mean face.
        seed: of the grain.
        networks: to be used instead of the user's own.

    Raises:
        ModelMissingError: the user has not added LivePortrait's weights.
    """

    templates = SUFFIXES

    @classmethod
    def need_models(cls) -> None:
        """See that the user has added the weights."""
        weights()

    @classmethod
    def follow_film(
        cls,
        motion: HeadMotion,
        film: Frames,
        faces: Sequence[Face | None],
        neutral: Literal["auto", "first"] | int,
    ) -> HeadMotion:
        """The motion with the expressions that the networks read in the film."""
        return with_points(motion, film, faces, neutral)

    @classmethod
    def read_template(cls, file: Path, canonical: CanonicalFace) -> tuple[HeadMotion, Fraction]:
        """The motion in one of LivePortrait's templates, and its frames a second."""
        return template_motion(file, canonical)

    def __init__(
        self,
        photo: Frame,
        faces: Sequence[Face],
        canonical: CanonicalFace,
        *,
        seed: int,
        networks: Networks | None = None,
    ) -> None:
        self._photo = photo
        self._networks = networks or Networks()
        self._mime = MeshEngine(photo, faces, canonical, seed=seed)
        self._sitters = [
            _Sitter(photo, face, [f for f in faces if f is not face], seed, self._networks)
            for face in faces
        ]
        regions = np.array([sitter.region for sitter in self._sitters])
        corners = np.concatenate([regions[:, :2], regions[:, 2:] - 1])
        self.region = around(corners, 0, (photo.shape[1], photo.shape[0]))

    def frame(self, motions: Sequence[HeadMotion], number: int) -> Frame:
        """One frame."""
        out = self._photo.copy()
        moments = [motion.at(np.array([number])) for motion in motions]
        mimed = None
        for one, moment in zip(self._sitters, moments, strict=True):
            if moment.points is not None:
                change = moment.points[0].astype(np.float64)
            elif max(np.abs(moment.expression).max(), np.abs(moment.gaze).max()) < _STILL:
                change = np.zeros_like(one.rest.expression)
            else:
                if mimed is None:
                    mimed = self._mime.frame([_mien(each) for each in moments], 0)
                change = one.mien(mimed)
            one.paint(out, moment, change)
        return out

    def flow(self, motions: Sequence[HeadMotion], number: int) -> None:
        """None: nothing is bent, all is painted."""
        del motions, number


class _Sitter:
    """One head of the photograph."""

    def __init__(
        self, photo: Frame, face: Face, others: Sequence[Face], seed: int, networks: Networks
    ) -> None:
        self._face, self._networks = face, networks
        self.crop = Crop.of(face.landmarks)
        self.region = self.crop.region((photo.shape[1], photo.shape[0]))
        cut = self.crop.cut(photo)
        self.rest = networks.read(cut)
        self._volume = networks.appearance(cut)
        self._source = self.rest.moved()
        self._tint = Tint(cut)
        oval = face.landmarks[OVAL].astype(np.float64)
        tone = PhotoTone.of(photo, around(oval, 0, (photo.shape[1], photo.shape[0])), oval)
        shape = (self.region.height, self.region.width)
        self._grain = grain(shape, tone, seed)[..., None]
        self._mask = self._covered(photo, others)
        eyes = [_opening(face, eye) for eye in (RIGHT_EYE, LEFT_EYE)]
        self._opening = (eyes[0], eyes[1])

    def mien(self, frame: Frame) -> NDArray[np.float64]:
        """``(21, 3)`` by which the face in a frame of the same pose leaves its expression."""
        return self._networks.read(self.crop.cut(frame)).expression - self.rest.expression

    def paint(self, out: Frame, moment: HeadMotion, change: NDArray[np.float64]) -> None:
        """Paint the head into a frame as one moment of its motion asks."""
        points = self._moved(moment, change)
        if moment.points is None and np.abs(moment.lids).max() > _STILL:
            points += self._lids(1 - float(moment.lids.mean()))
        driving = self._networks.stitched(self._source, points)
        painted = self._tint(self._networks.picture(self._volume, driving, self._source))
        layer = self.crop.back(painted, self.region) + self._grain
        blend(out, self.region, layer, self._mask)

    def _moved(self, moment: HeadMotion, change: NDArray[np.float64]) -> NDArray[np.float64]:
        """Key points: the head swings about its neck, as in the geometry engine."""
        face, axes = self._face, self.crop.axes
        turn = rotation(*map(float, moment.turn[0]))
        to_neck = face.scale * face.turn @ NECK
        away = (to_neck - turn @ to_neck)[:2] + face.scale * moment.shift[0]
        upright = np.eye(3)
        upright[:2, :2] = axes
        return self.rest.moved(
            turn=upright.T @ turn @ upright,
            expression=change,
            shift=away @ axes * (2 / self.crop.side),
        )

    def _lids(self, share: float) -> NDArray[np.float64]:
        """What brings the eyes from their opening to a share of it."""
        mean = sum(self._opening) / 2
        there, here = (
            self._networks.lids(self._source, self._opening, mean * part) for part in (share, 1.0)
        )
        return there - here

    def _covered(self, photo: Frame, others: Sequence[Face]) -> NDArray[np.float32]:
        """``(h, w)`` 0..1: where the painting shows: on and beside the sitter, inside the crop."""
        at = np.abs(np.linspace(-1, 1, PAINTED))
        away = (at[:, None] ** 4 + at[None] ** 4) ** 0.25
        fade = (1 - smoothstep(*_FADE, away)).astype(np.float32)
        mask = np.clip(self.crop.back(fade, self.region), 0, 1)
        mask *= _nearer(self.region, self._face, others)
        person = person_matte(photo, self._face.box, beyond=_REACH)
        if person is None:
            return mask
        soft = cv2.GaussianBlur(person, (0, 0), max(person.shape) / 200)
        near = cv2.resize(soft, (photo.shape[1], photo.shape[0]))[self.region.slices]
        return mask * np.asarray(near, np.float32)


def _nearer(region: Region, face: Face, others: Sequence[Face]) -> NDArray[np.float32]:
    """``(h, w)`` 1 where this face is nearer than any other, counted in their sizes."""
    y, x = np.mgrid[region.top : region.bottom, region.left : region.right].astype(np.float32)

    def away(one: Face) -> NDArray[np.float32]:
        left, top, right, bottom = one.box
        return np.asarray(np.hypot(x - (left + right) / 2, y - (top + bottom) / 2) / one.height)

    share = np.ones(x.shape, np.float32)
    own = away(face)
    for other in others:
        lead = away(other) / np.maximum(own, 1e-3)
        share = np.minimum(share, smoothstep(0.9, 1.3, lead).astype(np.float32))
    return share


def _opening(face: Face, eye: Eye) -> float:
    """Height over width of an eye."""
    points = face.landmarks[:, :2]
    height = np.linalg.norm(points[eye.upper[3]] - points[eye.lower[3]])
    width = np.linalg.norm(points[eye.corners[0]] - points[eye.corners[1]])
    return float(height / max(float(width), 1e-6))


def _mien(moment: HeadMotion) -> HeadMotion:
    """The features of the face alone: what is read there is read with the photograph's pose."""
    still = HeadMotion.still(1)
    return replace(still, expression=moment.expression, gaze=moment.gaze)
