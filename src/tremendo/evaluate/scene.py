"""A moving scene whose truth is known: procedural and seeded, nothing is downloaded."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.media.frames import Frame

__all__ = ["render_scene"]

Plane = NDArray[np.float32]

_FINE = 2
"""The scene is drawn this much larger and averaged down: edges move smoothly."""


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
