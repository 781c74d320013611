"""The picture inside black bars, rounded masks and moving film edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tremendo.archive.pictures import Luma

__all__ = ["EdgeMeter", "Edges"]

_LARGEST_LOSS = 0.16
"""A moving edge may cost this much of the picture; beyond it the edge stays in view."""
_WIDEST_BAR = 0.35
_BLACK = 0.15
"""Border: darker than this share of the way from the frame's black to its white."""


@dataclass(frozen=True)
class Edges:
    """The area of the film's picture: left, top, right, bottom in pixels, even width and height."""

    crop: tuple[int, int, int, int]
    warnings: tuple[str, ...] = ()


class EdgeMeter:
    """Collects where the picture begins and ends in each frame; holds four numbers per sample.

    Args:
        width: of the frames.
        height: of the frames.
        every: one frame in so many is looked at.
    """

    def __init__(self, width: int, height: int, every: int = 3) -> None:
        self._size = np.array([width, height, width, height])
        self._every = every
        self._seen = 0
        self._borders: list[tuple[int, int, int, int]] = []

    def add(self, luma: Luma) -> None:
        """Take the next frame."""
        if self._seen % self._every == 0:
            border = _border(luma)
            if border is not None:
                self._borders.append(border)
        self._seen += 1

    def result(self) -> Edges:
        """One crop for the whole film.

        The usual border of each side goes in any case. Where the edge moves (film that shrank or
        slid in the gate), the crop follows it to its innermost place, unless that loses too much.
        """
        width, height = self._size[:2].tolist()
        if not self._borders:
            return Edges((0, 0, width, height))
        borders = np.array(self._borders, dtype=np.float64)
        usual = np.median(borders, axis=0)
        inner = np.percentile(borders, 95, axis=0)
        moving = inner - usual > 0.01 * self._size
        often = np.mean(borders > usual + 0.005 * self._size, axis=0) > 0.08
        border = np.where(moving & often, inner, np.minimum(inner, usual + 2))
        warnings = []
        if (moving & often).any():
            sides = " and ".join(np.array(["left", "top", "right", "bottom"])[moving & often])
            if _loss(border, width, height) - _loss(usual, width, height) > _LARGEST_LOSS:
                border = usual
                warnings.append(f"the film's edge moves into the picture ({sides}); left in view")
            else:
                lost = _loss(border, width, height)
                warnings.append(
                    f"the film's edge moves into the picture ({sides}): cropped, {lost:.0%} lost"
                )
        return Edges(_even(border, width, height), tuple(warnings))


def _loss(border: NDArray[np.float64], width: int, height: int) -> float:
    left, top, right, bottom = border
    return float(1 - (width - left - right) * (height - top - bottom) / (width * height))


def _border(luma: Luma) -> tuple[int, int, int, int] | None:
    """Width in pixels of the black border at left, top, right, bottom; None for a blank frame.

    A column belongs to the border while 85 % of it is black, so that dust and a ragged edge do not
    end it.
    """
    black, white = np.percentile(luma[::4, ::4], [2, 98])
    if white - black < 40 or black > 60:
        return None
    limit = black + _BLACK * (white - black)
    bright = luma > limit
    columns = bright.mean(axis=0) > 0.15
    rows = bright[:, columns].mean(axis=1) > 0.15
    height, width = luma.shape
    flat = black + 0.06 * (white - black)
    strips = (
        luma[:, : int(columns.argmax())],
        luma[: int(rows.argmax())].T,
        luma[:, width - int(columns[::-1].argmax()) :],
        luma[height - int(rows[::-1].argmax()) :].T,
    )
    left, top, right, bottom = (_depth(strip, flat) for strip in strips)
    if max(left, right) > _WIDEST_BAR * width or max(top, bottom) > _WIDEST_BAR * height:
        return None
    return left, top, right, bottom


def _depth(strip: NDArray[np.uint8], flat: float) -> int:
    """How many columns of a dark strip are a border; 0 when it shows detail: a dark scene."""
    depth = int(strip.shape[1])
    if depth > 0.02 * strip.shape[0] and np.mean(strip < flat) < 0.7:
        return 0
    return depth


def _even(border: NDArray[np.float64], width: int, height: int) -> tuple[int, int, int, int]:
    """Round inwards (one pixel more where there is a border), to an even width and height."""
    left, top, right, bottom = (int(np.ceil(b)) + 1 if b >= 1 else 0 for b in border)
    right, bottom = width - right, height - bottom
    if left or right < width:
        right -= (right - left) % 2
    if top or bottom < height:
        bottom -= (bottom - top) % 2
    return left, top, right, bottom
