"""Networks of the DDColor contract (Kang et al., ICCV 2023): gray in, a* and b* out.

A gray picture as sRGB in 0 to 1, ``(N, 3, H, W)``, gives CIE a* and b*, ``(N, 2, H, W)``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.engines.onnx_engine import OnnxColorEngine

__all__ = ["DDColorEngine"]

_LARGEST_AB = 128.0


class DDColorEngine(OnnxColorEngine):
    """A network of the DDColor contract, opened from ONNX."""

    _channels, _kind, _squared = 2, "DDColor", False

    def _scaled(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return picture / np.float32(255)

    def _colors(self, answer: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(np.clip(answer, -_LARGEST_AB, _LARGEST_AB), np.float32)
