"""Water and leaves that may move for ever, found in a photograph; told only when it is sure.

Three witnesses must agree: what color the color network gives a place (leaves are green, the sea
is blue), its texture (leaves are rough all over, water is level), and where it lies (a sea ends
in a level line below the sky). A sea of another color is told by its line and its waves alone,
weighed as learned. What has no such witnesses (smoke, flags, a sea as smooth as sand) is left to a
mask that the user paints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.analysis.appearance import AppearanceMaps
from tremendo.finish.animate.analysis.composition import FaceBox, sky_mask, tallest
from tremendo.finish.animate.analysis.outlines import parts
from tremendo.finish.animate.options import Way

__all__ = ["FlowRegion", "find_flow_regions"]

_SURE = 0.69
"""Least confidence of a proposal: on 45 period photographs what lies above it is true."""
_WAVES = {
    "line": 7.04,
    "level": 3.84,
    "least": 0.75,
    "sky": -0.133,
    "combed": -3.91,
    "yellow": -0.129,
    "green": -0.07,
}
_OFFSET = -6.54
"""Logistic regression over 90 seas and 240 other scenes and people (SUN's classes and others, gray,
320 pixels)."""
_SEEN = 0.65
"""Likelihood from which waves are told: see docs/guide/motion.md for how often that is right."""
_DARKER = 15
"""How much darker than the water a sky may be, in steps of 8 bits; walls above floors often are."""
_PORTRAIT = 0.1
"""Height of a face from which on what is behind it may be a painted backdrop."""


@dataclass(frozen=True)
class FlowRegion:
    """A part of a photograph that may move."""

    kind: str
    """``sea`` or ``leaves``."""
    area: NDArray[np.float32]
    """``(H, W)`` 0..1: how much each pixel moves."""
    way: Way
    confidence: float


def find_flow_regions(
    size: tuple[int, int],
    faces: Sequence[FaceBox],
    look: AppearanceMaps,
    standing: NDArray[np.float32] | None = None,
) -> list[FlowRegion]:
    """What may move, the surest first; mostly nothing.

    Args:
        size: width and height of the photograph.
        faces: boxes as fractions of the picture.
        look: of the photograph.
        standing: ``(h, w)`` 0..1 of any size: figures, which do not flow.
    """
    if tallest(faces) > _PORTRAIT or min(size) < 64:
        return []
    seen = look.luma.shape[1], look.luma.shape[0]
    free = ~sky_mask(look.luma.astype(np.uint8))
    if standing is not None:
        figures = cv2.resize(standing, seen, interpolation=cv2.INTER_LINEAR)
        free &= cv2.dilate(figures, np.ones((5, 5), np.uint8)) < 0.3
    side = max(size)
    found = []
    drift: Way = (0.012 * side, 0.006 * side)
    sway: Way = "sway"
    for kind, (area, confidence), way in (
        ("sea", max(_sea(look, free), _waves(look, free), key=lambda one: one[1]), drift),
        ("leaves", _leaves(look, free), sway),
    ):
        if confidence >= _SURE:
            whole = cv2.resize(area, size, interpolation=cv2.INTER_LINEAR)
            found.append(FlowRegion(kind, np.asarray(whole), way, confidence))
    return sorted(found, key=lambda one: -one.confidence)


def _leaves(look: AppearanceMaps, free: NDArray[np.bool_]) -> tuple[NDArray[np.float32], float]:
    """Green, rough every way, and in the upper part of the picture; where, and how sure."""
    green = (look.green > 4) & (look.yellow > 5) & (look.rough > 6)
    area, best = np.zeros(free.shape, np.float32), 0.0
    for part in _solid_parts(green & (look.combed < 0.5) & free, least=0.01):
        color = float(np.clip((look.green[part].mean() - 4) / 8, 0, 1))
        rough = float(np.clip((look.rough[part].mean() - 6) / 8, 0, 1))
        high = float(np.clip((0.55 - np.nonzero(part)[0].mean() / len(part)) / 0.2, 0, 1))
        large = float(np.clip(part.mean() / 0.03, 0, 1))
        loose = float(np.clip((0.46 - look.combed[part].mean()) / 0.1, 0, 1))
        sure = (color * rough) ** 0.25 * (high * large) ** 0.5 * loose
        if sure >= _SURE:
            area[part], best = 1.0, max(best, sure)
    return area, best


def _sea(look: AppearanceMaps, free: NDArray[np.bool_]) -> tuple[NDArray[np.float32], float]:
    """Blue, level, as wide as the picture, below a straight level line; where, and how sure."""
    rows, columns = look.luma.shape
    none = np.zeros((rows, columns), np.float32)
    mask = np.any(
        [none > 0, *_solid_parts((look.yellow < -2) & (look.level > 0.3) & free, 0.03)], axis=0
    )
    reaching = mask.any(axis=0)
    if reaching.mean() < 0.4:
        return none, 0.0
    shore = np.argmax(mask, axis=0)[reaching]
    top = float(np.percentile(shore, 20))
    straight = float(
        np.clip(1.5 - np.median(np.abs(shore - np.median(shore))) / (0.02 * rows), 0, 1)
    )
    low = float(np.clip((top / rows - 0.15) / 0.15, 0, 1))
    above = look.luma[max(0, int(top) - rows // 12) : max(1, int(top) - 2)]
    calm = float(np.clip(1.6 - np.median(np.abs(np.diff(above, axis=1))) / 4, 0, 1))
    lit = look.luma[mask].mean()
    bright = float(np.clip((lit - 40) / 40, 0, 1) * np.clip((above.mean() - lit) / 10 + 0.5, 0, 1))
    blue = float(np.clip(-look.yellow[mask].mean() / 8, 0, 1))
    wide = float(np.clip((reaching.mean() - 0.3) / 0.2, 0, 1))
    below = np.arange(rows)[:, None] >= top + 1
    water = below & free & ~_things(look.luma, mask)
    near = np.clip((np.arange(rows) - top) / (rows - top), 0, 1)[:, None]
    area = np.where(water, 0.35 + 0.65 * near, 0).astype(np.float32)
    return area, float(straight * low * calm * bright * (blue * wide) ** 0.5)


def _waves(look: AppearanceMaps, free: NDArray[np.bool_]) -> tuple[NDArray[np.float32], float]:
    """Level waves below a straight line across the picture, of whatever color; and how sure.

    Sure means as much as for the other witnesses: `_SURE` where the likelihood is `_SEEN`.
    """
    rows = look.luma.shape[0]
    top, line = _skyline(look.luma)
    below, above = slice(min(rows - 4, top + rows // 25), rows), slice(max(0, top - rows // 5), top)
    level = look.level[below]
    seen = {
        "line": line,
        "level": float((level > 0.6).mean()),
        "least": float(np.percentile(level, 15)),
        "sky": float(np.median(look.rough[above])),
        "combed": float(np.median(look.combed[below])),
        "yellow": float(np.clip(np.median(look.yellow[below]), -15, 15)),
        "green": float(np.clip(np.median(look.green[below]), -10, 10)),
    }
    likely = 1 / (1 + np.exp(-sum(_WAVES[name] * seen[name] for name in _WAVES) - _OFFSET))
    water = (np.arange(rows)[:, None] > top + 1) & free
    lit = look.luma[above].mean() > look.luma[below].mean() - _DARKER
    if likely < _SEEN or not lit or not water.any():
        return np.zeros_like(look.luma), 0.0
    water &= ~_things(look.luma, water)
    near = np.clip((np.arange(rows) - top) / (rows - top), 0, 1)[:, None]
    area = np.where(water, 0.35 + 0.65 * near, 0).astype(np.float32)
    return area, float(_SURE + (1 - _SURE) * (likely - _SEEN) / (1 - _SEEN))


def _skyline(luma: NDArray[np.float32]) -> tuple[int, float]:
    """The row of the clearest straight line across the picture; the share of columns it is in."""
    soft = np.asarray(cv2.GaussianBlur(luma, (0, 0), 1))
    rows = np.arange(int(0.2 * len(soft)), int(0.75 * len(soft)))
    steps = np.array(
        [soft[y + 2 : y + 6].mean(axis=0) - soft[max(0, y - 5) : y - 1].mean(axis=0) for y in rows]
    )
    middle = np.median(steps, axis=1)
    share = (np.sign(middle)[:, None] * steps > 3).mean(axis=1)
    best = int((share * np.minimum(np.abs(middle), 25)).argmax())
    return int(rows[best]), float(share[best])


def _things(luma: NDArray[np.float32], water: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What stands in the water: much darker or lighter than the water itself, with its rim."""
    middle = np.median(luma[water])
    width = 1.48 * np.median(np.abs(luma[water] - middle)) + 6
    apart = (np.abs(cv2.GaussianBlur(luma, (0, 0), 1) - middle) > 3 * width).astype(np.uint8)
    solid = cv2.morphologyEx(apart, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.dilate(solid, np.ones((7, 7), np.uint8)) > 0)


def _solid_parts(mask: NDArray[np.bool_], least: float) -> list[NDArray[np.bool_]]:
    """Connected parts without crumbs and pinholes, of at least a share of the picture."""
    solid = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    solid = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    return parts(solid > 0, lambda share: share >= least)
