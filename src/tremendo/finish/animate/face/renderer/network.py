"""Tremendo's own neural renderer over the mesh engine: eyelids that close.

The network sees a close-up of what geometry made, of the photograph, and of the mesh drawn as
maps; it answers with a change of luma. The change is laid over the frame in the photograph's own
tint and at its own size, so that grain and detail of the photograph stay what they are.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.finish.animate.face.mesh.head import MeshHead
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.paint import Region
from tremendo.finish.animate.face.renderer import input as face_input
from tremendo.imaging.easing import smoothstep
from tremendo.media.frames import LUMA, Frame

__all__ = ["Retouch", "renderer"]

_LIDS = (-0.15, 0.0)
"""Closing of an eye from which the network has its say: eyes opened wider than photographed, and
all mouths, stay geometry's. Of what is behind lips and lids it has learned the mean of all that
may be, which is grey."""
_AT_REST = 0.35
"""Mean motion of the vertices, in pixels of the close-up, from which the network has its say."""


@cache
def renderer() -> Any | None:  # noqa: ANN401 - onnxruntime has no types
    """The packaged network as an ``onnxruntime.InferenceSession``; None where there is none."""
    if not models.find("face-renderer").present:
        return None
    return models.open_onnx("face-renderer")


class Retouch:
    """The renderer for one head of a photograph.

    Args:
        photo: the photograph.
        head: its head.
        session: the network.
    """

    def __init__(self, photo: Frame, head: MeshHead, session: Any) -> None:  # noqa: ANN401
        self._head, self._session = head, session
        mesh = head.mesh
        self._rest = face_input.placed(mesh, np.zeros(3), np.zeros(2))
        self._still = face_input.drawn(mesh, mesh.rest, self._rest)
        self._photo = face_input.cut(photo, self._rest) @ LUMA
        self._scale = face_input.tones(self._photo, self._still[4])
        rise = np.maximum(head.tone.skin - head.tone.dark, 1.0)
        self._tint = (rise / (rise @ LUMA)).astype(np.float32)

    def paint(
        self,
        out: Frame,
        motion: HeadMotion,
        number: int,
        moved: NDArray[np.float64],
        warp: tuple[NDArray[np.float32], Region],
    ) -> None:
        """Retouch one frame in place.

        Args:
            out: the frame as geometry made it.
            motion: of this head.
            number: of the frame.
            moved: the mesh's vertices.
            warp: where pixels came from, and the region in which anything may change.
        """
        right, left = smoothstep(*_LIDS, motion.lids[number])
        if max(right, left) == 0:
            return
        field, region = warp
        mesh = self._head.mesh
        now = face_input.placed(mesh, self._head.turn(motion, number), motion.shift[number])
        source = face_input.flow(field, region, now, self._rest)
        maps = face_input.drawn(mesh, moved, now)
        frame = _luma(out, region, now)
        seen = face_input.stacked(frame, self._photo, source, maps, self._still, self._scale)
        change = self._session.run(["change"], {"maps": seen[None]})[0][0, 0]
        detail, _ = face_input.where(maps, eyes=(float(right), float(left)), mouth=0.0)
        strength = _awake(mesh.rest[:468], moved[:468], now)
        self._lay(out, region, now, change * detail * np.float32(strength * self._scale[1]))

    def _lay(
        self,
        out: Frame,
        region: Region,
        now: NDArray[np.float64],
        change: NDArray[np.float32],
    ) -> None:
        """Add a close-up's change of luma to the frame."""
        side = face_input.SIDE - 1
        corners = np.array([[0, 0], [side, 0], [0, side], [side, side]]) @ now[:, :2].T + now[:, 2]
        left, top = np.maximum(np.floor(corners.min(axis=0)), (region.left, region.top))
        right, bottom = np.minimum(np.ceil(corners.max(axis=0)) + 1, (region.right, region.bottom))
        if right <= left or bottom <= top:
            return
        place = now.copy()
        place[:, 2] -= (left, top)
        size = (int(right - left), int(bottom - top))
        full = cv2.warpAffine(change, place, size, flags=cv2.INTER_CUBIC)
        part = out[int(top) : int(bottom), int(left) : int(right)]
        part[:] = np.clip(np.rint(part + full[..., None] * self._tint), 0, 255).astype(np.uint8)


def _luma(picture: Frame, region: Region, place: NDArray[np.float64]) -> NDArray[np.float32]:
    """A close-up's luma, read from the region around it."""
    inside = place.copy()
    inside[:, 2] -= (region.left, region.top)
    gray = np.asarray(cv2.cvtColor(picture[region.slices], cv2.COLOR_RGB2GRAY))
    return face_input.cut(gray, inside)


def _awake(
    rest: NDArray[np.float64], moved: NDArray[np.float64], now: NDArray[np.float64]
) -> float:
    """0 where nothing moves, so that a still face is the photograph; 1 soon after."""
    size = float(np.hypot(now[0, 0], now[1, 0]))
    way = float(np.linalg.norm((moved - rest)[:, :2], axis=1).mean()) / size
    return min(1.0, way / _AT_REST)
