"""Filling what stood behind a figure: the tone flows in, the texture is mirrored, grain and all."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.imaging.push_pull import push_pull
from tremendo.media.frames import Frame

__all__ = ["fill_hidden"]

_RIM = 0.003
"""Width of the mixed rim, of the long side."""


def fill_hidden(picture: Frame, hidden: NDArray[np.bool_]) -> Frame:
    """The picture with the hidden area made up from what surrounds it.

    Low frequencies flow in from the rim; high frequencies (texture and grain) are mirrored across
    the rim, so that the made-up part has the photograph's own structure, without the strong lines
    that would end in hooks there. The rim itself, mixed with what hides, is not learned from.

    Args:
        picture: ``(H, W, 3) uint8``.
        hidden: ``(H, W)`` True where something must be made up; not everywhere.
    """
    if not hidden.any():
        return picture
    reach = 2 * round(_RIM * max(hidden.shape)) + 1
    known = cv2.dilate(hidden.astype(np.uint8), np.ones((reach, reach), np.uint8)) == 0
    if not known.any():
        known = ~hidden
    scale = min(1.0, 480 / max(hidden.shape))
    size = (max(2, round(hidden.shape[1] * scale)), max(2, round(hidden.shape[0] * scale)))
    weight = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(
        picture.astype(np.float32) * known[..., None], size, interpolation=cv2.INTER_AREA
    )
    tone = push_pull(np.asarray(small, np.float32), np.asarray(weight, np.float32))
    tone = cv2.GaussianBlur(tone, (0, 0), 2.5)
    low = cv2.resize(tone, hidden.shape[::-1], interpolation=cv2.INTER_CUBIC)
    texture = picture.astype(np.float32) - low
    most = max(4.0, 3.5 * float(np.median(np.abs(texture[known]))))
    texture = _mirrored(np.clip(texture, -most, most), known)
    made = np.clip(low + texture, 0, 255)
    return np.where(hidden[..., None], made, picture).astype(np.uint8)


def _mirrored(texture: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Texture of unknown pixels read from their mirror image across the nearest known pixel."""
    rows, columns = known.shape
    hidden = np.uint8(1) - known.astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(
        hidden, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    place = np.zeros(int(labels.max()) + 1, np.int64)
    place[labels[known]] = np.flatnonzero(known.ravel())
    nearest_y, nearest_x = np.divmod(place[labels], columns)
    y, x = np.mgrid[0:rows, 0:columns]
    mirror_y = _reflect(2 * nearest_y - y, rows)
    mirror_x = _reflect(2 * nearest_x - x, columns)
    usable = known[mirror_y, mirror_x]
    mirror_y = np.where(usable, mirror_y, nearest_y)
    mirror_x = np.where(usable, mirror_x, nearest_x)
    return np.asarray(texture[mirror_y, mirror_x])


def _reflect(index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    folded = np.abs(index) % (2 * size)
    return np.where(folded >= size, 2 * size - 1 - folded, folded)
