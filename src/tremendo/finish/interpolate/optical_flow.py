"""Two frames in, a picture between them out, along the flow; None where it is not reliable.

Flow both ways (DIS) is brought to the wanted moment under the assumption of even motion, both
pictures are pulled there and laid over each other; what one of them does not show is taken from the
other. (After Jiang et al., *Super SloMo*, CVPR 2018, without its networks.) Where the two disagree,
as on a fast limb, a mixture would show it twice: there the nearer picture stands alone.
"""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.motion import compose_flows, flow_between, warp_by
from tremendo.finish.restore.picture import Plane, half_size, luma_of
from tremendo.media import Frame

__all__ = ["FlowInterpolator", "FlowPair"]

_ASTRAY = 2.0
"""Pixels by which flow there and back may miss before a pixel counts as hidden."""
_UNLIKE = 24.0
"""Grey levels by which the two pulled pictures may differ, both visible."""
_MOST_UNLIKE = 0.045
_MOST_HIDDEN = 0.20
"""Shares of the picture beyond which nothing is made up."""
_DISAGREE = 12.0
"""Grey levels, mean of a small window, from which the pulled pictures are not mixed."""
_MORE_HIDDEN = 0.2
"""A pixel this much more hidden in the nearer picture is taken from the other one."""
_BAND = 12
"""Half-size pixels at the edge that do not count: there pictures come and go."""


class FlowInterpolator:
    """Pictures in between along the optical flow; needs no weights."""

    synthesizes = True

    def pair(self, first: Frame, second: Frame) -> FlowPair:
        """Bring two neighboring frames together."""
        return FlowPair(first, second)


class FlowPair:
    """Two neighboring frames of one shot.

    Args:
        first: ``(H, W, 3) uint8 RGB``.
        second: the next one, of the same size.
    """

    def __init__(self, first: Frame, second: Frame) -> None:
        self._pair = first, second

    @cached_property
    def _flows(self) -> tuple[Plane, Plane]:
        """First to second and back, half size, in full-size pixels."""
        a, b = (half_size(luma_of(frame)) for frame in self._pair)
        return 2 * flow_between(a, b), 2 * flow_between(b, a)

    @cached_property
    def _hidden(self) -> tuple[Plane, Plane]:
        """How far each pixel of first (second) is hidden in the other one, 0..1, half size."""
        there, back = self._flows
        return _hidden(there, back), _hidden(back, there)

    @cached_property
    def reliable(self) -> bool:
        """Whether the motion explains both pictures: no cut, no torn frame, no confusion."""
        hidden = float(np.mean([_inner(h).mean() for h in self._hidden]))
        unlike = _apart(*self.ends(0.5)) > _UNLIKE
        size = self._hidden[0].shape[::-1]
        seen = np.maximum(*(cv2.dilate(h, np.ones((5, 5))) for h in self._hidden)) < 0.5
        small = cv2.resize(unlike.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        return bool(hidden < _MOST_HIDDEN and float(_inner(small * seen).mean()) < _MOST_UNLIKE)

    def ends(self, share: float) -> tuple[Frame, Frame]:
        """Both pictures brought to the moment ``share`` of the way."""
        there, back = self._flows
        to_first = -(1 - share) * share * there + share * share * back
        to_second = (1 - share) ** 2 * there - share * (1 - share) * back
        first, second = (
            warp_by(frame.astype(np.float32), np.asarray(flow, np.float32), cv2.INTER_LINEAR)
            for frame, flow in zip(self._pair, (to_first, to_second), strict=True)
        )
        return first.astype(np.uint8), second.astype(np.uint8)

    def at(self, share: float) -> Frame | None:
        """The picture ``share`` (0..1) of the way; None where it would be made up badly."""
        if share in {0, 1}:
            return self._pair[int(share)]
        return self._made(share) if self.reliable else None

    def _made(self, share: float) -> Frame:
        first, second = self.ends(share)
        height, width = first.shape[:2]
        lost = [cv2.resize(h, (width, height)) for h in self._hidden]
        weight = (1 - share) * (1.02 - lost[0])
        weight /= weight + share * (1.02 - lost[1])
        nearer = np.full((height, width), np.float32(share <= 0.5))  # of the first
        nearer[lost[0] > lost[1] + _MORE_HIDDEN] = 0
        nearer[lost[1] > lost[0] + _MORE_HIDDEN] = 1
        alone = (_apart(first, second) > _DISAGREE).astype(np.float32)
        weight += cv2.GaussianBlur(alone, (0, 0), 2.0) * (nearer - weight)
        mixed = second + weight[..., None] * (first.astype(np.float32) - second)
        return np.asarray(np.clip(mixed + 0.5, 0, 255), np.uint8)


def _apart(first: Frame, second: Frame) -> Plane:
    """By how many grey levels two pictures differ, mean of 5 by 5 pixels."""
    gray = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (first, second)]
    return np.asarray(cv2.blur(cv2.absdiff(*gray), (5, 5)), np.float32)


def _hidden(flow: Plane, back: Plane) -> Plane:
    miss = np.linalg.norm(compose_flows(flow, back), axis=2)
    allowed = _ASTRAY + 0.05 * np.linalg.norm(flow, axis=2)
    return np.asarray(cv2.blur((miss > allowed).astype(np.float32), (5, 5)), np.float32)


def _inner(plane: NDArray[np.generic]) -> NDArray[np.generic]:
    return plane[_BAND:-_BAND, _BAND:-_BAND]
