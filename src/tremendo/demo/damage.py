"""Printing a clean picture on worn film of 1900: stock, gate, light and the wear of a century."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.demo.stage import Canvas, cloud
from tremendo.media.frames import Frame

__all__ = ["Wear"]


class Wear:
    """The wear of one reel: the same seed gives the same scratches.

    Args:
        seed: chooses them.
        amount: 0 (a fresh print) to 1 (a ruin).
        height: of the frames.
        width: of the frames.
    """

    def __init__(self, seed: int, amount: float, height: int, width: int) -> None:
        self._rng = np.random.default_rng([seed, 1895])
        self._amount = amount
        self._size = (height, width)
        self._gate = _gate(self._rng, height, width)
        self._mottle = cloud(self._rng, height, width, 120, 3) - 0.5
        self._weave = np.zeros(2)
        self._drift = 0.0
        count = int(self._rng.integers(2, 5))
        self._scratches = [
            (self._rng.uniform(0.05, 0.95) * width, self._rng.uniform(0.1, 0.35))
            for _ in range(count)
        ]

    def apply(self, picture: Canvas) -> Frame:
        """The next frame of the reel.

        Args:
            picture: ``(H, W) float32`` 0..1.

        Returns:
            ``(H, W, 3) uint8``, grey.
        """
        rng, amount = self._rng, self._amount
        height, width = self._size
        self._weave = 0.72 * self._weave + rng.normal(0, 0.55 * amount, 2)
        jump = rng.normal(0, 3.0, 2) * (rng.random() < 0.012 * amount)
        turn = np.radians(rng.normal(0, 0.03 * amount))
        zoom = 1.018
        matrix = np.array(
            [[zoom, -turn, -0.009 * width], [turn, zoom, -0.009 * height]], np.float64
        )
        matrix[:, 2] += self._weave + jump
        film = cv2.warpAffine(
            cv2.GaussianBlur(picture, (0, 0), 0.75),
            matrix,
            (width, height),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT,
        )
        halo = cv2.GaussianBlur(cv2.resize(film, None, fx=0.25, fy=0.25), (0, 0), 5)
        film = film + 0.16 * np.maximum(cv2.resize(halo, (width, height)) - 0.35, 0)
        film = _stock(np.asarray(film, np.float32))
        self._drift = 0.9 * self._drift + rng.normal(0, 0.012)
        exposure = 1 + amount * (self._drift + rng.normal(0, 0.022))
        film = film * exposure + 0.05 * amount * self._mottle
        film += self._grain(film)
        self._add_dirt(film)
        film *= self._gate
        grey = np.clip(film * 255, 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)

    def _grain(self, film: Canvas) -> Canvas:
        """Clumps of silver: strongest in the middle tones."""
        height, width = self._size
        noise = self._rng.standard_normal((height, width), np.float32)
        clumps = cv2.GaussianBlur(noise, (0, 0), 0.8) * 2.2
        strength = 0.022 * (0.4 + self._amount) * (0.45 + 2.2 * np.clip(film * (1 - film), 0, 0.25))
        return np.asarray(clumps * strength, np.float32)

    def _add_dirt(self, film: Canvas) -> None:
        """Scratches that run on from frame to frame; dust and hairs that last one frame."""
        rng, amount = self._rng, self._amount
        height, width = self._size
        dirt = np.zeros((height, width), np.uint8)
        for number, (old_x, level) in enumerate(self._scratches):
            x = old_x + rng.normal(0, 0.5)
            self._scratches[number] = (float(np.clip(x, 2, width - 3)), level)
            if rng.random() < 0.75 * amount:
                points = np.array([[x, -2], [x + rng.normal(0, 0.8), height + 2]])
                line = np.round(points * 16).astype(np.int32)
                mask = np.zeros_like(dirt)
                cv2.polylines(mask, [line], False, 255, 1, cv2.LINE_AA, 4)
                film += mask.astype(np.float32) / 255 * level * amount * rng.uniform(0.4, 1)
        for _ in range(rng.poisson(5 * amount)):
            center = (int(rng.integers(width)), int(rng.integers(height)))
            axes = (int(rng.integers(1, 3)), int(rng.integers(1, 4)))
            angle = int(rng.integers(180))
            cv2.ellipse(dirt, center, axes, angle, 0, 360, 255, -1, cv2.LINE_AA)
        if rng.random() < 0.10 * amount:
            x, y = rng.uniform(0, width), rng.uniform(0, height)
            steps = np.cumsum(rng.normal(0, 5, (9, 2)) + rng.normal(0, 3, 2), axis=0)
            hair = np.round((steps + np.array([x, y])) * 16).astype(np.int32)
            cv2.polylines(dirt, [hair], False, 200, 1, cv2.LINE_AA, 4)
        spots = cv2.GaussianBlur(dirt, (0, 0), 0.6).astype(np.float32) / 255
        white = rng.random() < 0.6
        film += spots * ((0.95 - film) if white else (0.03 - film)) * 0.8


def _stock(film: Canvas) -> Canvas:
    """Orthochromatic positive: deep toe, soft shoulder, blacks that are not quite black."""
    film = np.clip(film, 0, 1.6)
    curve = film**1.12 * 1.18 / (1 + 0.30 * film**2)
    return np.asarray(0.028 + 0.95 * curve, np.float32)


def _gate(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """The camera's aperture: rounded corners, a soft ragged rim, light falling off outwards."""
    y = np.abs(np.linspace(-1, 1, height))[:, None]
    x = np.abs(np.linspace(-1, 1, width))[None]
    ragged = (cloud(rng, height, width, 40, 3) - 0.5) * 0.006
    box = (x**14 + y**14) ** (1 / 14) + ragged
    rim = np.clip((0.992 - box) / 0.012, 0, 1)
    vignette = 1 - 0.34 * np.clip(x**2 * 0.55 + y**2 * 0.6, 0, 1.2) ** 1.4
    return np.asarray((0.04 + 0.96 * rim) * vignette, np.float32)
