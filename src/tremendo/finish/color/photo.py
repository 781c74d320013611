"""Photographs in color."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.color.lab import frame_lightness, with_chroma
from tremendo.finish.color.network import ColorNetwork
from tremendo.finish.color.palette import bridle, chroma_gain, temperature
from tremendo.finish.color.spread import settle, spread
from tremendo.finish.color.style import find_style
from tremendo.media.frames import Frame

__all__ = ["colorize_photo"]

_SIZES = (192, 256)
_SMALL_SIDE = 320
_BAND_PIXELS = 1 << 21


def colorize_photo(
    frame: Frame,
    *,
    vividness: float = 0.5,
    style: str = "natural",
    network: ColorNetwork | None = None,
) -> Frame:
    """Color a photograph; its own lightness stays (except in tints), only chroma is added.

    The network looks at the picture and its mirror image, at two sizes, and the four answers are
    averaged by confidence. A colored input counts by its lightness.

    Args:
        frame: ``(H, W, 3) uint8 RGB``, any size from 1 x 1.
        vividness: 0 (cautious) to 1 (bold).
        style: one of ``STYLES``.
        network: an open network; by default the packaged one.

    Raises:
        UsageError: vividness outside 0 to 1, or an unknown style.
        ModelMissingError: the weights are not on this machine.
    """
    if not 0 <= vividness <= 1:
        raise UsageError(f"vividness {vividness} is not between 0 and 1")
    way = find_style(style)
    if way.dye is not None:
        return way.dye(frame)
    network = network or ColorNetwork()
    small = frame_lightness(_reduced(frame, _SMALL_SIDE))
    ab, confidence = _averaged(network, small, temperature(vividness))
    settled = settle(ab, confidence, small) * np.float32(chroma_gain(vividness))
    colors = spread(way.recolor(settled), small)
    out = np.empty_like(frame)
    step = max(16, _BAND_PIXELS // frame.shape[1])
    for top in range(0, len(frame), step):
        band = slice(top, top + step)
        lightness = frame_lightness(frame[band])
        out[band] = with_chroma(lightness, colors.at(lightness, top=top, height=len(frame)))
    return out


def _reduced(frame: Frame, side: int) -> Frame:
    height, width = frame.shape[:2]
    scale = side / min(height, width)
    if scale >= 1:
        return frame
    longest = 8 * side
    size = (min(longest, round(width * scale)), min(longest, round(height * scale)))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def _averaged(
    network: ColorNetwork, lightness: NDArray[np.float32], heat: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colors and confidence of four looks, at the size of the finest."""
    looks = [_look(network, lightness, side, heat) for side in _SIZES]
    mirror = np.ascontiguousarray(lightness[:, ::-1])
    looks += [look[:, ::-1] for look in (_look(network, mirror, side, heat) for side in _SIZES)]
    height, width = max(look.shape[:2] for look in looks)
    total = np.sum(
        [
            cv2.resize(np.ascontiguousarray(look), (width, height), interpolation=cv2.INTER_CUBIC)
            for look in looks
        ],
        axis=0,
    )
    weight = np.maximum(total[..., 2], 0.01)
    return total[..., :2] / weight[..., None], weight / len(looks)


def _look(
    network: ColorNetwork, lightness: NDArray[np.float32], side: int, heat: float
) -> NDArray[np.float32]:
    """``(h, w, 3)``: a and b times confidence, and confidence."""
    seen = network.predict(lightness, short_side=side, temperature=heat)
    sure = seen.confidence[..., None] + np.float32(0.02)
    ab = bridle(seen.ab, seen.confidence, seen.lightness)
    return np.concatenate([ab * sure, sure], axis=2)
