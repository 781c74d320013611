"""The serpentine dance: silk on long wands, in turning light."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.demo.stage import HEIGHT, WIDTH, Canvas, Limb, body, cloud, glow, gradient

__all__ = ["serpentine"]

_AROUND, _DOWN = 210, 50
_SCALE = 2
"""The silk is painted at twice the size and shrunk: smooth edges."""


def serpentine(rng: np.random.Generator, frames: int, fps: float) -> Iterator[Canvas]:
    """A dancer in a whirl of silk before black, lit from the side and from below."""
    stage = gradient(0.075, 0.09) + 0.06 * glow(320, 280, 280, 230)
    stage += 0.03 * (cloud(rng, HEIGHT, WIDTH, 130) - 0.5)
    floor = np.clip((np.arange(HEIGHT) - 420) / 60, 0, 1)[:, None]
    stage = np.asarray(stage + floor * 0.22 * glow(320, 450, 230, 60), np.float32)
    phase = rng.uniform(0, 6)
    for number in range(frames):
        time = number / fps + phase
        canvas = stage.copy()
        silk = _silk(time)
        _paint(canvas, silk, time)
        _dancer(canvas, time)
        _paint(canvas, silk, time, front=True)
        halo = cv2.GaussianBlur(np.maximum(canvas - 0.5, 0), (0, 0), 14)
        yield np.asarray(canvas + 0.5 * halo, np.float32)


def _silk(time: float) -> NDArray[np.float64]:
    """The cloth as a grid of points ``(down, around, xyz)``; x right, y down, z to the camera.

    A cone of cloth hangs from the shoulders; two wands lift it where they point, and what the
    wands do travels down the cloth with a delay, as waves on a whip.
    """
    around = np.linspace(0, 2 * np.pi, _AROUND)[None]
    down = np.linspace(0, 1, _DOWN)[:, None]
    late = time - 0.42 * down
    spin = 1.15 * late
    lift = np.zeros((_DOWN, _AROUND))
    for arm, side in ((0.0, 1.0), (np.pi, -1.0)):
        points = spin + arm + 0.9 * np.sin(2.6 * late + side)
        near = np.cos((around - points) / 2) ** 2
        height = 0.62 + 0.38 * np.sin(2.6 * late + 1.3 * side)
        lift = np.maximum(lift, near**3 * height)
    sway = 0.10 * np.sin(1.7 * late)
    flare = down**0.85 * (0.50 + 0.72 * lift + 0.10 * np.sin(5.2 * late))
    folds = 0.055 * down * np.sin(11 * around - 3.4 * late + 5 * down)
    folds += 0.035 * down**1.5 * np.sin(19 * around + 4.1 * late)
    radius = 0.10 + flare + folds
    drop = 1.32 * down - 1.75 * lift * down**1.1 + 0.05 * np.sin(7 * around + 5 * late) * down
    x = radius * np.sin(around) + sway * down
    z = radius * np.cos(around)
    return np.stack(np.broadcast_arrays(x, drop - 0.62, z), axis=2)


def _paint(canvas: Canvas, silk: NDArray[np.float64], time: float, *, front: bool = False) -> None:
    """Paint the half of the cloth behind or before the dancer, far pieces first."""
    x, y, z = np.moveaxis(silk, 2, 0)
    depth = 1 / (1 - 0.16 * z)
    screen = np.stack([320 + 232 * x * depth, 262 + 175 * (y + 0.16 * z) * depth], axis=2)
    along = np.diff(silk, axis=1)[:-1]
    across = np.diff(silk, axis=0)[:, :-1]
    normal = np.cross(along, across)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True) + 1e-9
    tones = cv2.GaussianBlur(_shade(normal, time), (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
    middle = (z[:-1, :-1] + z[1:, 1:]) / 2
    corners = np.stack([screen[:-1, :-1], screen[:-1, 1:], screen[1:, 1:], screen[1:, :-1]], axis=2)
    chosen = np.flatnonzero(((middle > 0) == front).ravel())
    order = chosen[np.argsort(middle.ravel()[chosen], kind="stable")]
    quads = np.round(corners.reshape(-1, 4, 2)[order] * _SCALE * 16).astype(np.int32)
    levels = np.clip(tones.ravel()[order] * 255, 1, 255)
    large = np.zeros((HEIGHT * _SCALE, WIDTH * _SCALE), np.uint8)
    for quad, level in zip(quads, levels, strict=True):
        cv2.fillConvexPoly(large, quad, float(level), cv2.LINE_8, 4)
    small = cv2.resize(large, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    cover = cv2.resize(
        (large > 0).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA
    )
    tone = cv2.GaussianBlur(small.astype(np.float32) / 255, (0, 0), 0.9)
    opacity = 0.90 * cover
    canvas *= 1 - opacity
    canvas += opacity * tone / np.maximum(cv2.GaussianBlur(cover, (0, 0), 0.9), 0.05)


def _shade(normal: NDArray[np.float64], time: float) -> NDArray[np.float64]:
    """Thin silk lit on both faces: two lamps, sheen, and light that shines through."""
    turn = 0.5 * np.sin(0.9 * time)
    lamps = (((-0.75 + turn, -0.35, 0.55), 0.72), ((0.7, 0.55, 0.25), 0.34))
    tone = np.full(normal.shape[:2], 0.10)
    for direction, power in lamps:
        unit = np.array(direction) / np.linalg.norm(direction)
        facing = normal @ unit
        tone += power * (np.maximum(facing, 0) + 0.55 * np.maximum(-facing, 0))
        tone += 0.45 * power * np.abs(facing) ** 14
    return np.asarray(tone)


def _dancer(canvas: Canvas, time: float) -> None:
    """Head, neck and arms; the rest is silk."""
    lean = 8 * np.sin(1.7 * time)
    x, y = 320 + 0.4 * lean, 128.0
    limbs = [
        Limb((x, y), (x, y + 8), 12.5, 10.5, 0.82, 6),
        Limb((x - 3, y - 9), (x + 4, y - 9), 11.5, 11.5, 0.10, 5),
        Limb((x + 5, y - 19), (x + 5, y - 19), 6, 6, 0.10, 4),
        Limb((x, y + 14), (x, y + 26), 6, 8, 0.78),
        Limb((x - 17, y + 33), (x + 17, y + 33), 9, 9, 0.78),
        Limb((x, y + 36), (320, y + 92), 16, 9, 0.46, -5),
        Limb((312, y + 300), (306, y + 312), 6, 5, 0.6, -8),
        Limb((330, y + 300), (337, y + 312), 6, 5, 0.6, -8),
    ]
    for pleat in (-2, -1, 0, 1, 2):
        hem = (320 + 15 * pleat + 3 * np.sin(3 * time + pleat), y + 288 - 3 * abs(pleat))
        limbs.append(Limb((320 + 4 * pleat, y + 82), hem, 8, 13, 0.42, -2 - abs(pleat)))
    for side in (-1.0, 1.0):
        lift = 0.62 + 0.38 * np.sin(2.6 * time + 1.3 * side)
        swing = np.sin(1.15 * time + (0 if side > 0 else np.pi) + 0.9 * np.sin(2.6 * time + side))
        shoulder = (x + 18 * side, y + 33)
        elbow = (shoulder[0] + 42 * side * (0.55 + 0.45 * abs(swing)), y + 33 - 46 * (lift - 0.4))
        hand = (elbow[0] + 40 * side * (0.4 + 0.6 * abs(swing)), elbow[1] - 48 * (lift - 0.25))
        limbs += [
            Limb(shoulder, elbow, 7.5, 6, 0.80, 3 * swing),
            Limb(elbow, hand, 6, 4, 0.80, 5 * swing),
        ]
    body(canvas, limbs, light=(-0.7, -0.3, 0.6), ambient=0.12)
