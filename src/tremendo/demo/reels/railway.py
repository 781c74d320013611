"""A train comes into the station."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from tremendo.demo.reels.people import gentleman
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

__all__ = ["arrival"]

_VANISHING = (205.0, 196.0)
_SPRITE = 360


def arrival(rng: np.random.Generator, frames: int, fps: float) -> Iterator[Canvas]:
    """The locomotive grows out of the distance; steam; people wait on the platform."""
    station = _station(rng)
    front, cover = _locomotive()
    smoke = _Smoke(rng)
    folk = [
        (x, y, size, float(rng.uniform(0, 6)), int(rng.integers(99)))
        for x, y, size in ((458, 300, 0.62), (500, 322, 0.8), (560, 345, 1.05), (612, 392, 1.42))
    ]
    for number in range(frames):
        share = number / max(frames - 1, 1)
        time = number / fps
        near = 1 / (5.6 - 4.62 * share**0.9)
        canvas = station.copy()
        x = _VANISHING[0] + 20 * near * 1.2
        rail = _VANISHING[1] + 228 * near
        size = 205 * near * 2
        bump = 0.8 * np.sin(19 * time) * near
        _carriages(canvas, near, x, rail)
        shade = polygon(
            [(x - 0.5 * size, rail - 4), (x + 0.55 * size, rail - 4),
             (x + 0.42 * size, rail + 0.16 * size), (x - 0.5 * size, rail + 0.16 * size)],
            2 + 5 * near,
        )  # fmt: skip
        over(canvas, 0.05, shade * 0.75)
        smoke.puff(x, rail - 0.98 * size + bump, size, near)
        smoke.draw(canvas, behind=True)
        _place(canvas, front, cover, x, rail + bump, size / _SPRITE)
        lamp = glow(x, rail - 0.60 * size + bump, 0.05 * size + 3)
        canvas += lamp * 0.9
        smoke.draw(canvas, behind=False)
        smoke.drift(1 / fps)
        for person in folk:
            left, top, scale, phase, kind = person
            gentleman(
                canvas, left + 2 * np.sin(1.3 * time + phase), top, 60 * scale, kind, time + phase
            )
        yield canvas


def _station(rng: np.random.Generator) -> Canvas:
    """Sky, hills, the station roof, the platform's edge, ballast and two rails."""
    canvas = gradient(0.62, 0.78)
    canvas += 0.35 * (cloud(rng, HEIGHT, WIDTH, 190, 5) - 0.5)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    hills = 188 - 22 * np.sin(x / 120 + 1) - 8 * np.sin(x / 41) - 3 * np.sin(x / 13)
    canvas += smooth(-1, 1, y - hills) * (0.50 + 0.10 * cloud(rng, HEIGHT, WIDTH, 30) - canvas)
    vx, vy = _VANISHING
    ground = smooth(-1, 1, y - vy - 4)
    gravel = 0.40 + 0.34 * (cloud(rng, HEIGHT, WIDTH, 7, 2) - 0.5) * smooth(vy, HEIGHT, y)
    gravel += 0.10 * (cloud(rng, HEIGHT, WIDTH, 60) - 0.5)
    canvas += ground * (gravel - canvas)
    far = 228 / np.maximum(y - vy, 0.5)
    ties = smooth(0.1, 0.45, np.sin(far * 13.0).astype(np.float32)) * smooth(9, 2.5, far)
    across = (x - vx) * far
    bed = smooth(152, 140, np.abs(across - 20))
    canvas += ground * bed * ties * (0.20 - canvas) * 0.75
    for rail in (-78.0, 118.0):
        wide = smooth(7.0, 3.5, np.abs(across - rail))
        canvas += ground * wide * (0.80 - canvas)
        canvas += ground * smooth(4, 2, np.abs(across - rail - 8)) * (0.12 - canvas) * 0.7
    edge = 235.0
    platform = ground * smooth(edge, edge + 3, across)
    stones = 0.62 + 0.05 * np.sin(far * 9) + 0.10 * (cloud(rng, HEIGHT, WIDTH, 50) - 0.5)
    canvas += platform * (stones - canvas)
    side = ground * smooth(edge - 36, edge - 34, across) * smooth(edge + 2, edge, across)
    canvas += side * (0.26 - canvas)
    roof = polygon([(vx + 32, vy - 36), (WIDTH + 60, -190), (WIDTH + 60, 62), (vx + 60, vy - 28)])
    over(canvas, 0.20, roof)
    valance = [(vx + 60, vy - 28), (WIDTH + 60, 62), (WIDTH + 60, 84), (vx + 60, vy - 24)]
    over(canvas, 0.46, polygon(valance))
    wall = polygon([(vx + 150, vy - 62), (WIDTH + 60, 60), (WIDTH + 60, 345), (vx + 150, vy + 66)])
    over(canvas, 0.33, wall * smooth(0.0, 1.0, (x - vx - 120) / 120))
    for depth in (4.6, 3.1, 2.25, 1.68, 1.3):
        base = (vx + 330 / depth, vy + 165 / depth)
        top = (vx + 330 / depth, vy - 132 / depth)
        stroke(canvas, [base, top], 9 / depth + 1, 0.13)
        stroke(canvas, [(base[0] - 2 / depth, base[1]), (top[0] - 2 / depth, top[1])], 1, 0.55)
    canvas *= 1 - 0.30 * smooth(300, HEIGHT, y) * smooth(300, 0, x)
    return np.asarray(canvas, np.float32)


def _locomotive() -> tuple[Canvas, Canvas]:
    """The engine from the front, modeled once: tone and coverage, rails at the lower edge."""
    middle, tone = _SPRITE / 2, np.full((_SPRITE, _SPRITE), -1.0, np.float32)
    light = (-0.55, -0.6, 0.55)

    def add(*limbs: Limb) -> None:
        body(tone, limbs, light=light, ambient=0.16, rim=0.35)

    def box(left: float, top: float, right: float, bottom: float, level: float) -> None:
        patch = tone[int(top) : int(bottom), int(middle + left) : int(middle + right)]
        patch[:] = level * np.linspace(1.25, 0.8, patch.shape[1], dtype=np.float32)[None]

    box(-92, 86, 92, 150, 0.10)
    add(Limb((middle - 92, 84), (middle + 92, 84), 9, 9, 0.24))
    add(
        Limb((middle, 64), (middle, 22), 17, 24, 0.20),
        Limb((middle - 26, 22), (middle + 26, 22), 5, 5, 0.34, 12),
    )
    add(Limb((middle, 150), (middle, 150), 86, 86, 0.21))
    yy, xx = np.mgrid[0:_SPRITE, 0:_SPRITE].astype(np.float32)
    ring = np.hypot(xx - middle, yy - 150)
    plate = 0.17 + 0.10 * np.clip(-(xx - middle + yy - 150) / 120, -1, 1)
    over(tone, np.asarray(plate, np.float32), smooth(75, 73, ring))
    over(tone, 0.42, np.exp(-(((ring - 75) / 2.0) ** 2)))
    over(tone, 0.34, np.exp(-(((ring - 30) / 1.4) ** 2)))
    for angle in np.arange(16) * np.pi / 8:
        at = (middle + 68 * np.cos(angle), 150 + 68 * np.sin(angle))
        add(Limb(at, at, 2.6, 2.6, 0.5))
    add(
        Limb((middle - 20, 138), (middle + 20, 162), 2.5, 2.5, 0.5),
        Limb((middle, 150), (middle, 150), 6, 6, 0.6),
    )
    add(
        Limb((middle, 126), (middle, 126), 15, 15, 0.30),
        Limb((middle, 126), (middle, 126), 9, 9, 1.0, 8),
    )
    box(-118, 244, 118, 276, 0.30)
    over(tone, 0.7, np.asarray((np.abs(yy - 246) < 1.5) & (np.abs(xx - middle) < 118), np.float32))
    for side in (-1, 1):
        add(Limb((middle + 74 * side, 260), (middle + 74 * side, 260), 17, 17, 0.26, 2))
        add(Limb((middle + 74 * side, 260), (middle + 74 * side, 260), 11, 11, 0.5, 10))
        box(62 * side - 9, 276, 62 * side + 9, 350, 0.08)
        add(Limb((middle + 88 * side, 212), (middle + 88 * side, 240), 17, 19, 0.17))
        add(Limb((middle + 104 * side, 232), (middle + 104 * side, 226), 8, 8, 0.75))
    for bar in np.linspace(-1, 1, 11):
        add(Limb((middle + 30 * bar, 282), (middle + 98 * bar, 346), 3.4, 3.0, 0.36))
    add(Limb((middle - 100, 346), (middle + 100, 346), 4.5, 4.5, 0.4))
    cover = np.asarray(tone > -0.5, np.float32)
    return np.maximum(tone, 0), np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.8), np.float32)


def _carriages(canvas: Canvas, near: float, x: float, rail: float) -> None:
    """The train behind the engine runs back towards the vanishing point."""
    vx, vy = _VANISHING
    size = 205 * near * 2
    back = near * 0.42
    left, right = x + 0.22 * size, x + 0.40 * size
    far_x, far_rail, far_size = vx + 24 * back * 1.2, vy + 228 * back, 410 * back
    top = polygon(
        [(left, rail - 0.80 * size), (right, rail - 0.78 * size),
         (far_x + 0.36 * far_size, far_rail - 0.78 * far_size),
         (far_x, far_rail - 0.8 * far_size)],
    )  # fmt: skip
    flank = polygon(
        [(right, rail - 0.78 * size), (right, rail - 0.10 * size),
         (far_x + 0.36 * far_size, far_rail - 0.10 * far_size),
         (far_x + 0.36 * far_size, far_rail - 0.78 * far_size)],
    )  # fmt: skip
    over(canvas, 0.16, np.maximum(top, flank))


def _place(
    canvas: Canvas, sprite: Canvas, cover: Canvas, x: float, rail: float, scale: float
) -> None:
    """Scale the engine so that its wheels stand on the rail."""
    matrix = np.array([[scale, 0, x - scale * _SPRITE / 2], [0, scale, rail - scale * 350]])
    small = scale < 0.8
    blur = 0.45 / scale if small else 0.0
    pair = [cv2.GaussianBlur(map_, (0, 0), blur) if small else map_ for map_ in (sprite, cover)]
    tone, alpha = (
        np.asarray(cv2.warpAffine(map_, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR))
        for map_ in pair
    )
    over(canvas, tone, alpha)


@dataclass
class _Puff:
    x: float
    y: float
    radius: float
    across: float
    rise: float
    tone: float
    shape: int
    depth: float
    """Order in which puffs cover each other, at random."""
    age: float = 0.0


class _Smoke:
    """Smoke and steam that billow, slow down and thin out."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._puffs: list[_Puff] = []
        self._shapes = [_billow(rng) for _ in range(6)]

    def puff(self, x: float, y: float, size: float, near: float) -> None:
        """Let off smoke at the chimney, and a little steam at the cylinders."""
        rng = self._rng
        for _ in range(3):
            self._emit(
                x + rng.normal(0, 0.05) * size, y, 0.13 * size * rng.uniform(0.7, 1.4),
                rng.normal(-60, 90) * near, rng.uniform(-330, -120) * near,
                rng.choice([0.16, 0.28, 0.45, 0.9]),
            )  # fmt: skip
        if near > 0.25:
            side = rng.choice([-1.0, 1.0])
            self._emit(
                x + 0.38 * size * side, y + 0.80 * size, 0.09 * size * rng.uniform(0.7, 1.3),
                260 * near * side * rng.uniform(0.5, 1.2), rng.uniform(-60, 0) * near, 0.95,
            )  # fmt: skip

    def _emit(
        self, x: float, y: float, radius: float, across: float, rise: float, tone: float
    ) -> None:
        shape = int(self._rng.integers(len(self._shapes)))
        depth = float(self._rng.random())
        self._puffs.append(_Puff(x, y, radius, across, rise, float(tone), shape, depth))

    def drift(self, step: float) -> None:
        """Move on by ``step`` seconds."""
        for puff in self._puffs:
            puff.age += step
            puff.x += puff.across * step
            puff.y += puff.rise * step
            puff.across = puff.across * 0.95 - 2.2
            puff.rise *= 0.94
            puff.radius *= 1 + 0.85 * step / (0.4 + puff.age)
        self._puffs = [puff for puff in self._puffs if puff.age < 2.6]

    def draw(self, canvas: Canvas, *, behind: bool) -> None:
        """Old smoke hangs behind the engine, fresh smoke before it."""
        for puff in sorted(self._puffs, key=lambda one: one.depth):
            if (puff.age > 0.25) != behind:
                continue
            alpha = 0.85 * min(1.0, 0.4 + 4 * puff.age) * max(0.0, 1 - puff.age / 2.6)
            side = max(4, int(3.2 * puff.radius))
            cover, light = (
                np.asarray(cv2.resize(map_, (side, side), interpolation=cv2.INTER_LINEAR))
                for map_ in self._shapes[puff.shape]
            )
            left, top = round(puff.x - side / 2), round(puff.y - side / 2)
            shade = np.asarray(puff.tone * light, np.float32)
            over(canvas, shade, np.asarray(cover * alpha, np.float32), left, top)


def _billow(rng: np.random.Generator) -> tuple[Canvas, Canvas]:
    """One ragged puff: coverage, and light that falls on it from the upper left."""
    side = 128
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    lumps = cloud(rng, side, side, 64, 4)
    height = 1.15 - np.hypot(x, y) * 1.25 + 0.9 * (lumps - 0.5)
    height = np.asarray(cv2.GaussianBlur(height, (0, 0), 2.0))
    inside = smooth(1.0, 0.75, np.hypot(x, y))
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0) + cv2.Sobel(height, cv2.CV_32F, 0, 1)
    light = np.clip(0.85 + 0.9 * slope - 0.25 * (x + y), 0.45, 1.3)
    return smooth(0.15, 0.75, height) * inside, np.asarray(light, np.float32)
