"""A studio sky: the moon has a face, clouds on rollers, stars of tinfoil."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from tremendo.demo.stage import HEIGHT, WIDTH, Canvas, cloud, glow, gradient, over, polygon, smooth

__all__ = ["moon"]

_SIZE = 420
"""The moon is modeled once on a square of this size and then scaled."""


def moon(rng: np.random.Generator, frames: int, fps: float) -> Iterator[Canvas]:
    """The moon comes near through clouds, looks about, winks and smiles."""
    sky = gradient(0.05, 0.17) + 0.05 * (cloud(rng, HEIGHT, WIDTH, 200) - 0.5)
    stars = _stars(rng)
    texture = cloud(rng, _SIZE, _SIZE, 90, 5) - 0.5
    banks = [(cloud(rng, 260, 1280, 150 - 25 * i, 5), 18.0 + 22 * i) for i in range(3)]
    for number in range(frames):
        time, share = number / fps, number / max(frames - 1, 1)
        canvas = np.asarray(sky + stars * (0.75 + 0.25 * np.sin(4 * time)), np.float32)
        radius = 96 + 62 * share**1.2
        x, y = 322 + 7 * np.sin(0.9 * time), 226 - 14 * share + 4 * np.sin(1.3 * time)
        canvas += 0.30 * glow(x, y, radius * 1.75)
        _clouds(canvas, *banks[0], time, 336, 0.30)
        wink = float(np.exp(-(((share - 0.60) / 0.055) ** 2)))
        blink = float(np.exp(-(((share - 0.22) / 0.03) ** 2)))
        smile = float(np.interp(share, [0.42, 0.62], [0, 1]))
        face, cover = _face(texture, max(wink, blink), blink, smile, 0.10 * np.sin(1.1 * time))
        _place(canvas, face, cover, x, y, radius)
        for (bank, speed), level, tone in zip(banks[1:], (376, 418), (0.44, 0.60), strict=True):
            _clouds(canvas, bank, speed, time, level, tone)
        yield canvas


def _stars(rng: np.random.Generator) -> Canvas:
    """Five-pointed stars on threads."""
    canvas = np.zeros((HEIGHT, WIDTH), np.float32)
    for _ in range(26):
        x, y = rng.uniform(10, WIDTH - 10), rng.uniform(8, 300)
        if np.hypot(x - 320, y - 220) < 165:
            continue
        size, turn = rng.uniform(2.5, 8.5), rng.uniform(0, 1)
        angles = np.arange(10) * np.pi / 5 + turn
        reach = np.where(np.arange(10) % 2, 0.42, 1.0) * size
        points = list(zip(x + reach * np.sin(angles), y + reach * np.cos(angles), strict=True))
        over(canvas, 0.85, polygon(points))
        canvas += 0.10 * glow(x, y, 2.2 * size)
    return canvas


def _clouds(
    canvas: Canvas, bank: Canvas, speed: float, time: float, level: int, tone: float
) -> None:
    """A roll of cotton clouds that passes by, lit from the moon above."""
    shift = speed * time % bank.shape[1]
    whole, part = int(shift), shift - int(shift)
    rolled = np.roll(bank, -whole, axis=1)[:, : WIDTH + 1]
    here = rolled[:, :WIDTH] * (1 - part) + rolled[:, 1:] * part
    rows = np.linspace(0, 1, len(here), dtype=np.float32)[:, None]
    density = here + 0.85 * rows**0.8 - 0.50
    alpha = smooth(0.42, 0.62, density) * smooth(0.0, 0.4, rows)
    below = np.concatenate([density[7:], np.repeat(density[-1:], 7, axis=0)])
    light = np.clip((below - density) * 5 + 0.75, 0.35, 1.25)
    over(canvas, np.asarray(tone * light, np.float32), alpha * 0.93, 0, level - 150)


def _face(
    texture: Canvas, left: float, right: float, smile: float, gaze: float
) -> tuple[Canvas, Canvas]:
    """The moon as a lit relief with features; lids closed 0..1, smile 0..1."""
    axis = (np.arange(_SIZE, dtype=np.float32) - _SIZE / 2 + 0.5) / (_SIZE / 2 - 4)
    x, y = np.meshgrid(axis, axis)
    square = x * x + y * y

    def bump(cx: float, cy: float, wide: float, high: float) -> Canvas:
        return np.asarray(np.exp(-(((x - cx) / wide) ** 2) - ((y - cy) / high) ** 2))

    mouth_x = np.clip(np.abs(x) / (0.30 + 0.06 * smile), 0, 1.4)
    mouth_y = y - (0.44 + 0.03 * smile - (0.10 * smile + 0.02) * mouth_x**2)
    lips = np.exp(-((mouth_y / 0.055) ** 2)) * smooth(1.15, 0.8, mouth_x)
    height = 0.9 * np.sqrt(np.clip(1 - square, 0, 1)) + 0.10 * texture * (
        1 - 0.5 * bump(0, 0.1, 0.6, 0.7)
    )
    height += 0.16 * bump(0, 0.10, 0.085, 0.22) + 0.15 * bump(0, 0.23, 0.13, 0.085)
    for side in (-1, 1):
        height += (0.13 + 0.05 * smile) * bump(0.44 * side, 0.26 - 0.03 * smile, 0.20, 0.17)
        height += 0.13 * bump(
            0.37 * side, -0.34 - 0.03 * smile + 0.1 * (x * side - 0.37) ** 2, 0.13, 0.05
        )
        height -= 0.13 * bump(0.33 * side, -0.13, 0.19, 0.11)
        height += 0.10 * bump(0.33 * side, -0.13, 0.11, 0.075)
    height += 0.11 * lips + 0.10 * bump(0, 0.70, 0.16, 0.10)
    height -= 0.20 * np.exp(-((mouth_y / 0.016) ** 2)) * smooth(1.12, 0.95, mouth_x)
    for cx, cy, size in (
        (-0.62, -0.48, 0.12),
        (0.60, -0.52, 0.09),
        (0.70, 0.42, 0.10),
        (-0.1, -0.72, 0.11),
    ):
        ring = np.sqrt((x - cx) ** 2 + (y - cy) ** 2) / size
        height += 0.025 * np.exp(-(((ring - 1) / 0.3) ** 2)) - 0.045 * np.exp(-((ring / 0.8) ** 4))
    relief = cv2.GaussianBlur(np.asarray(height, np.float32), (0, 0), 1.3)
    slope = _SIZE / 2 / 8
    normal_x = -cv2.Sobel(relief, cv2.CV_32F, 1, 0) * slope
    normal_y = -cv2.Sobel(relief, cv2.CV_32F, 0, 1) * slope
    facing = (-0.52 * normal_x - 0.50 * normal_y + 0.70) / np.sqrt(normal_x**2 + normal_y**2 + 1)
    tone = 0.16 + 0.84 * np.clip(facing, 0, 1) + 0.07 * texture
    for side, closed in ((-1, left), (1, right)):
        _eye(tone, x - 0.33 * side, y + 0.13, closed, gaze)
    tone -= 0.34 * np.exp(-((mouth_y / 0.014) ** 2)) * smooth(1.1, 0.95, mouth_x)
    cover = np.clip((1 - np.sqrt(square)) * _SIZE / 2 + 0.5, 0, 1)
    return np.asarray(tone, np.float32), np.asarray(cover, np.float32)


def _eye(tone: Canvas, x: Canvas, y: Canvas, closed: float, gaze: float) -> None:
    """White, iris, pupil, a glint, and the line of the lid; painted in place."""
    opening = 0.075 * (1 - closed) + 0.001
    almond = 1 - (x / 0.135) ** 2 - (y / opening) ** 2
    inside = smooth(0.0, 0.25, almond) * (closed < 0.95)
    iris = np.hypot(x - gaze, y)
    ball = 0.92 - 0.68 * smooth(0.066, 0.056, iris) - 0.2 * smooth(0.032, 0.026, iris)
    ball += 0.7 * smooth(0.020, 0.012, np.hypot(x - gaze + 0.02, y + 0.024))
    tone += inside * (ball * (0.75 + 0.25 * smooth(-0.06, 0.02, y)) - tone)
    lid = np.exp(-(((y + opening * np.sqrt(np.clip(1 - (x / 0.14) ** 2, 0, 1))) / 0.014) ** 2))
    tone -= 0.42 * lid * smooth(0.155, 0.125, np.abs(x))


def _place(canvas: Canvas, face: Canvas, cover: Canvas, x: float, y: float, radius: float) -> None:
    """Scale the moon to its radius and lay it at a sub-pixel place."""
    scale = radius / (_SIZE / 2 - 4)
    matrix = np.array([[scale, 0, x - scale * _SIZE / 2], [0, scale, y - scale * _SIZE / 2]])
    size = (WIDTH, HEIGHT)
    alpha = cv2.warpAffine(cover, matrix, size, flags=cv2.INTER_AREA)
    tone = cv2.warpAffine(face, matrix, size, flags=cv2.INTER_LINEAR)
    over(canvas, np.asarray(tone), np.asarray(alpha))
