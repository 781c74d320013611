"""Colors that a user gives to objects: written ones in, colors put on masks out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.lab import frame_ab

__all__ = ["Hint", "apply_hints", "parse_hint"]

_MASK_CONTRAST = 1.5
"""How much more abruptly a color ends than the mask on its places."""
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

    def within(self, width: int, height: int) -> bool:
        """Whether the point lies in a picture of that size."""
        return 0 <= self.x < width and 0 <= self.y < height

    def shares(self, width: int, height: int) -> tuple[float, float]:
        """The middle of its pixel as shares of width and height."""
        return (self.x + 0.5) / width, (self.y + 0.5) / height


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


def apply_hints(
    ab: NDArray[np.float32], hints: Sequence[Hint], masks: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Colors with each hinted object in its hint's color.

    Args:
        ab: ``(h, w, 2)`` colors so far.
        hints: whose color counts.
        masks: ``(h, w, hints)`` how much each place is their object's, 0 to 1; where two mask
            the same place, the stronger wins, and the later of equals.
    """
    colors, most = ab, np.zeros(ab.shape[:2], np.float32)
    for hint, mask in zip(hints, np.moveaxis(masks, 2, 0), strict=True):
        share = np.clip((mask - 0.5) * _MASK_CONTRAST + 0.5, 0, 1)
        mixed = ab + share[..., None] * (np.array(hint.ab, np.float32) - ab)
        colors = np.where((share >= most)[..., None], mixed, colors)
        most = np.maximum(most, share)
    return np.asarray(colors, np.float32)
