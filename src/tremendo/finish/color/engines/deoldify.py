"""Networks of the DeOldify contract (Antic 2018): gray in, a colored picture out.

A gray picture as sRGB in 0 to 255, ``(N, 3, H, W)``, gives a colored one of that shape, of which
only the colors are taken. Where its size is free it is a square, as its author found to color best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.engines.onnx_engine import OnnxColorEngine
from tremendo.finish.color.lab import frame_ab

__all__ = ["DeOldifyEngine"]


class DeOldifyEngine(OnnxColorEngine):
    """A network of the DeOldify contract, opened from ONNX."""

    _channels, _kind, _squared = 3, "DeOldify", True

    def _scaled(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return picture

    def _colors(self, answer: NDArray[np.float32]) -> NDArray[np.float32]:
        return frame_ab(np.clip(answer, 0, 255).astype(np.uint8))
