"""A boat under sail on a glittering sea."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from tremendo.demo.stage import (
    HEIGHT,
    WIDTH,
    Canvas,
    Limb,
    body,
    cloud,
    glow,
    gradient,
    over,
    polygon,
    smooth,
    stroke,
)

__all__ = ["boat"]

_HORIZON = 205
_COUNT = 19
"""Number of waves that are added up."""


def boat(rng: np.random.Generator, frames: int, fps: float) -> Iterator[Canvas]:
    """A fishing boat rolls past the sun; gulls."""
    sky = gradient(0.58, 0.86)
    sky += 0.30 * (cloud(rng, HEIGHT, WIDTH, 170, 5) - 0.5) * smooth(220, 60, _rows())
    sky += 0.45 * glow(430, 120, 60) + 0.25 * glow(430, 130, 190, 120)
    waves = _Waves(rng)
    start = rng.uniform(0, 9)
    gulls = rng.random((4, 3), np.float32)
    for number in range(frames):
        time = number / fps
        canvas = sky.copy()
        canvas[_HORIZON:] = waves.light(time + start)
        haze = np.exp(-((np.abs(_rows() - _HORIZON) / 16.0) ** 2))
        canvas += 0.25 * haze * (0.8 - canvas)
        _gulls(canvas, gulls, time)
        x = 170 + 34 * time
        y = 302 + 7 * np.sin(1.5 * time + 1)
        over(
            canvas,
            0.12,
            polygon([(x - 92, y), (x + 96, y), (x + 50, y + 70), (x - 50, y + 70)], 9) * 0.6,
        )
        water = canvas.copy()
        _sail(canvas, x, y, 0.10 * np.sin(1.5 * time + 0.3), time)
        columns = np.arange(WIDTH, dtype=np.float32)[None]
        lap = (
            y + 17 + 1.6 * np.sin(columns / 17 + 2.4 * time) + 0.9 * np.sin(columns / 6 - 3 * time)
        )
        over(canvas, water, smooth(-2, 4, _rows() - lap))
        foam = np.exp(-(((_rows() - lap) / 2.2) ** 2)) * smooth(108, 90, np.abs(columns - x))
        canvas += 0.35 * foam * (0.9 - canvas)
        yield np.asarray(canvas, np.float32)


def _rows() -> Canvas:
    return np.arange(HEIGHT, dtype=np.float32)[:, None]


class _Waves:
    """Sum of deep-water waves on a plane seen in perspective; long waves run faster."""

    def __init__(self, rng: np.random.Generator) -> None:
        rows = np.arange(_HORIZON, HEIGHT, dtype=np.float32)[:, None] - _HORIZON + 2.5
        self._far = 900 / rows
        # every second column is enough: waves are long across the picture
        self._across = (np.arange(0, WIDTH, 2, dtype=np.float32)[None] - 320) * self._far / 300
        lengths = 70 * 0.76 ** np.arange(_COUNT)
        angles = rng.normal(0.12, 0.42, _COUNT)
        self._k = 2 * np.pi / lengths
        self._kx, self._kz = self._k * np.sin(angles), self._k * np.cos(angles)
        self._speed = np.sqrt(9.8 * self._k) * 1.15
        self._phase = rng.uniform(0, 6.28, _COUNT)
        self._steep = 0.22 * (lengths / lengths[0]) ** 0.10
        # waves too short for the distance would shimmer: they are faded out
        pixel = np.maximum(self._far / 300, self._far**2 / 900 / 2.0)
        self._keep = [smooth(2.2, 5.0, length / pixel) for length in lengths]

    def light(self, time: float) -> Canvas:
        """Reflected sky, the sun's road, and the water's own dark."""
        slope_x = np.zeros_like(self._across)
        slope_z = np.zeros_like(self._across)
        for i, keep in enumerate(self._keep):
            turn = self._kx[i] * self._across + self._kz[i] * self._far
            turn = (turn + (self._speed[i] * time + self._phase[i])).astype(np.float32)
            slope = self._steep[i] * keep * np.cos(turn)
            slope_x += slope * np.float32(self._kx[i] / self._k[i])
            slope_z += slope * np.float32(self._kz[i] / self._k[i])
        upward = 1 / np.sqrt(1 + slope_x**2 + slope_z**2)
        grazing = np.clip(0.20 + 0.5 * slope_z, -0.2, 1)
        sky = 0.18 + 0.42 * np.clip(1 - 1.7 * grazing, 0, 1) + 0.10 * upward
        sun = (np.arange(0, WIDTH, 2, dtype=np.float32)[None] - 430) / 300
        aim = sun * 0.85 + slope_x
        glitter = np.exp(-((aim / 0.17) ** 2) - (((slope_z - 0.16) / 0.18) ** 2))
        tone = sky * (0.70 + 0.30 * np.exp(-200 / self._far)) + 1.05 * glitter
        return np.asarray(cv2.resize(tone, (WIDTH, len(tone)), interpolation=cv2.INTER_LINEAR))


def _gulls(canvas: Canvas, gulls: Canvas, time: float) -> None:
    for x, y, phase in gulls:
        left = (x * 900 + (24 + 16 * phase) * time) % 900 - 120
        top = 60 + 90 * y + 8 * np.sin(1.1 * time + 6 * phase)
        size = 7 + 6 * phase
        flap = 0.55 * np.sin(8.5 * time + 9 * phase)
        wing = [
            (left - size, top - size * flap),
            (left - size * 0.45, top - size * 0.30 * (1 + flap)),
        ]
        other = [(2 * left - x0, y0) for x0, y0 in reversed(wing)]
        stroke(canvas, [*wing, (left, top), *other], 1.6, 0.18)


def _sail(canvas: Canvas, x: float, y: float, roll: float, time: float) -> None:
    """Hull, mast, gaff sail and jib, two men; everything leans with the roll."""

    def at(dx: float, dy: float) -> tuple[float, float]:
        cos, sin = np.cos(roll), np.sin(roll)
        return float(x + dx * cos - dy * sin), float(y + dx * sin + dy * cos)

    belly = 9 + 2.5 * np.sin(1.5 * time)
    main = [at(3, -14), at(3, -176), at(62, -206)]
    main += [at(66 + belly * np.sin(t * np.pi), -206 + t * 184) for t in np.linspace(0, 1, 9)]
    _cloth(canvas, main, x + 60, 0.80)
    jib = [at(-4, -168), at(-88, -20)]
    jib += [
        at(-88 + t * 82, -20 - 6 * np.sin(t * np.pi) * belly / 4 + t * 4) for t in (0.35, 0.7, 1)
    ]
    _cloth(canvas, jib, x - 10, 0.70)
    stroke(canvas, [at(0, 0), at(0, -222)], 3, 0.10)
    for ends in (
        ((3, -176), (64, -208)),
        ((2, -12), (74, -18)),
        ((0, -220), (-96, -14)),
        ((0, -220), (86, -8)),
    ):
        stroke(canvas, [at(*ends[0]), at(*ends[1])], 1.2, 0.14)
    hull = [
        at(-98, -20),
        at(-60, -7),
        at(0, -3),
        at(60, -6),
        at(92, -15),
        at(80, 14),
        at(40, 25),
        at(-30, 25),
        at(-72, 14),
    ]
    over(canvas, 0.075, polygon(hull))
    stroke(canvas, [at(-98, -20), at(-60, -7), at(0, -3), at(60, -6), at(92, -15)], 2, 0.42)
    for dx, bow in ((46, 0.0), (-34, 1.4)):
        nod = 3 * np.sin(2.1 * time + bow)
        sailor = [
            Limb(at(dx, -8), at(dx + nod, -32), 10, 9, 0.22),
            Limb(at(dx + 1.2 * nod, -44), at(dx + 1.2 * nod, -41), 7, 6, 0.55, 2),
            Limb(at(dx - 6 + 1.2 * nod, -48), at(dx + 7 + 1.2 * nod, -48), 3.5, 3.5, 0.10, 4),
            Limb(at(dx + nod, -28), at(dx + 16, -16), 4.5, 3.5, 0.22, 3),
        ]
        body(canvas, sailor, light=(0.6, -0.6, 0.5))


def _cloth(canvas: Canvas, outline: list[tuple[float, float]], middle: float, tone: float) -> None:
    """A sail with the sun behind it: seams, brighter towards the leech."""
    cover = polygon(outline)
    columns = np.arange(WIDTH, dtype=np.float32)[None]
    seams = 1 - 0.10 * (np.abs((columns - middle) / 13 % 1 - 0.5) > 0.44)
    shade = tone * seams * (0.86 + 0.24 * np.tanh((columns - middle) / 46))
    over(canvas, np.asarray(np.broadcast_to(shade, cover.shape), np.float32), cover * 0.96)
