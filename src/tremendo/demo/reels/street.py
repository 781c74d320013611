"""A street of bowler hats that come towards the camera and greet it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tremendo.demo.reels.people import gentleman
from tremendo.demo.stage import (
    HEIGHT,
    WIDTH,
    Canvas,
    cloud,
    glow,
    gradient,
    over,
    polygon,
    smooth,
    stroke,
)

__all__ = ["passers_by"]


def passers_by(rng: np.random.Generator, frames: int, fps: float) -> Iterator[Canvas]:
    """Rows of men walk up the street; now and then a hat is lifted."""
    street = _street(rng)
    walkers = [
        (float(x), float(rng.uniform(0, 1)), float(rng.uniform(0, 6)), int(rng.integers(999)))
        for x in np.linspace(-1.5, 1.5, 15) + rng.normal(0, 0.05, 15)
    ]
    for number in range(frames):
        time = number / fps
        canvas = street.copy()
        placed = []
        for lane, start, phase, kind in walkers:
            far = 4.3 - (start * 3.0 + 0.42 * time) % 3.0
            placed.append((far, lane, phase, kind))
        for far, lane, phase, kind in sorted(placed, reverse=True):
            _walker(canvas, far, lane, phase, kind, time)
        haze = 0.10 * glow(320, 190, 240, 110)
        yield np.asarray(canvas + haze * (1 - canvas), np.float32)


def _walker(canvas: Canvas, far: float, lane: float, phase: float, kind: int, time: float) -> None:
    """One man; he bobs and sways with his steps, and fades in from the haze."""
    size = 120 / far
    step = 2 * np.pi * 0.95 * time + phase
    x = 320 + lane * 250 / far + 0.05 * size * np.sin(step)
    y = 172 + 118 / far - 0.035 * size * abs(np.sin(step))
    beat = (time * 0.45 + phase) % 2.6
    raised = float(np.exp(-(((beat - 1.0) / 0.32) ** 2))) if kind % 3 == 0 else 0.0
    before = canvas.copy() if far > 3.6 else None
    gentleman(canvas, x, y, size, kind, time, raised=raised, stride=float(np.sin(step)))
    if before is not None:
        share = min(1.0, (4.3 - far) / 0.7)
        canvas *= share
        canvas += (1 - share) * before


def _street(rng: np.random.Generator) -> Canvas:
    """House fronts to both sides, wet paving, a pale sky at the end."""
    canvas = gradient(0.92, 0.74)
    canvas += 0.18 * (cloud(rng, HEIGHT, WIDTH, 160) - 0.5)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    vx, vy = 320.0, 186.0
    for side in (-1, 1):
        for depth, inner, tone in (
            (4.2, 3.0, 0.60),
            (3.0, 2.1, 0.50),
            (2.1, 1.35, 0.42),
            (1.35, 0.7, 0.34),
        ):
            _house(
                canvas,
                side,
                depth,
                inner,
                tone + float(rng.normal(0, 0.03)),
                float(rng.uniform(330, 470)),
            )
    far = 130 / np.maximum(y - vy, 1)
    across = (x - vx) * far
    ground = smooth(0, 2, y - vy - 26)
    stones = 0.40 + 0.10 * np.sin(far * 30) * smooth(3.0, 1.2, far)
    stones += (
        0.16 * (cloud(rng, HEIGHT, WIDTH, 9, 3) - 0.5)
        + 0.10 * (cloud(rng, HEIGHT, WIDTH, 80) - 0.5)
        + 0.30 * glow(320, 215, 130, 120)
    )
    canvas += ground * smooth(310, 296, np.abs(across)) * (stones - canvas)
    curb = ground * np.exp(-(((np.abs(across) - 303) / 5) ** 2))
    canvas += curb * (0.78 - canvas)
    canvas += (
        ground
        * smooth(306, 312, np.abs(across))
        * (0.50 + 0.1 * (cloud(rng, HEIGHT, WIDTH, 60) - 0.5) - canvas)
    )
    for depth in (3.4, 2.2, 1.4):
        for side in (-1, 1):
            _lamp(canvas, vx + 330 * side / depth, vy + 128 / depth, 190 / depth)
    return np.asarray(canvas, np.float32)


def _house(canvas: Canvas, side: int, depth: float, inner: float, tone: float, tall: float) -> None:
    """One front in perspective between two distances, with its windows and shop."""
    vx, vy = 320.0, 186.0

    def at(distance: float, height: float) -> tuple[float, float]:
        return vx + 400 * side / distance, vy + (128 - height) / distance

    over(canvas, tone, polygon([at(depth, 0), at(inner, 0), at(inner, tall), at(depth, tall)]))
    cornice = [at(depth, tall), at(inner, tall), at(inner, tall + 16), at(depth, tall + 16)]
    over(canvas, tone * 1.35, polygon(cornice))
    steps = 1 / np.linspace(1 / depth, 1 / inner, 13)
    for level in range(1, int(tall // 96)):
        low = 14 + 96 * level
        for i in range(1, 12, 3):
            pane = [
                at(steps[i], low),
                at(steps[i + 1], low),
                at(steps[i + 1], low + 58),
                at(steps[i], low + 58),
            ]
            over(canvas, tone * 0.40, polygon(pane))
            sill = [
                at(steps[i], low - 4),
                at(steps[i + 1], low - 4),
                at(steps[i + 1], low),
                at(steps[i], low),
            ]
            over(canvas, tone * 1.4, polygon(sill))
    shop = [at(depth, 8), at(inner, 8), at(inner, 74), at(depth, 74)]
    over(canvas, tone * 0.45, polygon(shop))
    awning = [at(depth, 80), at(inner, 80), at(inner, 100), at(depth, 100)]
    over(canvas, min(0.9, tone * 1.7), polygon(awning))


def _lamp(canvas: Canvas, x: float, y: float, tall: float) -> None:
    stroke(canvas, [(x, y), (x, y - tall)], tall / 55 + 1, 0.10)
    stroke(canvas, [(x - tall / 14, y - tall * 0.86), (x + tall / 14, y - tall * 0.86)], 1.5, 0.10)
    box = [
        (x - tall / 26, y - tall),
        (x + tall / 26, y - tall),
        (x + tall / 16, y - tall * 1.13),
        (x - tall / 16, y - tall * 1.13),
    ]
    over(canvas, 0.85, polygon(box))
    stroke(canvas, [*box, box[0]], 1.2, 0.12)
