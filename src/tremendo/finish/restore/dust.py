"""Dust, dirt and blotches: what stands in one frame only and is in neither neighbor.

The test is SROD (Biemond et al., *Removal of moving blotches*, 1999), a form of SDIp (Kokaram,
*Motion Picture Restoration*, 1998) that forgives a pixel of misplaced motion: the frame lies above
(or below) everything that both motion-compensated neighbors show around the pixel, and these agree
with each other. What moves is kept by weighing evidence: around a blotch the motion must explain
the picture (after Wechtitsch and Fassold, ICPR 2012), and what is found again near its place in a
neighbor is a thing. See :mod:`.blotches`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.blotch_tracks import BlotchTracker
from tremendo.finish.restore.blotches import Blotch, NeighborViews, find_blotches, is_dust
from tremendo.finish.restore.frame_stats import FrameStats
from tremendo.finish.restore.motion import CompensatedPairs, compensated_pairs
from tremendo.finish.restore.noise import Noise, fit_noise
from tremendo.finish.restore.picture import Mask, Picture, Plane, TemporalWindow
from tremendo.finish.restore.step import Breaks

__all__ = ["Dust", "DustOptions"]

_CLEAR = 2.9
"""A blotch must exceed the grain (of a difference, softened) by this factor, ..."""
_FAINT = 0.35
"""... and reaches as far as it still has this share of the needed contrast."""


@dataclass(frozen=True)
class DustOptions:
    """When a blotch counts as dust."""

    contrast: float = 18.0
    """It must depart from both neighbors by this much, grey levels, and well exceed the grain."""
    largest: float = 0.003
    """Largest blotch, as a share of the picture."""


class Dust:
    """Fills dust from the neighboring frames."""

    name = "dust"
    version = 5
    radius = 2

    def __init__(self, options: DustOptions) -> None:
        self._options = options

    def measure(self, stats: FrameStats) -> NDArray[np.float16] | None:
        """The grain of this frame."""
        return stats.noise

    def make_plan(
        self,
        measures: Sequence[NDArray[np.float16] | None],
        breaks: Breaks,  # noqa: ARG002 - the protocol's
    ) -> Noise | None:
        """The grain of the shot."""
        return fit_noise(measures)

    def run(self, window: TemporalWindow, plan: Noise | None) -> Picture:
        """Fill the dust of the center; takes of less than three frames keep theirs."""
        picture = window.center
        pairs = compensated_pairs(window)
        if plan is None or pairs is None:
            return picture
        grain = self.grain_of(picture, plan)
        mask = np.zeros(picture.luma.shape, bool)
        fill = np.zeros(picture.luma.shape, np.float32)
        for blotch, views in self.candidates(picture, pairs, grain):
            if is_dust(blotch, views):
                mask[blotch.box] |= blotch.own
                fill[blotch.box] = pairs.fill(blotch.box)
        if not mask.any():
            return picture
        alpha, wide = _feather(mask)
        return replace(
            picture,
            luma=picture.luma + alpha * (fill - picture.luma),
            chroma=_calm(picture.chroma, alpha),
            dusty=wide,
        )

    def grain_of(self, picture: Picture, plan: Noise) -> Plane:
        """Standard deviation of a difference of two softened frames, ``(H, W)``."""
        grain = plan.soft_at(picture.luma) * np.float32(np.sqrt(2) * max(picture.gain, 1.0))
        return np.asarray(grain, np.float32)

    def candidates(
        self, picture: Picture, pairs: CompensatedPairs, grain: Plane
    ) -> Iterator[tuple[Blotch, NeighborViews]]:
        """What stands in the picture and in neither neighbor, dust or not.

        Args:
            picture: the frame.
            pairs: its neighbors.
            grain: see :meth:`grain_of`.
        """
        here = picture.soft
        past, future = pairs.views[0]
        misses = [(cv2.absdiff(here, p), cv2.absdiff(here, n)) for p, n in pairs.views]
        agree = cv2.absdiff(past, future) < 0.5 * cv2.min(*misses[0]) + 1.5 * grain
        unexplained = reduce(cv2.min, (cv2.max(*miss) for miss in misses)) / (grain + 2)
        views = NeighborViews(
            here=here,
            past=past,
            future=future,
            unexplained=np.asarray(unexplained, np.float32),
            grain=grain,
            tracker=BlotchTracker(here, pairs.neighbors),
        )
        clear = np.maximum(np.float32(self._options.contrast), np.float32(_CLEAR) * grain)
        for sign in (1, -1):
            above = (_above(here, other, sign) for pair in pairs.views for other in pair)
            depart = reduce(cv2.min, above) / clear
            weak = (depart > _FAINT) & agree & pairs.known
            for blotch in find_blotches(
                weak, depart, sign, views, self._options.largest * here.size
            ):
                yield blotch, views


def _above(here: Plane, other: Plane, sign: int) -> Plane:
    """By how much the frame exceeds (sign -1: falls below) all that a neighbor shows around."""
    around = np.ones((3, 3), np.uint8)
    if sign > 0:
        return np.asarray(cv2.subtract(here, cv2.dilate(other, around)), np.float32)
    return np.asarray(cv2.subtract(cv2.erode(other, around), here), np.float32)


def _feather(mask: Mask) -> tuple[Plane, Mask]:
    """Soft-edged share of the fill, and the pixels that count as repaired."""
    wide = cv2.dilate(mask.view(np.uint8), np.ones((5, 5), np.uint8))
    alpha = cv2.GaussianBlur(wide.astype(np.float32), (5, 5), 1.0)
    return np.asarray(alpha, np.float32), np.asarray(alpha > 0.5)


def _calm(chroma: Plane | None, alpha: Plane) -> Plane | None:
    """Color under a filled blotch is taken from around it."""
    if chroma is None:
        return None
    around = cv2.blur(chroma * (1 - alpha)[..., None], (15, 15))
    share = cv2.blur(1 - alpha, (15, 15))[..., None] + 1e-3
    return np.asarray(chroma + alpha[..., None] * (around / share - chroma), np.float32)
