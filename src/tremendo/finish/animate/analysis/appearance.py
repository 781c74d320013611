"""What a photograph looks like, place by place: likely color, texture and its direction."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = ["AppearanceMaps"]


@dataclass(frozen=True)
class AppearanceMaps:
    """What is seen at each pixel of the small picture, ``(h, w) float32`` each."""

    luma: NDArray[np.float32]
    green: NDArray[np.float32]
    """CIE -a* that the color network believes in."""
    yellow: NDArray[np.float32]
    """CIE b*."""
    rough: NDArray[np.float32]
    """Fine contrast, in steps of 8 bits."""
    level: NDArray[np.float32]
    """How much more things change downward than sideways, in octaves of energy."""
    combed: NDArray[np.float32]
    """0 where edges run every way, 1 where all run one way (coherence of the structure tensor)."""

    @classmethod
    def of(cls, small: Frame) -> AppearanceMaps:
        """Look at a small picture, ``(h, w, 3) uint8 RGB``.

        Raises:
            ModelMissingError: the color network is not on this machine.
        """
        from tremendo.finish.color.options import ColorOptions
        from tremendo.finish.color.photo import colorize_photo

        luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
        gray = np.repeat(luma[..., None], 3, axis=2)
        colored = colorize_photo(gray, ColorOptions(vividness=1.0)).astype(np.float32) / 255
        lab = cv2.GaussianBlur(cv2.cvtColor(colored, cv2.COLOR_RGB2Lab), (0, 0), 3)
        tone = luma.astype(np.float32)
        calm = cv2.GaussianBlur(tone, (0, 0), 1)
        fine = (tone - cv2.GaussianBlur(tone, (0, 0), 1.5)) ** 2
        right, below = (cv2.Sobel(calm, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
        across, mixed, down = (
            cv2.GaussianBlur(energy, (0, 0), 6)
            for energy in (right * right, right * below, below * below)
        )
        return cls(
            tone,
            np.asarray(-lab[..., 1]),
            np.asarray(lab[..., 2]),
            np.sqrt(cv2.GaussianBlur(fine, (0, 0), 5)),
            np.log2((down + 4) / (across + 4)),
            np.hypot(across - down, 2 * mixed) / (across + down + 4),
        )
