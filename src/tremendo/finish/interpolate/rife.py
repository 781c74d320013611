"""Two frames in, a picture between them out, by the network RIFE, for who has its weights.

The network (Huang et al., ECCV 2022) sees two pictures and says for the moment in the middle where
each pixel comes from in both, and how much of either to take. Other moments follow from these under
the assumption of even motion. Where nothing should be made up is decided as without a network.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tremendo.errors import MediaError
from tremendo.finish.interpolate.optical_flow import FlowPair
from tremendo.finish.restore.motion import grid
from tremendo.finish.restore.picture import Plane
from tremendo.media import Frame
from tremendo.models import open_onnx

__all__ = ["RifeInterpolator", "RifeNetwork", "RifePair"]

_STEP = 32
"""Sides that the network takes are multiples of this."""
_LARGEST = 1024 * 768
"""Pictures of more pixels are shown to the network at half size."""


class RifeNetwork:
    """The network, opened once.

    Args:
        model: ONNX as ``tremendo models warp_neighbor rife`` makes it, or the name ``rife``.
        threads: threads within one operation.

    Raises:
        ModelMissingError: it is not on this machine.
        MediaError: another network.
    """

    def __init__(self, model: str | Path = "rife", *, threads: int = 1) -> None:
        self._session: Any = open_onnx(model, threads)
        names = [
            {n.name for n in g()} for g in (self._session.get_inputs, self._session.get_outputs)
        ]
        if names != [{"first", "second"}, {"flow", "share"}]:
            raise MediaError(
                "this is not RIFE as tremendo makes it",
                path=str(model),
                hint="tremendo models warp_neighbor rife --again",
            )

    def motion(self, first: Frame, second: Frame) -> tuple[Plane, Plane]:
        """What the middle between two pictures is made of.

        Args:
            first: ``(H, W, 3) uint8 RGB``.
            second: the next one.

        Returns:
            Flow to the first and to the second picture, ``(H, W, 4)`` in pixels; the share of the
            first, ``(H, W)``.
        """
        height, width = first.shape[:2]
        scale = 2 if height * width > _LARGEST else 1
        tall, wide = (-(-n // (scale * _STEP)) * _STEP for n in (height, width))
        shown = [_shown(p, scale, tall, wide) for p in (first, second)]
        flow, share = self._session.run(["flow", "share"], {"first": shown[0], "second": shown[1]})
        large = (wide * scale, tall * scale)
        planes = [
            np.asarray(cv2.resize(plane, large)[:height, :width], np.float32)
            for plane in (flow[0].transpose(1, 2, 0) * scale, share[0, 0])
        ]
        return planes[0], planes[1]


def _shown(picture: Frame, scale: int, tall: int, wide: int) -> Plane:
    """A picture as the network takes it, its edges repeated to fill ``tall`` by ``wide``."""
    if scale > 1:
        size = tuple(-(-n // scale) for n in picture.shape[1::-1])
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    below, right = tall - picture.shape[0], wide - picture.shape[1]
    filled = cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REPLICATE)
    planes = np.ascontiguousarray(filled.transpose(2, 0, 1)[None], np.float32)
    return np.asarray(planes / 255, np.float32)


class RifeInterpolator:
    """Pictures in between by the network.

    Args:
        network: opened already; by default the one of the catalog.

    Raises:
        ModelMissingError: it is not on this machine.
    """

    synthesizes = True

    def __init__(self, network: RifeNetwork | None = None) -> None:
        self._network = network or RifeNetwork()

    def pair(self, first: Frame, second: Frame) -> RifePair:
        """Bring two neighboring frames together."""
        return RifePair(first, second, self._network)


class RifePair(FlowPair):
    """Like :class:`FlowPair`, the picture made by the network.

    Args:
        first: ``(H, W, 3) uint8 RGB``.
        second: the next one, of the same size.
        network: RIFE.
    """

    def __init__(self, first: Frame, second: Frame, network: RifeNetwork) -> None:
        super().__init__(first, second)
        self._network = network

    @cached_property
    def _middle(self) -> tuple[Plane, Plane]:
        return self._network.motion(*self._pair)

    def _made(self, share: float) -> Frame:
        flows, of_first = self._middle
        places = grid(*of_first.shape)
        if share != 0.5:
            passed = (flows[..., 2:] - flows[..., :2]) * np.float32(share - 0.5)
            flows, of_first = (_fetch(plane, places - passed) for plane in (flows, of_first))
        legs = flows[..., :2] * np.float32(2 * share), flows[..., 2:] * np.float32(2 - 2 * share)
        first, second = (
            _fetch(frame.astype(np.float32), places + leg)
            for frame, leg in zip(self._pair, legs, strict=True)
        )
        weight = of_first * np.float32(1 - share)
        weight /= weight + (1 - of_first) * np.float32(share) + np.float32(1e-6)
        mixed = second + weight[..., None] * (first - second)
        return np.asarray(np.clip(mixed + 0.5, 0, 255), np.uint8)


def _fetch(plane: Plane, places: Plane) -> Plane:
    found = cv2.remap(plane, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)
