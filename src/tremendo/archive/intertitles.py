"""Text on pictures in any script that DejaVu Sans holds, by matplotlib's FreeType."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from tremendo.media.frames import Frame

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

__all__ = ["fitted", "text_width", "write"]

Color = tuple[int, int, int]


@cache
def _font(size: int, *, bold: bool) -> FT2Font:
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    weight = "bold" if bold else "normal"
    file = findfont(FontProperties(family="DejaVu Sans", weight=weight))
    font = FT2Font(file)
    font.set_size(size, 72)
    return font


def _drawable(text: str, font: FT2Font) -> str:
    """Control characters as visible blanks, characters that the font lacks as boxes."""
    seen = (c if c.isprintable() else "\u2423" for c in text)
    return "".join(c if font.get_char_index(ord(c)) else "\u25a1" for c in seen)


def text_width(text: str, size: int, *, bold: bool = False) -> int:
    """Width in pixels of a line of text."""
    font = _font(size, bold=bold)
    font.set_text(_drawable(text, font))
    return int(font.get_width_height()[0] / 64) + 1


def fitted(text: str, size: int, width: int, *, bold: bool = False) -> str:
    """The text, shortened in the middle by an ellipsis where it is wider than ``width`` pixels."""
    if text_width(text, size, bold=bold) <= width:
        return text
    kept = len(text) - 1
    while kept > 2:
        short = text[: (kept + 1) // 2] + "\u2026" + text[len(text) - kept // 2 :]
        if text_width(short, size, bold=bold) <= width:
            return short
        kept -= 1
    return "\u2026"


def write(
    canvas: Frame,
    text: str,
    left: int,
    baseline: int,
    size: int,
    color: Color,
    *,
    bold: bool = False,
) -> None:
    """Draw one line of text into ``canvas``; what lies outside is cut off."""
    font = _font(size, bold=bold)
    font.set_text(_drawable(text, font))
    font.draw_glyphs_to_bitmap(antialiased=True)
    ink = np.asarray(font.get_image(), dtype=np.float32) / 255
    top = baseline - ink.shape[0] + round(font.get_descent() / 64)
    height, width = canvas.shape[:2]
    ink = ink[max(0, -top) : max(0, height - top), max(0, -left) : max(0, width - left)]
    if not ink.size:
        return
    top, left = max(0, top), max(0, left)
    area = canvas[top : top + ink.shape[0], left : left + ink.shape[1]]
    cover = ink[..., None]
    area[:] = (area * (1 - cover) + np.array(color, np.float32) * cover + 0.5).astype(np.uint8)
