"""A moving scene whose truth is known, and the damage that a century does to it.

Everything is procedural and seeded: nothing is downloaded, nothing is copied from a real film.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = ["Damage", "Damaged", "damage_frames", "render_scene"]

Plane = NDArray[np.float32]

_FINE = 2
"""The scene is drawn this much larger and averaged down: edges move smoothly."""


@dataclass(frozen=True)
class Damage:
    """How much of each kind of damage; zero switches a kind off. Grey levels are of 0..255."""

    weave: float = 1.6
    """Standard deviation of the frame's position in each direction, pixels."""
    flicker: float = 0.10
    """Standard deviation of the exposure of a frame, relative."""
    local_flicker: float = 0.06
    """The same for a smooth field over the picture."""
    offset: float = 4.0
    """Standard deviation of the frame's black level, grey levels."""
    grain: float = 14.0
    """Standard deviation of the grain in the mid tones, grey levels."""
    blotches: tuple[int, int] = (6, 18)
    """Fewest and most blotches of one frame."""
    scratches: int = 1
    """Vertical scratches that wander across the picture."""
    vignette: float = 0.06
    """Loss of light in the corners."""
    splices: int = 1
    """Joins at which two frames are lost and cement shows for one frame."""
    torn: int = 0
    """Frames whose upper or lower part is torn off along a ragged line."""
    blank: int = 0
    """Frames that are lost and replaced by white or black leader."""


@dataclass(frozen=True)
class Damaged:
    """Damaged film beside its truth.

    ``frames`` and ``clean`` have equal length; ``dust`` and ``scratches`` are ``(H, W)`` masks of
    the damaged frames; ``splices`` are the frames before which frames are lost, ``torn`` those
    that are torn or replaced by leader.
    """

    frames: list[Frame]
    clean: list[Frame]
    dust: list[NDArray[np.bool_]]
    scratches: list[NDArray[np.bool_]]
    splices: tuple[int, ...]
    torn: tuple[int, ...] = ()


# --- the scene ---------------------------------------------------------------------------------


def render_scene(
    frames: int = 40, width: int = 640, height: int = 480, *, seed: int = 0, pan: float = 1.5
) -> list[Frame]:
    """A street of houses and signs; people walk and wave, a ball flies, the camera pans.

    Args:
        frames: how many frames.
        width: of the picture; the contents scale with it.
        height: of the picture.
        seed: another seed gives other textures and other gaits.
        pan: mean speed of the camera in pixels a frame; it eases in and out.

    Returns:
        grey frames, ``(height, width, 3) uint8``.
    """
    rng = np.random.default_rng(seed)
    scale = _FINE * width / 640
    travel = abs(pan) * frames
    wide, tall = int((width + travel) * _FINE) + 8, height * _FINE
    world = _street(rng, wide, tall, scale)
    walkers = [_Walker.random(rng, scale, wide, tall) for _ in range(4)]
    progress = np.linspace(0.0, 1.0, max(frames, 2))
    camera = travel * _FINE * (progress - np.sin(2 * np.pi * progress) / (2 * np.pi) * 0.7)
    result = []
    for number in range(frames):
        left = float(camera[number] if pan >= 0 else travel * _FINE - camera[number])
        view = cv2.warpAffine(
            world,
            np.array([[1, 0, -left], [0, 1, 0]], np.float32),
            (width * _FINE, tall),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        for walker in walkers:
            walker.draw(view, number, left)
        _draw_ball(view, number, scale)
        small = cv2.resize(view, (width, height), interpolation=cv2.INTER_AREA)
        grey = np.clip(small + 0.5, 0, 255).astype(np.uint8)
        result.append(np.repeat(grey[..., None], 3, axis=2))
    return result


def _texture(rng: np.random.Generator, height: int, width: int, coarse: float) -> Plane:
    """Smooth noise of several sizes, about -1..1."""
    total = np.zeros((height, width), np.float32)
    for octave in range(4):
        size = coarse / 2**octave
        grid = rng.standard_normal((int(height / size) + 3, int(width / size) + 3))
        layer = cv2.resize(grid.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        total += layer * 0.5**octave
    return np.asarray(total / 1.6, np.float32)


def _street(rng: np.random.Generator, width: int, height: int, scale: float) -> Plane:
    """The still part of the scene: sky, a house with windows and a sign, a fence, the ground."""
    world = 190 + 14 * _texture(rng, height, width, 120 * scale)
    horizon = int(height * 0.72)
    world[horizon:] = 95 + 22 * _texture(rng, height - horizon, width, 24 * scale)
    left = 0
    while left < width:
        broad = int(rng.uniform(140, 260) * scale)
        top = int(height * rng.uniform(0.08, 0.3))
        right = min(left + broad, width)
        wall = rng.uniform(70, 165)
        world[top:horizon, left:right] = wall + 13 * _texture(
            rng, horizon - top, right - left, 12 * scale
        )
        for x in range(left + int(20 * scale), right - int(44 * scale), int(58 * scale)):
            for y in range(top + int(24 * scale), horizon - int(70 * scale), int(74 * scale)):
                _window(world, x, y, scale, 235 - wall)
        left = right + int(rng.uniform(6, 40) * scale)
    for x in range(0, width, int(23 * scale)):
        cv2.rectangle(
            world, (x, int(horizon - 34 * scale)), (int(x + 5 * scale), horizon), 60.0, -1
        )
    letters = np.zeros(world.shape, np.uint8)
    for number, word in enumerate(("BAKERY", "TEA ROOM", "ELECTRIC THEATRE")):
        place = (int((60 + 260 * number) * scale), int(height * 0.62))
        cv2.putText(
            letters, word, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8 * scale, 255, int(2 * scale)
        )
    world += letters.astype(np.float32) / 255 * (238 - world)
    return world


def _window(world: Plane, x: int, y: int, scale: float, level: float) -> None:
    right, bottom = int(x + 30 * scale), int(y + 46 * scale)
    cv2.rectangle(world, (x, y), (right, bottom), float(level), -1)
    cv2.rectangle(world, (x, y), (right, bottom), 215.0, max(1, int(2 * scale)))
    middle = (x + right) // 2
    cv2.line(world, (middle, y), (middle, bottom), 215.0, max(1, int(1.5 * scale)))


@dataclass
class _Walker:
    """A figure made of textured limbs; positions in fine pixels of the world."""

    x: float
    ground: float
    speed: float
    size: float
    period: float
    coat: Plane

    @staticmethod
    def random(rng: np.random.Generator, scale: float, width: int, height: int) -> _Walker:
        size = rng.uniform(1.0, 1.7) * scale
        length = int(110 * size)
        coat = rng.choice([40.0, 70.0, 185.0]) + 16 * _texture(rng, length, length, 9 * scale)
        return _Walker(
            x=float(rng.uniform(0.1, 0.75) * width),
            ground=float(rng.uniform(0.82, 0.98) * height),
            speed=float(rng.choice([-1, 1]) * rng.uniform(1.0, 4.0) * scale),
            size=size,
            period=float(rng.uniform(11, 18)),
            coat=np.asarray(coat, np.float32),
        )

    def draw(self, view: Plane, number: int, left: float) -> None:
        phase = 2 * np.pi * number / self.period
        x = self.x + self.speed * number - left
        hip = (x, self.ground - 46 * self.size)
        neck = (x + 2 * np.sin(phase), self.ground - 92 * self.size)
        swing = 0.5 * np.sin(phase)
        self._limb(view, hip, np.pi / 2 + swing, 46, 13)
        self._limb(view, hip, np.pi / 2 - swing, 46, 13)
        self._limb(view, neck, np.pi / 2, 48, 27)
        self._limb(view, neck, np.pi / 2 + 0.9 * np.sin(phase + 1), 40, 9)
        self._limb(view, neck, -np.pi / 3 + 0.8 * np.sin(1.7 * phase), 40, 9)
        head = (int(neck[0]), int(neck[1] - 13 * self.size))
        cv2.circle(view, head, int(12 * self.size), 200.0, -1, cv2.LINE_AA)
        for side in (-4, 4):
            eye = (int(head[0] + side * self.size), int(head[1] - 2 * self.size))
            cv2.circle(view, eye, max(1, int(1.7 * self.size)), 30.0, -1, cv2.LINE_AA)
        hat = (int(head[0] - 14 * self.size), int(head[1] - 14 * self.size))
        cv2.rectangle(
            view, hat, (int(hat[0] + 28 * self.size), int(hat[1] + 7 * self.size)), 35.0, -1
        )

    def _limb(
        self, view: Plane, joint: tuple[float, float], angle: float, long: float, thick: float
    ) -> None:
        """Lay a piece of the coat from ``joint`` along ``angle`` (radians, down = pi / 2)."""
        long, thick = long * self.size, thick * self.size
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        corner = np.array(joint) - across * thick / 2
        matrix = np.column_stack([along, across, corner]).astype(np.float32)
        size = (view.shape[1], view.shape[0])
        corners = np.array([[0, 0], [long, 0], [long, thick], [0, thick]], np.float32)
        outline = corners @ matrix[:, :2].T + matrix[:, 2]
        x0, y0 = np.floor(outline.min(0)).astype(int) - 1
        x1, y1 = np.ceil(outline.max(0)).astype(int) + 2
        x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, size[0]), min(y1, size[1])
        if x0 >= x1 or y0 >= y1:
            return
        local = matrix.copy()
        local[:, 2] -= (x0, y0)
        cloth = self.coat[: int(thick) + 1, : int(long) + 1]
        box = (x1 - x0, y1 - y0)
        laid = cv2.warpAffine(
            cloth, local, box, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        mask = np.zeros((box[1], box[0]), np.uint8)
        shape = np.round((outline - (x0, y0)) * 16).astype(np.int32)
        cv2.fillConvexPoly(mask, shape, 255, cv2.LINE_AA, 4)
        alpha = mask.astype(np.float32) / 255
        view[y0:y1, x0:x1] += alpha * (laid - view[y0:y1, x0:x1])


def _draw_ball(view: Plane, number: int, scale: float) -> None:
    """A ball in a high arc across the picture, up to 20 pixels a frame, again and again."""
    flight = number % 34
    x = (20 + 18.5 * flight) * scale
    y = (330 - 26 * flight + 0.8 * flight**2) * scale
    place = (round(x * 16), round(y * 16))
    cv2.circle(view, place, round(7 * scale * 16), 225.0, -1, cv2.LINE_AA, 4)


# --- the damage --------------------------------------------------------------------------------


def damage_frames(clean: list[Frame], damage: Damage | None = None, *, seed: int = 0) -> Damaged:
    """Age clean grey frames by a century.

    In the order in which it happens to a film: the lens darkens the corners, the hand-cranked
    camera exposes unevenly, the frame sits loosely in the gate, grain, then scratches and dirt, and
    at splices frames are lost.
    """
    damage = damage or Damage()
    rng = np.random.default_rng(seed)
    clean, splices = _lose_frames(clean, damage.splices, rng)
    height, width = clean[0].shape[:2]
    tracks = [_scratch_track(rng, len(clean), width) for _ in range(damage.scratches)]
    frames, dust, scratches = [], [], []
    for number, frame in enumerate(clean):
        luma = frame[..., 0].astype(np.float32) * _vignette(height, width, damage.vignette)
        luma = _weave(_flicker(luma, damage, rng), damage.weave, rng)
        luma += _grain(rng, luma, damage.grain)
        luma, scratched = _scratch(luma, [t[number] for t in tracks], rng)
        before = luma.copy()
        for _ in range(int(rng.integers(damage.blotches[0], damage.blotches[1] + 1))):
            _blotch(luma, rng)
        dust.append(np.abs(luma - before) > 30)
        if number in splices:
            _cement(luma, rng)
        scratches.append(scratched)
        grey = np.clip(np.round(luma), 0, 255).astype(np.uint8)
        frames.append(np.repeat(grey[..., None], 3, axis=2))
    torn = _tear(frames, damage, splices, np.random.default_rng(seed + 7919))
    return Damaged(frames, clean, dust, scratches, splices, torn)


def _tear(
    frames: list[Frame], damage: Damage, splices: tuple[int, ...], rng: np.random.Generator
) -> tuple[int, ...]:
    """Tear or blank some frames in place, none beside another or at an end; say which."""
    free = [n for n in range(2, len(frames) - 2) if all(abs(n - s) > 2 for s in splices)]
    chosen: list[int] = []
    for number in rng.permutation(free):
        if len(chosen) < damage.torn + damage.blank and all(abs(number - n) > 2 for n in chosen):
            chosen.append(int(number))
    for place, number in enumerate(chosen):
        height, width = frames[number].shape[:2]
        bare = int(rng.choice([12, 245])) + rng.normal(0, 4, (height, width))
        if place < damage.torn:
            line = height * rng.uniform(0.08, 0.4) + cv2.GaussianBlur(
                rng.normal(0, 60, (1, width)), (0, 0), 9
            )
            gone = np.arange(height)[:, None] < line
            gone = gone if rng.random() < 0.5 else gone[::-1]
        else:
            gone = np.ones((height, width), bool)
        grey = np.where(gone, np.clip(bare, 0, 255), frames[number][..., 0]).astype(np.uint8)
        frames[number] = np.repeat(grey[..., None], 3, axis=2)
    return tuple(sorted(chosen))


def _lose_frames(
    clean: list[Frame], splices: int, rng: np.random.Generator
) -> tuple[list[Frame], tuple[int, ...]]:
    """Take two frames away at each splice."""
    kept = list(range(len(clean)))
    places = []
    for number in range(splices):
        part = len(kept) / (splices + 1)
        place = int((number + 1) * part + rng.uniform(-0.2, 0.2) * part)
        del kept[place : place + 2]
        places.append(place)
    return [clean[i] for i in kept], tuple(places)


def _vignette(height: int, width: int, loss: float) -> Plane:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.asarray(1 - loss * ((x**2 + y**2) / 2) ** 1.5, np.float32)


def _flicker(luma: Plane, damage: Damage, rng: np.random.Generator) -> Plane:
    field = 1 + damage.local_flicker * rng.standard_normal((3, 4)).astype(np.float32)
    smooth = cv2.resize(field, luma.shape[::-1], interpolation=cv2.INTER_CUBIC)
    gain = 1 + damage.flicker * rng.standard_normal()
    offset = damage.offset * rng.standard_normal()
    return np.asarray(luma * smooth * np.float32(gain) + np.float32(offset), np.float32)


def _weave(luma: Plane, amount: float, rng: np.random.Generator) -> Plane:
    dx, dy = amount * rng.standard_normal(2)
    moved = cv2.warpAffine(
        luma,
        np.array([[1, 0, dx], [0, 1, dy]], np.float32),
        luma.shape[::-1],
        flags=cv2.INTER_LANCZOS4,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(moved, np.float32)


def _grain(rng: np.random.Generator, luma: Plane, sigma: float) -> Plane:
    """Slightly soft grain, strongest in the mid tones."""
    noise = cv2.GaussianBlur(rng.standard_normal(luma.shape).astype(np.float32), (0, 0), 0.5)
    tone = np.clip(luma / 255, 0, 1)
    shape = 0.6 + 1.6 * tone * (1 - tone)
    return np.asarray(noise * (sigma / noise.std()) * shape, np.float32)


def _scratch_track(
    rng: np.random.Generator, frames: int, width: int
) -> list[tuple[float, float, float]]:
    """Position, lean and strength (signed grey levels) of one scratch in each frame."""
    position = rng.uniform(0.15, 0.85) * width + np.cumsum(rng.normal(0, 0.8, frames))
    lean = rng.uniform(-2, 2)
    sign = rng.choice([-1.0, 1.0])
    strength = sign * np.clip(60 + np.cumsum(rng.normal(0, 4, frames)), 35, 90)
    return [(float(p), float(lean), float(s)) for p, s in zip(position, strength, strict=True)]


def _scratch(
    luma: Plane, tracks: list[tuple[float, float, float]], rng: np.random.Generator
) -> tuple[Plane, NDArray[np.bool_]]:
    height, width = luma.shape
    added = np.zeros_like(luma)
    x = np.arange(width, dtype=np.float32)
    for position, lean, strength in tracks:
        middle = position + lean * np.linspace(-1, 1, height)[:, None]
        depth = cv2.resize(rng.uniform(0.6, 1.1, (9, 1)).astype(np.float32), (1, height)).reshape(
            -1, 1
        )
        added += strength * depth * np.exp(-(((x - middle) / 0.9) ** 2))
    return luma + added, np.abs(added) > 12


def _blotch(luma: Plane, rng: np.random.Generator) -> None:
    """One speck of dirt (dark) or missing emulsion (bright) of ragged outline."""
    height, width = luma.shape
    size = rng.uniform(1.5, 7.5) * height / 480
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    radii = size * rng.uniform(0.5, 1.3, 9)
    centre = rng.uniform((0, 0), (width, height))
    stretch = np.array([rng.uniform(0.6, 1.6), 1.0])
    outline = centre + stretch * radii[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    mask = np.zeros(luma.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    alpha = mask.astype(np.float32) * (rng.uniform(0.7, 1.0) / 255)
    level = rng.choice([rng.uniform(5, 45), rng.uniform(215, 250)])
    luma += alpha * (np.float32(level) - luma)


def _cement(luma: Plane, rng: np.random.Generator) -> None:
    """The bright ragged bar of a cement splice at the bottom of the frame."""
    height, width = luma.shape
    edge = height - 9 + cv2.GaussianBlur(rng.normal(0, 8, (1, width)), (0, 0), 9)
    rows = np.arange(height, dtype=np.float64)[:, None]
    luma += np.where(rows > edge, np.float32(70), np.float32(0))
