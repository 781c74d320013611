"""A frame taken apart for the chain and put together again; the window that a step sees."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import LUMA, Frame

__all__ = ["Picture", "Plane", "TemporalWindow", "half_size", "luma_of", "soften", "windows"]

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

_BLUR = 1.0
_SOFT = 1.0


def luma_of(frame: Frame) -> Plane:
    """Luma of ``(H, W, 3) uint8 RGB`` as ``(H, W) float32``, 0..255, exact for grey frames."""
    channels = cv2.split(frame)
    red, green, blue = (channel.astype(np.float32) for channel in channels)
    if all(cv2.norm(channels[0], other, cv2.NORM_INF) == 0 for other in channels[1:]):
        return np.asarray(red)
    return np.asarray(LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue, np.float32)


def half_size(luma: Plane) -> NDArray[np.uint8]:
    """Half-size ``uint8`` version for motion estimation, with blotches and grain taken out."""
    height, width = luma.shape
    size = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    small = cv2.medianBlur(np.clip(small, 0, 255).astype(np.uint8), 5)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR), np.uint8)


def soften(plane: Plane) -> Plane:
    """The blur before frames are compared."""
    return np.asarray(cv2.GaussianBlur(plane, (7, 7), _SOFT), np.float32)


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
        grain: what the denoise step took away, ``(H, W) float32``.
        scratched: pixels that the scratch step repaired.
        dusty: pixels that the dust step repaired.
        mended: pixels that the splice step rebuilt.
        torn: True when the whole frame was rebuilt from its neighbors.
    """

    index: int
    luma: Plane
    chroma: Plane | None = None
    matrix: Plane = field(default_factory=lambda: np.eye(2, 3, dtype=np.float32))
    gain: float = 1.0
    back: Plane | None = None
    ahead: Plane | None = None
    across: Plane | None = None
    grain: Plane | None = None
    scratched: Mask | None = None
    dusty: Mask | None = None
    mended: Mask | None = None
    torn: bool = False

    @cached_property
    def small(self) -> NDArray[np.uint8]:
        """The luma as motion is estimated from it, see :func:`half_size`."""
        return half_size(self.luma)

    @cached_property
    def soft(self) -> Plane:
        """The luma as it is compared with others, see :func:`soften`."""
        return soften(self.luma)

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
            return np.asarray(cv2.merge([grey, grey, grey]), np.uint8)
        red = self.luma + self.chroma[..., 0]
        blue = self.luma + self.chroma[..., 1]
        green = (self.luma - LUMA[0] * red - LUMA[2] * blue) / LUMA[1]
        rgb = np.stack([red, green, blue], axis=2)
        return np.asarray(np.clip(np.rint(rgb), 0, 255), np.uint8)


class TemporalWindow:
    """A picture with its neighbors in the same take, up to a step's radius away."""

    def __init__(self, center: Picture, around: dict[int, Picture]) -> None:
        self.center = center
        self._around = around

    def at(self, offset: int) -> Picture | None:
        """The neighbor ``offset`` frames away; None beyond the ends of the take."""
        return self._around.get(self.center.index + offset)


def windows(
    pictures: Iterable[Picture], radius: int, takes: tuple[int, ...] = ()
) -> Iterator[TemporalWindow]:
    """Slide over consecutive pictures, holding at most ``2 radius + 1`` of them.

    Args:
        pictures: consecutive pictures.
        radius: how many neighbors on each side.
        takes: indices at which a new take starts: neighbors across are hidden.
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


def _window(
    held: deque[Picture], center: int, radius: int, takes: tuple[int, ...]
) -> TemporalWindow:
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
    return TemporalWindow(middle, around)
