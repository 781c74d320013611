"""Random re-edits of takes with known joins, clean or damaged like old film."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tremendo.media.frames import Frame


@dataclass
class Reedit:
    frames: list[Frame]
    cuts: list[int]
    """First frames of new shots (another take)."""
    jumps: list[int]
    """First frames after a splice within a take."""


def reedit(takes: list[list[Frame]], *, joins: int, seed: int, hard: bool = False) -> Reedit:
    """Join random pieces of the takes; one join in six leaps forward within the same take."""
    rng = np.random.default_rng(seed)
    result = Reedit([], [], [])
    take, position = int(rng.integers(len(takes))), 0
    for number in range(joins + 1):
        if number:
            ahead = position + int(rng.integers(10, 20))
            if rng.random() < 1 / 6 and ahead + 10 < len(takes[take]):
                result.jumps.append(len(result.frames))
                position = ahead
            else:
                result.cuts.append(len(result.frames))
                take = int(rng.choice([t for t in range(len(takes)) if t != take]))
                position = int(rng.integers(max(1, len(takes[take]) - 12)))
        length = int(rng.integers(10, 45))
        piece = [f.copy() for f in takes[take][position : position + length]]
        position += len(piece)
        if hard:
            _flare_or_flash(piece, rng)
        result.frames.extend(piece)
    if hard:
        result.frames = [_wear(frame, rng) for frame in result.frames]
    return result


def _flare_or_flash(piece: list[Frame], rng: np.random.Generator) -> None:
    if rng.random() < 0.3:
        count = min(int(rng.integers(3, 6)), len(piece) - 1)
        for step, place in enumerate(range(len(piece) - count, len(piece)), start=1):
            white = 0.9 * step / count
            piece[place] = (piece[place] * (1 - white) + 255 * white).astype(np.uint8)
    if rng.random() < 0.25 and len(piece) > 8:
        piece[int(rng.integers(3, len(piece) - 5))][:] = 255


def _wear(frame: Frame, rng: np.random.Generator) -> Frame:
    """Flicker of 18 %, scratches, dirt and grain."""
    height, width = frame.shape[:2]
    gain = 1 + 0.18 * rng.uniform(-1, 1)
    worn = frame.astype(np.float32) * gain + rng.normal(0, 4, (height, width, 1))
    for _ in range(rng.poisson(2)):
        x = int(rng.integers(width))
        worn[:, x : x + 2] += rng.choice([-60.0, 60.0])
    for _ in range(rng.poisson(4)):
        center = (int(rng.integers(width)), int(rng.integers(height)))
        size = (int(rng.integers(1, width // 24)), int(rng.integers(1, height // 24)))
        shade = float(rng.choice([10, 245]))
        cv2.ellipse(worn, center, size, float(rng.uniform(0, 180)), 0, 360, (shade,) * 3, -1)
    return np.clip(worn, 0, 255).astype(np.uint8)


def score(found: list[int], truth: list[int], tolerance: int = 2) -> tuple[float, float, float]:
    """Precision, recall and F1; each true join is matched once, at most ``tolerance`` off."""
    left = list(truth)
    hits = 0
    for cut in found:
        near = min(left, key=lambda t: abs(t - cut), default=None)
        if near is not None and abs(near - cut) <= tolerance:
            left.remove(near)
            hits += 1
    precision = hits / len(found) if found else 1.0
    recall = hits / len(truth) if truth else 1.0
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)
