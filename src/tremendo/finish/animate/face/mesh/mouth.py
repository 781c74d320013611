"""What shows when lips part: teeth that were photographed, or made-up ones in a dark mouth.

The inside is made of the photograph's own tones, with its blur and grain: its deepest shade, its
lit skin dimmed for the tongue, and teeth as light as that skin. The upper ones sit on the skull,
so they stay where they are when the jaw drops. Where the photograph already shows an open mouth
its pixels are kept.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.mesh.teeth import Row, Teeth
from tremendo.finish.animate.face.mesh.topology import LOWER_LIP, UPPER_LIP
from tremendo.finish.animate.face.paint import (
    PhotoTone,
    Region,
    affine_between,
    around,
    blend,
    grid,
    sample,
    soft_polygon,
)
from tremendo.imaging.easing import smoothstep
from tremendo.media.frames import Frame

__all__ = ["MouthPainter"]

_UPPER, _LOWER = UPPER_LIP[-1], LOWER_LIP[-1]
_RING = np.concatenate([_UPPER, _LOWER[-2:0:-1]])
_LIP_SKIN = (92, 165, 167, 164, 393, 391, 322, 270, 269, 267, 0, 37, 39, 40)
_TEETH_BELOW_LIP, _TEETH_ABOVE_LIP = 0.34, 0.1
"""How far the upper and lower teeth reach beyond the resting lip, centimeters."""
_ENAMEL = 0.98
"""How light teeth are, beside lit skin."""
_SHADED, _GUM = 0.5, 0.5
"""Light on the lower teeth and on gums, as shares of that on the upper teeth and on skin."""


def whiskers(photo: Frame, mesh: HeadMesh, tone: PhotoTone) -> float:
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
    dark, lit = tone.range
    room = max(lit - dark, 1.0)
    darkness = 1 - (float(part[inside].mean()) - dark) / room
    return float(smoothstep(0.62, 0.78, np.array(darkness + 5 * float(fine[inside].std()) / room)))


def overhang(photo: Frame, mesh: HeadMesh) -> float:
    """0 where hair on the lip ends above the mouth, 1 where it hangs over it.

    It ends where the picture grows lighter fastest on the way from the mouth to the chin: .1
    centimeters under a trimmed moustache's mouth, .45 under Mark Twain's.
    """
    down, across = np.linspace(-0.3, 1.5, 37), np.linspace(-0.7, 0.7, 15)
    places = np.stack([*np.meshgrid(across, down), np.zeros((37, 15))], axis=-1)
    at = mesh.placed(mesh.rest[_LOWER[5]], places.reshape(-1, 3))[:, :2].reshape(37, 15, 2)
    gray = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY))
    luma = sample(cv2.GaussianBlur(gray, (0, 0), max(0.5, 0.1 * mesh.scale)), at).mean(axis=1)
    return float(smoothstep(0.2, 0.35, down[np.argmax(np.gradient(luma))]))


class MouthPainter:
    """Paints the inside of the mouth of one head.

    Args:
        photo: the photograph.
        mesh: its head.
        tone: its tones.
        noise: ``(H, W)`` grain of the whole picture in 8-bit steps.
    """

    def __init__(
        self, photo: Frame, mesh: HeadMesh, tone: PhotoTone, noise: NDArray[np.float32]
    ) -> None:
        self._photo, self._mesh, self._tone, self._noise = photo, mesh, tone, noise
        self._size = (photo.shape[1], photo.shape[0])
        self._rest_gap = self._gap(mesh.rest[:, :2])
        self._upper_teeth, self._lower_teeth = (
            Teeth(mesh, mesh.rest[row[len(row) // 2]], edge=edge, upper=upper)
            for row, edge, upper in (
                (_UPPER, _TEETH_BELOW_LIP, True),
                (_LOWER, _TEETH_ABOVE_LIP, False),
            )
        )
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
        teeth: float,
        gap: float,
    ) -> None:
        """Paint the inside when the lips at ``moved`` are further apart than photographed.

        Under a moustache teeth are not seen, ``teeth`` 0..1, but the dark between the lips is,
        unless it hangs over them, ``gap`` 0..1.
        """
        opened = smoothstep(0.12, 0.4, np.array(self._gap(moved) - self._rest_gap))
        strength = gap * float(opened)
        if strength == 0:
            return
        region = around(moved[_RING], 2, self._size)
        layer = self._inside(region, moved, turn, shift, teeth)
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
        visible: float,
    ) -> NDArray[np.float64]:
        """A dark mouth with both rows of teeth and a trace of tongue."""
        left, right = moved[_UPPER[0]], moved[_UPPER[-1]]
        middle, half = (left + right) / 2, max(float(np.linalg.norm(right - left)) / 2, 1e-6)
        along = (right - left) / (2 * half)
        down = np.array([-along[1], along[0]])
        at = grid(region)
        x, y = (at - middle) @ along, (at - middle) @ down
        upper, lower = (
            np.interp(x, (moved[row] - middle) @ along, (moved[row] - middle) @ down)
            for row in (_UPPER, _LOWER)
        )
        aside = np.abs(x) / half
        tone, scale = self._tone, self._mesh.scale
        depth = np.clip((lower - y) / (0.9 * scale), 0, 1)
        tongue = (1 - smoothstep(0.0, 1.0, depth)) * (1 - smoothstep(0.2, 0.8, aside))
        color = tone.dark + (tone.skin - tone.dark) * (0.05 + 0.17 * visible * tongue)[..., None]
        reached = smoothstep(-0.1, 0.25, (y - upper) / scale) * (1 - smoothstep(0.55, 1.0, aside))
        if visible > 0:
            lips = self._mesh.rigid(self._mesh.rest[_LOWER], turn, shift)[:, :2]
            drop = (moved[_LOWER] - lips)[3:8].mean(axis=0)
            below = self._lower_teeth.seen(at, turn, shift, drop)
            above = self._upper_teeth.seen(at, turn, shift)
            self._lay(color, below, _SHADED * (1 - smoothstep(0.4, 0.9, aside)), visible)
            self._lay(color, above, 0.3 + 0.7 * reached, visible)
        soft = np.asarray(cv2.GaussianBlur(color, (0, 0), tone.blur))
        return soft + self._noise[region.slices][..., None]

    def _lay(
        self, color: NDArray[np.float64], row: Row, lit: NDArray[np.float64], visible: float
    ) -> None:
        """A row of teeth with its gum over the inside of the mouth, as light as it is lit."""
        tone = self._tone
        gum = tone.dark + (tone.skin - tone.dark) * (_GUM * lit)[..., None]
        color += (gum - color) * (visible * row.gum)[..., None]
        dark, lightest = tone.range
        tooth = tone.gray(dark + (_ENAMEL * lightest - dark) * row.light * lit)
        color += (tooth - color) * (visible * row.crown)[..., None]

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
