"""Pairs in, batches of them under period damage out, a function of seed and step.

Photograph, frame and truth go through the same emulsion, exposure, lens and vignette. Grain and
scratches lie on the photograph; the frame carries them along with its warp; the truth has none.
What is to be learned is the difference of the clean pictures: so nothing is gained by smoothing
grain away, nor by adding any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.renderer import input as face_input
from tremendo.train.core.degradation import exposure, grain, scratch, vignette
from tremendo.train.tasks.face_renderer.pairs import Pairs

__all__ = ["FaceBatch", "FaceBatchPlan", "example", "make_batch"]

_Image = NDArray[np.float32]


@dataclass(frozen=True)
class FaceBatch:
    """N close-ups, S pixels a side.

    Attributes:
        maps: ``(N, 16, S, S) float32``, see `face_input.CHANNELS`.
        change: ``(N, 1, S, S) float32`` what the frame lacks around eyes and mouth, in ranges of
            the face's tones. Everything else stays the photograph's own: learned from few people,
            changes of brows and skin would make others look like them.
        detail: ``(N, 1, S, S) float32`` 0..1: around eyes and mouth 1.
        face: ``(N, 1, S, S) float32`` 0..1: the face and a margin.
    """

    maps: _Image
    change: _Image
    detail: _Image
    face: _Image


@dataclass(frozen=True)
class FaceBatchPlan:
    """How batches are made: pairs in each, seed, share of damaged ones."""

    size: int
    seed: int
    damaged: float = 0.8


def make_batch(people: Sequence[Pairs], plan: FaceBatchPlan, step: int) -> FaceBatch:
    """The batch of one step: a function of its arguments alone; every person is as likely."""
    rng = np.random.default_rng([plan.seed, step])
    made = []
    for _ in range(plan.size):
        pairs = people[int(rng.integers(len(people)))]
        damaged = rng.random() < plan.damaged
        made.append(example(pairs, int(rng.integers(len(pairs))), rng if damaged else None))
    mirrored = rng.random(plan.size) < 0.5
    parts = [np.stack(part) for part in zip(*made, strict=True)]
    for number in np.flatnonzero(mirrored):
        for part in parts:
            part[number] = part[number][..., ::-1]
        for name in ("flow x", "normal x", "normal x change"):
            parts[0][number, face_input.CHANNELS.index(name)] *= -1
    return FaceBatch(*parts)


def example(
    pairs: Pairs, number: int, rng: np.random.Generator | None
) -> tuple[_Image, _Image, _Image, _Image]:
    """One pair as a batch holds it; undamaged without a source of chance."""
    place = int(pairs.source[number])
    three = np.stack([pairs.photo[place], pairs.frame[number], pairs.truth[number]])
    source = pairs.flow[number].astype(np.float32)
    maps, still = np.asarray(pairs.maps[number]), np.asarray(pairs.still[place])
    lumas = np.asarray(three, np.float32) / np.float32(255)
    clean: _Image
    worn: _Image
    if rng is None:
        clean, worn = lumas[:, 0], lumas[:2, 0]
    else:
        clean = _filmed(lumas, rng)
        worn = _worn(clean, source, rng)
    dark, span = face_input.tones(worn[0] * 255, still[4])
    seen = face_input.stacked(worn[1] * 255, worn[0] * 255, source, maps, still, (dark, span))
    detail, face = face_input.where(maps)
    change = (clean[2] - clean[1]) * np.float32(255 / span)
    wanted = np.clip(change, -1.5, 1.5) * detail
    return seen, wanted[None], detail[None], face[None]


def _filmed(lumas: _Image, rng: np.random.Generator) -> _Image:
    """Photograph, frame and truth ``(3, 2, S, S)`` on one old plate: ``(3, S, S)``."""
    blue = rng.uniform(0, 1) if rng.random() < 0.5 else 0.0
    plate = exposure(np.asarray(lumas[:, 0] + np.float32(blue) * (lumas[:, 1] - lumas[:, 0])), rng)
    if rng.random() < 0.6:
        sigma = rng.uniform(0.3, 1.6)
        plate = np.stack([cv2.GaussianBlur(one, (0, 0), sigma) for one in plate])
    if rng.random() < 0.3:
        side = round(face_input.SIDE / rng.uniform(1.2, 2.8))
        plate = np.stack([_coarse(one, side) for one in plate])
    if rng.random() < 0.4:
        plate = plate * vignette(plate.shape[1:], rng)
    return np.asarray(np.clip(plate, 0, 1), np.float32)


def _coarse(image: _Image, side: int) -> _Image:
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, image.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _worn(clean: _Image, source: _Image, rng: np.random.Generator) -> _Image:
    """The photograph and its frame ``(2, S, S)`` with grain and scratches of the photograph."""
    photo = clean[0].copy()
    if rng.random() < 0.8:
        photo += grain(photo.shape, rng)
    if rng.random() < 0.3:
        scratch(photo, rng)
    wear = cv2.remap(photo - clean[0], source, None, cv2.INTER_LINEAR)
    return np.asarray(np.clip(np.stack([photo, clean[1] + wear]), 0, 1), np.float32)
