"""Townspeople of 1900 seen from the front: coats, collars, moustaches, hats.

A person is modeled in units of his own size with the chin at the origin, y down.
"""

from __future__ import annotations

import numpy as np

from tremendo.demo.stage import Canvas, Limb, body, placed

__all__ = ["gentleman"]

_SKIN = 0.74
_HATS = ("bowler", "bowler", "bowler", "boater", "topper", "cap")


def gentleman(
    canvas: Canvas,
    x: float,
    y: float,
    size: float,
    kind: int,
    time: float,
    *,
    raised: float = 0.0,
    stride: float = 0.0,
) -> None:
    """Paint a person whose chin is at ``x, y``.

    Args:
        canvas: painted in place.
        x: of the chin.
        y: of the chin.
        size: scale; he is about 3.7 of it tall.
        kind: any number: chooses coat, hat, beard.
        time: seconds, for breath and nodding.
        raised: 0..1: how far the hat is lifted in greeting.
        stride: -1..1: which foot is lifted, and how far.
    """
    dice = np.random.default_rng([kind, 7])
    coat = float(dice.uniform(0.11, 0.42))
    hat = _HATS[int(dice.integers(len(_HATS)))]
    nod = 0.02 * float(np.sin(1.9 * time + kind))
    breath = 0.012 * float(np.sin(2.4 * time + kind))
    limbs = [
        *_coat(coat, breath),
        *_legs(coat * 0.8, stride),
        *_arms(coat, raised),
        *placed(_head(dice), nod, -0.24, 1.0),
        *placed(_hat(hat), nod + 0.30 * raised, -0.24 - 0.36 * raised, 1.0),
    ]
    body(canvas, placed(limbs, x, y, size), light=(-0.55, -0.6, 0.6))


def _coat(tone: float, breath: float) -> list[Limb]:
    """Jacket, collar, shirt front and tie."""
    return [
        Limb((0, 0.02), (0, 0.16), 0.10, 0.13, 0.84, 0.05),
        Limb((-0.30, 0.42), (-0.22, 1.5), 0.30, 0.32, tone),
        Limb((0.30, 0.42 + breath), (0.22, 1.5), 0.30, 0.32, tone),
        Limb((0, 0.2), (0, 0.75), 0.11, 0.03, 0.80, 0.17),
        Limb((0, 0.27), (0, 0.62), 0.04, 0.035, 0.08, 0.26),
    ]


def _legs(tone: float, stride: float) -> list[Limb]:
    limbs = []
    for side in (-1, 1):
        lift = 0.28 * max(0.0, stride * side)
        knee, sole = (0.2 * side, 2.25 - 0.5 * lift), 3.0 - lift
        limbs += [
            Limb((0.2 * side, 1.6), knee, 0.24, 0.18, tone),
            Limb(knee, (0.19 * side, sole), 0.18, 0.13, tone, 0.3 * lift),
            Limb((0.19 * side, sole + 0.06), (0.26 * side, sole + 0.12), 0.13, 0.10, 0.07, 0.2),
        ]
    return limbs


def _arms(tone: float, raised: float) -> list[Limb]:
    """Both hang; one lifts the hat."""
    limbs = []
    for side, lift in ((-1, 0.0), (1, raised)):
        shoulder = (0.50 * side, 0.42)
        elbow = ((0.68 + 0.28 * lift) * side, 0.95 - 0.90 * lift)
        hand = ((0.60 - 0.12 * lift) * side, 1.42 - 2.60 * lift)
        limbs += [
            Limb(shoulder, elbow, 0.20, 0.16, tone, 0.02),
            Limb(elbow, hand, 0.16, 0.11, tone, 0.05),
            Limb(hand, hand, 0.11, 0.11, _SKIN, 0.1),
        ]
    return limbs


def _head(dice: np.random.Generator) -> list[Limb]:
    """Face, ears, eyes, nose, and of four men three have a moustache, one of them a beard."""
    limbs = [
        Limb((0, -0.1), (0, 0.08), 0.235, 0.20, _SKIN, 0.1),
        Limb((0, -0.04), (0, 0.05), 0.035, 0.05, _SKIN, 0.35),
    ]
    for side in (-1, 1):
        limbs += [
            Limb((0.09 * side, -0.05), (0.09 * side, -0.05), 0.028, 0.028, 0.10, 0.35),
            Limb((0.235 * side, -0.02), (0.235 * side, 0.05), 0.05, 0.04, _SKIN),
        ]
    hair, style = float(dice.uniform(0.05, 0.14)), int(dice.integers(4))
    if style < 3:
        for side in (-1, 1):
            tip = ((0.13 + 0.03 * style) * side, 0.11 - 0.02 * style)
            limbs.append(Limb((0, 0.10), tip, 0.045, 0.018, hair, 0.37))
    if style == 2:
        limbs.append(Limb((0, 0.17), (0, 0.30), 0.17, 0.09, hair, 0.175))
    return limbs


def _hat(kind: str) -> list[Limb]:
    """Crown and brim; the origin is the middle of the head."""
    if kind == "boater":
        return [
            Limb((-0.05, -0.27), (0.05, -0.27), 0.17, 0.17, 0.85, 0.3),
            Limb((-0.19, -0.20), (0.19, -0.20), 0.035, 0.035, 0.12, 0.51),
            Limb((-0.34, -0.14), (0.34, -0.14), 0.035, 0.035, 0.88, 0.51),
        ]
    crown, wide = {
        "bowler": (Limb((0, -0.27), (0, -0.21), 0.235, 0.25, 0.10, 0.15), 0.33),
        "topper": (Limb((0, -0.58), (0, -0.22), 0.22, 0.225, 0.09, 0.15), 0.32),
        "cap": (Limb((-0.1, -0.24), (0.1, -0.24), 0.17, 0.17, 0.34, 0.18), 0.17),
    }[kind]
    return [crown, Limb((-wide, -0.17), (wide, -0.17), 0.045, 0.045, crown.tone * 1.15, 0.4)]
