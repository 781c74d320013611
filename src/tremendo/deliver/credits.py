"""The credits: who filmed it, who keeps it, and that color and motion were made up by AI."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from tremendo.media import Frame
from tremendo.media.text import lettering

__all__ = ["CREDIT", "Overlay"]

CREDIT = "Archive pictures, restored, colored and animated with AI"
"""What every film says unless the director writes a better line."""

_SECONDS = 3.0
_PAGE_SECONDS = 2.0
"""How long a page of sources stands."""
_LINES = 5
"""Lines of a page."""
_MOST = 0.25
"""Pages of sources take at most this share of the film."""
_FADE = 0.6


class Overlay:
    """Credits laid over the film's first or last seconds, and a fade to black at its end.

    Args:
        width: of the film.
        height: of the film.
        frames: length of the film.
        fps: of the film.
        position: ``start``, ``end`` or ``off``.
        lines: what is written, the disclosure among it.
        sources: credits of the material; at the film's end they stand before ``lines``, page by
            page, as many as there is room for.
    """

    def __init__(
        self,
        width: int,
        height: int,
        frames: int,
        fps: Fraction,
        position: str,
        lines: list[str],
        sources: Sequence[str] = (),
    ) -> None:
        self._size = (width, height)
        self._frames = frames
        self._fade = max(1, min(frames // 4, round(_FADE * fps)))
        self._pages: list[tuple[int, int, list[str]]] = []
        self._at_end = position == "end"
        if position != "off":
            length = min(frames, round(_SECONDS * fps))
            first = 0 if position == "start" else frames - length
            self._pages = [(first, first + length, lines)]
        if position == "end":
            self._add_sources(list(sources), round(_PAGE_SECONDS * fps))
        ramp = np.clip((np.arange(height) / height - 0.45) / 0.40, 0, 1)
        self._shade = (0.65 * ramp * ramp * (3 - 2 * ramp)).astype(np.float32)[:, None, None]
        self._drawn: tuple[int, np.ndarray[tuple[int, ...], np.dtype[np.float32]]] | None = None

    def _add_sources(self, sources: list[str], length: int) -> None:
        room = int(_MOST * self._frames) // max(1, length)
        pages = [sources[n : n + _LINES] for n in range(0, len(sources), _LINES)][: max(0, room)]
        for page in reversed(pages):
            after = self._pages[0][0]
            self._pages.insert(0, (after - length, after, page))

    def strength(self, number: int) -> float:
        """How visible the credits are at a frame, 0..1."""
        page = self._page(number)
        if page is None:
            return 0.0
        start, end, _ = self._pages[page]
        rise = min(1.0, (number - start) / self._fade)
        last = self._at_end and page == len(self._pages) - 1
        return rise if last else min(rise, (end - number) / self._fade)

    def _page(self, number: int) -> int | None:
        places = (n for n, (start, end, _) in enumerate(self._pages) if start <= number < end)
        return next(places, None)

    def apply(self, frame: Frame, number: int) -> Frame:
        """The frame with what belongs over it."""
        strength = self.strength(number)
        dim = min(1.0, (self._frames - number) / self._fade)
        if strength == 0 and dim == 1:
            return frame
        picture = frame.astype(np.float32)
        if strength > 0:
            picture *= 1 - strength * self._shade
            picture += (242 - picture) * (strength * self._letters(number))
        return np.asarray(picture * dim + 0.5, dtype=np.uint8)

    def _letters(self, number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        page = self._page(number) or 0
        if self._drawn is None or self._drawn[0] != page:
            drawn = lettering(*self._size, self._pages[page][2], place=0.84)[..., None]
            self._drawn = (page, drawn)
        return self._drawn[1]
