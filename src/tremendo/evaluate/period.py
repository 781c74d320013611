"""The damage that a century does to film, with its truth.

Everything is procedural and seeded: nothing is downloaded, nothing is copied from a real film.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = ["Damage", "Damaged", "damage_frames"]

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Damage:
    """How much of each kind of damage; zero switches a kind off. Grey levels are of 0..255."""

    weave: float = 1.6
    """Standard deviation of the frame's position in each direction, pixels."""
    flicker: float = 0.10
    """Standard deviation of the exposure of a frame, relative."""
    local_flicker: float = 0.06
    """The same for a smooth field over the picture."""
    offset: float = 4.0
    """Standard deviation of the frame's black level, grey levels."""
    grain: float = 14.0
    """Standard deviation of the grain in the mid tones, grey levels."""
    blotches: tuple[int, int] = (6, 18)
    """Fewest and most blotches of one frame."""
    scratches: int = 1
    """Vertical scratches that wander across the picture."""
    vignette: float = 0.06
    """Loss of light in the corners."""
    splices: int = 1
    """Joins at which two frames are lost and cement shows for one frame."""
    torn: int = 0
    """Frames whose upper or lower part is torn off along a ragged line."""
    blank: int = 0
    """Frames that are lost and replaced by white or black leader."""


@dataclass(frozen=True)
class Damaged:
    """Damaged film beside its truth.

    ``frames`` and ``clean`` have equal length; ``dust`` and ``scratches`` are ``(H, W)`` masks of
    the damaged frames; ``splices`` are the frames before which frames are lost, ``torn`` those
    that are torn or replaced by leader.
    """

    frames: list[Frame]
    clean: list[Frame]
    dust: list[NDArray[np.bool_]]
    scratches: list[NDArray[np.bool_]]
    splices: tuple[int, ...]
    torn: tuple[int, ...] = ()


def damage_frames(clean: list[Frame], damage: Damage | None = None, *, seed: int = 0) -> Damaged:
    """Age clean grey frames by a century.

    In the order in which it happens to a film: the lens darkens the corners, the hand-cranked
    camera exposes unevenly, the frame sits loosely in the gate, grain, then scratches and dirt, and
    at splices frames are lost.
    """
    damage = damage or Damage()
    rng = np.random.default_rng(seed)
    clean, splices = _lose_frames(clean, damage.splices, rng)
    height, width = clean[0].shape[:2]
    tracks = [_scratch_track(rng, len(clean), width) for _ in range(damage.scratches)]
    frames, dust, scratches = [], [], []
    for number, frame in enumerate(clean):
        luma = frame[..., 0].astype(np.float32) * _vignette(height, width, damage.vignette)
        luma = _weave(_flicker(luma, damage, rng), damage.weave, rng)
        luma += _grain(rng, luma, damage.grain)
        luma, scratched = _scratch(luma, [t[number] for t in tracks], rng)
        before = luma.copy()
        for _ in range(int(rng.integers(damage.blotches[0], damage.blotches[1] + 1))):
            _blotch(luma, rng)
        dust.append(np.abs(luma - before) > 30)
        if number in splices:
            _cement(luma, rng)
        scratches.append(scratched)
        grey = np.clip(np.round(luma), 0, 255).astype(np.uint8)
        frames.append(np.repeat(grey[..., None], 3, axis=2))
    torn = _tear(frames, damage, splices, np.random.default_rng(seed + 7919))
    return Damaged(frames, clean, dust, scratches, splices, torn)


def _tear(
    frames: list[Frame], damage: Damage, splices: tuple[int, ...], rng: np.random.Generator
) -> tuple[int, ...]:
    """Tear or blank some frames in place, none beside another or at an end; say which."""
    free = [n for n in range(2, len(frames) - 2) if all(abs(n - s) > 2 for s in splices)]
    chosen: list[int] = []
    for number in rng.permutation(free):
        if len(chosen) < damage.torn + damage.blank and all(abs(number - n) > 2 for n in chosen):
            chosen.append(int(number))
    for place, number in enumerate(chosen):
        height, width = frames[number].shape[:2]
        bare = int(rng.choice([12, 245])) + rng.normal(0, 4, (height, width))
        if place < damage.torn:
            line = height * rng.uniform(0.08, 0.4) + cv2.GaussianBlur(
                rng.normal(0, 60, (1, width)), (0, 0), 9
            )
            gone = np.arange(height)[:, None] < line
            gone = gone if rng.random() < 0.5 else gone[::-1]
        else:
            gone = np.ones((height, width), bool)
        grey = np.where(gone, np.clip(bare, 0, 255), frames[number][..., 0]).astype(np.uint8)
        frames[number] = np.repeat(grey[..., None], 3, axis=2)
    return tuple(sorted(chosen))


def _lose_frames(
    clean: list[Frame], splices: int, rng: np.random.Generator
) -> tuple[list[Frame], tuple[int, ...]]:
    """Take two frames away at each splice."""
    kept = list(range(len(clean)))
    places = []
    for number in range(splices):
        part = len(kept) / (splices + 1)
        place = int((number + 1) * part + rng.uniform(-0.2, 0.2) * part)
        del kept[place : place + 2]
        places.append(place)
    return [clean[i] for i in kept], tuple(places)


def _vignette(height: int, width: int, loss: float) -> Plane:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.asarray(1 - loss * ((x**2 + y**2) / 2) ** 1.5, np.float32)


def _flicker(luma: Plane, damage: Damage, rng: np.random.Generator) -> Plane:
    field = 1 + damage.local_flicker * rng.standard_normal((3, 4)).astype(np.float32)
    smooth = cv2.resize(field, luma.shape[::-1], interpolation=cv2.INTER_CUBIC)
    gain = 1 + damage.flicker * rng.standard_normal()
    offset = damage.offset * rng.standard_normal()
    return np.asarray(luma * smooth * np.float32(gain) + np.float32(offset), np.float32)


def _weave(luma: Plane, amount: float, rng: np.random.Generator) -> Plane:
    dx, dy = amount * rng.standard_normal(2)
    moved = cv2.warpAffine(
        luma,
        np.array([[1, 0, dx], [0, 1, dy]], np.float32),
        luma.shape[::-1],
        flags=cv2.INTER_LANCZOS4,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(moved, np.float32)


def _grain(rng: np.random.Generator, luma: Plane, sigma: float) -> Plane:
    """Slightly soft grain, strongest in the mid tones."""
    noise = cv2.GaussianBlur(rng.standard_normal(luma.shape).astype(np.float32), (0, 0), 0.5)
    tone = np.clip(luma / 255, 0, 1)
    shape = 0.6 + 1.6 * tone * (1 - tone)
    return np.asarray(noise * (sigma / noise.std()) * shape, np.float32)


def _scratch_track(
    rng: np.random.Generator, frames: int, width: int
) -> list[tuple[float, float, float]]:
    """Position, lean and strength (signed grey levels) of one scratch in each frame."""
    position = rng.uniform(0.15, 0.85) * width + np.cumsum(rng.normal(0, 0.8, frames))
    lean = rng.uniform(-2, 2)
    sign = rng.choice([-1.0, 1.0])
    strength = sign * np.clip(60 + np.cumsum(rng.normal(0, 4, frames)), 35, 90)
    return [(float(p), float(lean), float(s)) for p, s in zip(position, strength, strict=True)]


def _scratch(
    luma: Plane, tracks: list[tuple[float, float, float]], rng: np.random.Generator
) -> tuple[Plane, NDArray[np.bool_]]:
    height, width = luma.shape
    added = np.zeros_like(luma)
    x = np.arange(width, dtype=np.float32)
    for position, lean, strength in tracks:
        middle = position + lean * np.linspace(-1, 1, height)[:, None]
        depth = cv2.resize(rng.uniform(0.6, 1.1, (9, 1)).astype(np.float32), (1, height)).reshape(
            -1, 1
        )
        added += strength * depth * np.exp(-(((x - middle) / 0.9) ** 2))
    return luma + added, np.abs(added) > 12


def _blotch(luma: Plane, rng: np.random.Generator) -> None:
    """One speck of dirt (dark) or missing emulsion (bright) of ragged outline."""
    height, width = luma.shape
    size = rng.uniform(1.5, 7.5) * height / 480
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    radii = size * rng.uniform(0.5, 1.3, 9)
    centre = rng.uniform((0, 0), (width, height))
    stretch = np.array([rng.uniform(0.6, 1.6), 1.0])
    outline = centre + stretch * radii[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    mask = np.zeros(luma.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    alpha = mask.astype(np.float32) * (rng.uniform(0.7, 1.0) / 255)
    level = rng.choice([rng.uniform(5, 45), rng.uniform(215, 250)])
    luma += alpha * (np.float32(level) - luma)


def _cement(luma: Plane, rng: np.random.Generator) -> None:
    """The bright ragged bar of a cement splice at the bottom of the frame."""
    height, width = luma.shape
    edge = height - 9 + cv2.GaussianBlur(rng.normal(0, 8, (1, width)), (0, 0), 9)
    rows = np.arange(height, dtype=np.float64)[:, None]
    luma += np.where(rows > edge, np.float32(70), np.float32(0))
