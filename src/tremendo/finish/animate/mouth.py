"""What shows when lips part: teeth that were photographed, or a dark mouth with a hint of teeth.

The inside is made of the photograph's own tones: its deepest shade, and its lit skin dimmed for
the edge of the upper teeth and for the tongue. Teeth sit on the skull, so they stay where they
are when the jaw drops. Where the photograph already shows an open mouth its pixels are kept.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.mesh import HeadMesh
from tremendo.finish.animate.paint import (
    Region,
    Tone,
    affine_between,
    around,
    blend,
    grid,
    sample,
    soft_polygon,
)
from tremendo.finish.animate.shaping import smoothstep
from tremendo.finish.animate.topology import LOWER_LIP, UPPER_LIP
from tremendo.media.frames import Frame

__all__ = ["MouthPainter"]

_UPPER, _LOWER = UPPER_LIP[-1], LOWER_LIP[-1]
_RING = np.concatenate([_UPPER, _LOWER[-2:0:-1]])
_LIP_SKIN = (92, 165, 167, 164, 393, 391, 322, 270, 269, 267, 0, 37, 39, 40)
_TEETH_BELOW_LIP = 0.34
"""How far the upper teeth reach below the resting lip, centimeters."""
_TOOTH = 0.8
"""Width of a front tooth, centimeters."""


def whiskers(photo: Frame, mesh: HeadMesh, tone: Tone) -> float:
    """0 for a bare upper lip, 1 for a moustache that hides the mouth.

    Hair on the lip is darker than the cheeks or, when it is grey, busier than skin. Judged by
    eye on 40 faces of the period: 0.77 to 0.99 with a moustache, 0.3 to 0.68 without.
    """
    luma = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float32)
    ring = mesh.rest[list(_LIP_SKIN)]
    region = around(ring, 2, (photo.shape[1], photo.shape[0]))
    part, inside = luma[region.slices], soft_polygon(ring, region) > 0.5
    if not inside.any():
        return 0.0
    near, far = (max(least, share * mesh.scale) for least, share in ((0.5, 0.06), (1.0, 0.18)))
    fine = np.asarray(cv2.GaussianBlur(part, (0, 0), near) - cv2.GaussianBlur(part, (0, 0), far))
    dark, lit = (float(color @ (0.299, 0.587, 0.114)) for color in (tone.dark, tone.skin))
    room = max(lit - dark, 1.0)
    darkness = 1 - (float(part[inside].mean()) - dark) / room
    return float(smoothstep(0.62, 0.78, np.array(darkness + 5 * float(fine[inside].std()) / room)))


class MouthPainter:
    """Paints the inside of the mouth of one head.

    Args:
        photo: the photograph.
        mesh: its head.
        tone: its tones.
        noise: ``(H, W)`` grain of the whole picture in 8-bit steps.
    """

    def __init__(
        self, photo: Frame, mesh: HeadMesh, tone: Tone, noise: NDArray[np.float32]
    ) -> None:
        self._photo, self._mesh, self._tone, self._noise = photo, mesh, tone, noise
        self._size = (photo.shape[1], photo.shape[0])
        self._rest_gap = self._gap(mesh.rest[:, :2])
        self._was_open = float(smoothstep(0.2, 0.45, np.array(self._rest_gap)))
        region = around(mesh.rest[_RING], 3, self._size)
        self._own_region = region
        self._own = soft_polygon(mesh.rest[_RING], region, blur=0.5)

    def paint(
        self,
        out: Frame,
        moved: NDArray[np.float64],
        turn: NDArray[np.float64],
        shift: NDArray[np.float64],
        visible: float,
    ) -> None:
        """Paint the inside when the lips at ``moved`` are further apart than photographed.

        ``visible`` 0..1 weakens it: under a moustache nothing is seen of a mouth.
        """
        opened = smoothstep(0.12, 0.4, np.array(self._gap(moved) - self._rest_gap))
        strength = visible * float(opened)
        if strength == 0:
            return
        region = around(moved[_RING], 2, self._size)
        layer = self._inside(region, moved, turn, shift)
        if self._was_open > 0:
            photographed, seen = self._photographed(region, turn, shift)
            layer += (photographed - layer) * (seen * self._was_open)[..., None]
        mask = soft_polygon(moved[_RING], region, blur=max(0.45, 0.02 * self._mesh.scale))
        blend(out, region, layer, mask * strength)

    def _gap(self, points: NDArray[np.float64]) -> float:
        """Height of the opening in the middle, centimeters."""
        middle = points[_LOWER[4:7], :2] - points[_UPPER[4:7], :2]
        return float(np.linalg.norm(middle.mean(axis=0)) / self._mesh.scale)

    def _inside(
        self,
        region: Region,
        moved: NDArray[np.float64],
        turn: NDArray[np.float64],
        shift: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """A dark mouth with the edge of the upper teeth and a trace of tongue."""
        left, right = moved[_UPPER[0]], moved[_UPPER[-1]]
        along = (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
        down = np.array([-along[1], along[0]])
        at = grid(region) - (left + right) / 2
        x, y = at @ along, at @ down
        half = float(np.linalg.norm(right - left)) / 2
        centered = moved - (left + right) / 2
        lower = np.interp(x, centered[_LOWER] @ along, centered[_LOWER] @ down)
        lip = self._mesh.rigid(self._mesh.rest[_UPPER], turn, shift)[:, :2] - (left + right) / 2
        edge = np.interp(x, lip @ along, lip @ down) + _TEETH_BELOW_LIP * self._mesh.scale
        aside = np.abs(x) / max(half, 1e-6)
        soft = 0.06 * self._mesh.scale + 0.4
        teeth = (1 - smoothstep(-soft, soft, y - edge)) * (1 - smoothstep(0.25, 0.8, aside))
        between = np.abs(np.modf(np.abs(x) / (_TOOTH * self._mesh.scale))[0] - 0.5) * 2
        teeth *= 1 - 0.25 * smoothstep(0.75, 1.0, between)
        depth = np.clip((lower - y) / (0.9 * self._mesh.scale), 0, 1)
        tongue = (1 - smoothstep(0.0, 1.0, depth)) * (1 - smoothstep(0.2, 0.8, aside))
        tone = self._tone
        color = tone.dark + (tone.skin - tone.dark) * (0.05 + 0.17 * tongue)[..., None]
        upper = np.interp(x, centered[_UPPER] @ along, centered[_UPPER] @ down)
        shadow = smoothstep(-0.1, 0.25, (y - upper) / self._mesh.scale)
        color += (tone.enamel - color) * (teeth * (0.65 + 0.35 * shadow))[..., None]
        return np.asarray(color + self._noise[region.slices][..., None])

    def _photographed(
        self, region: Region, turn: NDArray[np.float64], shift: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The photograph's own open mouth, fixed to the skull, and where it shows."""
        ring = self._mesh.rest[_RING]
        now = self._mesh.rigid(ring, turn, shift)[:, :2]
        back = affine_between(now, ring[:, :2])
        at = grid(region) @ back[:, :2].T + back[:, 2]
        own = np.zeros(self._photo.shape[:2], np.float32)
        own[self._own_region.slices] = self._own
        return sample(self._photo, at), np.clip(sample(own, at), 0, 1)
