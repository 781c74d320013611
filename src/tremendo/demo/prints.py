"""Photographs printed as albumen and silver prints of the time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tremendo.demo.reels.people import gentleman
from tremendo.demo.stage import HEIGHT, WIDTH, Canvas, cloud, glow, gradient, smooth
from tremendo.media import read_photo, write_photo
from tremendo.media.frames import Frame

__all__ = ["PRINTS", "make_prints"]

_SEPIA = np.array([[0.10, 0.07, 0.05], [0.58, 0.46, 0.34], [0.97, 0.91, 0.80]], np.float32)
_SILVER = np.array([[0.06, 0.06, 0.065], [0.50, 0.50, 0.50], [0.96, 0.955, 0.94]], np.float32)


@dataclass(frozen=True)
class Print:
    """A photograph of scikit-image's own collection and the look of its print."""

    path: str
    source: str
    """File in ``skimage/data``; all are free of rights or CC0 (see its README)."""
    crop: tuple[float, float, float, float]
    """Left, top, right, bottom as fractions."""
    sepia: bool
    oval: bool
    """Fades to paper around an oval, as portraits did."""


PRINTS = (
    Print(
        "portraits/portrait.jpg", "astronaut.png", (0.02, 0.0, 0.86, 0.69), sepia=True, oval=False
    ),
    Print("portraits/cat.jpg", "chelsea.png", (0.05, 0.0, 0.95, 1.0), sepia=True, oval=True),
    Print("street/cameraman.jpg", "camera.png", (0.0, 0.02, 1.0, 1.0), sepia=False, oval=False),
    Print("cafe/coffee.jpg", "coffee.png", (0.0, 0.0, 1.0, 1.0), sepia=True, oval=False),
)


def make_prints(folder: Path, seed: int) -> list[Path]:
    """Write all photographs below ``folder``.

    Raises:
        MediaError: scikit-image is installed without its pictures.
        ResourceError: a print cannot be written.
    """
    import skimage

    source = Path(skimage.__file__).parent / "data"
    written = []
    for number, one in enumerate(PRINTS):
        photo = read_photo(source / one.source)
        rng = np.random.default_rng([seed, 1850, number])
        written.append(_write(folder / one.path, _period_print(photo, one, rng)))
    rng = np.random.default_rng([seed, 1850, len(PRINTS)])
    club = _develop(_club(rng), rng, _SEPIA, oval=False)
    written.append(_write(folder / "portraits/club.jpg", club))
    return written


def _write(path: Path, photo: Frame) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_photo(path, photo, quality=93)


def _period_print(photo: Frame, one: Print, rng: np.random.Generator) -> Frame:
    """Crop, enlarge to about 1000 pixels, and print."""
    rows, columns = photo.shape[:2]
    left, top, right, bottom = one.crop
    part = photo[int(top * rows) : int(bottom * rows), int(left * columns) : int(right * columns)]
    scale = 1000 / max(part.shape[:2])
    large = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    # plates of the time saw blue and green, and red hardly at all
    luma = large.astype(np.float32) @ np.array([0.16, 0.48, 0.36], np.float32) / 255
    return _develop(luma, rng, _SEPIA if one.sepia else _SILVER, oval=one.oval)


def _develop(luma: Canvas, rng: np.random.Generator, toner: Canvas, *, oval: bool) -> Frame:
    """Tone curve, uneven coating, fading, scratches, spots and the color of the toner."""
    rows, columns = luma.shape
    low, high = np.percentile(luma, [1, 99])
    tone = np.clip((luma - low) / max(float(high - low), 0.05), 0, 1)
    tone = 0.06 + 0.86 * (0.6 * tone + 0.4 * tone * tone * (3 - 2 * tone))
    tone = cv2.GaussianBlur(tone.astype(np.float32), (0, 0), 0.7)
    tone += 0.07 * (cloud(rng, rows, columns, columns // 3) - 0.5)
    tone += cv2.GaussianBlur(rng.standard_normal((rows, columns), np.float32), (0, 0), 0.9) * 0.028
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None]
    far = np.sqrt(x * x + y * y)
    if oval:
        tone += smooth(0.78, 1.12, np.hypot(x / 0.98, y / 0.98)) * (0.90 - tone)
    else:
        tone *= 1 - 0.22 * smooth(0.7, 1.45, far)
        tone += 0.10 * smooth(1.05, 1.42, far)
    _wear(tone, rng)
    steps = np.array([0.0, 0.5, 1.0])
    level = np.clip(tone, 0, 1)
    color = np.stack([np.interp(level, steps, toner[:, i]) for i in range(3)], axis=2)
    return np.asarray(np.round(color * 255), np.uint8)


def _wear(tone: Canvas, rng: np.random.Generator) -> None:
    """Scratches, dust spots and a creased corner, in place."""
    rows, columns = tone.shape
    marks = np.zeros((rows, columns), np.uint8)
    for _ in range(9):
        start = rng.uniform(0, 1, 2) * (columns, rows)
        end = start + rng.normal(0, 0.05, 2) * (columns, rows)
        line = np.round(np.array([start, end]) * 16).astype(np.int32)
        cv2.polylines(marks, [line], False, int(rng.integers(40, 130)), 1, cv2.LINE_AA, 4)
    for _ in range(60):
        center = (int(rng.integers(columns)), int(rng.integers(rows)))
        cv2.circle(
            marks, center, int(rng.integers(1, 3)), int(rng.integers(30, 150)), -1, cv2.LINE_AA
        )
    corner = rng.uniform(0.05, 0.10)
    crease = np.array([[columns * (1 - corner), 0], [columns, rows * corner]])
    cv2.polylines(marks, [np.round(crease * 16).astype(np.int32)], False, 170, 2, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(marks, (0, 0), 0.7).astype(np.float32) / 255
    tone += soft * (0.95 - tone)


def _club(rng: np.random.Generator) -> Canvas:
    """A group portrait: a cycling club, say, in two rows before a garden backdrop."""
    canvas = gradient(0.50, 0.62) + 0.5 * (cloud(rng, HEIGHT, WIDTH, 150, 5) - 0.5)
    canvas += 0.22 * glow(320, 150, 260, 170)
    y = np.arange(HEIGHT, dtype=np.float32)[:, None]
    floor = 0.46 + 0.16 * (cloud(rng, HEIGHT, WIDTH, 20, 3) - 0.5)
    canvas = np.asarray(canvas + smooth(392, 400, y) * (floor - canvas), np.float32)
    for row, (level, size, count) in enumerate(((170, 66, 6), (232, 76, 5))):
        for place in range(count):
            x = 320 + (place - (count - 1) / 2) * size * 1.42 + rng.normal(0, 3)
            kind = int(rng.integers(999))
            gentleman(
                canvas, float(x), level + float(rng.normal(0, 4)), size, kind, 2.0 * row + place
            )
    return np.asarray(cv2.resize(canvas, None, fx=1.6, fy=1.6, interpolation=cv2.INTER_CUBIC))
