"""Lettering for credits and titles."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["lettering"]

_SAFE = 0.05


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """STIX, a Times-like face under the SIL Open Font License that comes with matplotlib."""
    import matplotlib as mpl

    file = Path(mpl.get_data_path()) / "fonts" / "ttf" / "STIXGeneral.ttf"
    return ImageFont.truetype(str(file), size)


def lettering(
    width: int,
    height: int,
    lines: list[str],
    *,
    size: float = 0.04,
    place: float = 0.5,
    within: float = 0.88,
) -> NDArray[np.float32]:
    """Centered lines of text as coverage ``(height, width) float32 0..1``.

    Args:
        width: of the picture in pixels.
        height: of the picture in pixels.
        lines: text; a line too long for the picture is set smaller (down to 8 pixels).
        size: height of the letters as part of the picture's height.
        place: height of the block's center, 0 = top, 1 = bottom; the block is moved so that it
            stays in the title safe area (EBU R 95: 5 % off each edge).
        within: share of the picture's width that the longest line may take.
    """
    canvas = Image.new("L", (width, height))
    draw = ImageDraw.Draw(canvas)
    points = max(8, round(size * height))
    longest = max((draw.textlength(line, font=_font(points)) for line in lines), default=1.0)
    if longest > within * width:
        points = max(8, int(points * within * width / longest))
    step = round(points * 1.45)
    block = step * len(lines)
    top = min(place * height - block / 2, (1 - _SAFE) * height - block)
    top = max(top, _SAFE * height)
    for number, line in enumerate(lines):
        draw.text(
            (width / 2, top + (number + 0.5) * step),
            line,
            fill=255,
            font=_font(points),
            anchor="mm",
        )
    coverage: NDArray[np.float32] = np.array(canvas, dtype=np.float32) / np.float32(255)
    return coverage
