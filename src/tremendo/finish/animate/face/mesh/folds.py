"""The folds between nose and mouth, which deepen when a mouth smiles.

A mesh moves skin but does not crease it; a smile without its folds looks stretched. Each fold is
a soft shadow with a lighter cheek outside it, as strong as the corner of the mouth has gone out
and up from where it was photographed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.mesh.topology import UPPER_LIP
from tremendo.finish.animate.face.paint import around, soft_line
from tremendo.imaging.easing import smoothstep
from tremendo.media.frames import Frame

__all__ = ["FoldPainter"]

_FOLDS = ((129, 203, 206, 216), (358, 423, 426, 436))
"""From the wing of the nose past the corner of the mouth; the picture's left one first."""
_CORNERS = (UPPER_LIP[0][0], UPPER_LIP[0][-1])
_SHADOW, _CHEEK = 0.2, 0.05
"""How much light a full smile takes from the fold and gives to the cheek."""
_WIDTH, _OUTSIDE = 0.2, 0.55
"""Width of the shadow, and how far beside it the cheek is fullest; centimeters."""


class FoldPainter:
    """Shades the folds of one head.

    Args:
        mesh: the head.
        size: width and height of the photograph.
    """

    def __init__(self, mesh: HeadMesh, size: tuple[int, int]) -> None:
        self._mesh, self._size = mesh, size

    def paint(
        self,
        out: Frame,
        moved: NDArray[np.float64],
        turn: NDArray[np.float64],
        shift: NDArray[np.float64],
    ) -> None:
        """Shade the frame in place; a face that smiles no more than photographed is untouched."""
        scale = self._mesh.scale
        resting = self._mesh.rigid(self._mesh.rest[list(_CORNERS)], turn, shift)[:, :2]
        along = resting[1] - resting[0]
        along /= max(float(np.linalg.norm(along)), 1e-6)
        up = np.array([along[1], -along[0]])
        gone = (moved[list(_CORNERS)] - resting) / scale
        for fold, went, way in zip(_FOLDS, gone, (-along, along), strict=True):
            smile = float(smoothstep(0.15, 0.95, np.array(0.75 * went @ way + 0.65 * went @ up)))
            line = moved[list(fold)]
            region = around(line, 3 * _OUTSIDE * scale, self._size)
            if smile == 0 or min(region.width, region.height) < 2:
                continue
            shadow = soft_line(line, region, width=_WIDTH * scale, blur=_WIDTH * scale)
            beside = line + way * _OUTSIDE * scale
            cheek = soft_line(beside, region, width=_OUTSIDE * scale, blur=0.6 * _OUTSIDE * scale)
            light = 1 + smile * (_CHEEK * cheek - _SHADOW * shadow)
            part = out[region.slices]
            part[:] = np.clip(np.rint(part * light[..., None]), 0, 255).astype(np.uint8)
