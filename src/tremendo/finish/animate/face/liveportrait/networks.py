"""LivePortrait's networks, run on onnxruntime, and what they know of a face.

A face is a set of key points: ``scale * (turn @ point + expression) + place`` in a crop whose
middle is 0 and whose edges are -1 and 1 (x to the right, y down, z away from the camera).
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.errors import MediaError, ModelMissingError
from tremendo.media.frames import Frame
from tremendo.perception.face_geometry import rotation

__all__ = ["NAME", "POINTS", "SIDE", "Networks", "Reading", "weights"]

NAME = "liveportrait"
"""Entry of the catalog, once the user has added it."""
POINTS = 21
SIDE = 256
"""Pixels of the square that the networks see; what they paint is twice as large."""
_PARTS = ("appearance", "motion", "renderer", "stitching", "eyes")

_Array = NDArray[np.float32]


def weights() -> Path:
    """Where the networks lie.

    Raises:
        ModelMissingError: the user has not added them.
    """
    entry = models.catalog().get(NAME)
    if entry is None or not entry.present:
        raise ModelMissingError(
            "LivePortrait's weights are not on this machine, and do not come with tremendo",
            hint="get them from its authors, then: tremendo models add liveportrait FOLDER",
        )
    return entry.place


@dataclass(frozen=True)
class Reading:
    """What the motion network reads in a crop.

    Attributes:
        turn: ``(3, 3)`` rotation of the head, in the crop's axes.
        points: ``(21, 3)`` key points of a head that looks straight ahead without expression.
        expression: ``(21, 3)`` by which the face leaves them.
        place: ``(2,)`` of the head's middle.
        scale: of the head.
    """

    turn: NDArray[np.float64]
    points: NDArray[np.float64]
    expression: NDArray[np.float64]
    place: NDArray[np.float64]
    scale: float

    def moved(
        self,
        turn: NDArray[np.float64] | None = None,
        expression: NDArray[np.floating] | None = None,
        shift: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Key points ``(21, 3)`` of this face in another pose; its size never changes.

        Args:
            turn: ``(3, 3)`` by which the head turns more, in the crop's axes.
            expression: ``(21, 3)`` by which the expression changes.
            shift: ``(2,)`` by which the head moves.
        """
        pose = self.turn if turn is None else turn @ self.turn
        mien = self.expression if expression is None else self.expression + expression
        points = self.scale * (self.points @ pose.T + mien)
        points[:, :2] += self.place if shift is None else self.place + shift
        return np.asarray(points)


class Networks:
    """The networks of one file, each opened when it is first asked.

    Args:
        file: as ``tremendo models add liveportrait`` makes it; the user's own by default.

    Raises:
        ModelMissingError: there is none.
        MediaError: it is not such a file.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or weights()
        try:
            with zipfile.ZipFile(self._file) as archive:
                missing = {f"{name}.onnx" for name in _PARTS} - set(archive.namelist())
        except (OSError, zipfile.BadZipFile) as error:
            raise self._refusal(str(error)) from error
        if missing:
            raise self._refusal(f"it lacks {min(missing)}")

    def read(self, crop: Frame) -> Reading:
        """Pose, expression and key points of a face in its crop ``(n, n, 3)``."""
        names = ("pitch", "yaw", "roll", "t", "exp", "scale", "kp")
        answers = self._run(self._motion, {"picture": _planes(crop)}, list(names))
        seen = {name: np.asarray(x, np.float64) for name, x in zip(names, answers, strict=True)}
        if seen["kp"].size != 3 * POINTS or not all(np.isfinite(x).all() for x in seen.values()):
            raise self._refusal("its motion network gives no 21 key points")
        pitch, yaw, roll = (float(seen[name].item()) for name in names[:3])
        return Reading(
            turn=rotation(0, 0, roll) @ rotation(-yaw, 0, 0) @ rotation(0, -pitch, 0),
            points=seen["kp"].reshape(POINTS, 3),
            expression=seen["exp"].reshape(POINTS, 3),
            place=seen["t"].reshape(-1)[:2],
            scale=float(seen["scale"].item()),
        )

    def appearance(self, crop: Frame) -> _Array:
        """The volume of features that `picture` paints from."""
        (volume,) = self._run(self._appearance, {"picture": _planes(crop)}, ["volume"])
        return np.asarray(volume, np.float32)

    def picture(
        self, volume: _Array, driving: NDArray[np.floating], source: NDArray[np.floating]
    ) -> _Array:
        """The face of a volume, its key points moved: ``(512, 512, 3)`` 0 to 255.

        Args:
            volume: see `appearance`.
            driving: ``(21, 3)`` where the key points are to be.
            source: where they are in the photograph.
        """
        given = {"volume": volume, "driving": _row(driving), "source": _row(source)}
        (painted,) = self._run(self._renderer, given, ["picture"])
        return np.asarray(np.clip(painted[0].transpose(1, 2, 0), 0, 1) * 255, np.float32)

    def stitched(
        self, source: NDArray[np.float64], driving: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Key points changed so that neck and shoulders stay where they are in the photograph."""
        wish = np.concatenate([source.ravel(), driving.ravel()])
        change = self._corrected(self._stitching, wish)
        joined = driving + change[: 3 * POINTS].reshape(POINTS, 3)
        joined[:, :2] += change[3 * POINTS :]
        return np.asarray(joined)

    def lids(
        self, source: NDArray[np.float64], opening: tuple[float, float], target: float
    ) -> NDArray[np.float64]:
        """Changes ``(21, 3)`` of key points that bring the eyes to another opening.

        Args:
            source: key points of the photograph.
            opening: height over width of its two eyes, from the picture's left.
            target: height over width that both are to have.
        """
        wish = np.array([*source.ravel(), *opening, target])
        return self._corrected(self._eyes, wish).reshape(POINTS, 3)

    @cached_property
    def _appearance(self) -> Any:  # noqa: ANN401 - onnxruntime has no types
        return self._open("appearance")

    @cached_property
    def _motion(self) -> Any:  # noqa: ANN401
        return self._open("motion")

    @cached_property
    def _renderer(self) -> Any:  # noqa: ANN401
        return self._open("renderer")

    @cached_property
    def _stitching(self) -> Any:  # noqa: ANN401
        return self._open("stitching")

    @cached_property
    def _eyes(self) -> Any:  # noqa: ANN401
        return self._open("eyes")

    def _open(self, name: str) -> Any:  # noqa: ANN401
        with zipfile.ZipFile(self._file) as archive:
            return models.open_onnx(archive.read(f"{name}.onnx"), os.cpu_count() or 1)

    def _corrected(self, network: Any, wish: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ANN401
        (change,) = self._run(network, {"wish": wish[None].astype(np.float32)}, ["change"])
        return np.asarray(change[0], np.float64)

    def _run(self, network: Any, given: dict[str, _Array], wanted: list[str]) -> list[Any]:  # noqa: ANN401
        try:
            return list(network.run(wanted, given))
        except Exception as error:  # onnxruntime raises its own, unexported kinds
            raise self._refusal(str(error)[:200]) from error

    def _refusal(self, reason: str) -> MediaError:
        return MediaError(
            f"not LivePortrait's networks: {reason}",
            path=self._file,
            hint="add them again: tremendo models add liveportrait FOLDER",
        )


def _planes(crop: Frame) -> _Array:
    """A crop as the networks take it: ``(1, 3, 256, 256)`` 0 to 1."""
    small = np.asarray(cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return np.ascontiguousarray(small.transpose(2, 0, 1)[None].astype(np.float32) / 255)


def _row(points: NDArray[np.floating]) -> _Array:
    return points[None].astype(np.float32)
