"""Dust, dirt and blotches: what stands in one frame only and is in neither neighbour.

The test is SROD (Biemond et al., *Removal of moving blotches*, 1999), a form of SDIp (Kokaram,
*Motion Picture Restoration*, 1998) that forgives a pixel of misplaced motion: the frame lies above
(or below) everything that both motion-compensated neighbours show around the pixel, and these agree
with each other. Two gates keep moving things: around a speck the motion must explain the picture
(after Wechtitsch and Fassold, ICPR 2012), and what comes from one side and flies on to the other is
a thing. See :mod:`.specks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.glance import Glance
from tremendo.finish.restore.motion import Pairs, compensated_pairs
from tremendo.finish.restore.noise import Noise, settle_noise
from tremendo.finish.restore.picture import Mask, Picture, Plane, Window
from tremendo.finish.restore.specks import Specks, Views, find_specks, find_spots, flies
from tremendo.finish.restore.step import Breaks

__all__ = ["DustSettings", "FillDust", "FindDust", "Suspects"]

_CLEAR = 2.9
"""A speck must exceed the grain (of a difference, softened) by this factor, ..."""
_FAINT = 0.35
"""... and reaches as far as it still has this share of the needed contrast."""
_SPOT = 0.6
"""Moving things are followed where they have this share of the needed contrast."""


@dataclass(frozen=True)
class DustSettings:
    """When a speck counts as dust."""

    contrast: float = 18.0
    """It must depart from both neighbours by this much, grey levels, and well exceed the grain."""
    largest: float = 0.003
    """Largest speck, as a share of the picture."""


@dataclass(frozen=True)
class Suspects:
    """Specks of one frame and what could be their traces in it.

    Attributes:
        labels: ``(H, W) int32``, 0 where there is no speck.
        specks: one row per label, see :mod:`.specks`.
        fill: ``(H, W)``, what the neighbours show instead, around specks.
        came: spots that the previous frame does not show.
        leaves: spots that the next frame does not show.
    """

    labels: NDArray[np.int32]
    specks: NDArray[np.float64]
    fill: Plane
    came: NDArray[np.float64]
    leaves: NDArray[np.float64]


class FindDust:
    """Marks suspects; changes no pixel."""

    name = "dust"
    version = 4
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
        """Attach the suspects of the center; none in takes of less than three frames."""
        picture = window.center
        pairs = compensated_pairs(window)
        if plan is None or pairs is None:
            return picture
        grain = plan.soft_at(picture.luma) * np.float32(np.sqrt(2) * max(picture.gain, 1.0))
        return replace(picture, suspects=self._suspects(picture, pairs, grain))

    def _suspects(self, picture: Picture, pairs: Pairs, grain: Plane) -> Suspects:
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
            flow=next(f for f in (picture.across, picture.ahead, picture.back) if f is not None),
        )
        clear = np.maximum(np.float32(self._settings.contrast), np.float32(_CLEAR) * grain)
        specks = Specks.none(here.shape)
        came, leaves = [], []
        for sign in (1, -1):
            above = [_above(here, other, sign) for pair in pairs.views for other in pair]
            came.append(find_spots(above[0] > _SPOT * clear, here, sign))
            leaves.append(find_spots(above[1] > _SPOT * clear, here, sign))
            depart = reduce(cv2.min, above) / clear
            weak = (depart > _FAINT) & agree & pairs.known
            find_specks(weak, depart, sign, views, self._settings.largest * here.size, specks)
        fill = np.zeros(here.shape, np.float32)
        for box, row in zip(specks.boxes, specks.rows, strict=True):
            if row[-1]:
                fill[box] = pairs.fill(box)
        return Suspects(
            labels=specks.labels,
            specks=np.array(specks.rows, np.float64).reshape(-1, 6),
            fill=fill,
            came=np.concatenate(came),
            leaves=np.concatenate(leaves),
        )


def _above(here: Plane, other: Plane, sign: int) -> Plane:
    """By how much the frame exceeds (sign -1: falls below) all that a neighbour shows around."""
    around = np.ones((3, 3), np.uint8)
    if sign > 0:
        return np.asarray(cv2.subtract(here, cv2.dilate(other, around)), np.float32)
    return np.asarray(cv2.subtract(cv2.erode(other, around), here), np.float32)


class FillDust:
    """Fills those suspects that are dust from the neighbouring frames."""

    name = "dust fill"
    version = 1
    radius = 1

    def run(self, window: Window, plan: None) -> Picture:  # noqa: ARG002 - the protocol's
        """Fill the dust of the center."""
        picture = window.center
        found = picture.suspects
        if not isinstance(found, Suspects):
            return picture
        before, after = _suspects_of(window.at(-1)), _suspects_of(window.at(1))
        left = None if before is None else before.leaves
        came = None if after is None else after.came
        reach = 0.12 * picture.luma.shape[1]
        dusty = [not flies(speck, left, came, reach) for speck in found.specks]
        mask = np.array([False, *dusty])[found.labels]
        if not mask.any():
            return replace(picture, suspects=None)
        alpha, wide = _feather(mask)
        return replace(
            picture,
            luma=picture.luma + alpha * (found.fill - picture.luma),
            chroma=_calm(picture.chroma, alpha),
            dusty=wide,
            suspects=None,
        )


def _suspects_of(picture: Picture | None) -> Suspects | None:
    found = None if picture is None else picture.suspects
    return found if isinstance(found, Suspects) else None


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
