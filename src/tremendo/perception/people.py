"""Which pixels are people: MediaPipe's selfie segmentation (Apache-2.0), run on LiteRT.

The network was made for one person before a camera and sees 256 x 256 pixels, so it is shown
squares around people, not only the whole picture.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo import models
from tremendo.media.frames import Frame

__all__ = ["NAME", "PeopleFinder", "available"]

NAME = "people"
"""Entry of the catalog."""

_SIDE = 256
_RIM = 40
"""Pixels at a side of a square over which belief fades: squares leave no straight cuts."""


def available() -> bool:
    """Whether the network is on this machine."""
    return models.find(NAME).present


class PeopleFinder:
    """Tells people from what surrounds them.

    Raises:
        ModelMissingError: the network is not on this machine.
    """

    def __init__(self) -> None:
        self._net = models.open_litert(NAME)
        self._input = self._net.get_input_details()[0]["index"]
        self._output = self._net.get_output_details()[0]["index"]

    def find(
        self, photo: Frame, squares: Iterable[tuple[float, float, float]], size: tuple[int, int]
    ) -> NDArray[np.float32]:
        """How sure it is that a pixel belongs to a person.

        Args:
            photo: ``(H, W, 3) uint8 RGB``.
            squares: center x, y and side in pixels of what the network is shown.
            size: width and height of the answer.

        Returns:
            ``(height, width) float32`` 0..1: the surest of all squares, 0 outside them.
        """
        belief = np.zeros((size[1], size[0]), np.float32)
        step = np.diag([photo.shape[1] / size[0], photo.shape[0] / size[1], 1.0])
        for x, y, side in squares:
            scale = _SIDE / side
            into = np.array([[scale, 0, _SIDE / 2 - x * scale], [0, scale, _SIDE / 2 - y * scale]])
            crop = cv2.warpAffine(photo, into, (_SIDE, _SIDE), flags=cv2.INTER_AREA)
            self._net.set_tensor(self._input, crop[None].astype(np.float32) / 255)
            self._net.invoke()
            inside = into @ np.array([[0, photo.shape[1]], [0, photo.shape[0]], [1, 1]])
            seen = self._net.get_tensor(self._output)[0, :, :, 0] * _taper(inside)
            back = into @ step
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            np.maximum(belief, cv2.warpAffine(seen, back, size, flags=flags), out=belief)
        return belief


def _taper(picture: NDArray[np.float64]) -> NDArray[np.float32]:
    """``(256, 256)`` 1, and 0 at those sides of a square beyond which the picture goes on.

    Args:
        picture: ``(2, 2)`` x and y of the picture's corners in the square.
    """
    along = np.arange(_SIDE, dtype=np.float32)
    sides = []
    for low, high in picture:
        first = along if low < 0 else np.full_like(along, _RIM)
        last = _SIDE - 1 - along if high > _SIDE else np.full_like(along, _RIM)
        sides.append(np.clip(np.minimum(first, last) / _RIM, 0, 1))
    return np.asarray(sides[1][:, None] * sides[0], np.float32)
