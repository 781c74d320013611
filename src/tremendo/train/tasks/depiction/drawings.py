"""Drawings and paintings made of photographs: examples in what was not taken from life.

Each style takes a photograph ``(H, W) float32`` 0..255 and chance, and gives the same size and
range (not clipped). They follow how the real ones are made: engravers hatch by tone, painters lay
strokes along the form, woodblock prints have flat tones within drawn contours.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["STYLES", "draw"]

Floats = NDArray[np.float32]
Style = Callable[[Floats, np.random.Generator], Floats]
_TWICE = 0.3
"""How often one style is laid over another: a print of a painting."""
_WORN = 0.5
"""How often the photograph shines through, by up to 0.4."""
_SIDES = (180, 460)
"""A face is drawn at so many pixels: the stroke is fine or coarse against it."""


def draw(photo: Floats, rng: np.random.Generator) -> Floats:
    """The photograph as somebody might have drawn or painted it, 0..255, at a size of its own."""
    height, width = photo.shape
    side = int(rng.integers(*_SIDES))
    size = (side, max(1, side * height // width))
    seen = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_CUBIC), np.float32)
    drawn = seen
    for _ in range(1 + (rng.random() < _TWICE)):
        style = list(STYLES.values())[rng.integers(len(STYLES))]
        drawn = np.clip(style(drawn, rng), 0, 255).astype(np.float32)
    share = rng.uniform(0.6, 1) if rng.random() < _WORN else 1.0
    return np.asarray(share * drawn + (1 - share) * np.clip(seen, 0, 255), np.float32)


# --- Paint ---------------------------------------------------------------------------------------


def _strokes(photo: Floats, rng: np.random.Generator) -> Floats:
    """Brush strokes from broad to fine along the form, laid where the picture is not yet right
    (Hertzmann 1998, "Painterly rendering with curved brush strokes of multiple sizes")."""
    seen = _soft(photo, 1)
    height, width = seen.shape
    along = _form(seen)
    painted = np.full_like(seen, rng.uniform(80, 180))
    broad = rng.uniform(0.02, 0.045) * height
    for radius in broad * np.array([2, 1, 0.5, 0.28]):
        wanted = _soft(seen, 0.6 * radius)
        wrong = np.abs(painted - wanted)
        places = rng.integers(0, (width, height), (int(1.3 * height * width / radius**2), 2))
        for x, y in places:
            if radius < 2 * broad and wrong[y, x] < rng.uniform(6, 26):
                continue
            turn, length = along[y, x] + rng.normal(0, 0.2), radius * rng.uniform(1.5, 3.5)
            dx, dy = length * np.cos(turn), length * np.sin(turn)
            tone = float(np.clip(wanted[y, x] + rng.normal(0, 6), 0, 255))
            ends = (int(x - dx), int(y - dy)), (int(x + dx), int(y + dy))
            cv2.line(painted, *ends, (tone,), max(1, int(radius)), cv2.LINE_AA)
    return painted


def _oil(photo: Floats, rng: np.random.Generator) -> Floats:
    radius = int(rng.integers(2, 6))
    daubs = _daubs(_daubs(photo, radius), max(2, radius - 1))
    return daubs + (rng.random() < 0.5) * np.float32(rng.uniform(3, 9)) * _canvas(photo.shape, rng)


def _airbrush(photo: Floats, rng: np.random.Generator) -> Floats:
    """Skin without pores, form pushed, perhaps a contour: painted by a careful hand."""
    smooth = photo
    for _ in range(2):
        smooth = cv2.bilateralFilter(smooth, 9, rng.uniform(20, 45), rng.uniform(4, 9))
    smooth = smooth + rng.uniform(0.3, 1.6) * (smooth - _soft(smooth, rng.uniform(3, 10)))
    middle = smooth.mean()
    pushed = middle + (smooth - middle) * rng.uniform(1, 1.4)
    return np.asarray(pushed - rng.uniform(0, 0.5) * 255 * _lines(photo, rng), np.float32)


def _old_master(photo: Floats, rng: np.random.Generator) -> Floats:
    """A painting whose varnish has cracked, on canvas."""
    painted = (_oil if rng.random() < 0.5 else _airbrush)(photo, rng)
    fields = _noise(photo.shape, rng, rng.uniform(2, 5))
    cracks = np.exp(-((fields / rng.uniform(0.03, 0.08)) ** 2))
    cloth = rng.uniform(0, 5) * _canvas(photo.shape, rng)
    return np.asarray(painted - rng.uniform(15, 45) * cracks + cloth, np.float32)


def _wash(photo: Floats, rng: np.random.Generator) -> Floats:
    """Water color: blotted tones with dark rims."""
    y, x = np.indices(photo.shape, np.float32)
    reach = rng.uniform(1, 3)
    blotted = cv2.remap(
        photo,
        np.asarray(x + reach * _noise(photo.shape, rng, 3), np.float32),
        np.asarray(y + reach * _noise(photo.shape, rng, 3), np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    blotted = _daubs(np.asarray(blotted, np.float32), int(rng.integers(3, 7)))
    rims = np.hypot(cv2.Sobel(blotted, cv2.CV_32F, 1, 0), cv2.Sobel(blotted, cv2.CV_32F, 0, 1))
    paper = 10 * _noise(photo.shape, rng, 12)
    return np.asarray(0.8 * blotted + 55 + paper - np.clip(0.12 * rims, 0, 30), np.float32)


def _stylized(photo: Floats, rng: np.random.Generator) -> Floats:
    """Flat areas and dark edges (OpenCV's domain transform)."""
    bgr = cv2.cvtColor(_bytes(photo), cv2.COLOR_GRAY2BGR)
    drawn = cv2.stylization(bgr, sigma_s=rng.uniform(20, 90), sigma_r=rng.uniform(0.25, 0.6))
    return np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY), np.float32)


# --- Line ----------------------------------------------------------------------------------------


def _ink(photo: Floats, rng: np.random.Generator) -> Floats:
    return np.asarray(255 * (1 - _lines(photo, rng)), np.float32)


def _inked(photo: Floats, rng: np.random.Generator) -> Floats:
    """Smooth tones within inked contours."""
    bgr = cv2.cvtColor(_bytes(photo), cv2.COLOR_GRAY2BGR)
    smooth = cv2.edgePreservingFilter(
        bgr, flags=1, sigma_s=rng.uniform(20, 60), sigma_r=rng.uniform(0.2, 0.45)
    )
    lines = rng.uniform(0.6, 1.3) * 255 * _lines(photo, rng)
    return np.asarray(smooth[..., 0].astype(np.float32) - lines, np.float32)


def _pencil(photo: Floats, rng: np.random.Generator) -> Floats:
    """What is darker than its surroundings as line, a little tone, slanting hatches."""
    around = _soft(255 - photo, rng.uniform(2, 9))
    lines = np.clip(255 * photo / (256 - around), 0, 255)
    hatch = _noise(photo.shape, rng, 0.6, rng.uniform(0.6, 4))
    height, width = photo.shape
    slant = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-45, 45), 1.3)
    hatch = cv2.warpAffine(hatch, slant, (width, height), borderMode=cv2.BORDER_REFLECT)
    tone = rng.uniform(0.2, 0.6)
    dark = 1 - photo / 255
    drawn = lines * (1 - tone) + photo * tone + hatch * rng.uniform(8, 25) * dark
    return np.asarray(drawn, np.float32)


def _charcoal(photo: Floats, rng: np.random.Generator) -> Floats:
    tones = _daubs(photo, 3)
    paper = 0.5 * _canvas(photo.shape, rng) + 1.2 * _noise(photo.shape, rng, 0.8)
    drawn = (tones - 128) * rng.uniform(1.1, 1.6) + 150 + rng.uniform(3, 9) * paper
    return np.asarray(drawn - rng.uniform(24, 80) * _lines(photo, rng), np.float32)


def _engraving(photo: Floats, rng: np.random.Generator) -> Floats:
    """Hatched lines that swell with the dark and bend with the form, perhaps crossed."""
    tones = cv2.createCLAHE(2, (4, 4)).apply(_bytes(photo)).astype(np.float32) / 255
    y, x = np.indices(photo.shape, np.float32)
    bent = rng.uniform(0, 20) * _soft(tones, 6)
    pitch, turn = rng.uniform(3, 6.5), rng.uniform(0, np.pi)

    def hatch(turn: float) -> Floats:
        across = x * np.cos(turn) + y * np.sin(turn) + bent
        return np.asarray(0.5 + 0.5 * np.sin(2 * np.pi / pitch * across), np.float32)

    cut = np.clip((1.15 * tones - 0.95 * hatch(turn)) * rng.uniform(3, 8) + 0.5, 0, 1)
    if rng.random() < 0.6:
        crossed = 1.6 * tones - 0.9 * hatch(turn + rng.uniform(0.6, 1.2))
        cut = np.minimum(cut, np.clip(6 * crossed + 0.5, 0, 1))
    return _soft(np.asarray(255 * cut, np.float32), rng.uniform(0.3, 0.7))


# --- Prints of few tones -------------------------------------------------------------------------


def _flat(photo: Floats, rng: np.random.Generator) -> Floats:
    """A few tones, mostly with contours: a cartoon."""
    smooth = cv2.bilateralFilter(cv2.bilateralFilter(photo, 9, 60, 9), 9, 60, 9)
    tones = rng.integers(3, 8)
    flat = np.round(smooth / 255 * tones) / tones * 255
    if rng.random() < 0.7:
        flat = flat - 255 * _lines(photo, rng)
    return np.asarray(flat, np.float32)


def _woodblock(photo: Floats, rng: np.random.Generator) -> Floats:
    """Black hair, pale flat skin, drawn features, the grain of paper."""
    smooth = cv2.medianBlur(_bytes(photo), 7).astype(np.float32)
    black, tones = rng.uniform(70, 120), int(rng.integers(2, 4))
    step = np.floor(np.clip((smooth - black) / (256 - black), 0, 0.999) * tones) / tones
    flat = np.where(smooth < black, rng.uniform(10, 50), 60 * step + rng.uniform(160, 195))
    flat = cv2.medianBlur(_bytes(np.asarray(flat, np.float32)), 5).astype(np.float32)
    flat = flat - rng.uniform(100, 200) * _lines(photo, rng)
    return np.asarray(flat + rng.uniform(1, 6) * _canvas(photo.shape, rng), np.float32)


def _woodcut(photo: Floats, rng: np.random.Generator) -> Floats:
    """Black and white, cut where the light changes."""
    smooth = _soft(photo, rng.uniform(1, 2.5))
    local = rng.uniform(0.3, 1)
    bar = local * _soft(smooth, rng.uniform(8, 40)) + (1 - local) * smooth.mean()
    steep = np.clip((smooth - bar) * rng.uniform(0.2, 1), -30, 30)
    return np.asarray(255 / (1 + np.exp(-steep)), np.float32)


STYLES: dict[str, Style] = {
    "strokes": _strokes,
    "oil": _oil,
    "airbrush": _airbrush,
    "old master": _old_master,
    "wash": _wash,
    "stylized": _stylized,
    "ink": _ink,
    "inked": _inked,
    "pencil": _pencil,
    "charcoal": _charcoal,
    "engraving": _engraving,
    "flat": _flat,
    "woodblock": _woodblock,
    "woodcut": _woodcut,
}


# --- Tools ---------------------------------------------------------------------------------------


def _bytes(picture: Floats) -> NDArray[np.uint8]:
    return np.clip(picture, 0, 255).astype(np.uint8)


def _soft(picture: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def _noise(
    shape: tuple[int, ...], rng: np.random.Generator, across: float, down: float | None = None
) -> Floats:
    """Soft noise of unit spread; ``across`` and ``down`` are the sigmas of its grain."""
    grain = rng.normal(size=shape).astype(np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), sigmaX=across, sigmaY=down or across)
    return np.asarray(grain / grain.std(), np.float32)


def _canvas(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """A weave of unit spread."""
    weave = _noise(shape, rng, 2.5, 0.5) + _noise(shape, rng, 0.5, 2.5)
    return np.asarray(weave / weave.std(), np.float32)


def _lines(photo: Floats, rng: np.random.Generator) -> Floats:
    """Drawn contours 0..1 (Winnemöller 2011, "XDoG": a soft threshold of a band of detail)."""
    seen = _soft(photo, rng.uniform(0.7, 1.3))
    width = rng.uniform(1, 2)
    band = (_soft(seen, width) - 0.98 * _soft(seen, 1.6 * width)) / 255 - rng.uniform(-0.01, 0.01)
    return np.asarray(
        np.clip(-np.tanh(rng.uniform(15, 50) * np.minimum(band, 0)), 0, 1), np.float32
    )


def _form(seen: Floats) -> Floats:
    """Direction ``(H, W)`` in radians along which the light changes least."""
    x, y = cv2.Sobel(seen, cv2.CV_32F, 1, 0), cv2.Sobel(seen, cv2.CV_32F, 0, 1)
    doubled = np.arctan2(_soft(2 * x * y, 4), _soft(x * x - y * y, 4))
    return np.asarray(0.5 * doubled + np.pi / 2, np.float32)


def _daubs(picture: Floats, radius: int) -> Floats:
    """Each point takes the mean of the calmest of four squares that touch it (Kuwahara 1976)."""
    size = (radius + 1, radius + 1)
    options = []
    for anchor in ((0, 0), (radius, 0), (0, radius), (radius, radius)):
        mean = cv2.blur(picture, size, anchor=anchor, borderType=cv2.BORDER_REFLECT)
        square = cv2.blur(picture**2, size, anchor=anchor, borderType=cv2.BORDER_REFLECT)
        options.append((square - mean**2, mean))
    calm, means = (np.stack(part) for part in zip(*options, strict=True))
    return np.asarray(np.take_along_axis(means, calm.argmin(axis=0)[None], axis=0)[0], np.float32)
