"""Photographs in, batches of degraded lightness and true colors out, a function of their number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.train.core.degradation import period_luma
from tremendo.train.core.pictures import Pictures

__all__ = ["ColorBatch", "ColorBatchPlan", "make_batch"]


@dataclass(frozen=True)
class ColorBatch:
    """Degraded lumas of N crops and their colors.

    Attributes:
        luma: ``(V N, 1, H, W) float32`` CIE L*: all first views, then all second ones, if any; in
            a fine-tuning run all as they are, then the first half of them aged.
        lab: ``(N, 3, H/4, W/4) float32`` CIE Lab, not degraded.
    """

    luma: NDArray[np.float32]
    lab: NDArray[np.float32]


@dataclass(frozen=True)
class ColorBatchPlan:
    """How batches are made: pictures in each, short side, seed, degraded views of each; or for a
    fine-tuning run: as they are and aged, drawn so that sources count by the root of their size."""

    size: int
    side: int
    seed: int
    views: int = 1
    fine_tune: bool = False


def make_batch(pictures: Pictures, plan: ColorBatchPlan, step: int) -> ColorBatch:
    """The batch of one step: a function of its arguments alone.

    Each step shows squares, or pictures a fifth wider or higher; most of the short side.
    """
    rng, side = np.random.default_rng([plan.seed, step]), plan.side
    wide, high = [(side, side), (side + side // 5, side), (side, side + side // 5)][step % 3]
    shape = (high // 32 * 32, wide // 32 * 32)
    views: list[list[NDArray[np.float32]]] = [
        [] for _ in range(2 if plan.fine_tune else plan.views)
    ]
    colors = []
    for number, image in enumerate(_drawn(pictures, plan, step, rng)):
        crop = _crop(image, shape, rng)
        lab = cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        small = cv2.resize(lab, (shape[1] // 4, shape[0] // 4), interpolation=cv2.INTER_AREA)
        colors.append(small.transpose(2, 0, 1))
        if plan.fine_tune:
            views[0].append(np.asarray(lab[..., 0]))
            if number < plan.size // 2:
                views[1].append(period_luma(crop, rng, 1.0))
            continue
        for view in views:
            view.append(period_luma(crop, rng))
    return ColorBatch(
        np.stack([luma for view in views for luma in view])[:, None], np.stack(colors)
    )


def _drawn(
    pictures: Pictures, plan: ColorBatchPlan, step: int, rng: np.random.Generator
) -> list[NDArray[np.uint8]]:
    if plan.fine_tune:
        numbers = rng.choice(len(pictures.images), plan.size, p=pictures.shares)
        return [pictures.images[int(number)] for number in numbers]
    places = range(step * plan.size, (step + 1) * plan.size)
    return [_picture(pictures, place, plan.seed) for place in places]


def _picture(pictures: Pictures, place: int, seed: int) -> NDArray[np.uint8]:
    """The picture at a place of the endless sequence: every epoch has its own order."""
    epoch, number = divmod(place, len(pictures.images))
    return pictures.images[int(_order(len(pictures.images), epoch, seed)[number])]


@lru_cache(maxsize=2)
def _order(count: int, epoch: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, 7, epoch]).permutation(count)


def _crop(
    image: NDArray[np.uint8], shape: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A random box of the shape's aspect, 0.6 to 1 of the largest that fits, maybe mirrored."""
    height, width = image.shape[:2]
    fit = min(height / shape[0], width / shape[1]) * rng.uniform(0.6, 1.0)
    box_h, box_w = round(shape[0] * fit), round(shape[1] * fit)
    top = int(rng.integers(height - box_h + 1))
    left = int(rng.integers(width - box_w + 1))
    box = image[top : top + box_h, left : left + box_w]
    if rng.random() < 0.5:
        box = box[:, ::-1]
    method = cv2.INTER_AREA if fit > 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(box, (shape[1], shape[0]), interpolation=method), np.uint8)
