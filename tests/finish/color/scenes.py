"""Made pictures and films."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.decoding import DEFAULT_DECODING, DecodingParams
from tremendo.finish.color.engine import ColorPrediction
from tremendo.finish.color.features import plain_features
from tremendo.media.frames import MemoryFrames


def landscape(height: int = 120, width: int = 160, shift: int = 0) -> NDArray[np.uint8]:
    """Bright sky, textured ground, a dark figure: grey, ``(H, W, 3)``."""
    rng = np.random.default_rng(5)
    picture = np.full((height, width), 200, np.float32)
    ground = rng.uniform(60, 140, (height // 2, width + 400)).astype(np.float32)
    ground = cv2.GaussianBlur(ground, (0, 0), 1.0)
    picture[height // 2 : height // 2 + len(ground)] = ground[:, shift : shift + width]
    left = width // 4 + shift
    cv2.rectangle(picture, (left, height // 4), (left + width // 8, height * 3 // 4), 40, -1)
    return np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def film(count: int, *, flicker: float = 0.0, height: int = 120, width: int = 160) -> MemoryFrames:
    """The landscape passing by, with flicker as a share of brightness."""
    rng = np.random.default_rng(6)
    frames = []
    for number in range(count):
        gain = 1 + flicker * rng.uniform(-1, 1)
        picture = landscape(height, width, shift=number // 2).astype(np.float32) * gain
        frames.append(np.clip(picture, 0, 255).astype(np.uint8))
    return MemoryFrames(frames, 16)


class Painter:
    """Quick and easily irritated: paints by brightness, so flicker becomes color flicker."""

    def predict(
        self,
        lightness: NDArray[np.float32],
        *,
        short_side: int = 192,
        params: DecodingParams = DEFAULT_DECODING,
    ) -> ColorPrediction:
        size = (max(1, lightness.shape[1] // 4), max(1, lightness.shape[0] // 4))
        small = cv2.resize(lightness, size, interpolation=cv2.INTER_AREA)
        ab = np.dstack([30 * np.sin(small / 12), small - 50]).astype(np.float32)
        sure = np.full(size[::-1], 0.8, np.float32)
        return ColorPrediction(ab, sure, small, plain_features(small), np.zeros(8, np.float32))
