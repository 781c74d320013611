"""Glasses in a photograph: found by their rims and bridge, so that they move as one rigid thing.

Skin under a rim stretches and bends with brows and cheeks; metal and glass do not. A face seen
upright is searched for two closed curves around the eyes, lighter or darker than what lies on
both of their sides, and for a bridge across the nose. Brows, pouches and wrinkles answer in part,
rarely to both: of about 700 faces (the period photographs', the color training's and driver films')
no bare one was taken for one with glasses, and of twelve with glasses nine were found.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.mesh.topology import LEFT_EYE, RIGHT_EYE
from tremendo.imaging.easing import smoothstep
from tremendo.media.frames import Frame

__all__ = ["Glasses", "behind_lenses", "find_glasses"]

_SURE = ((1.6, 2.4), (1.25, 3.5))
"""Least answers of rims and bridge, one pair or the other: second derivatives in hundredths of the
face's contrast."""
_SCALE = 14.0
"""Pixels a centimeter at which faces are looked at."""
_APART = 6.2
"""Centimeters between the eyes."""
_SIZE, _MIDDLE = (224, 160), (112.0, 60.0)
_FACE = (slice(20, 150), slice(50, 174))
_NOSE = (slice(40, 90), slice(104, 121))
_ANGLES = np.radians(np.arange(-20, 201, 5))
"""From beside the eye through below it to the other side: above, brows would answer."""
_ACROSS, _DOWN = np.arange(-8, 9, 2), np.arange(-4, 13, 2)
_RADII = np.arange(1.4, 2.9, 0.15) * _SCALE
_FLATTENED = (1.0, 0.8, 0.62)
_MOST = 2.0
_SMALLEST = 60
"""Pixels between the eyes, times 1.7, from which rims can be told."""
_HELD = (1.35, 2.0)
"""Distance from a lens's middle, in its radii, to which skin is held, and from which it is free."""
_BEFORE = 0.15
"""Share of the points behind lenses that are nearer to the camera than these."""


class Glasses(NamedTuple):
    """Two lenses in the photograph.

    Attributes:
        middles: ``(2, 2)`` pixels, the picture's left lens first.
        radius: pixels, of the larger.
    """

    middles: NDArray[np.float64]
    radius: float

    def held(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """How firmly points ``(n, 2 or more)`` are held: 1 behind lenses and rims, 0 elsewhere."""
        away = np.linalg.norm(points[:, None, :2] - self.middles, axis=-1).min(axis=1)
        first, second = self.middles
        along = np.clip((points[:, :2] - first) @ (second - first), 0, None)
        along = np.minimum(along / max(float((second - first) @ (second - first)), 1e-9), 1)
        bridge = np.linalg.norm(points[:, :2] - first - along[:, None] * (second - first), axis=1)
        away = np.minimum(away, bridge * 2)
        near, far = _HELD
        return np.asarray(1 - smoothstep(near, far, away / self.radius))


def find_glasses(photo: Frame, landmarks: NDArray[np.floating]) -> Glasses | None:
    """The glasses on a face; None where none are seen.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        landmarks: ``(478, 3)`` of the face.
    """
    eyes = np.array([landmarks[eye.ring, :2].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE)])
    if np.linalg.norm(eyes[1] - eyes[0]) * 1.7 < _SMALLEST:
        return None
    place = _upright(eyes.astype(np.float64))
    bend = _bends(_seen(photo, place))
    bridge = float(np.abs(np.clip(bend[1][_NOSE], -4, 4).mean(axis=1)).max())
    lenses = [_lens(bend, _MIDDLE[0] + side * _APART / 2 * _SCALE) for side in (-1, 1)]
    rims = min(answer for answer, _, _ in lenses)
    if not any(rims >= least and bridge >= narrow for least, narrow in _SURE):
        return None
    middles = np.array([middle for _, middle, _ in lenses]) @ place[:, :2].T + place[:, 2]
    radius = max(radius for _, _, radius in lenses) * float(np.hypot(*place[:, 0]))
    return Glasses(middles, radius)


def behind_lenses(
    landmarks: NDArray[np.float64], held: NDArray[np.float64], turn: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Landmarks ``(n, 3)`` brought to one depth of the head where glasses hold them.

    Lenses are flat and stand before the eyes, where the nose carries them. Only the depth changes:
    the photograph shows where the points are.

    Args:
        landmarks: pixels.
        held: see `Glasses.held`.
        turn: of the head.
    """
    if not (held > 0.5).any():
        return landmarks
    forward = turn[:, 2]
    depth = landmarks @ forward
    lens = float(np.quantile(depth[held > 0.5], _BEFORE))
    flat = landmarks.copy()
    flat[:, 2] += held * (lens - depth) / max(float(forward[2]), 0.5)
    return flat


def _upright(eyes: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(2, 3)`` from the upright view to the picture."""
    along = (eyes[1] - eyes[0]) / (_APART * _SCALE)
    matrix = np.array([[along[0], -along[1], 0], [along[1], along[0], 0]])
    matrix[:, 2] = eyes.mean(axis=0) - matrix[:, :2] @ _MIDDLE
    return matrix


def _seen(photo: Frame, place: NDArray[np.float64]) -> NDArray[np.float32]:
    """The upright face's luma, in hundredths of its contrast."""
    low, high = (place @ np.array([[0, _SIZE[0]], [0, _SIZE[1]], [1, 1]])).T[[0, 1]]
    reach = float(np.hypot(*(high - low)))
    center = place[:, :2] @ np.array(_SIZE) / 2 + place[:, 2]
    left, top = np.maximum(np.floor(center - reach), 0).astype(int)
    right, bottom = np.ceil(center + reach).astype(int)
    part = np.asarray(cv2.cvtColor(photo[top:bottom, left:right], cv2.COLOR_RGB2GRAY))
    coarse = float(np.hypot(*place[:, 0]))
    if coarse > 1:
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.5 * coarse))
    inside = place.copy()
    inside[:, 2] -= (left, top)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    view = np.asarray(cv2.warpAffine(part, inside, _SIZE, flags=flags), np.float32)
    dark, light = np.percentile(view[_FACE], (10, 90))
    return np.asarray(view * np.float32(100 / (light - dark + 8)))


def _bends(view: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """Second derivatives: across, down, and of both."""
    soft = cv2.GaussianBlur(view, (0, 0), 1.4)
    orders = ((2, 0), (0, 2), (1, 1))
    return tuple(np.asarray(cv2.Sobel(soft, cv2.CV_32F, *order, scale=0.25)) for order in orders)


def _lens(
    bend: tuple[NDArray[np.float32], ...], at: float
) -> tuple[float, NDArray[np.float64], float]:
    """The best curve around an eye: its answer, middle and radius."""
    grids = np.meshgrid(at + _ACROSS, _MIDDLE[1] + _DOWN, _RADII, _FLATTENED, indexing="ij")
    x, y, radius, flat = (grid[..., None] for grid in grids)
    across, down = np.cos(_ANGLES), np.sin(_ANGLES)
    column = np.clip(np.rint(x + radius * across), 0, _SIZE[0] - 1).astype(np.intp)
    row = np.clip(np.rint(y + radius * flat * down), 0, _SIZE[1] - 1).astype(np.intp)
    xx, yy, xy = (one[row, column] for one in bend)
    answer = xx * across**2 + yy * down**2 + 2 * xy * across * down
    means = np.maximum(*(np.clip(way * answer, -1, _MOST).mean(axis=-1) for way in (1, -1)))
    best = np.unravel_index(int(means.argmax()), means.shape)
    middle = np.array([grids[0][best], grids[1][best]], np.float64)
    return float(means[best]), middle, float(grids[2][best])
