"""Dust, dirt and blotches: what stands in one frame only and is in neither neighbour.

The test is SDIp (Kokaram, *Motion Picture Restoration*, 1998): both motion-compensated neighbours
depart from the frame in the same direction and agree with each other. Two gates keep moving things:
around a speck the motion must explain the picture (after Wechtitsch and Fassold, ICPR 2012), and a
speck that flies on in the neighbouring frames is a thing, not dust.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.glance import Glance
from tremendo.finish.restore.motion import path, pull_by
from tremendo.finish.restore.noise import Noise, measure_noise, settle_noise, soften
from tremendo.finish.restore.picture import Mask, Picture, Plane, Window

__all__ = ["DustSettings", "FillDust", "FindDust"]


@dataclass(frozen=True)
class DustSettings:
    """When a speck counts as dust."""

    contrast: float = 22.0
    """It must depart from both neighbours by this much, grey levels, and well exceed the grain."""
    largest: float = 0.01
    """Largest speck, as a share of the picture."""


@dataclass(frozen=True)
class Suspects:
    """Specks of one frame: ``labels (H, W) int32`` (0 = none) and one row of ``specks`` each.

    Columns: x, y, area, sign, 1 if the motion around it is sound.
    """

    labels: NDArray[np.int32]
    specks: NDArray[np.float64]
    fill: Plane


class FindDust:
    """Marks suspects; changes no pixel."""

    name = "dust"
    version = 1
    radius = 1

    def __init__(self, settings: DustSettings) -> None:
        self._settings = settings

    def measure(self, glance: Glance) -> Plane | None:
        """The grain of this frame."""
        return measure_noise(glance)

    def settle(self, measures: list[Plane | None], takes: tuple[int, ...]) -> Noise | None:
        """The grain of the shot."""
        return settle_noise(measures)

    def run(self, window: Window, plan: Noise | None) -> Picture:
        """Attach the suspects of the center; none at the ends of a take."""
        picture = window.center
        back, ahead = path(window, -1), path(window, 1)
        before, after = window.at(-1), window.at(1)
        if plan is None or back is None or ahead is None or before is None or after is None:
            return picture
        past, future = pull_by(before.luma, back), pull_by(after.luma, ahead)
        return replace(picture, suspects=self._suspects(picture.luma, past, future, plan))

    def _suspects(self, luma: Plane, past: Plane, future: Plane, noise: Noise) -> Suspects:
        grain = noise.soft_at(luma) * np.float32(np.sqrt(2))
        d1, d2 = soften(luma - past), soften(luma - future)
        apart = np.abs(d1 - d2)
        depart = np.minimum(np.abs(d1), np.abs(d2)) * (d1 * d2 > 0)
        clear = np.maximum(self._settings.contrast, 4 * grain)
        agree = apart < 0.5 * depart + 1.5 * grain
        weak = (depart > 0.5 * clear) & agree
        strong = weak & (depart > clear)
        labels = np.zeros(luma.shape, np.int32)
        specks: list[tuple[float, ...]] = []
        unexplained = np.maximum(np.abs(d1), np.abs(d2)) / (grain + 2)
        for sign in (1, -1):
            side = (d1 > 0) if sign > 0 else (d1 < 0)
            self._collect((weak & side), (strong & side), sign, unexplained, labels, specks)
        rows = np.array(specks, np.float64).reshape(-1, 5)
        return Suspects(labels, rows, (past + future) / 2)

    def _collect(
        self,
        weak: Mask,
        strong: Mask,
        sign: int,
        unexplained: Plane,
        labels: NDArray[np.int32],
        specks: list[tuple[float, ...]],
    ) -> None:
        count, marks, stats, centers = cv2.connectedComponentsWithStats(weak.view(np.uint8))
        seeds = np.bincount(marks[strong], minlength=count)
        seeds[0] = 0
        for mark in np.flatnonzero(seeds >= 2):
            area = stats[mark, cv2.CC_STAT_AREA]
            if area < 4 or area > self._settings.largest * weak.size:
                continue
            x, y, w, h = stats[mark, :4]
            box = np.s_[max(0, y - 6) : y + h + 6, max(0, x - 6) : x + w + 6]
            own = marks[box] == mark
            sound = _ring(own, unexplained[box]) < 2.6
            specks.append((*centers[mark], float(area), float(sign), float(sound)))
            labels[box][own] = len(specks)


def _ring(own: Mask, unexplained: Plane) -> float:
    """How badly the motion explains the surroundings of a speck, in units of the grain."""
    speck = own.view(np.uint8)
    near = cv2.dilate(speck, np.ones((7, 7), np.uint8))
    far = cv2.dilate(speck, np.ones((13, 13), np.uint8))
    ring = (far > 0) & (near == 0)
    return float(np.quantile(unexplained[ring], 0.75)) if ring.any() else np.inf


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
        before, after = (_specks(window.at(side)) for side in (-1, 1))
        reach = 0.12 * picture.luma.shape[1]
        dusty = [False] + [
            speck[4] > 0 and not _flies(speck, before, after, reach) for speck in found.specks
        ]
        mask = np.array(dusty)[found.labels]
        if not mask.any():
            return replace(picture, suspects=None)
        wide = cv2.dilate(mask.view(np.uint8), np.ones((3, 3), np.uint8))
        alpha = cv2.GaussianBlur(
            cv2.dilate(wide, np.ones((3, 3), np.uint8)).astype(np.float32), (5, 5), 1.0
        )
        luma = picture.luma + alpha * (found.fill - picture.luma)
        return replace(
            picture, luma=luma, chroma=_calm(picture.chroma, alpha), dusty=wide > 0, suspects=None
        )


def _specks(picture: Picture | None) -> NDArray[np.float64] | None:
    found = None if picture is None else picture.suspects
    return found.specks if isinstance(found, Suspects) else None


def _flies(
    speck: NDArray[np.float64],
    before: NDArray[np.float64] | None,
    after: NDArray[np.float64] | None,
    reach: float,
) -> bool:
    """Whether a like speck comes from one side in the past and goes on to the other."""
    came, goes = (_steps(speck, others, reach) for others in (before, after))
    if came is None or goes is None:
        return bool(len(came if came is not None else goes if goes is not None else ()))
    for step in came:
        length = float(np.hypot(*step))
        if (np.hypot(*(goes + step).T) < 4 + 0.35 * length).any():
            return True
    return False


def _steps(
    speck: NDArray[np.float64], others: NDArray[np.float64] | None, reach: float
) -> NDArray[np.float64] | None:
    """Displacements from ``speck`` to specks of like size and sign within ``reach``."""
    if others is None:
        return None
    ratio = others[:, 2] / speck[2]
    step = others[:, :2] - speck[:2]
    alike = (others[:, 3] == speck[3]) & (ratio > 0.4) & (ratio < 2.5)
    return np.asarray(step[alike & (np.hypot(*step.T) < reach)], np.float64)


def _calm(chroma: Plane | None, alpha: Plane) -> Plane | None:
    """Color under a filled speck is taken from around it."""
    if chroma is None:
        return None
    around = cv2.blur(chroma * (1 - alpha)[..., None], (15, 15))
    share = cv2.blur(1 - alpha, (15, 15))[..., None] + 1e-3
    return np.asarray(chroma + alpha[..., None] * (around / share - chroma), np.float32)
