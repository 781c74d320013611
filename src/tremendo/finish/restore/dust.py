"""Dust, dirt and blotches: what stands in one frame only and is in neither neighbour.

The test is SROD (Biemond et al., *Removal of moving blotches*, 1999), a form of SDIp (Kokaram,
*Motion Picture Restoration*, 1998) that forgives a pixel of misplaced motion: the frame lies above
(or below) everything that both motion-compensated neighbours show around the pixel, and these agree
with each other. What moves is kept by weighing evidence: around a speck the motion must explain the
picture (after Wechtitsch and Fassold, ICPR 2012), and what is found again near its place in a
neighbour is a thing. See :mod:`.specks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.blotch_tracks import Traces
from tremendo.finish.restore.blotches import Speck, Views, find_specks, is_dust
from tremendo.finish.restore.glance import Glance
from tremendo.finish.restore.motion import Pairs, compensated_pairs
from tremendo.finish.restore.noise import Noise, settle_noise
from tremendo.finish.restore.picture import Mask, Picture, Plane, Window
from tremendo.finish.restore.step import Breaks

__all__ = ["Dust", "DustSettings"]

_CLEAR = 2.9
"""A speck must exceed the grain (of a difference, softened) by this factor, ..."""
_FAINT = 0.35
"""... and reaches as far as it still has this share of the needed contrast."""


@dataclass(frozen=True)
class DustSettings:
    """When a speck counts as dust."""

    contrast: float = 18.0
    """It must depart from both neighbours by this much, grey levels, and well exceed the grain."""
    largest: float = 0.003
    """Largest speck, as a share of the picture."""


class Dust:
    """Fills dust from the neighbouring frames."""

    name = "dust"
    version = 5
    radius = 2

    def __init__(self, settings: DustSettings) -> None:
        self._settings = settings

    def measure(self, glance: Glance) -> NDArray[np.float16] | None:
        """The grain of this frame."""
        return glance.noise

    def settle(
        self,
        measures: Sequence[NDArray[np.float16] | None],
        breaks: Breaks,  # noqa: ARG002 - the protocol's
    ) -> Noise | None:
        """The grain of the shot."""
        return settle_noise(measures)

    def run(self, window: Window, plan: Noise | None) -> Picture:
        """Fill the dust of the center; takes of less than three frames keep theirs."""
        picture = window.center
        pairs = compensated_pairs(window)
        if plan is None or pairs is None:
            return picture
        grain = self.grain_of(picture, plan)
        mask = np.zeros(picture.luma.shape, bool)
        fill = np.zeros(picture.luma.shape, np.float32)
        for speck, views in self.suspects(picture, pairs, grain):
            if is_dust(speck, views):
                mask[speck.box] |= speck.own
                fill[speck.box] = pairs.fill(speck.box)
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

    def suspects(
        self, picture: Picture, pairs: Pairs, grain: Plane
    ) -> Iterator[tuple[Speck, Views]]:
        """What stands in the picture and in neither neighbour, dust or not.

        Args:
            picture: the frame.
            pairs: its neighbours.
            grain: see :meth:`grain_of`.
        """
        here = picture.soft
        past, future = pairs.views[0]
        misses = [(cv2.absdiff(here, p), cv2.absdiff(here, n)) for p, n in pairs.views]
        agree = cv2.absdiff(past, future) < 0.5 * cv2.min(*misses[0]) + 1.5 * grain
        unexplained = reduce(cv2.min, (cv2.max(*miss) for miss in misses)) / (grain + 2)
        views = Views(
            here=here,
            past=past,
            future=future,
            unexplained=np.asarray(unexplained, np.float32),
            grain=grain,
            traces=Traces(here, pairs.neighbours),
        )
        clear = np.maximum(np.float32(self._settings.contrast), np.float32(_CLEAR) * grain)
        for sign in (1, -1):
            above = (_above(here, other, sign) for pair in pairs.views for other in pair)
            depart = reduce(cv2.min, above) / clear
            weak = (depart > _FAINT) & agree & pairs.known
            for speck in find_specks(weak, depart, sign, views, self._settings.largest * here.size):
                yield speck, views


def _above(here: Plane, other: Plane, sign: int) -> Plane:
    """By how much the frame exceeds (sign -1: falls below) all that a neighbour shows around."""
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
    """Color under a filled speck is taken from around it."""
    if chroma is None:
        return None
    around = cv2.blur(chroma * (1 - alpha)[..., None], (15, 15))
    share = cv2.blur(1 - alpha, (15, 15))[..., None] + 1e-3
    return np.asarray(chroma + alpha[..., None] * (around / share - chroma), np.float32)
