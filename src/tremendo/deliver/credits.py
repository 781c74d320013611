"""The credit line: says that the film was colored and set in motion by AI."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tremendo.media import Frame
from tremendo.media.text import lettering

__all__ = ["CREDIT", "Overlay"]

CREDIT = "Archive pictures, restored, colored and animated with AI"
"""What every film says unless the director writes a better line."""

_SECONDS = 3.0
_FADE = 0.6


class Overlay:
    """Credits laid over the film's first or last seconds, and a fade to black at its end.

    Args:
        width: of the film.
        height: of the film.
        frames: length of the film.
        fps: of the film.
        position: ``start``, ``end`` or ``off``.
        lines: what is written.
    """

    def __init__(
        self, width: int, height: int, frames: int, fps: Fraction, position: str, lines: list[str]
    ) -> None:
        self._frames = frames
        self._length = min(frames, round(_SECONDS * fps))
        self._fade = max(1, min(frames // 4, round(_FADE * fps)))
        self._position = position
        if position != "off":
            self._letters = lettering(width, height, lines, place=0.84)[..., None]
            ramp = np.clip((np.arange(height) / height - 0.55) / 0.35, 0, 1)
            self._shade = (0.65 * ramp * ramp * (3 - 2 * ramp)).astype(np.float32)[:, None, None]

    def strength(self, number: int) -> float:
        """How visible the credits are at a frame, 0..1."""
        if self._position == "off":
            return 0.0
        first = 0 if self._position == "start" else self._frames - self._length
        inside = number - first
        if not 0 <= inside < self._length:
            return 0.0
        rise = min(1.0, inside / self._fade)
        fall = min(1.0, (self._length - inside) / self._fade) if self._position == "start" else 1.0
        return min(rise, fall)

    def apply(self, frame: Frame, number: int) -> Frame:
        """The frame with what belongs over it."""
        strength = self.strength(number)
        dim = min(1.0, (self._frames - number) / self._fade)
        if strength == 0 and dim == 1:
            return frame
        picture = frame.astype(np.float32)
        if strength > 0:
            picture *= 1 - strength * self._shade
            picture += (242 - picture) * (strength * self._letters)
        return np.asarray(picture * dim + 0.5, dtype=np.uint8)
