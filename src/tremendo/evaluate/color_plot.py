"""Colorings to look at: side by side with the truth, and how hues are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.evaluate.color_figures import hue_histogram
from tremendo.finish.color.lab import frame_lightness, gray
from tremendo.media import write_photo
from tremendo.media.frames import Frame

__all__ = ["draw"]

_SIDE = 176
_ACROSS, _ROWS = 4, 4


def draw(truths: Sequence[Frame], ours: Sequence[Frame], folder: Path) -> None:
    """Write ``pairs-1.png`` ... (each cell: truth, grey, ours) and ``hues.png``.

    Args:
        truths: color photographs, ``(H, W, 3) uint8``.
        ours: their colorings.
        folder: made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cells = [_cell(*pair) for pair in zip(truths, ours, strict=True)]
    each = _ACROSS * _ROWS
    for number, first in enumerate(range(0, len(cells), each), start=1):
        write_photo(folder / f"pairs-{number}.png", _sheet(cells[first : first + each]))
    write_photo(folder / "hues.png", _hues(truths, ours))


def _cell(truth: Frame, ours: Frame) -> Frame:
    shown = (truth, gray(frame_lightness(truth)), ours)
    return np.hstack([_square(picture) for picture in shown])


def _square(picture: Frame) -> Frame:
    side = min(picture.shape[:2])
    top, left = ((n - side) // 2 for n in picture.shape[:2])
    cut = picture[top : top + side, left : left + side]
    return np.asarray(cv2.resize(cut, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _sheet(cells: Sequence[Frame]) -> Frame:
    blank = np.zeros_like(cells[0])
    padded = [*cells, *[blank] * (-len(cells) % _ACROSS)]
    rows = [np.hstack(padded[i : i + _ACROSS]) for i in range(0, len(padded), _ACROSS)]
    return np.vstack(rows)


def _hues(truths: Sequence[Frame], ours: Sequence[Frame]) -> NDArray[np.uint8]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), dpi=100, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="hue in ab, degrees", ylabel="chroma")
    hues = np.arange(36) * 10 + 5
    for name, frames, color in (("truth", truths, "black"), ("ours", ours, "tab:red")):
        mean = np.mean([hue_histogram(frame) for frame in frames], axis=0)
        axes.step(hues, mean, where="mid", label=name, color=color)
    axes.legend()
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
