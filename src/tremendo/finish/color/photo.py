"""A gray photograph in, the same in color out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.engine import ColorEngine
from tremendo.finish.color.guided import ColorEstimate, GuidedColorizer
from tremendo.finish.color.hint import Hint, apply_hints
from tremendo.finish.color.lab import frame_lightness, with_chroma
from tremendo.finish.color.object_mask import extract_features, geodesic_mask
from tremendo.finish.color.options import DEFAULT_OPTIONS, ColorOptions
from tremendo.finish.color.size import reduced
from tremendo.finish.color.style import find_style
from tremendo.finish.color.upsampling import guided_upsample, smooth_in_regions
from tremendo.media.frames import Frame

__all__ = ["colorize_photo"]

_SIZES = (192, 256)
_SMALL_SIDE = 320
_BAND_PIXELS = 1 << 21


def colorize_photo(
    frame: Frame, options: ColorOptions = DEFAULT_OPTIONS, *, engine: ColorEngine | None = None
) -> Frame:
    """Color a photograph; its own lightness stays (except in tints), only chroma is added.

    The engine estimates at the picture and its mirror image, at two sizes, and the four answers are
    averaged by confidence. A colored input counts by its lightness.

    Args:
        frame: ``(H, W, 3) uint8 RGB``, any size from 1 x 1.
        options: what is asked.
        engine: by default tremendo's own network.

    Raises:
        UsageError: an unknown style, a hint outside the picture, a reference without color.
        ModelMissingError: the weights are not on this machine.
    """
    style = find_style(options.style)
    _check(options.hints, frame)
    if style.dye is not None:
        return style.dye(frame)
    small = frame_lightness(reduced(frame, _SMALL_SIDE))
    colorizer = GuidedColorizer(options, engine)
    ab = smooth_in_regions(*_averaged(colorizer, small), small)
    if options.hints:
        ab = apply_hints(ab, options.hints, _object_masks(options.hints, frame, small, colorizer))
    colors = guided_upsample(style.recolor(ab), small)
    out = np.empty_like(frame)
    step = max(16, _BAND_PIXELS // frame.shape[1])
    for top in range(0, len(frame), step):
        band = slice(top, top + step)
        lightness = frame_lightness(frame[band])
        out[band] = with_chroma(lightness, colors.at(lightness, top=top, height=len(frame)))
    return out


def _object_masks(
    hints: tuple[Hint, ...],
    frame: Frame,
    lightness: NDArray[np.float32],
    colorizer: GuidedColorizer,
) -> NDArray[np.float32]:
    """How much each place is the object's of each hint, ``(H, W, hints)``."""
    height, width = frame.shape[:2]
    feature_map = extract_features(lightness, colorizer.engine)
    masks = np.dstack([geodesic_mask(feature_map, *hint.shares(width, height)) for hint in hints])
    return smooth_in_regions(masks, np.ones(masks.shape[:2], np.float32), lightness)


def _check(hints: tuple[Hint, ...], frame: Frame) -> None:
    height, width = frame.shape[:2]
    for hint in hints:
        if hint.frame or not hint.within(width, height):
            raise UsageError(
                f"the hint at {hint.x},{hint.y} is outside the {width} x {height} picture"
            )


def _averaged(
    colorizer: GuidedColorizer, lightness: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colors and confidence of four estimates, at the size of the finest."""
    mirror = np.ascontiguousarray(lightness[:, ::-1])
    estimates = []
    for side in _SIZES:
        estimates.append(_weighted(colorizer.estimate(lightness, short_side=side)))
        estimates.append(_weighted(colorizer.estimate(mirror, short_side=side))[:, ::-1])
    height, width = max(estimate.shape[:2] for estimate in estimates)
    total = np.sum(
        [
            cv2.resize(
                np.ascontiguousarray(estimate), (width, height), interpolation=cv2.INTER_CUBIC
            )
            for estimate in estimates
        ],
        axis=0,
    )
    weight = np.maximum(total[..., 2], 0.01)
    return total[..., :2] / weight[..., None], weight / len(estimates)


def _weighted(estimate: ColorEstimate) -> NDArray[np.float32]:
    """``(h, w, 3)``: a and b times confidence, and confidence."""
    sure = estimate.confidence[..., None] + np.float32(0.02)
    return np.concatenate([estimate.ab * sure, sure], axis=2)
