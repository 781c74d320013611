"""Eyes that look and lids that close.

The eyeball is a layer of its own under the skin: it moves with the skull, the iris slides with
the gaze, and it shows only inside the opening between the lids. The lids themselves are skin of
the mesh; here only their lash line is added, since it darkens when the eye closes.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.mesh.topology import Eye
from tremendo.finish.animate.face.paint import (
    Region,
    affine_between,
    around,
    blend,
    grid,
    sample,
    soft_line,
    soft_polygon,
)
from tremendo.imaging.easing import smoothstep
from tremendo.media.frames import Frame

__all__ = ["EyePainter"]


_LUMA = np.array([0.299, 0.587, 0.114])


def _mean_color(photo: Frame, ring: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean color of a photograph inside a polygon, ``(3,)``."""
    region = around(ring, 1, (photo.shape[1], photo.shape[0]))
    weights = soft_polygon(ring, region)[..., None] + 1e-6
    part = photo[region.slices].astype(np.float64)
    return np.asarray((part * weights).sum(axis=(0, 1)) / weights.sum())


class EyePainter:
    """Paints one eye of one head.

    Args:
        photo: the photograph.
        mesh: its head.
        eye: which eye.
    """

    def __init__(self, photo: Frame, mesh: HeadMesh, eye: Eye) -> None:
        self._photo, self._mesh, self._eye = photo, mesh, eye
        self._size = (photo.shape[1], photo.shape[0])
        rest = mesh.rest
        across = rest[eye.corners[1], :2] - rest[eye.corners[0], :2]
        self.width = float(np.linalg.norm(across))
        self._along = across / max(self.width, 1e-6)
        self._down = np.array([-self._along[1], self._along[0]])
        self._opening = rest[list(eye.lower), :2] - rest[list(eye.upper), :2]
        rim = rest[list(eye.iris[1:]), :2] - rest[eye.iris[0], :2]
        self._iris = float(np.linalg.norm(rim, axis=1).mean())
        part = photo[around(rest[eye.ring], 1, self._size).slices].reshape(-1, 3)
        luma = part @ _LUMA
        self._lash = part[luma <= np.percentile(luma, 12)].mean(axis=0)
        bag = rest[[*eye.lower, *reversed(eye.bag)]]
        lashes = 0.4 * rest[list(eye.crease)] + 0.6 * rest[list(eye.upper)]
        lid = np.concatenate([lashes, rest[list(eye.crease)][::-1]])
        self._skin = 0.93 * _mean_color(photo, bag)
        lack = 1 - (_mean_color(photo, lid) @ _LUMA) / max(float(self._skin @ _LUMA), 1.0)
        self._lid_cover = float(smoothstep(0.05, 0.3, np.array(lack)))

    def paint(
        self,
        out: Frame,
        moved: NDArray[np.float64],
        turn: NDArray[np.float64],
        shift: NDArray[np.float64],
        closing: float,
        gaze: NDArray[np.float64],
    ) -> None:
        """Paint the eye into a frame whose skin has moved to ``moved``."""
        region = around(moved[self._eye.ring], 2 + 0.1 * self.width, self._size)
        if closing != 0 or gaze.any():
            mask = soft_polygon(self._hole(moved), region, blur=0.35)
            mask *= np.float32(1 - smoothstep(0.85, 1.0, np.array(closing)))
            blend(out, region, sample(self._photo, self._source(region, turn, shift, gaze)), mask)
        if closing > 0 and self._lid_cover > 0:
            self._paint_lid(out, moved, closing)
        dark = 0.8 * float(smoothstep(0.35, 0.95, np.array(closing)))
        if dark > 0:
            line = moved[[self._eye.corners[0], *self._eye.upper, self._eye.corners[1]]]
            width = 0.055 * self.width
            lash = soft_line(line, region, width=width, blur=max(0.4, 0.4 * width))
            blend(out, region, np.broadcast_to(self._lash, (*lash.shape, 3)), dark * lash)

    def _paint_lid(self, out: Frame, moved: NDArray[np.float64], closing: float) -> None:
        """Skin for a lid that is hidden in the photograph by a brow or by shadow.

        What would be stretched over the eye is then hair, not skin: the part of the lid that was
        folded away takes the tone of the skin under the eye instead.
        """
        edge = moved[list(self._eye.upper)]
        fold = moved[list(self._eye.crease)]
        ends = moved[list(self._eye.corners)]
        lid = np.concatenate([ends[:1], edge, ends[1:], (0.25 * edge + 0.75 * fold)[::-1]])
        region = around(lid, 2 + 0.2 * self.width, self._size)
        mask = soft_polygon(lid, region, blur=max(0.6, 0.05 * self.width))
        mask *= np.float32(self._lid_cover * float(smoothstep(0.15, 0.7, np.array(closing))))
        part = out[region.slices].astype(np.float64)
        fine = part - np.asarray(cv2.GaussianBlur(part, (0, 0), max(1.0, 0.04 * self.width)))
        blend(out, region, self._skin + 0.6 * fine, mask)

    def _hole(self, moved: NDArray[np.float64]) -> NDArray[np.float64]:
        """The opening a little inside the lids, so that the lashes stay with the skin."""
        ring = moved[self._eye.ring].copy()
        room = moved[list(self._eye.lower)] - moved[list(self._eye.upper)]
        height = np.maximum(np.linalg.norm(self._opening, axis=1), 1e-6)[:, None]
        inset = np.minimum(0.12 * height, 0.3 * np.abs(room @ self._down)[:, None])
        ring[1:8] += inset * self._down
        ring[9:16] -= (0.4 * inset * self._down)[::-1]
        return ring

    def _source(
        self,
        region: Region,
        turn: NDArray[np.float64],
        shift: NDArray[np.float64],
        gaze: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Where the pixels of the eyeball come from."""
        ring = self._mesh.rest[self._eye.ring]
        now = self._mesh.rigid(ring, turn, shift)[:, :2]
        back = affine_between(now, ring[:, :2])
        at = grid(region) @ back[:, :2].T + back[:, 2]
        step = (gaze[0] * self._along + gaze[1] * self._down) * self.width
        iris = self._mesh.rest[self._eye.iris[0], :2] + step
        away = np.linalg.norm(at - iris, axis=-1) / max(self._iris, 1e-6)
        return np.asarray(at - step * (1 - smoothstep(1.0, 2.4, away))[..., None])
