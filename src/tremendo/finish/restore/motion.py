"""Dense motion between frames: DIS optical flow (Kroeger et al., ECCV 2016) at half size."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.picture import Picture, Plane, Window

__all__ = ["Motion", "compose", "flow_between", "pull", "pull_by"]

_BLUR = 0.8


def flow_between(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Plane:
    """Where the pixels of ``a`` are in ``b``: ``(h, w, 2) float32``, x and y in pixels.

    Both ``(h, w) uint8``; the result does not depend on the number of threads.
    """
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(1)
    flow = dis.calc(np.ascontiguousarray(a), np.ascontiguousarray(b), None)
    return np.asarray(flow, np.float32)


def half_size(luma: Plane) -> NDArray[np.uint8]:
    """Half-size ``uint8`` version for motion estimation, with specks and grain taken out."""
    height, width = luma.shape
    size = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    small = cv2.medianBlur(np.clip(small, 0, 255).astype(np.uint8), 5)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR), np.uint8)


@cache
def grid(height: int, width: int) -> Plane:
    """Pixel coordinates ``(height, width, 2)``, x and y."""
    y, x = np.mgrid[:height, :width]
    return np.dstack([x, y]).astype(np.float32)


def pull_by(plane: Plane, flow: Plane, how: int = cv2.INTER_CUBIC) -> Plane:
    """Fetch ``plane`` from where ``flow`` (half size, full-size pixels) points to."""
    height, width = plane.shape[:2]
    full = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
    where = grid(height, width) + full
    return np.asarray(cv2.remap(plane, where, None, how, borderMode=cv2.BORDER_REFLECT), np.float32)


def compose(first: Plane, second: Plane) -> Plane:
    """The flow that goes along ``first`` and then along ``second`` (half size both)."""
    height, width = first.shape[:2]
    where = grid(height, width) + first / 2
    carried = cv2.remap(second, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(first + carried, np.float32)


def pull(window: Window, offset: int) -> Plane | None:
    """The luma ``offset`` frames away, brought to the center's position; None past the ends."""
    other = window.at(offset)
    flow = path(window, offset)
    return None if other is None or flow is None else pull_by(other.luma, flow)


def path(window: Window, offset: int) -> Plane | None:
    """Flow from the center to the neighbour ``offset`` frames away, chained frame by frame."""
    side = 1 if offset > 0 else -1
    total: Plane | None = None
    for number in range(0, offset, side):
        picture = window.at(number)
        if picture is None or window.at(number + side) is None:
            return None
        leg = picture.ahead if side > 0 else picture.back
        if leg is None:
            return None
        total = leg if total is None else compose(total, leg)
    return total


class Motion:
    """Attaches to each picture its flow to both neighbours; changes no pixel."""

    name = "motion"
    version = 1
    radius = 1

    def run(self, window: Window, plan: None) -> Picture:  # noqa: ARG002 - the protocol's
        """Add ``back`` and ``ahead``; None at the ends of the take."""
        here = half_size(window.center.luma)
        flows = [
            None if other is None else flow_between(here, half_size(other.luma)) * np.float32(2)
            for other in (window.at(-1), window.at(1))
        ]
        return replace(window.center, back=flows[0], ahead=flows[1])
