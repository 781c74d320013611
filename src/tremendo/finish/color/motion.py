"""Two consecutive frames in, warps between them with their reliability out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BidirectionalWarp", "WarpField", "estimate_warps", "warp_planes"]

_TOLERANCE = 1.0
"""Pixels by which flow there and back may miss each other."""
_LARGEST_CHANGE = 25.0
"""Steps of L* by which a place may change along its motion."""
_SMALLEST = 32
"""Side in pixels of the smallest picture in which motion is sought."""
_CODE_PER_L = 2.55
"""Code values of a step of L*."""


@dataclass(frozen=True)
class WarpField:
    """How planes of one frame are brought to another.

    Attributes:
        source: ``(h, w, 2) float32``: for each place of the target, x and y in the source.
        trust: ``(h, w) float32``: 1 where motion there and back agrees and lightness stays,
            else 0.
    """

    source: NDArray[np.float32]
    trust: NDArray[np.float32]


@dataclass(frozen=True)
class BidirectionalWarp:
    """Both warps between a frame and the one before it."""

    from_before: WarpField
    to_before: WarpField


def estimate_warps(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> BidirectionalWarp:
    """Motion between two lightness pictures ``(H, W) uint8``, at half their size.

    Dense inverse search flow (Kroeger et al. 2016) there and back. Steps longer than the picture
    allows, occlusions and appearing things are found by the two not agreeing within a pixel.
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    size = (max(1, now.shape[1] // 2), max(1, now.shape[0] // 2))
    pictures = [
        np.asarray(cv2.resize(p, size, interpolation=cv2.INTER_AREA)) for p in (before, now)
    ]
    if min(now.shape) < _SMALLEST:  # too small to search in: nothing moves
        back = forth = np.zeros((size[1], size[0], 2), np.float32)
    else:
        back = _half(search.calc(now, before, None), size)
        forth = _half(search.calc(before, now, None), size)
    return BidirectionalWarp(
        _warp(back, forth, source=pictures[0], target=pictures[1]),
        _warp(forth, back, source=pictures[1], target=pictures[0]),
    )


def warp_planes(planes: NDArray[np.float32], warp: WarpField) -> NDArray[np.float32]:
    """Planes ``(h, w, C)`` of the source frame seen in the target frame."""
    moved = cv2.remap(planes, warp.source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _half(flow: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(flow, size, interpolation=cv2.INTER_AREA)) * np.float32(0.5)


def _warp(
    flow: NDArray[np.float32],
    reverse: NDArray[np.float32],
    *,
    source: NDArray[np.uint8],
    target: NDArray[np.uint8],
) -> WarpField:
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    place = np.dstack([x + flow[..., 0], y + flow[..., 1]])
    back = cv2.remap(reverse, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    came = cv2.remap(source, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    astray = np.hypot(flow[..., 0] + back[..., 0], flow[..., 1] + back[..., 1])
    leap = np.abs(came.astype(np.float32) - target)
    inside = (place[..., 0] >= -0.5) & (place[..., 0] <= width - 0.5)
    inside &= (place[..., 1] >= -0.5) & (place[..., 1] <= height - 0.5)
    return WarpField(
        place,
        ((astray < _TOLERANCE) & (leap < _CODE_PER_L * _LARGEST_CHANGE) & inside).astype(
            np.float32
        ),
    )
