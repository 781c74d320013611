"""How a photograph of any shape sits in a frame: filling it, or whole before a dim surround."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from tremendo.errors import UsageError
from tremendo.finish.animate.analysis.composition import Composition, FaceBox
from tremendo.media.frames import Frame

__all__ = ["FRAMINGS", "PhotoWindow", "choose_framing", "place_window", "surround"]

FRAMINGS = ("fill", "fit")
"""``fill`` crops the photograph to the frame; ``fit`` shows all of it."""


@dataclass(frozen=True)
class PhotoWindow:
    """The part of the photograph that the camera starts from, in the photograph's pixels."""

    x: float
    """Center."""
    y: float
    width: float
    height: float

    @property
    def part(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in whole pixels."""
        left, top = round(self.x - self.width / 2), round(self.y - self.height / 2)
        return left, top, round(left + self.width), round(top + self.height)


def choose_framing(
    photo: Frame, faces: Sequence[FaceBox], aspect: float, move: str = "auto"
) -> tuple[str, str]:
    """``fill`` or ``fit``, and the reason.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        faces: boxes as fractions of the picture.
        aspect: width over height of the frame.
        move: a tilt or a pan shows what the crop would lose, so that it fills the frame.
    """
    height, width = photo.shape[:2]
    own = width / height
    kept = min(own / aspect, aspect / own)
    if kept > 0.7:
        return "fill", f"{kept:.0%} of the picture stays in the frame"
    if move in ("tilt-up", "pan-left", "pan-right"):
        return "fill", "the move travels over what the crop leaves out"
    if faces and own < aspect:
        top = min(face[1] - 0.6 * face[3] for face in faces)
        bottom = max(face[1] + 1.9 * face[3] for face in faces)
        if bottom - top < kept * 0.9:
            return "fill", "the crop holds every face"
        return "fit", "a crop would cut people off"
    if kept < 0.45:
        return "fit", f"a crop would leave only {kept:.0%} of the picture"
    return "fill", "no face is lost by the crop"


def place_window(
    photo: Frame, faces: Sequence[FaceBox], aspect: float, composition: Composition
) -> PhotoWindow:
    """The largest window of the aspect inside the picture's area, faces in its upper part.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        faces: boxes as fractions of the picture.
        aspect: width over height of the window.
        composition: of the photograph.
    """
    height, width = photo.shape[:2]
    left, top, right, bottom = composition.area
    wide = min(right - left, (bottom - top) * aspect)
    high = wide / aspect
    x, y = composition.focus
    y_in_window = 0.42 if faces else 0.5
    center_x = x * width
    center_y = y * height + (0.5 - y_in_window) * high
    if not faces and wide >= right - left:  # nobody was found, but heads are high up in a picture
        center_y = min(center_y, top + high / 2 + 0.2 * (bottom - top - high))
    if faces:  # heads of all people before bodies
        head = min(face[1] - 0.7 * face[3] for face in faces) * height
        center_y = min(center_y, max(head, top) + high / 2)
    return PhotoWindow(
        float(np.clip(center_x, left + wide / 2, right - wide / 2)),
        float(np.clip(center_y, top + high / 2, bottom - high / 2)),
        float(wide),
        float(high),
    )


def surround(photo: Frame, width: int, height: int, card: tuple[int, int]) -> Frame:
    """A dark blurred blow-up of the photograph with the soft shadow of a card lying on it.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        width: of the frame.
        height: of the frame.
        card: width and height of the picture that is laid in the middle.

    Raises:
        UsageError: the card is larger than the frame.
    """
    if card[0] > width or card[1] > height:
        raise UsageError("the card does not fit the frame")
    tiny = cv2.resize(photo, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    tiny = cv2.GaussianBlur(tiny, (0, 0), 2.0)
    side = max(width, height)
    top = (side - height) // 2
    left = (side - width) // 2
    blown = cv2.resize(tiny, (side, side), interpolation=cv2.INTER_CUBIC)
    blown = blown[top : top + height, left : left + width]
    shadow = np.zeros((height, width), np.float32)
    x, y = (width - card[0]) // 2, (height - card[1]) // 2
    shadow[y : y + card[1], x : x + card[0]] = 1
    shadow = cv2.GaussianBlur(shadow, (0, 0), max(1.0, height / 45))
    falloff = 0.42 * (1 - 0.75 * shadow)
    return np.asarray(np.clip(blown * falloff[..., None], 0, 255), np.uint8)
