"""The seam for learned restoration, and a larger picture.

A network restores each frame by itself (radius 0) after the film's own steps have steadied and
cleaned it; one that enlarges gives a larger film. Without a network a picture is enlarged by
iterative back-projection (Irani and Peleg, *Improving resolution by image registration*, CVGIP
1991): Lanczos interpolation, corrected until the large picture, made small again, is the one that
it came from. That gives back the sharpness that interpolation takes, and no other detail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from tremendo.finish.restore.picture import Picture, Plane, TemporalWindow
from tremendo.media.frames import Frame

__all__ = ["FACTORS", "Enlarge", "LearnedOptions", "LearnedRestoration", "Network"]

FACTORS = (1.0, 1.5, 2.0)
"""Of size, for :class:`Enlarge`."""
_CORRECTIONS = 2
"""More change the picture by less than a grey level."""


class Network(Protocol):
    """What a learned restorer offers."""

    scale: int
    """How many times larger its pictures are."""

    def restore(self, frame: Frame) -> Frame:
        """A picture ``(H, W, 3) uint8 RGB`` restored, ``scale`` times as large."""


@dataclass(frozen=True)
class LearnedOptions:
    """Which network restores.

    Attributes:
        checkpoint: the user's file, see :class:`tremendo.models.restorer.Restorer`.
        strength: 0 keeps the picture, 1 takes all that the network makes.
    """

    checkpoint: Path
    strength: float = 1.0

    @cached_property
    def network(self) -> Network:
        """The network, opened at first use.

        Raises:
            ModelMissingError: the extra ``restorers`` is not installed.
            MediaError: no usable checkpoint.
        """
        from tremendo.models.restorer import Restorer

        return Restorer(self.checkpoint)


class LearnedRestoration:
    """Runs each picture through a network."""

    name = "learned"
    version = 1
    radius = 0

    def __init__(self, options: LearnedOptions) -> None:
        self._options = options

    def run(self, window: TemporalWindow, plan: None) -> Picture:  # noqa: ARG002 - the protocol's
        """The center as the network makes it; gray film stays gray."""
        picture = window.center
        network = self._options.network
        made = network.restore(picture.frame())
        result = Picture.of(made, picture.index, colored=picture.chroma is not None)
        before = _enlarged(picture, network.scale)
        share = np.float32(self._options.strength)
        luma = before.luma + share * (result.luma - before.luma)
        chroma = before.chroma
        if chroma is not None and result.chroma is not None:
            chroma = chroma + share * (result.chroma - chroma)
        return replace(before, luma=luma, chroma=chroma)


class Enlarge:
    """Enlarges by iterative back-projection."""

    name = "upscale"
    version = 2
    radius = 0

    def __init__(self, factor: float) -> None:
        self._factor = factor

    def run(self, window: TemporalWindow, plan: None) -> Picture:  # noqa: ARG002 - the protocol's
        """The center, larger."""
        return _enlarged(window.center, self._factor)


def _enlarged(picture: Picture, factor: float) -> Picture:
    """A picture and the grain that was taken from it, larger."""
    if factor == 1:
        return picture

    def large(plane: Plane) -> Plane:
        size = tuple(round(factor * n) for n in plane.shape[1::-1])
        return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LANCZOS4), np.float32)

    return replace(
        picture,
        luma=_corrected(large(picture.luma), picture.luma),
        chroma=None if picture.chroma is None else large(picture.chroma),
        grain=None if picture.grain is None else large(picture.grain),
    )


def _corrected(large: Plane, plane: Plane) -> Plane:
    """An enlarged plane that gives ``plane`` again when its pixels are averaged."""
    for _ in range(_CORRECTIONS):
        again = cv2.resize(large, plane.shape[::-1], interpolation=cv2.INTER_AREA)
        missing = cv2.subtract(plane, again)
        large = cv2.add(
            large, cv2.resize(missing, large.shape[::-1], interpolation=cv2.INTER_CUBIC)
        )
    return np.asarray(large, np.float32)
