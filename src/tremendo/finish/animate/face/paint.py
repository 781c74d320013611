"""Small tools for painting into a part of a picture: soft polygons, samples, tone and grain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from tremendo.media.frames import Frame

__all__ = [
    "PhotoTone",
    "Region",
    "affine_between",
    "around",
    "blend",
    "grain",
    "grid",
    "sample",
    "soft_line",
    "soft_polygon",
    "whole",
]

_FINER = 4
_LEVELS = np.arange(4.0, 256.0, 8.0)
_SOFT_EDGE = 0.0065
"""Softness of the sharpest edges of a face, as a share of its height."""
_REC601 = np.array([0.299, 0.587, 0.114])


class Region(NamedTuple):
    """A rectangle of the picture in pixels, right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """To index a picture with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True)
class PhotoTone:
    """What a photograph's own darks, skin and grain look like around a face.

    Attributes:
        dark: ``(3,)`` color of the deepest shade.
        skin: ``(3,)`` color of the lit skin.
        grays: ``(32, 3)`` the most neutral color that the photograph has at each luma from 4 to
            252: gray, or the print's own tint.
        grain: standard deviation of the grain in 8-bit steps.
        blur: sigma in pixels of the Gaussian that its sharpest edges went through.
        grain_size: sigma in pixels of the Gaussian that white noise needs to look like it.
    """

    dark: NDArray[np.float64]
    skin: NDArray[np.float64]
    grays: NDArray[np.float64]
    blur: float
    grain: float
    grain_size: float

    @property
    def range(self) -> tuple[float, float]:
        """Luma of the deepest shade and of the lit skin."""
        return float(self.dark @ _REC601), float(self.skin @ _REC601)

    @classmethod
    def of(cls, photo: Frame, region: Region, oval: NDArray[np.floating]) -> PhotoTone:
        """Measure inside the oval of a face (polygon in picture pixels)."""
        part = photo[region.slices].astype(np.float64)
        luma = part @ _REC601
        inside = soft_polygon(oval, region) > 0.5
        if not inside.any():
            inside[:] = True
        low, lit = np.percentile(luma[inside], (2, 80))
        deepest = np.percentile(luma, 2)
        dark = part[luma <= deepest + 1].mean(axis=0)
        dark = np.minimum(dark, part[inside & (luma <= low + 1)].mean(axis=0))
        skin = part[inside & (np.abs(luma - lit) <= 6)].mean(axis=0)
        fine = luma - np.asarray(cv2.GaussianBlur(luma, (0, 0), 1.5))
        spread = 1.48 * float(np.median(np.abs(fine[inside])))
        calm = inside & (np.abs(fine) < 3 * spread + 0.5)
        both = calm[:, 1:] & calm[:, :-1]
        likeness = float((fine[:, 1:] * fine[:, :-1])[both].mean() / (fine[calm] ** 2).mean())
        size = 0.5 / np.sqrt(-np.log(np.clip(likeness, 0.02, 0.75)))
        grays, blur = _grays(part.reshape(-1, 3)), _blur(luma, inside)
        return cls(dark, skin, grays, blur, spread, float(size))

    def gray(self, luma: NDArray[np.floating]) -> NDArray[np.float64]:
        """The photograph's own gray of that luma: ``(..., 3)``."""
        return np.stack([np.interp(luma, _LEVELS, channel) for channel in self.grays.T], axis=-1)


def _blur(luma: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    """See `PhotoTone`: from how steep the steepest edges are for their height.

    Lids and lips are a little soft themselves. On eight portraits blurred by 1, 2 and 3 pixels
    more it follows within a tenth.
    """
    calm = np.asarray(cv2.GaussianBlur(luma.astype(np.float32), (0, 0), 0.7))
    right, down = (cv2.Sobel(calm, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    steep = np.hypot(right, down)
    window = np.ones((9, 9), np.uint8)
    height = cv2.dilate(calm, window) - cv2.erode(calm, window)
    edges = inside & (steep >= np.percentile(steep[inside], 98.5)) & (steep > 0)
    if not edges.any():
        return 0.3
    measured = float(np.median(height[edges] / steep[edges])) / np.sqrt(2 * np.pi)
    height_of_face = float(np.ptp(np.flatnonzero(inside.any(axis=1)))) + 1
    return float(np.sqrt(max(measured**2 - 1.2**2 - (_SOFT_EDGE * height_of_face) ** 2, 0.3**2)))


def _grays(colors: NDArray[np.float64]) -> NDArray[np.float64]:
    """See `PhotoTone`; where a luma does not occur, its neighbors' tint."""
    colors = colors[:: max(1, len(colors) // 20000)]
    luma, chroma = colors @ _REC601, np.ptp(colors, axis=1)
    levels, found = [], []
    for level in _LEVELS:
        near = np.abs(luma - level) <= 8
        if near.sum() >= 20:
            neutral = near & (chroma <= np.percentile(chroma[near], 20))
            levels.append(level)
            found.append(colors[neutral].mean(axis=0) - luma[neutral].mean())
    if not levels:
        return np.repeat(_LEVELS[:, None], 3, axis=1)
    tints = np.stack([np.interp(_LEVELS, levels, tint) for tint in np.transpose(found)], axis=1)
    return np.asarray(np.clip(_LEVELS[:, None] + gaussian_filter1d(tints, 1.0, axis=0), 0, 255))


def grain(shape: tuple[int, int], tone: PhotoTone, seed: int) -> NDArray[np.float32]:
    """Grain like the photograph's own, ``(h, w)`` in 8-bit steps; the same for the same seed."""
    noise = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), tone.grain_size))
    return np.asarray(noise * np.float32(tone.grain / max(float(noise.std()), 1e-6)))


def around(points: NDArray[np.floating], margin: float, size: tuple[int, int]) -> Region:
    """The region of a picture of ``size`` (width, height) that holds points and a margin."""
    low = np.clip(np.floor(points[:, :2].min(0) - margin), 0, np.array(size) - 1).astype(int)
    high = np.clip(np.ceil(points[:, :2].max(0) + margin) + 1, low + 1, size).astype(int)
    return Region(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def whole(picture: NDArray[np.generic]) -> Region:
    """All of a picture."""
    return Region(0, 0, picture.shape[1], picture.shape[0])


def grid(region: Region) -> NDArray[np.float64]:
    """Pixel positions ``(h, w, 2)`` in the picture."""
    y, x = np.mgrid[region.top : region.bottom, region.left : region.right]
    return np.stack([x, y], axis=-1).astype(np.float64)


def soft_polygon(
    points: NDArray[np.floating], region: Region, *, blur: float = 0.0
) -> NDArray[np.float32]:
    """Coverage 0..1 of a polygon, ``(h, w)``, anti-aliased; ``blur`` in pixels."""
    canvas = np.zeros(_fine_shape(region), np.uint8)
    cv2.fillPoly(canvas, [_fine(points, region)], 255, lineType=cv2.LINE_8, shift=4)
    return _coverage(canvas, region, blur)


def soft_line(
    points: NDArray[np.floating], region: Region, *, width: float, blur: float
) -> NDArray[np.float32]:
    """Coverage 0..1 of an open line ``width`` pixels wide."""
    canvas = np.zeros(_fine_shape(region), np.uint8)
    thick = max(1, round(width * _FINER))
    cv2.polylines(canvas, [_fine(points, region)], False, 255, thick, cv2.LINE_8, shift=4)
    return _coverage(canvas, region, blur)


def _fine_shape(region: Region) -> tuple[int, int]:
    return region.height * _FINER, region.width * _FINER


def _fine(points: NDArray[np.floating], region: Region) -> NDArray[np.int32]:
    local = (points[:, :2] - (region.left, region.top) + 0.5) * _FINER - 0.5
    return np.asarray(np.rint(local * 16), np.int32)


def _coverage(canvas: NDArray[np.uint8], region: Region, blur: float) -> NDArray[np.float32]:
    size = (region.width, region.height)
    mask = np.asarray(cv2.resize(canvas, size, interpolation=cv2.INTER_AREA), np.float32)
    mask /= np.float32(255)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), blur)) if blur > 0 else mask


def affine_between(
    points: NDArray[np.floating], targets: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Least-squares ``(2, 3)`` matrix that takes points ``(n, 2)`` to targets ``(n, 2)``."""
    ones = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    return np.asarray(np.linalg.lstsq(ones, targets, rcond=None)[0].T)


def sample(picture: NDArray[np.generic], at: NDArray[np.floating]) -> NDArray[np.float32]:
    """Values of a picture at positions ``(h, w, 2)``, cubic, mirrored at the border."""
    return np.asarray(
        cv2.remap(
            picture,
            at.astype(np.float32),
            None,
            interpolation=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT_101,
        ),
        np.float32,
    )


def blend(
    out: Frame, region: Region, layer: NDArray[np.floating], mask: NDArray[np.floating]
) -> None:
    """Lay a picture part ``(h, w, 3)`` over ``out`` where the mask ``(h, w)`` says so."""
    part = out[region.slices]
    mixed = part + (layer - part) * mask[..., None]
    part[:] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
