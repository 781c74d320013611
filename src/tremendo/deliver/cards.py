"""Title and chapter cards in the look of the silent film: a double frame, ornaments, set text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from tremendo.media import Frame
from tremendo.media.text import lettering
from tremendo.montage.timeline import Timeline

__all__ = ["Card", "Cards", "draw_card", "place_cards"]

_GROUND, _INK = 10.0, 226.0
_SAFE = 0.05
"""Lettering keeps this share of the picture free at each edge (EBU R 95: the title safe area)."""
_FADE = 0.25
"""Seconds in which a card appears and goes."""
_LEAST, _MOST = 1.2, 3.2
"""Seconds that a card stands."""


@dataclass(frozen=True)
class Card:
    """A card in place of the pictures ``start`` to ``end`` (exclusive) of the film."""

    start: int
    end: int
    lines: tuple[str, ...]


def draw_card(width: int, height: int, lines: Sequence[str]) -> Frame:
    """A card as a picture; the first line is the largest.

    Args:
        width: in pixels.
        height: in pixels.
        lines: what it says; lines too long for the safe area are set smaller.
    """
    letters = _ornament(width, height)
    places = np.linspace(0.46, 0.60, len(lines)) if len(lines) > 1 else [0.5]
    for number, (line, place) in enumerate(zip(lines, places, strict=True)):
        size = 0.085 if number == 0 else 0.045
        letters = np.maximum(
            letters, lettering(width, height, [line], size=size, place=float(place), within=0.72)
        )
    rng = np.random.default_rng(width * 8192 + height)
    grain = cv2.GaussianBlur(rng.normal(0, 5, (height, width)).astype(np.float32), (0, 0), 0.8)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = (1 - 0.25 * (x**2 + y**2) / 2).astype(np.float32)
    grey = (_GROUND + letters * (_INK - _GROUND)) * light + grain
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _ornament(width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A double line around the safe area whose corners are cut in, with a small rule below."""
    drawn = np.zeros((height, width), np.uint8)
    unit = min(width, height)
    for inset, thick in ((_SAFE, 0.006), (_SAFE + 0.018, 0.0025)):
        edge = round(inset * unit)
        notch = round(0.07 * unit)
        left, top, right, bottom = edge, edge, width - 1 - edge, height - 1 - edge
        corners = [
            (left + notch, top), (right - notch, top), (right - notch, top + notch),
            (right, top + notch), (right, bottom - notch), (right - notch, bottom - notch),
            (right - notch, bottom), (left + notch, bottom), (left + notch, bottom - notch),
            (left, bottom - notch), (left, top + notch), (left + notch, top + notch),
        ]  # fmt: skip
        line = max(1, round(thick * unit))
        cv2.polylines(drawn, [np.array(corners, np.int32)], True, 255, line, cv2.LINE_AA)
    middle, y = width // 2, round(0.74 * height)
    for side in (-1, 1):
        end = (middle + side * round(0.16 * unit), y)
        cv2.line(drawn, (middle + side * round(0.03 * unit), y), end, 255, 1, cv2.LINE_AA)
    diamond = np.array([(0, -1), (1, 0), (0, 1), (-1, 0)]) * round(0.012 * unit) + (middle, y)
    cv2.fillPoly(drawn, [diamond.astype(np.int32)], 255, cv2.LINE_AA)
    return drawn.astype(np.float32) / np.float32(255)


class Cards:
    """Lays cards over the film."""

    def __init__(self, width: int, height: int, fps: Fraction, cards: Sequence[Card]) -> None:
        self._size = (width, height)
        self._fade = max(1, round(_FADE * fps))
        self._cards = cards
        self._drawn: tuple[Card, Frame] | None = None

    def apply(self, frame: Frame, number: int) -> Frame:
        """The frame, or the card that stands there: the last one drawn is held, no other."""
        card = next((c for c in self._cards if c.start <= number < c.end), None)
        if card is None:
            return frame
        if self._drawn is None or self._drawn[0] != card:
            self._drawn = card, draw_card(*self._size, card.lines)
        inside = min(number - card.start + 1, card.end - number)
        share = min(1.0, inside / self._fade)
        drawn = self._drawn[1]
        return drawn if share == 1 else np.asarray(drawn * share, np.uint8)


def place_cards(timeline: Timeline, title: str, which: str) -> list[Card]:
    """Cards where the film and its chapters begin; each ends on a cut when one is near.

    Args:
        timeline: the cut.
        title: of the film.
        which: ``title``, ``chapters``, ``all`` or ``off``.
    """
    cards: list[Card] = []
    if which in {"title", "all"} and title:
        cards.append(Card(0, _until(timeline, 0), (title,)))
    if which in {"chapters", "all"}:
        before = ""
        for slot in timeline.slots:
            start = max(slot.start, cards[-1].end if cards else 0)
            if slot.chapter and slot.chapter != before and start < timeline.frames:
                cards.append(Card(start, _until(timeline, start), (slot.chapter,)))
            before = slot.chapter or before
    return cards


def _until(timeline: Timeline, start: int) -> int:
    """Where a card that begins at ``start`` ends."""
    low, high = (start + round(s * timeline.fps) for s in (_LEAST, _MOST))
    cuts = [slot.end for slot in timeline.slots if low <= slot.end <= high]
    return min(cuts[0] if cuts else (low + high) // 2, timeline.frames)
