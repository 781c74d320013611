"""What a face can do: displacements of the landmarks per expression, on the canonical head.

Each expression is a smooth displacement of the 478 landmarks in centimeters at full effect,
written down from anatomy: the jaw turns about its hinge under the ears, a smile draws the
corners of the mouth out and up and lifts the cheeks, and so on. Axes: x right, y down, z to the
back; a point on the nose is near (0, 1, -7).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.mesh.topology import LOWER_LIP, UPPER_LIP
from tremendo.imaging.easing import smoothstep
from tremendo.perception.face_geometry import CanonicalFace

__all__ = ["EXPRESSIONS", "expression_basis"]

_Points = NDArray[np.float64]
_JAW_HINGE = np.array([0.0, 0.5, 1.5])
_JAW_ANGLE = 0.24
_ALONG_LIP = np.linspace(-1, 1, 11)
_TOWARD_CORNER = np.abs(_ALONG_LIP)


def expression_basis(canonical: CanonicalFace) -> NDArray[np.float32]:
    """``(len(EXPRESSIONS), 478, 3)`` centimeters at full effect, in the order of `EXPRESSIONS`."""
    basis = np.zeros((len(EXPRESSIONS), 478, 3), np.float32)
    for number, displace in enumerate(_DISPLACEMENTS.values()):
        basis[number, : len(canonical.vertices)] = displace(canonical.vertices)
    return basis


def _jaw_open(points: _Points) -> _Points:
    """Lower lip and chin swing about the hinge by about 14 degrees; the upper lip stays."""
    aside = np.abs(points[:, 0])
    share = smoothstep(3.2, 6.0, points[:, 1]) * (1 - 0.85 * smoothstep(3.5, 8.2, aside))
    cheek = 0.45 * smoothstep(0.5, 6.5, points[:, 1]) * smoothstep(2.3, 4.0, aside)
    share = np.maximum(share, cheek * (1 - smoothstep(4.5, 8.0, aside)))
    share[UPPER_LIP] = 0.36 * _TOWARD_CORNER**4
    share[LOWER_LIP] = 0.36 + 0.64 * (1 - _TOWARD_CORNER**3)
    arm = points - _JAW_HINGE
    swing = np.stack([0 * arm[:, 0], -arm[:, 2], arm[:, 1]], axis=1) * _JAW_ANGLE
    moved = swing * share[:, None]
    narrowing = -0.1 * points[:, 0] * _bump(points, (2.4, 4.3), (1.2, 1.2))
    moved[:, 0] += narrowing
    return moved


def _smile(points: _Points) -> _Points:
    """Corners of the mouth out, up and back; cheeks lifted; the upper lip a little flatter."""
    side = np.sign(points[:, 0])
    moved = _field(points, (3.1, 3.0), (1.5, 1.6), (0.5, -0.5, 0.1), side)
    moved += _field(points, (4.6, 0.9), (1.9, 1.9), (0.12, -0.42, -0.15), side)
    moved += _field(points, (4.6, 4.6), (1.5, 1.8), (0.38, -0.25, 0.1), side)
    lips = np.zeros((11, 3))
    lips[:, 0] = 0.78 * np.sign(_ALONG_LIP) * _TOWARD_CORNER**1.3
    lips[:, 1] = -0.62 * _TOWARD_CORNER**2.2 + 0.06
    lips[:, 2] = 0.3 * _TOWARD_CORNER
    return _set_lips(moved, lips, lips)


def _pucker(points: _Points) -> _Points:
    """Lips drawn together and forward, as for "oo"."""
    side = np.sign(points[:, 0])
    moved = _field(points, (2.9, 4.4), (1.3, 1.5), (-0.55, 0.0, -0.2), side)
    moved[:, 2] -= 0.25 * np.exp(-((points[:, 0] / 3) ** 2) - ((points[:, 1] - 4.4) / 2.2) ** 2)
    lips = np.zeros((11, 3))
    lips[:, 0] = -0.85 * _ALONG_LIP
    lips[:, 2] = -0.5 * (1 - 0.5 * _TOWARD_CORNER)
    upper, lower = lips.copy(), lips.copy()
    upper[:, 1] = -0.12 * (1 - _TOWARD_CORNER**2)
    lower[:, 1] = 0.12 * (1 - _TOWARD_CORNER**2)
    return _set_lips(moved, upper, lower)


def _stretch(points: _Points) -> _Points:
    """Corners drawn apart, as for "ee"."""
    side = np.sign(points[:, 0])
    moved = _field(points, (3.2, 4.4), (1.5, 1.6), (0.4, 0.0, 0.1), side)
    lips = np.zeros((11, 3))
    lips[:, 0] = 0.55 * _ALONG_LIP
    lips[:, 2] = 0.15 * _TOWARD_CORNER
    return _set_lips(moved, lips, lips)


def _bare_teeth(points: _Points) -> _Points:
    """The upper lip drawn up from the teeth and the lower one down, as in laughing out loud."""
    side = np.sign(points[:, 0])
    moved = _field(points, (1.4, 2.2), (1.5, 0.9), (0.1, -0.3, 0.0), side)
    moved += _field(points, (1.2, 5.0), (1.6, 0.9), (0.05, 0.16, 0.0), side)
    middle = 1 - _TOWARD_CORNER**4
    upper, lower = np.zeros((11, 3)), np.zeros((11, 3))
    upper[:, 1] = -0.42 * middle
    lower[:, 1] = 0.2 * (1 - _TOWARD_CORNER**2)
    return _set_lips(moved, upper, lower)


def _brows_up(points: _Points) -> _Points:
    """Brows and forehead raised, the lids' fold a little with them."""
    lift = np.exp(-(((points[:, 1] + 5.2) / 1.5) ** 2)) * (
        1 - smoothstep(5.5, 8.0, abs(points[:, 0]))
    )
    moved = np.zeros_like(points)
    moved[:, 1] = -0.6 * lift
    return moved


def _brows_down(points: _Points) -> _Points:
    """Inner brows lowered and drawn together."""
    return _field(points, (1.8, -4.9), (1.6, 1.0), (-0.18, 0.35, 0.0), np.sign(points[:, 0]))


def _squint(points: _Points) -> _Points:
    """Lower lids and upper cheeks raised, as in a true smile (Duchenne)."""
    return _field(points, (3.3, -1.5), (1.6, 0.9), (0.0, -0.26, -0.05), np.sign(points[:, 0]))


_DISPLACEMENTS: dict[str, Callable[[_Points], _Points]] = {
    "jaw open": _jaw_open,
    "smile": _smile,
    "pucker": _pucker,
    "stretch": _stretch,
    "bare teeth": _bare_teeth,
    "brows up": _brows_up,
    "brows down": _brows_down,
    "squint": _squint,
}
EXPRESSIONS = tuple(_DISPLACEMENTS)
"""Names of the expressions in the order of the basis."""


def _bump(points: _Points, center: tuple[float, float], radii: tuple[float, float]) -> _Points:
    """Gaussian bump on both halves of the face."""
    x = (np.abs(points[:, 0]) - center[0]) / radii[0]
    y = (points[:, 1] - center[1]) / radii[1]
    return np.asarray(np.exp(-(x**2 + y**2) / 2), np.float64)


def _field(
    points: _Points,
    center: tuple[float, float],
    radii: tuple[float, float],
    way: tuple[float, float, float],
    side: _Points,
) -> _Points:
    """A displacement that fades around a point of each half; x counts away from the middle."""
    moved = np.asarray(_bump(points, center, radii)[:, None] * np.array(way))
    moved[:, 0] *= side
    return moved


def _set_lips(moved: _Points, upper: _Points, lower: _Points) -> _Points:
    moved[UPPER_LIP] = upper
    moved[LOWER_LIP] = lower
    return moved
