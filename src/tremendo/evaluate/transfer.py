"""A face film carried over to other people's photographs: does the face follow and stay itself?

Cross-reenactment has no truth to compare with. What can be measured: whether the channels of the
rendered face follow those of the driver, whether it is still the same person, whether it shakes,
whether the background stands still and whether the picture tears.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError
from tremendo.evaluate.animate import following
from tremendo.finish.animate.face.calibration import turning_gains
from tremendo.finish.animate.face.engine import FaceEngine, face_engine
from tremendo.finish.animate.face.film_driver import motion_of
from tremendo.finish.animate.face.performance import usable_faces
from tremendo.media.frames import Frame
from tremendo.perception.faces import Face, FaceFinder

__all__ = ["Embedding", "Transfer", "dlib_embedding", "transfer"]

Embedding = Callable[[Frame, Face], NDArray[np.float64]]
"""A vector that tells people apart: near for one person, far for two."""

_CORNERS = (263, 362, 33, 133, 2)
"""Outer and inner corner of the left and of the right eye, base of the nose: dlib's five points."""


@dataclass(frozen=True)
class Transfer:
    """One photograph under one driver.

    Attributes:
        frames: how many frames were measured.
        lost: in how many of them no face was found any more.
        correlation: Pearson's r per channel that moves in the driver; gain likewise (slope).
        identity: mean and least cosine between the face in a frame and the photograph's; None
            without an embedding.
        shake: mean second difference of the landmarks in per cent of the eyes' distance, beside
            the driver's own.
        background: largest change in 8-bit steps outside the moving region.
        torn: share of the moving region's pixels whose warp turns over (Jacobian not positive).
    """

    frames: int
    lost: int
    correlation: dict[str, float]
    gain: dict[str, float]
    identity: tuple[float, float] | None
    shake: tuple[float, float]
    background: int
    torn: float


def transfer(
    photo: Frame,
    tracked: Sequence[Face | None],
    fps: float,
    finder: FaceFinder,
    *,
    engine: str = "mesh",
    every: int = 2,
    embedding: Embedding | None = None,
) -> Transfer:
    """Drive the largest usable face of a photograph by a tracked film, at full strength.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        tracked: the driver's face in each frame, see `track_film`.
        fps: of the driver.
        finder: finds the face in photograph and frames.
        engine: see `face_engine`.
        every: measure every so many frames.
        embedding: tells people apart; None leaves ``identity`` out.

    Raises:
        NothingUsableError: no usable face in the photograph, or in the driver.
    """
    own, animator, gains = _fitted(photo, finder, engine)
    motion = motion_of(tracked, finder.canonical, fps).scaled(1.0).turning(gains)
    outside = np.ones(photo.shape[:2], bool)
    outside[animator.region.slices] = False
    mine = None if embedding is None else embedding(photo, own)
    drivers: list[Face] = []
    renders: list[Face] = []
    alike: list[float] = []
    torn: list[float] = []
    background, lost, last = 0, 0, own
    for number, driver in islice(enumerate(tracked), 0, None, every):
        if driver is None:
            continue
        frame = animator.frame([motion], number)
        flow = animator.flow([motion], number)
        torn += [] if flow is None else [_torn(flow)]
        changed = np.abs(frame[outside].astype(np.int16) - photo[outside])
        background = max(background, int(changed.max(initial=0)))
        face = finder.track(frame, last)
        if face is None:
            lost += 1
            continue
        last = face
        drivers.append(driver)
        renders.append(face)
        if embedding is not None and mine is not None:
            alike.append(_cosine(mine, embedding(frame, face)))
    return Transfer(
        len(renders),
        lost,
        *following(drivers, renders),
        identity=(float(np.mean(alike)), min(alike)) if alike else None,
        shake=(_shake(renders), _shake(drivers)),
        background=background,
        torn=float(np.mean(torn)) if torn else 0.0,
    )


def _fitted(
    photo: Frame, finder: FaceFinder, engine: str
) -> tuple[Face, FaceEngine, NDArray[np.float64]]:
    """The largest usable face of a photograph, an engine for it, and how far it turns."""
    faces, reason = usable_faces(finder.find(photo), (photo.shape[1], photo.shape[0]))
    if not faces:
        raise NothingUsableError(f"the photograph cannot be driven: {reason}")
    own = max(faces, key=lambda face: face.width)
    animator = face_engine(engine)(photo, [own], finder.canonical, seed=0)
    (gains,) = turning_gains(animator, [own], finder)
    if gains is None:
        raise NothingUsableError("the photograph cannot be driven: its face does not answer")
    return own, animator, gains


def _torn(flow: NDArray[np.float32]) -> float:
    """Share of pixels where the warp is not one to one."""
    dx, dy = np.gradient(flow, axis=1), np.gradient(flow, axis=0)
    area = (1 + dx[..., 0]) * (1 + dy[..., 1]) - dx[..., 1] * dy[..., 0]
    return float((area <= 0).mean())


def _shake(faces: Sequence[Face]) -> float:
    points = np.array([face.landmarks[:, :2] for face in faces], np.float64)
    if len(points) < 3:
        return 0.0
    across = np.linalg.norm(points[:, 263] - points[:, 33], axis=1).mean()
    jerk = points[2:] - 2 * points[1:-1] + points[:-2]
    return float(np.linalg.norm(jerk, axis=2).mean() / across * 100)


def _cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def dlib_embedding() -> Embedding | None:
    """dlib's face recognition network where `dlib-bin` and `face_recognition_models` are
    installed (a measuring tool, no dependency of the package); None where they are not.
    """
    if find_spec("dlib") is None or find_spec("face_recognition_models") is None:
        return None
    dlib, network = _dlib_network()

    def embed(frame: Frame, face: Face) -> NDArray[np.float64]:
        points = [dlib.point(*map(round, map(float, face.landmarks[k, :2]))) for k in _CORNERS]
        box = dlib.rectangle(*map(round, face.box))
        shape = dlib.full_object_detection(box, points)
        return np.array(network.compute_face_descriptor(np.ascontiguousarray(frame), shape))

    return embed


@cache
def _dlib_network() -> Any:  # noqa: ANN401 - dlib has no types
    from importlib import import_module
    from pathlib import Path

    dlib: Any = import_module("dlib")
    folder = find_spec("face_recognition_models")
    assert folder is not None
    assert folder.origin is not None
    weights = Path(folder.origin).parent / "models" / "dlib_face_recognition_resnet_model_v1.dat"
    return dlib, dlib.face_recognition_model_v1(str(weights))
