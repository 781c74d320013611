"""How faithfully a photograph follows a driver, beside the photograph that simply stands still.

Self-reenactment: the first frame of a face film is the photograph, the film itself the driver,
so every later frame is the truth. Landmarks, expression and pose are measured again on the
rendered frames with the same networks; the still photograph is measured in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError
from tremendo.finish.animate.face.engine import face_engine
from tremendo.finish.animate.face.film_driver import motion_of, track_film
from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.mesh.topology import LASH_EDGE, LASHES, OVAL, RINGS
from tremendo.finish.animate.face.paint import around, grid, sample, soft_polygon
from tremendo.imaging.metrics import psnr
from tremendo.media.frames import Frame, Frames
from tremendo.perception.faces import BLENDSHAPES, Face, FaceFinder

__all__ = ["Fidelity", "Reenactment", "following", "self_reenactment"]

_EYE_CORNERS = (33, 263)
_REPORTED = ("jawOpen", "mouthSmileLeft", "mouthPucker", "eyeBlinkLeft", "browInnerUp")


@dataclass(frozen=True)
class Fidelity:
    """Distance to the true frames, means over the film; smaller is better but for ``psnr``.

    Attributes:
        akd: average key-point distance in per cent of the distance between the outer eye corners
            (all 478 landmarks; Siarohin et al. 2019).
        expression: sum over the 52 channels of the absolute difference, each relative to the
            first frame.
        pose: mean absolute error of yaw, pitch and roll in degrees.
        psnr: decibels over the whole picture.
        face_psnr: decibels over the luma of the face, as far as its oval.
        face_ssim: structural similarity (Wang et al. 2004) there.
    """

    akd: float
    expression: float
    pose: float
    psnr: float
    face_psnr: float
    face_ssim: float


@dataclass(frozen=True)
class Reenactment:
    """One film: the engine beside the still, and how its channels follow the driver's.

    Attributes:
        frames: how many frames were measured.
        lost: of these, how many in which no face was found any more.
        engine: the animated photograph.
        still: the photograph itself.
        plain: the photograph warped in the plane so that every landmark follows the truth's own:
            no depth, no eyes, no mouth, but the exact targets, which no driver of another person
            can give.
        correlation: Pearson's r per channel that moves in the driver; gain likewise (slope).
    """

    frames: int
    lost: int
    engine: Fidelity
    still: Fidelity
    plain: Fidelity
    correlation: dict[str, float]
    gain: dict[str, float]

    @property
    def beats_still(self) -> bool:
        """Whether key points and expression are nearer to the truth than the still's."""
        closer = self.engine.akd < self.still.akd
        return closer and self.engine.expression < self.still.expression


def self_reenactment(
    film: Frames,
    finder: FaceFinder,
    *,
    engine: str = "mesh",
    strength: float = 1.0,
    every: int = 1,
) -> Reenactment:
    """Animate the first frame of a face film by the film and measure every ``every``-th frame.

    Raises:
        NothingUsableError: no face in the first frame, or in too few of the film.
    """
    tracked = track_film(film, finder)
    if tracked[0] is None:
        raise NothingUsableError("no face in the first frame of the film")
    motion = motion_of(tracked, finder.canonical, float(film.fps), neutral="first")
    made = face_engine(engine)
    motion = made.follow_film(motion, film, tracked, "first")
    photo = next(film.read(0, 1))
    animator = made(photo, [tracked[0]], finder.canonical, seed=0)
    moving = [motion.scaled(strength)]
    plain = _PlainWarp(photo, tracked[0], finder)
    truths: list[Face] = []
    renders: list[Face] = []
    warped: list[Face] = []
    noise: list[list[tuple[float, ...]]] = []
    lost, last = 0, tracked[0]
    for number, frame in enumerate(film.read()):
        truth = tracked[number]
        if number % every or truth is None:
            continue
        rendered = animator.frame(moving, number)
        face = finder.track(rendered, last)
        if face is None:
            lost += 1
            continue
        last = face
        flat = plain.frame(truth)
        truths.append(truth)
        renders.append(face)
        warped.append(finder.track(flat, truth) or tracked[0])
        noise.append([_pixel_fidelity(each, frame, truth) for each in (rendered, photo, flat)])
    pixels = np.mean(noise, axis=0)
    stills = [tracked[0]] * len(truths)
    correlation, gain = following(truths, renders)
    return Reenactment(
        frames=len(truths),
        lost=lost,
        engine=_fidelity(truths, renders, pixels[0]),
        still=_fidelity(truths, stills, pixels[1]),
        plain=_fidelity(truths, warped, pixels[2]),
        correlation=correlation,
        gain=gain,
    )


class _PlainWarp:
    """The baseline: landmarks moved in the plane, the picture bent along."""

    def __init__(self, photo: Frame, face: Face, finder: FaceFinder) -> None:
        self._photo, self._face = photo, face
        size = (photo.shape[1], photo.shape[0])
        self._mesh = HeadMesh(face, finder.canonical, size)
        self._grid = grid(self._mesh.region).astype(np.float32)

    def frame(self, target: Face) -> Frame:
        """The photograph with its landmarks where the target's are."""
        shift = (target.landmarks - self._face.landmarks)[:, :2]
        moved = self._mesh.rest[:, :2].copy()
        moved[: len(shift)] += shift
        moved[LASHES:RINGS] += shift[LASH_EDGE]
        out = self._photo.copy()
        part = sample(self._photo, self._grid + self._mesh.field(moved))
        out[self._mesh.region.slices] = np.clip(np.rint(part), 0, 255)
        return out


def _fidelity(
    truths: Sequence[Face], faces: Sequence[Face], pixels: NDArray[np.float64]
) -> Fidelity:
    true, seen = (np.array([f.landmarks[:, :2] for f in fs]) for fs in (truths, faces))
    across = np.linalg.norm(true[:, _EYE_CORNERS[1]] - true[:, _EYE_CORNERS[0]], axis=1)
    akd = np.linalg.norm(true - seen, axis=2).mean(axis=1) / across * 100
    true_mien, mien = (np.array([f.expression for f in fs]) for fs in (truths, faces))
    change = np.abs((mien - mien[0]) - (true_mien - true_mien[0])).sum(axis=1)
    pose = np.abs(_angles(truths) - _angles(faces)).mean()
    return Fidelity(float(akd.mean()), float(change.mean()), float(pose), *map(float, pixels))


def _angles(faces: Sequence[Face]) -> NDArray[np.float64]:
    return np.array([face.angles for face in faces])


def following(
    truths: Sequence[Face], faces: Sequence[Face]
) -> tuple[dict[str, float], dict[str, float]]:
    """Correlation and slope of pose and of some expression channels, where the driver moves."""
    channels = [BLENDSHAPES.index(name) for name in _REPORTED]
    names = ("yaw", "pitch", "roll", *_REPORTED)
    true, seen = (
        np.concatenate([_angles(fs), np.array([f.expression[channels] for f in fs])], axis=1)
        for fs in (truths, faces)
    )
    correlation, gain = {}, {}
    for number, name in enumerate(names):
        a, b = true[:, number] - true[:, number].mean(), seen[:, number] - seen[:, number].mean()
        if a.std() < (1.5 if number < 3 else 0.05):
            continue
        correlation[name] = float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-9))
        gain[name] = float(a @ b / (a @ a))
    return correlation, gain


def _pixel_fidelity(made: Frame, true: Frame, face: Face) -> tuple[float, float, float]:
    """Decibels over the picture, decibels and structural similarity over the luma of the face."""
    from skimage.metrics import structural_similarity

    region = around(face.landmarks, 4, (true.shape[1], true.shape[0]))
    inside = soft_polygon(face.landmarks[OVAL], region) > 0.5
    ours, theirs = (
        np.asarray(cv2.cvtColor(frame[region.slices], cv2.COLOR_RGB2GRAY)) for frame in (made, true)
    )
    _, alike = structural_similarity(ours, theirs, full=True, data_range=255)
    return psnr(made, true), psnr(ours[inside], theirs[inside]), float(alike[inside].mean())
