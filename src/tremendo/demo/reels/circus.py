"""Under the big top: flyers on a trapeze and a strong man."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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

__all__ = ["flyers", "strong_man", "trapeze"]

_SKIN, _LEOTARD, _TRUNKS, _HAIR = 0.74, 0.9, 0.13, 0.08
Point = tuple[float, float]


def chain(origin: Point, links: Sequence[tuple[float, float]]) -> list[Point]:
    """Joints of a limb: each link has a length and an angle in radians, 0 = hanging down."""
    joints = [origin]
    for length, angle in links:
        x, y = joints[-1]
        joints.append((x + length * np.sin(angle), y + length * np.cos(angle)))
    return joints


def _tent(rng: np.random.Generator) -> Canvas:
    """Striped canvas, masts, bunting, and dark ranks of seats."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    apex_x, apex_y = 320.0, -210.0
    angle = np.arctan2(x - apex_x, y - apex_y)
    stripe = smooth(-0.25, 0.25, np.sin(angle * 34).astype(np.float32))
    folds = 1 + 0.12 * np.sin(angle * 136) * smooth(0, 260, y)
    tent = (0.13 + 0.15 * stripe) * folds * (0.35 + 0.75 * smooth(-40, 250, y))
    tent *= 1.0 - 0.55 * smooth(270, 340, y)
    canvas = np.asarray(tent, np.float32)
    canvas += 0.06 * (cloud(rng, HEIGHT, WIDTH, 90) - 0.5)
    for mast in (96.0, 544.0):
        lean = (320 - mast) * 0.10
        stroke(canvas, [(mast, 400), (mast + lean, -10)], 5, 0.06)
        stroke(canvas, [(mast - 1, 400), (mast - 1 + lean, -10)], 1, 0.32)
    for start, end, sag in (((96, 130), (544, 130), 46), ((-60, 190), (96, 120), 30)):
        _bunting(canvas, start, end, sag)
    _bunting(canvas, (544, 120), (700, 190), 30)
    return canvas


def _bunting(canvas: Canvas, start: Point, end: Point, sag: float) -> None:
    """A string of small flags."""
    t = np.linspace(0, 1, 15)
    xs = start[0] + (end[0] - start[0]) * t
    ys = start[1] + (end[1] - start[1]) * t + sag * 4 * t * (1 - t)
    stroke(canvas, list(zip(xs, ys, strict=True)), 1, 0.3)
    for i in range(len(t) - 1):
        flag = [(xs[i], ys[i]), (xs[i + 1], ys[i + 1])]
        tip = ((xs[i] + xs[i + 1]) / 2, (ys[i] + ys[i + 1]) / 2 + 17)
        over(canvas, 0.42 if i % 2 else 0.16, polygon([*flag, tip]) * 0.9)


def _crowd(rng: np.random.Generator) -> list[tuple[Canvas, float, float]]:
    """Ranks of spectators from far to near: coverage, tone, phase of their sway."""
    ranks = []
    for rank in range(4):
        level, size = 362 + 30 * rank, 8.5 + 2.6 * rank
        cover = np.zeros((HEIGHT, WIDTH + 40), np.float32)
        for x in np.arange(rng.uniform(0, size), WIDTH + 40, size * 2.5):
            here = x + rng.normal(0, size * 0.25)
            top = level + rng.normal(0, size * 0.3)
            _spectator(cover, here, top, size, rng)
        cover[int(level + 2.4 * size) :] = 1
        ranks.append((cover, 0.12 - 0.024 * rank, float(rng.uniform(0, 6))))
    return ranks


def _spectator(cover: Canvas, x: float, y: float, size: float, rng: np.random.Generator) -> None:
    """Head, shoulders and mostly a hat, as coverage."""
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    columns = np.arange(cover.shape[1], dtype=np.float32)[None]
    near = slice(max(0, int(x - 3 * size)), int(x + 3 * size))
    columns = columns[:, near]
    head = 1 - np.hypot((columns - x) / (0.78 * size), (rows - y) / size)
    bust = 1 - np.hypot((columns - x) / (1.75 * size), (rows - y - 2.5 * size) / (1.7 * size))
    shape = np.maximum(head * size, bust * size)
    kind = rng.random()
    if kind < 0.75:
        crown = 1 - np.hypot((columns - x) / (0.85 * size), (rows - y + 0.65 * size) / (0.8 * size))
        brim = np.minimum(
            1.35 - np.abs(columns - x) / size, 0.13 - np.abs(rows - y + 0.5 * size) / size
        )
        shape = np.maximum(shape, np.maximum(crown, brim) * size)
    np.maximum(cover[:, near], np.clip(shape + 0.5, 0, 1), out=cover[:, near])


def _spotlight(canvas: Canvas, x: float, y: float, source: Point = (30, -20)) -> None:
    """A limelight that follows the artist: beam through the dust, pool of light around."""
    dx, dy = x - source[0], y - source[1]
    length = float(np.hypot(dx, dy))
    side = (-dy / length * 92, dx / length * 92)
    far = (source[0] + dx * 1.45, source[1] + dy * 1.45)
    beam = polygon(
        [source, (far[0] + side[0], far[1] + side[1]), (far[0] - side[0], far[1] - side[1])], 9
    )
    canvas += beam * 0.10 + beam * glow(x, y, 130) * 0.13
    canvas *= 1 + 0.75 * glow(x, y, 150)


def _head(center: Point, size: float, nearer: float = 4) -> list[Limb]:
    x, y = center
    return [
        Limb((x, y - size * 0.15), (x, y + size * 0.3), size * 0.85, size * 0.7, _SKIN, nearer),
        Limb((x - 0.1 * size, y - size * 0.5), (x + 0.1 * size, y - size * 0.5), size * 0.72,
             size * 0.72, _HAIR, nearer + 1.5),
    ]  # fmt: skip


def _hanging(bar: Point, swing: float, pump: float, size: float) -> list[Limb]:
    """An artist who hangs by the hands: the trunk trails the ropes, the legs lead it."""
    limbs: list[Limb] = []
    trunk = swing * 0.85 - 0.18 * pump
    shoulder = chain(bar, [(0.95 * size, swing * 0.95)])[-1]
    hip = chain(shoulder, [(1.02 * size, trunk)])[-1]
    for side, near in ((-1, -3.0), (1, 3.0)):
        hand = (bar[0] + 0.2 * size * side, bar[1])
        root = (shoulder[0] + 0.24 * size * side, shoulder[1] + 0.05 * size)
        elbow = ((hand[0] + root[0]) / 2 + 0.05 * size * side, (hand[1] + root[1]) / 2)
        limbs += [
            Limb(hand, elbow, 0.075 * size, 0.10 * size, _SKIN, near),
            Limb(elbow, root, 0.10 * size, 0.14 * size, _SKIN, near),
        ]
        start = (hip[0] + 0.13 * size * side, hip[1])
        bend = 0.30 + 0.35 * max(0.0, pump)
        leg = chain(
            start,
            [(0.86 * size, trunk + 0.52 * pump + 0.06 * side),
             (0.82 * size, trunk + 0.52 * pump - bend + 0.04 * side),
             (0.22 * size, trunk + 0.75 * pump + 0.2)],
        )  # fmt: skip
        limbs += [
            Limb(leg[0], leg[1], 0.185 * size, 0.125 * size, _LEOTARD * 0.92, near),
            Limb(leg[1], leg[2], 0.125 * size, 0.075 * size, _LEOTARD * 0.92, near),
            Limb(leg[2], leg[3], 0.08 * size, 0.045 * size, 0.3, near),
        ]
    waist = ((shoulder[0] * 0.4 + hip[0] * 0.6), (shoulder[1] * 0.4 + hip[1] * 0.6))
    for side in (-1, 1):
        chest = (shoulder[0] + 0.15 * size * side, shoulder[1] + 0.1 * size)
        limbs.append(Limb(chest, waist, 0.2 * size, 0.19 * size, _LEOTARD, 1.0))
    limbs.append(Limb(waist, hip, 0.21 * size, 0.235 * size, _TRUNKS, 1.5))
    face = chain(shoulder, [(-0.26 * size, swing * 0.7)])[-1]
    return limbs + _head(face, 0.21 * size)


def _ropes(canvas: Canvas, pivot: Point, bar: Point, spread: float) -> None:
    for side in (-1, 1):
        ends = [(pivot[0] + spread * side, pivot[1]), (bar[0] + spread * side, bar[1])]
        stroke(canvas, ends, 2, 0.62)
    stroke(canvas, [(bar[0] - spread - 5, bar[1]), (bar[0] + spread + 5, bar[1])], 4, 0.8)


def trapeze(rng: np.random.Generator, frames: int, fps: float) -> Iterator[Canvas]:
    """A wide shot: one flyer swings over the ring, the limelight follows."""
    tent, ranks = _tent(rng), _crowd(rng)
    phase = rng.uniform(0, 2)
    pivot = (320.0, -205.0)
    for number in range(frames):
        turn = 2 * np.pi * number / fps / 2.7 + phase
        swing = 0.46 * np.sin(turn)
        bar = (pivot[0] + 345 * np.sin(swing), pivot[1] + 345 * np.cos(swing))
        canvas = tent.copy()
        _spotlight(canvas, bar[0] - 10, bar[1] + 105)
        _ropes(canvas, pivot, bar, 17)
        body(canvas, _hanging(bar, swing, float(np.sin(turn + 1.0)), 56), light=(-0.6, -0.5, 0.6))
        _people(canvas, ranks, number / fps)
        yield canvas


def flyers(rng: np.random.Generator, frames: int, fps: float) -> Iterator[Canvas]:
    """A closer shot: a catcher hangs by his knees and holds a second artist by the wrists."""
    tent = _tent(rng)
    phase = rng.uniform(0, 2)
    for number in range(frames):
        turn = 2 * np.pi * number / fps / 3.0 + phase
        swing, lag = 0.30 * np.sin(turn), 0.42 * np.sin(turn - 0.5)
        pivot = (320.0, -330.0)
        bar = (pivot[0] + 375 * np.sin(swing), pivot[1] + 375 * np.cos(swing))
        canvas = np.roll(tent, 40, axis=0)
        canvas[:40] = canvas[40]
        hands = chain(bar, [(52, swing), (74, swing), (64, (swing + lag) / 2)])[-1]
        _spotlight(canvas, hands[0], hands[1] - 20, (620, -30))
        _ropes(canvas, pivot, bar, 24)
        limbs = _catcher(bar, swing, hands, 72)
        limbs += _hanging(hands, lag, float(np.sin(turn + 0.6)), 66)
        body(canvas, limbs, light=(0.6, -0.5, 0.6))
        yield canvas


def _catcher(bar: Point, swing: float, hands: Point, size: float) -> list[Limb]:
    """Knees over the bar, head down, arms stretched to the hands of the other."""
    limbs: list[Limb] = []
    for side, near in ((-1, -2.0), (1, 2.0)):
        knee = (bar[0] + 0.15 * size * side, bar[1] - 3)
        hip = chain(knee, [(0.78 * size, swing)])[-1]
        foot = (knee[0] + 0.10 * size * side - 0.32 * size, knee[1] + 0.52 * size)
        limbs += [
            Limb(knee, hip, 0.12 * size, 0.18 * size, _LEOTARD, near),
            Limb(knee, foot, 0.12 * size, 0.07 * size, _LEOTARD * 0.9, near - 6),
        ]
        shoulder = chain(hip, [(0.98 * size, swing * 1.1)])[-1]
        shoulder = (shoulder[0] + 0.09 * size * side, shoulder[1])
        grip = (hands[0] + 0.2 * size * side, hands[1])
        limbs += [
            Limb(hip, shoulder, 0.2 * size, 0.21 * size, _LEOTARD, 0.5),
            Limb(shoulder, grip, 0.13 * size, 0.075 * size, _SKIN, near),
        ]
    hip = chain(bar, [(0.80 * size, swing)])[-1]
    limbs.append(Limb(hip, chain(hip, [(0.25 * size, swing)])[-1], 0.26 * size, 0.23 * size,
                      _TRUNKS, 2.5))  # fmt: skip
    face = chain(hip, [(1.22 * size, swing * 1.15)])[-1]
    x, y = face
    return [
        *limbs,
        Limb((x, y - 4), (x, y + 4), 0.17 * size, 0.19 * size, _SKIN, 6),
        Limb(
            (x - 2, y + 0.12 * size), (x + 2, y + 0.12 * size), 0.15 * size, 0.15 * size, _HAIR, 7.5
        ),
    ]


def _people(canvas: Canvas, ranks: Sequence[tuple[Canvas, float, float]], time: float) -> None:
    for number, (cover, tone, phase) in enumerate(ranks):
        shift = 20 + 2.5 * np.sin(1.7 * time + phase)
        left = int(shift)
        part = shift - left
        moved = (
            cover[:, left : left + WIDTH] * (1 - part)
            + cover[:, left + 1 : left + 1 + WIDTH] * part
        )
        over(canvas, tone + 0.05 * (number == 0), moved)


def strong_man(rng: np.random.Generator, frames: int, fps: float) -> Iterator[Canvas]:
    """A strong man before a painted backdrop lifts his barbell, shakes, and lets it down."""
    stage = _boards(rng)
    for number in range(frames):
        t = number / max(frames - 1, 1)
        lift = float(
            np.interp(t, [0, 0.14, 0.34, 0.46, 0.62, 0.86, 1], [0, 0, 0.5, 0.5, 1, 1, 0.82])
        )
        lift = lift * lift * (3 - 2 * lift) if lift < 0.5 else lift
        shake = (
            1.3 * np.sin(number * 2.4) * float(np.interp(t, [0.6, 0.7, 0.86, 0.9], [0, 1, 1, 0]))
        )
        canvas = stage.copy()
        canvas *= 1 + 0.03 * np.sin(number * 1.9)
        body(canvas, _athlete(lift, float(shake), number / fps), light=(0.25, -0.45, 0.75), rim=0.4)
        yield canvas


def _boards(rng: np.random.Generator) -> Canvas:
    """A painted garden with a balustrade, a curtain on either side, footlights in front."""
    canvas = gradient(0.42, 0.62)
    canvas += 0.28 * (cloud(rng, HEIGHT, WIDTH, 160) - 0.5)
    canvas += 0.25 * glow(320, 190, 190, 150)
    for x, size in ((120, 100), (200, 70), (470, 80), (550, 110)):
        leaves = glow(x, 300 - size, size * 0.6, size) * 1.5
        canvas -= smooth(0.35, 0.75, leaves * (0.6 + 0.6 * cloud(rng, HEIGHT, WIDTH, 24))) * 0.26
    for x in range(24, WIDTH, 34):
        limb = [Limb((x, 322), (x, 366), 5, 9, 0.8), Limb((x, 366), (x, 384), 9, 5, 0.8)]
        body(canvas, limb, light=(-0.6, -0.3, 0.7))
    for y, thick in ((316, 7), (390, 9)):
        body(canvas, [Limb((-20, y), (WIDTH + 20, y), thick, thick, 0.82)], light=(0, -0.7, 0.7))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    floor = 0.36 + 0.06 * np.sin((x - 320) / (0.25 + (y - 398) / 120).clip(0.2) * 0.10)
    floor *= 1 + 0.35 * glow(320, 480, 260, 70)
    canvas = np.where(y > 398, floor, canvas).astype(np.float32)
    for side in (0, 1):
        edge = 74 + 16 * np.cos(y / 110) + 30 * (y / HEIGHT) ** 2
        distance = x if side == 0 else WIDTH - 1 - x
        folds = (
            0.16 + 0.10 * np.sin(distance / 7.5 + 0.8 * np.sin(y / 90)) + 0.05 * smooth(380, 480, y)
        )
        canvas = canvas + smooth(1, -1, distance - edge) * (folds - canvas)
    canvas *= 0.72 + 0.45 * glow(320, 250, 300, 260)
    return np.asarray(canvas, np.float32)


def _athlete(lift: float, shake: float, time: float) -> list[Limb]:
    """The strong man with the bar at ``lift`` (0 floor, 0.5 chest, 1 overhead)."""
    crouch = float(np.interp(lift, [0, 0.22, 0.5, 0.6, 1], [1, 0.35, 0.1, 0.22, 0]))
    breath = 1.5 * np.sin(2.2 * time)
    hip_y = 296 + 58 * crouch
    shoulder_y = hip_y - 100 + 34 * crouch - breath * 0.4
    bar_y = float(np.interp(lift, [0, 0.5, 1], [404, shoulder_y + 14, shoulder_y - 96])) + shake
    limbs: list[Limb] = []
    for side in (-1, 1):
        hip = (320 + 17 * side, hip_y)
        knee = (320 + (36 + 16 * crouch) * side, hip_y + 60 - 8 * crouch)
        ankle = (320 + 36 * side, 424.0)
        limbs += [
            Limb(hip, knee, 22, 16, _LEOTARD * 0.9),
            Limb(knee, ankle, 16, 9, _LEOTARD * 0.9),
            Limb(ankle, (ankle[0] + 13 * side, 431), 9, 6, 0.16, 2),
        ]
        shoulder = (320 + 37 * side, shoulder_y + 6)
        grip = (320 + (50 + 6 * lift) * side, bar_y)
        middle = ((shoulder[0] + grip[0]) / 2, (shoulder[1] + grip[1]) / 2)
        gap = max(0.0, 96 - abs(grip[1] - shoulder[1]))
        elbow = (middle[0] + (7 + 0.48 * gap) * side, middle[1] + 0.30 * gap * (lift < 0.75))
        limbs += [
            Limb(shoulder, elbow, 17, 13, _SKIN, 3),
            Limb(elbow, grip, 13.5, 8, _SKIN, 5),
            Limb(grip, grip, 9, 9, _SKIN, 14),
            Limb((320 + 20 * side, shoulder_y + 14), (320 + 9 * side, hip_y - 18), 25, 20, 0.42, 2),
            Limb((320 + 22 * side, shoulder_y + 1), shoulder, 13, 17, _SKIN, 2),
        ]
    limbs.append(Limb((320, hip_y - 8), (320, hip_y + 10), 32, 29, 0.42, 3))
    limbs.append(Limb((296, hip_y - 18), (344, hip_y - 18), 6, 6, 0.12, 28))
    limbs += _moustached(320, shoulder_y - 30 + 6 * crouch)
    limbs.append(Limb((208, bar_y), (432, bar_y), 3.2, 3.2, 0.35, 12))
    for x in (200, 440):
        limbs.append(Limb((x, bar_y), (x, bar_y), 33, 33, 0.20, 6))
    return limbs


def _moustached(x: float, y: float) -> list[Limb]:
    return [
        Limb((x, y + 18), (x, y + 30), 12, 15, _SKIN, 1),
        Limb((x, y - 6), (x, y + 8), 17, 14, _SKIN, 10),
        Limb((x - 7, y - 18), (x + 7, y - 18), 11, 11, _HAIR, 12),
        Limb((x, y + 6), (x - 13, y + 5), 3.5, 1.6, _HAIR, 24),
        Limb((x, y + 6), (x + 13, y + 5), 3.5, 1.6, _HAIR, 24),
        Limb((x - 6, y - 3), (x - 5, y - 3), 1.5, 1.5, _HAIR, 27),
        Limb((x + 5, y - 3), (x + 6, y - 3), 1.5, 1.5, _HAIR, 27),
    ]
