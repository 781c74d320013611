"""Colors that the director gives to a point, and how far around it they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.engine import Prediction
from tremendo.finish.color.lab import frame_ab

__all__ = ["Hint", "Touch", "apply_touches", "parse_hint"]

_FORM = re.compile(r"(\d+),(\d+),#([0-9a-fA-F]{6})(?:@(\d+))?")


@dataclass(frozen=True)
class Hint:
    """A color for the object at a point.

    Attributes:
        x, y: the point, in pixels of the film or photograph.
        rgb: the color, 0 to 255; only its hue and chroma count, lightness stays the picture's.
        frame: the film's frame in which the point is meant.
    """

    x: int
    y: int
    rgb: tuple[int, int, int]
    frame: int = 0

    @property
    def ab(self) -> tuple[float, float]:
        """The color's CIE a* and b*."""
        a, b = frame_ab(np.array([[self.rgb]], np.uint8))[0, 0]
        return float(a), float(b)


@dataclass(frozen=True)
class Touch:
    """A hint where its object stands in one picture: x and y as shares of width and height."""

    x: float
    y: float
    ab: tuple[float, float]

    def place(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Row and column in a grid of places."""
        height, width = shape[:2]
        return min(height - 1, int(self.y * height)), min(width - 1, int(self.x * width))


def parse_hint(text: str) -> Hint:
    """A hint written ``x,y,#rrggbb`` or, for a later frame of a film, ``x,y,#rrggbb@frame``.

    Raises:
        UsageError: written otherwise.
    """
    found = _FORM.fullmatch(text.replace(" ", ""))
    if not found:
        raise UsageError(
            f"'{text}' is no hint", hint="x,y,#rrggbb such as 120,80,#3a5f8c, or with @frame"
        )
    code = found[3]
    red, green, blue = (int(code[i : i + 2], 16) for i in (0, 2, 4))
    return Hint(int(found[1]), int(found[2]), (red, green, blue), int(found[4] or 0))


def apply_touches(
    ab: NDArray[np.float32],
    seen: Prediction,
    touches: tuple[Touch, ...],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colors with each touched object in its hint's color.

    Args:
        ab: ``(h, w, 2)`` colors so far.
        seen: what the engine saw there.
        touches: later ones win where two claim the same place equally.

    Returns:
        The colors, and how much of them is the hints', ``(h, w)``, 0 to 1.
    """
    claim = np.zeros(seen.lightness.shape, np.float32)
    colors = ab.copy()
    for touch in touches:
        share = _object_around(touch, ab, seen)
        new = share[..., None] >= claim[..., None]
        color = np.array(touch.ab, np.float32)
        colors = np.where(new, ab + share[..., None] * (color - ab), colors)
        claim = np.maximum(claim, share)
    return np.asarray(colors, np.float32), claim


def _object_around(touch: Touch, ab: NDArray[np.float32], seen: Prediction) -> NDArray[np.float32]:
    """How much each place belongs to the touched object, 0 to 1.

    The cheapest way there from the point decides (geodesic distance): across even ground it is
    cheap, across edges and into places of another lightness, color or meaning it is dear.
    """
    from skimage.graph import MCP_Geometric

    lightness = seen.lightness
    y, x = touch.place(lightness.shape)
    near = (slice(max(0, y - 1), y + 2), slice(max(0, x - 1), x + 2))
    smooth = np.asarray(cv2.GaussianBlur(lightness, (0, 0), 0.8))
    slope = np.hypot(cv2.Scharr(smooth, -1, 1, 0), cv2.Scharr(smooth, -1, 0, 1)) / 32
    other = (smooth - np.median(smooth[near])) / 16
    strange = np.linalg.norm(ab - np.median(ab[near], axis=(0, 1)), axis=2) / 14
    foreign = _unlikeness(touch, seen) / 0.35
    step = 1 / min(lightness.shape)
    cost = step * (0.3 + (slope / 2.5) ** 2 + 3 * (other**4 + strange**4 + foreign**4))
    ways, _ = MCP_Geometric(np.minimum(cost, 1.0)).find_costs([(y, x)])
    return np.asarray(1 / (1 + np.exp(np.minimum((ways - 0.5) / 0.06, 50))), np.float32)


def _unlikeness(touch: Touch, seen: Prediction) -> NDArray[np.float32]:
    """One minus the cosine between the features of each place and those of the touched one."""
    y, x = touch.place(seen.features.shape)
    lengths = np.maximum(np.linalg.norm(seen.features, axis=2), 1e-6)
    like = seen.features @ seen.features[y, x] / (lengths * lengths[y, x])
    size = seen.lightness.shape[::-1]
    fine = cv2.resize(1 - like, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.maximum(fine, 0), np.float32)
