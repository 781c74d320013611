"""What the reels are painted with: soft light, shaded bodies, smoke; grey ``float32`` in 0..1.

A canvas is ``(H, W) float32`` luma, linear enough for a film stock that :mod:`.damage` prints
later. Coordinates are ``x, y`` pixels, y down; sizes of figures are in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "HEIGHT",
    "WIDTH",
    "Canvas",
    "Limb",
    "body",
    "cloud",
    "glow",
    "gradient",
    "over",
    "placed",
    "polygon",
    "smooth",
    "stroke",
]

Canvas = NDArray[np.float32]
WIDTH, HEIGHT = 640, 480


def smooth(edge0: float, edge1: float, x: Canvas) -> Canvas:
    """Smoothstep between two edges; the edges may be given in falling order."""
    t = np.clip((x - edge0) / (edge1 - edge0), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def gradient(top: float, bottom: float) -> Canvas:
    """A backdrop that goes from one tone to another down the frame."""
    return np.repeat(np.linspace(top, bottom, HEIGHT, dtype=np.float32)[:, None], WIDTH, axis=1)


def glow(x: float, y: float, radius_x: float, radius_y: float | None = None) -> Canvas:
    """A round light: 1 at the center, Gaussian fall-off."""
    columns = np.exp(-(((np.arange(WIDTH) - x) / radius_x) ** 2))
    rows = np.exp(-(((np.arange(HEIGHT) - y) / (radius_y or radius_x)) ** 2))
    return np.asarray(rows[:, None] * columns[None], np.float32)


def cloud(
    rng: np.random.Generator, height: int, width: int, scale: int, octaves: int = 4
) -> Canvas:
    """Smooth noise in 0..1 that tiles from right to left, with detail halved at each octave."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cell = max(2.0, scale / 2 ** (octave + 1))
        rows, columns = round(height / cell) + 8, max(4, round(width / cell))
        grid = rng.standard_normal((rows, columns), np.float32)
        grid = cv2.GaussianBlur(np.pad(grid, ((0, 0), (6, 6)), mode="wrap"), (0, 0), 1.1)
        grid /= grid.std()
        factor = width / columns
        fine = cv2.resize(grid, None, fx=factor, fy=cell, interpolation=cv2.INTER_CUBIC)
        left, top = round(6 * factor), round(4 * cell)
        total += fine[top : top + height, left : left + width] * 0.5**octave
    return np.asarray(np.clip(0.5 + 0.19 * total, 0, 1), np.float32)


def over(canvas: Canvas, tone: Canvas | float, alpha: Canvas, x: int = 0, y: int = 0) -> None:
    """Lay a tone over the canvas in place, its upper left corner at ``x, y``; parts outside go."""
    rows, columns = alpha.shape
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + columns, canvas.shape[1]), min(y + rows, canvas.shape[0])
    if right <= left or bottom <= top:
        return
    part = (slice(top - y, bottom - y), slice(left - x, right - x))
    share = alpha[part]
    layer = tone if isinstance(tone, float) else tone[part]
    under = canvas[top:bottom, left:right]
    under += share * (layer - under)


def polygon(points: Sequence[tuple[float, float]], soft: float = 0.0) -> Canvas:
    """Coverage of a filled polygon over the whole frame, anti-aliased."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    corners = np.round(np.array(points) * 16).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
    cover = mask.astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(cover, (0, 0), soft) if soft > 0 else cover, np.float32)


def stroke(
    canvas: Canvas, points: Sequence[tuple[float, float]], width: float, tone: float
) -> None:
    """An anti-aliased line through points."""
    mask = np.zeros(canvas.shape, np.uint8)
    path = np.round(np.array(points) * 16).astype(np.int32)
    cv2.polylines(mask, [path], False, 255, max(1, round(width)), cv2.LINE_AA, 4)
    over(canvas, tone, np.asarray(mask * (min(1.0, width) / 255), np.float32))


@dataclass(frozen=True)
class Limb:
    """A tapered round piece of a body, from one joint to the next."""

    start: tuple[float, float]
    end: tuple[float, float]
    start_radius: float
    end_radius: float
    tone: float
    """Reflectance 0..1."""
    nearer: float = 0.0
    """How much closer to the camera than the body's middle plane, in pixels."""


def placed(limbs: Sequence[Limb], x: float, y: float, size: float) -> list[Limb]:
    """Limbs modeled around the origin in units of their own, enlarged and moved to ``x, y``."""
    return [
        Limb(
            (x + size * limb.start[0], y + size * limb.start[1]),
            (x + size * limb.end[0], y + size * limb.end[1]),
            size * limb.start_radius,
            size * limb.end_radius,
            limb.tone,
            size * limb.nearer,
        )
        for limb in limbs
    ]


def body(
    canvas: Canvas,
    limbs: Sequence[Limb],
    *,
    light: tuple[float, float, float] = (-0.5, -0.6, 0.6),
    ambient: float = 0.22,
    rim: float = 0.25,
    alpha: float = 1.0,
) -> None:
    """Model limbs into one relief, light it, and lay it over the canvas.

    Every limb is a round cone; the relief takes the nearest surface, is softened so that limbs
    grow together at the joints, and is shaded by its slope.

    Args:
        canvas: painted in place.
        limbs: in any order.
        light: direction towards the light: x right, y down, z to the camera.
        ambient: light in the shadow.
        rim: extra light along the outline that faces away from the camera.
        alpha: opacity of the whole.
    """
    unit = np.array(light) / np.linalg.norm(light)
    ends = np.array([[*limb.start, *limb.end] for limb in limbs])
    reach = max(max(limb.start_radius, limb.end_radius) for limb in limbs) + 4
    left = int(np.floor(ends[:, [0, 2]].min() - reach))
    top = int(np.floor(ends[:, [1, 3]].min() - reach))
    columns = int(np.ceil(ends[:, [0, 2]].max() + reach)) - left + 1
    rows = int(np.ceil(ends[:, [1, 3]].max() + reach)) - top + 1
    height = np.full((rows, columns), -reach, np.float32)
    tone = np.zeros((rows, columns), np.float32)
    cover = np.zeros((rows, columns), np.float32)
    for limb in limbs:
        _model(limb, left, top, height, tone, cover)
    relief = cv2.GaussianBlur(height, (0, 0), 1.1)
    tone = cv2.GaussianBlur(tone, (0, 0), 0.7) / np.maximum(
        cv2.GaussianBlur((tone > 0).astype(np.float32), (0, 0), 0.7), 1e-3
    )
    slope_x = cv2.Sobel(relief, cv2.CV_32F, 1, 0, scale=1 / 8)
    slope_y = cv2.Sobel(relief, cv2.CV_32F, 0, 1, scale=1 / 8)
    length = np.sqrt(slope_x**2 + slope_y**2 + 1)
    facing = (-slope_x * unit[0] - slope_y * unit[1] + unit[2]) / length
    edge = (1 - 1 / length) ** 2
    hollow = np.clip((cv2.GaussianBlur(height, (0, 0), 6) - height) / (2 * reach), 0, 0.4)
    shade = ambient + (1 - ambient) * np.clip(facing, 0, 1) ** 1.15 + rim * edge - 0.8 * hollow
    over(canvas, np.asarray(tone * shade, np.float32), cover * alpha, left, top)


def _model(limb: Limb, left: int, top: int, height: Canvas, tone: Canvas, cover: Canvas) -> None:
    """Add one limb to the relief, its tones and its coverage."""
    radius = max(limb.start_radius, limb.end_radius) + 2
    x0 = int(min(limb.start[0], limb.end[0]) - radius) - left
    x1 = int(max(limb.start[0], limb.end[0]) + radius) + 2 - left
    y0 = int(min(limb.start[1], limb.end[1]) - radius) - top
    y1 = int(max(limb.start[1], limb.end[1]) + radius) + 2 - top
    x0, y0 = max(x0, 0), max(y0, 0)
    part = (slice(y0, y1), slice(x0, x1))
    rows, columns = height[part].shape
    x = np.arange(columns, dtype=np.float32)[None] + (left + x0 - limb.start[0])
    y = np.arange(rows, dtype=np.float32)[:, None] + (top + y0 - limb.start[1])
    dx, dy = limb.end[0] - limb.start[0], limb.end[1] - limb.start[1]
    along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-3), 0, 1)
    squared = (x - along * dx) ** 2 + (y - along * dy) ** 2
    thick = limb.start_radius + along * (limb.end_radius - limb.start_radius)
    surface = np.sqrt(np.maximum(thick**2 - squared, 0)) + limb.nearer
    edge = np.clip(thick - np.sqrt(squared) + 0.5, 0, 1)
    inside = edge > 0.02
    nearest = inside & (surface > height[part])
    height[part][nearest] = surface[nearest]
    tone[part][nearest] = limb.tone
    np.maximum(cover[part], edge, out=cover[part])
