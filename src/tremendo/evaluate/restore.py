"""Restoration measured: synthetic period damage against its truth, and do no harm on clean film.

Every figure stands beside the damaged input and FFmpeg's deflicker + deshake + atadenoise.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.evaluate.period import Damage, Damaged, damage_frames
from tremendo.evaluate.scene import render_scene
from tremendo.finish.restore.chain import restore_pictures
from tremendo.finish.restore.motion import common_motion
from tremendo.finish.restore.options import RestoreOptions, preset_options
from tremendo.finish.restore.picture import Picture
from tremendo.imaging.metrics import psnr
from tremendo.media.filters import filter_frames
from tremendo.media.frames import Frame, MemoryFrames

__all__ = [
    "FFMPEG_CHAIN",
    "DustScore",
    "Harm",
    "Quality",
    "RestoreReport",
    "compare_films",
    "evaluate_restore",
    "right_places",
    "score_dust",
    "score_mended",
]

FFMPEG_CHAIN = "deflicker=mode=am,deshake,atadenoise"
_EDGE = 16
"""Pixels at each edge that do not count: there moved frames are filled."""
_NEAR = 3
"""A repaired pixel this near to true damage is right."""

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Quality:
    """One film against its truth; means over frames after registration."""

    psnr: float
    """Decibels."""
    ssim: float
    """Wang et al., IEEE TIP 2004."""
    flicker: float
    """Standard deviation of the change, from frame to frame, of mean brightness against the
    truth's, grey levels."""
    flicker_local: float
    """The same in blocks of a 6 x 8 grid, root mean square."""
    jitter: float
    """Second difference of the frame's position against the truth's, pixels rms in each
    direction."""


@dataclass(frozen=True)
class DustScore:
    """Pixels of dust found: ``recall`` of the true ones, ``precision`` of the repaired ones."""

    recall: float
    precision: float


@dataclass(frozen=True)
class Harm:
    """What restoration does to clean film."""

    psnr: float
    mean_change: float
    """Mean absolute change, grey levels."""
    dust_share: float
    """Share of the pixels that the dust step touched."""


@dataclass(frozen=True)
class RestoreReport:
    """All figures."""

    damaged: Quality
    ffmpeg: Quality
    restored: Quality
    without_grain: Quality
    """The same chain without giving grain back."""
    dust: DustScore
    mended: DustScore
    """Frames that were mended, against those that have a splice's cement or are torn."""
    harm: Harm
    cpu_seconds_per_frame: float
    """Of one core, both passes: what a frame takes on an idle machine, or less on several cores."""


def evaluate_restore(
    *, frames: int = 40, width: int = 640, height: int = 480, preset: str = "gentle", seed: int = 0
) -> RestoreReport:
    """Damage a scene, restore it, and compare."""
    options = preset_options(preset)
    clean = render_scene(frames, width, height, seed=seed)
    damaged = damage_frames(clean, Damage(), seed=seed + 1)
    began = time.process_time()
    pictures = _restore(damaged.frames, options)
    seconds = (time.process_time() - began) / len(pictures)
    bare = _restore(damaged.frames, replace(options, grain=None))
    splices = damaged.splices
    return RestoreReport(
        damaged=compare_films(damaged.frames, damaged.clean, splices),
        ffmpeg=compare_films(
            list(filter_frames(damaged.frames, FFMPEG_CHAIN)), damaged.clean, splices
        ),
        restored=compare_films([p.frame() for p in pictures], damaged.clean, splices),
        without_grain=compare_films([p.frame() for p in bare], damaged.clean, splices),
        dust=score_dust(pictures, damaged),
        mended=score_mended(pictures, damaged),
        harm=_harm(clean, options),
        cpu_seconds_per_frame=seconds,
    )


def _restore(frames: list[Frame], options: RestoreOptions) -> list[Picture]:
    return list(restore_pictures(MemoryFrames(frames), options=options))


def _harm(clean: list[Frame], options: RestoreOptions) -> Harm:
    pictures = _restore(clean, options)
    pairs = [
        (p.frame()[..., 0].astype(np.float64), c[..., 0].astype(np.float64))
        for p, c in zip(pictures, clean, strict=True)
    ]
    touched = [0.0 if p.dusty is None else float(p.dusty.mean()) for p in pictures]
    return Harm(
        psnr=float(np.mean([psnr(a, b) for a, b in pairs])),
        mean_change=float(np.mean([np.abs(a - b).mean() for a, b in pairs])),
        dust_share=float(np.mean(touched)),
    )


def compare_films(
    films: Sequence[Frame], truth: Sequence[Frame], splices: tuple[int, ...] = ()
) -> Quality:
    """Measure grey frames against their truth.

    The truth is moved onto each frame, so that steadiness does not decide PSNR; steadiness is
    ``jitter``. Position is estimated robustly (never by full-frame correlation, which a fixed
    scratch would hold).
    """
    noise, ssim, levels, places = [], [], [], []
    for frame, true in zip(films, truth, strict=True):
        seen, known = (np.ascontiguousarray(f[..., 0], np.float32) for f in (frame, true))
        place = _place(seen, known)
        moved = cv2.warpAffine(
            known,
            np.array([[1, 0, place[0]], [0, 1, place[1]]], np.float32),
            known.shape[::-1],
            flags=cv2.INTER_LANCZOS4,
            borderMode=cv2.BORDER_REFLECT,
        )
        a, b = seen[_EDGE:-_EDGE, _EDGE:-_EDGE], moved[_EDGE:-_EDGE, _EDGE:-_EDGE]
        noise.append(psnr(a, b))
        ssim.append(_ssim(a, b))
        levels.append(cv2.resize(a - b, (8, 6), interpolation=cv2.INTER_AREA).ravel())
        places.append(place)
    change = np.diff(np.array(levels), axis=0)
    return Quality(
        psnr=float(np.mean(noise)),
        ssim=float(np.mean(ssim)),
        flicker=float(change.mean(axis=1).std()),
        flicker_local=float(np.sqrt((change**2).mean())),
        jitter=_jitter(np.array(places), splices),
    )


def score_dust(pictures: Sequence[Picture], damaged: Damaged) -> DustScore:
    """Compare repaired pixels with the true blotches, moved as the chain moved the frames.

    Repaired pixels count as right within three pixels of true damage of any kind.
    """
    hit = missed = right = wrong = 0
    for picture, dust in zip(pictures, damaged.dust, strict=True):
        found = np.zeros(dust.shape, bool) if picture.dusty is None else picture.dusty
        true = _moved(dust, picture)
        near = right_places(damaged, picture)
        hit += int((true & found).sum())
        missed += int((true & ~found).sum())
        right += int((found & near).sum())
        wrong += int((found & ~near).sum())
    return DustScore(recall=hit / max(hit + missed, 1), precision=right / max(right + wrong, 1))


def right_places(damaged: Damaged, picture: Picture) -> NDArray[np.bool_]:
    """Where a repair of a frame counts as right: within three pixels of true damage, ``(H, W)``."""
    damage = damaged.dust[picture.index] | damaged.scratches[picture.index]
    around = np.ones((2 * _NEAR + 1, 2 * _NEAR + 1), np.uint8)
    near = cv2.dilate(_moved(damage, picture).view(np.uint8), around)
    return np.asarray(near > 0)


def score_mended(pictures: Sequence[Picture], damaged: Damaged) -> DustScore:
    """Compare the frames that were mended with those that needed it."""
    found = {p.index for p in pictures if p.torn or (p.mended is not None and p.mended.any())}
    true = {*damaged.splices, *damaged.torn}
    hit = len(found & true)
    return DustScore(recall=hit / max(len(true), 1), precision=hit / max(len(found), 1))


def _moved(mask: NDArray[np.bool_], picture: Picture) -> NDArray[np.bool_]:
    moved = cv2.warpAffine(mask.astype(np.uint8), picture.matrix, mask.shape[::-1], flags=0)
    return np.asarray(moved > 0)


def _place(seen: Plane, known: Plane) -> tuple[float, float]:
    """Displacement of ``seen`` against ``known``, pixels."""
    a, b = (_even(p) for p in (known, seen))
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return common_motion(np.asarray(dis.calc(a, b, None), np.float32), a, b)


def _even(plane: Plane) -> NDArray[np.uint8]:
    """Local brightness and contrast evened out, blotches and grain damped."""
    soft = cv2.GaussianBlur(cv2.medianBlur(plane, 5), (0, 0), 1.5)
    mean = cv2.GaussianBlur(soft, (0, 0), 18)
    spread = np.sqrt(cv2.GaussianBlur((soft - mean) ** 2, (0, 0), 18))
    return np.asarray(np.clip(128 + 48 * (soft - mean) / (spread + 4), 0, 255), np.uint8)


def _jitter(places: NDArray[np.float64], splices: tuple[int, ...]) -> float:
    """Second differences that do not span a splice."""
    bends = np.diff(places, n=2, axis=0)
    whole = [i for i in range(len(bends)) if not any(i < s <= i + 2 for s in splices)]
    return float(np.sqrt((bends[whole] ** 2).mean()))


def _ssim(a: Plane, b: Plane) -> float:
    def blur(plane: Plane) -> Plane:
        return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5), np.float32)

    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    both = blur(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    value = ((2 * mean_a * mean_b + c1) * (2 * both + c2)) / (
        (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    )
    return float(value.mean())
