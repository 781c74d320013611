"""A frame on its way through the chain, and what a step sees of its neighbours."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = ["LUMA", "Picture", "Plane", "Window", "luma_of", "windows"]

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in luma (ITU-R BT.601)."""


def luma_of(frame: Frame) -> Plane:
    """Luma of ``(H, W, 3) uint8 RGB`` as ``(H, W) float32``, 0..255, exact for grey frames."""
    if np.array_equal(frame[..., 0], frame[..., 1]) and np.array_equal(
        frame[..., 1], frame[..., 2]
    ):
        return frame[..., 0].astype(np.float32)
    red, green, blue = (frame[..., i].astype(np.float32) for i in range(3))
    return np.asarray(LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue, np.float32)


@dataclass(frozen=True)
class Picture:
    """One frame between two steps.

    Attributes:
        index: frame, counted from the shot's start.
        luma: ``(H, W) float32``, 0..255, not clipped between steps.
        chroma: ``(H, W, 2) float32``, red and blue minus luma; None for grey film.
        matrix: ``(2, 3)`` affine map from pixels of the source frame to pixels of this picture.
        gain: by how much the picture's contrast was raised, and its grain with it.
        back: flow to the previous picture, ``(H/2, W/2, 2) float32`` in full-size pixels, or None.
        ahead: the same to the next picture.
        across: half of the flow between these two, seen from here.
        suspects: labelled dust candidates, see :mod:`.dust`.
        grain: what the denoise step took away, ``(H, W) float32``.
        scratched: pixels that the scratch step repaired.
        dusty: pixels that the dust step repaired.
        torn: True when the whole frame was rebuilt from its neighbours.
    """

    index: int
    luma: Plane
    chroma: Plane | None = None
    matrix: Plane = field(default_factory=lambda: np.eye(2, 3, dtype=np.float32))
    gain: float = 1.0
    back: Plane | None = None
    ahead: Plane | None = None
    across: Plane | None = None
    suspects: object | None = None
    grain: Plane | None = None
    scratched: Mask | None = None
    dusty: Mask | None = None
    torn: bool = False

    @staticmethod
    def of(frame: Frame, index: int, *, colored: bool) -> Picture:
        """Take a frame apart; the chroma of grey film is dropped."""
        luma = luma_of(frame)
        if not colored:
            return Picture(index, luma)
        return Picture(index, luma, frame[..., 0::2].astype(np.float32) - luma[..., None])

    def frame(self) -> Frame:
        """Put the frame together: ``(H, W, 3) uint8 RGB``; three equal channels for grey film."""
        if self.chroma is None:
            grey = np.clip(np.rint(self.luma), 0, 255).astype(np.uint8)
            return np.repeat(grey[..., None], 3, axis=2)
        red = self.luma + self.chroma[..., 0]
        blue = self.luma + self.chroma[..., 1]
        green = (self.luma - LUMA[0] * red - LUMA[2] * blue) / LUMA[1]
        rgb = np.stack([red, green, blue], axis=2)
        return np.asarray(np.clip(np.rint(rgb), 0, 255), np.uint8)


class Window:
    """A picture with its neighbours in the same take, up to a step's radius away."""

    def __init__(self, center: Picture, around: dict[int, Picture]) -> None:
        self.center = center
        self._around = around

    def at(self, offset: int) -> Picture | None:
        """The neighbour ``offset`` frames away; None beyond the ends of the take."""
        return self._around.get(self.center.index + offset)


def windows(
    pictures: Iterable[Picture], radius: int, takes: tuple[int, ...] = ()
) -> Iterator[Window]:
    """Slide over consecutive pictures, holding at most ``2 radius + 1`` of them.

    Args:
        pictures: consecutive pictures.
        radius: how many neighbours on each side.
        takes: indices at which a new take starts: neighbours across are hidden.
    """
    held: deque[Picture] = deque()
    center = 0
    for picture in pictures:
        held.append(picture)
        if len(held) - center > radius:
            yield _window(held, center, radius, takes)
            center += 1
            if center > radius:
                held.popleft()
                center -= 1
    while center < len(held):
        yield _window(held, center, radius, takes)
        center += 1


def _window(held: deque[Picture], center: int, radius: int, takes: tuple[int, ...]) -> Window:
    middle = held[center]
    first = max((t for t in takes if t <= middle.index), default=-1)
    after = min((t for t in takes if t > middle.index), default=None)
    around = {
        p.index: p
        for p in held
        if abs(p.index - middle.index) <= radius
        and p.index >= first
        and (after is None or p.index < after)
    }
    return Window(middle, around)
