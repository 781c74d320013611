"""Brightness that jumps from frame to frame is brought to a smooth course.

Each frame's tones are mapped on a reference by ``a(x, y) * luma + b(x, y) + c(luma)``. The fields
``a`` and ``b`` are smooth; the curve ``c`` bends at a few levels: an overexposed frame has lost its
whites, and they must not be turned grey. All are fitted robustly at once to the quantiles of many
blocks, so that a person who walks through a few blocks does not count (in the spirit of Forbin and
Vlachos, EURASIP JASP 2008, and Delon, JMIV 2006). The reference follows the shot: fades and changes
of light stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.glance import Glance
from tremendo.finish.restore.picture import Picture, Plane, Window

__all__ = ["Deflicker", "DeflickerSettings"]

ROWS, COLUMNS = 9, 12
_QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)
_GAIN_LIMIT = 2.0
_BURNT = 0.5
"""Weight of crushed blacks and burnt whites, which say little, against 1 for the rest."""
_WORTH = 0.9
"""A correction must bring a frame this much nearer to the reference, or it is not made."""
_DEAD = 0.35
"""A shot whose brightness jumps less than this (grey levels) does not flicker."""


@dataclass(frozen=True)
class DeflickerSettings:
    """How the flicker is taken out."""

    strength: float = 1.0
    """0 keeps the flicker, 1 takes all of it out."""
    reach: int = 8
    """Standard deviation, in frames, of the reference's course."""


class Deflicker:
    """Takes out flicker, global and across the picture."""

    name = "deflicker"
    version = 1
    radius = 0

    def __init__(self, settings: DeflickerSettings) -> None:
        self._settings = settings

    def measure(self, glance: Glance) -> Plane:
        """Quantiles of luma in each block, ``(blocks, quantiles)``."""
        small = glance.small
        rows = np.linspace(0, small.shape[0], ROWS + 1).astype(int)
        columns = np.linspace(0, small.shape[1], COLUMNS + 1).astype(int)
        result = np.empty((ROWS * COLUMNS, len(_QUANTILES)), np.float32)
        for row in range(ROWS):
            for column in range(COLUMNS):
                block = small[rows[row] : rows[row + 1], columns[column] : columns[column + 1]]
                ordered = np.sort(block, axis=None)
                places = [int(q * (ordered.size - 1)) for q in _QUANTILES]
                result[row * COLUMNS + column] = ordered[places]
        return result

    def settle(self, measures: Sequence[Plane], takes: tuple[int, ...]) -> Plane | None:
        """One set of coefficients per frame, ``(frames, 19)``, or None when nothing flickers."""
        if len(measures) < 3:
            return None
        quantiles = np.stack(measures).astype(np.float64)
        plans = [
            self._settle_take(part)
            for part in np.split(quantiles, [t for t in takes if 0 < t < len(measures)])
        ]
        return np.concatenate(plans).astype(np.float32)

    def _settle_take(self, quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
        still = np.tile(_STILL, (len(quantiles), 1))
        if len(quantiles) < 3 or _jumps(quantiles) < _DEAD:
            return still
        reference = _course(quantiles, self._settings.reach, np.median)
        for _ in range(2):
            fits = [_fit(q, r) for q, r in zip(quantiles, reference, strict=True)]
            evened = np.stack([_apply(q, f) for q, f in zip(quantiles, fits, strict=True)])
            reference = _course(evened, self._settings.reach, None)
        fits = [_fit(q, r) for q, r in zip(quantiles, reference, strict=True)]
        full = np.stack(fits)
        return np.asarray(still + self._settings.strength * (full - still), np.float64)

    def run(self, window: Window, plan: Plane | None) -> Picture:
        """Map the tones of the center on the reference."""
        picture = window.center
        if plan is None:
            return picture
        fit = plan[picture.index]
        if np.array_equal(fit, _STILL.astype(np.float32)):
            return picture
        gain, offset = _fields(fit, picture.luma.shape)
        luma = picture.luma * gain + offset
        for knee, bend in zip(_KNEES, fit[15:], strict=True):
            luma += np.float32(bend) * np.maximum(picture.luma - np.float32(knee), 0)
        chroma = None if picture.chroma is None else picture.chroma * gain[..., None]
        return replace(picture, luma=luma, chroma=chroma, gain=float(fit[0]))


_STILL = np.array([1.0] + [0.0] * 18)
"""Coefficients that change nothing: twelve of the gain, three of the offset, four of the curve."""


def _jumps(quantiles: NDArray[np.float64]) -> float:
    """Typical change of brightness that is taken back in the next frame, grey levels."""
    level = np.median(quantiles[:, :, 2], axis=1)
    return float(np.median(np.abs(level[2:] - 2 * level[1:-1] + level[:-2]))) / 2


def _course(values: NDArray[np.float64], reach: int, middle: object | None) -> NDArray[np.float64]:
    """Smooth along time: a running median (``middle``) or a Gaussian, shortened at the ends."""
    frames = len(values)
    result = np.empty_like(values)
    times = np.arange(frames)
    for t in range(frames):
        if middle is not None:
            side = min(reach, frames - 1)
            low = max(0, min(t - side, frames - 2 * side - 1))
            result[t] = np.median(values[low : max(t, low) + 2 * side + 1][: 2 * side + 1], axis=0)
        else:
            weight = np.exp(-0.5 * ((times - t) / reach) ** 2)
            result[t] = np.einsum("t,tbq->bq", weight / weight.sum(), values)
    return result


def _waves(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smooth fields over the picture, cosines of up to 3 half waves: ``(len(y), len(x), 12)``."""
    across = np.cos(np.pi * np.outer(x, np.arange(4)))
    down = np.cos(np.pi * np.outer(y, np.arange(3)))
    fields = np.einsum("xi,yj->yxji", across, down)
    return np.asarray(fields.reshape(len(y), len(x), 12), np.float64)


_OFFSETS = [0, 1, 4]
"""The offset takes the flat field and one half wave each way."""
_BASIS = _waves((np.arange(COLUMNS) + 0.5) / COLUMNS, (np.arange(ROWS) + 0.5) / ROWS).reshape(
    -1, 12
)
_KNEES = np.array([64.0, 128.0, 192.0, 232.0])
"""Levels at which the curve may bend."""
_LEAST_SLOPE = 0.25
_GAIN, _OFFSET = _BASIS, _BASIS[:, _OFFSETS]
_RIDGE = np.array(
    [400.0, 8e3, 12e3, 24e3, 8e3, 12e3, 24e3, 36e3, 12e3, 24e3, 36e3, 48e3, 1.2, 4, 4] + [2e4] * 4
)
"""Keeps the fields flat unless the picture speaks clearly."""


def _fit(quantiles: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Robust fit of the nine coefficients that map ``quantiles`` on ``reference``."""
    count = quantiles.shape[1]
    gain = np.repeat(_GAIN, count, axis=0) * quantiles.reshape(-1, 1)
    bends = np.maximum(quantiles.reshape(-1, 1) - _KNEES, 0)
    design = np.hstack([gain, np.repeat(_OFFSET, count, axis=0), bends])
    target = reference.ravel()
    usable = np.where((quantiles > 3) & (quantiles < 252), 1.0, _BURNT).ravel()
    level = np.median(quantiles[:, 2])
    fit = _STILL.copy()
    fit[0] = np.clip((np.median(reference[:, 2]) + 4) / (level + 4), 1 / _GAIN_LIMIT, _GAIN_LIMIT)
    for _ in range(8):
        residual = target - design @ fit
        spread = 1.48 * np.median(np.abs(residual)) + 0.5
        weight = usable / (1 + (residual / (2 * spread)) ** 2) ** 2
        weighted = design * weight[:, None]
        anchor = _STILL.copy()
        anchor[0] = fit[0]
        left = np.einsum("ri,rj->ij", weighted, design) + np.diag(_RIDGE)
        fit = np.linalg.solve(left, np.einsum("ri,r->i", weighted, target) + _RIDGE * anchor)
        fit[0] = np.clip(fit[0], 1 / _GAIN_LIMIT, _GAIN_LIMIT)
        fit[15:] = _rising(fit[0], fit[15:])
    before, after = (np.median(np.abs(target - design @ f)) for f in (_STILL, fit))
    return np.asarray(fit if after < _WORTH * before else _STILL.copy(), np.float64)


def _apply(quantiles: NDArray[np.float64], fit: NDArray[np.float64]) -> NDArray[np.float64]:
    gain, offset = _GAIN @ fit[:12], _OFFSET @ fit[12:15]
    curve = np.maximum(quantiles[..., None] - _KNEES, 0) @ fit[15:]
    return np.asarray(quantiles * gain[:, None] + offset[:, None] + curve, np.float64)


def _rising(gain: float, bends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hold the slope of the whole curve above zero, so that no tones change places."""
    slopes = np.maximum(gain + np.cumsum(bends), _LEAST_SLOPE)
    return np.diff(slopes, prepend=gain)


def _fields(fit: Plane, shape: tuple[int, ...]) -> tuple[Plane, Plane]:
    """Gain and offset at each pixel."""
    height, width = shape[:2]
    coarse = _waves(
        (np.arange(width // 8) + 0.5) / (width // 8), (np.arange(height // 8) + 0.5) / (height // 8)
    )
    gain = (coarse @ fit[:12]).astype(np.float32)
    offset = (coarse[..., _OFFSETS] @ fit[12:15]).astype(np.float32)
    size = (width, height)
    return tuple(cv2.resize(f, size, interpolation=cv2.INTER_LINEAR) for f in (gain, offset))
