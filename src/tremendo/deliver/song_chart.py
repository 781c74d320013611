"""The song as a drawing: sections, waveform, beats, cuts, and the storyboard under it, to scale."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from tremendo.media import read_audio
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song

__all__ = ["draw_score"]

_WIDE, _SOUND, _PICTURE = 1200, 120, 70
_COLUMNS = 600


def draw_score(timeline: Timeline, song: Song, pictures: Sequence[str]) -> str:
    """An SVG drawing.

    Args:
        timeline: the cut.
        song: what was heard.
        pictures: for each slot its picture as a data address.

    Raises:
        MediaError: the song cannot be read.
    """
    start = float(timeline.song_start)
    seconds = float(timeline.frames / timeline.fps)

    def x(time: float) -> float:
        return _WIDE * (time - start) / seconds

    parts = "".join(
        f'<rect x="{x(s.start):.1f}" y="0" width="{max(0, x(s.end) - x(s.start)):.1f}" '
        f'height="{_SOUND}" fill="#e0a040" opacity="{0.04 + 0.12 * s.energy:.2f}"/>'
        f'<text x="{x(s.start) + 4:.1f}" y="12" fill="#b7a98f" font-size="11">'
        f"{html.escape(s.label)}</text>"
        for s in song.sections
    )
    beats = " ".join(
        f"M{x(b.time):.1f} {112 if b.position > 1 else 106}V{_SOUND}"
        for b in song.beats
        if start <= b.time < start + seconds
    )
    bottom = _SOUND + _PICTURE
    cuts = " ".join(f"M{_WIDE * s.start / timeline.frames:.1f} 14V{bottom}" for s in timeline.slots)
    return (
        f'<svg viewBox="0 0 {_WIDE} {bottom}" role="img" aria-label="song, cuts and shots">{parts}'
        f'<path d="{_wave(timeline, start, seconds)}" stroke="#8d7f68" stroke-width="1.4"/>'
        f'<path d="{beats}" stroke="#e8dfd0" stroke-width="1"/>{_board(timeline, pictures)}'
        f'<path d="{cuts}" stroke="#f05a3c" stroke-width="1.6"/></svg>'
    )


def _wave(timeline: Timeline, start: float, seconds: float) -> str:
    samples = np.abs(read_audio(timeline.song, 8000))
    part = samples[int(start * 8000) : int((start + seconds) * 8000)]
    peaks = [float(block.max(initial=0)) for block in np.array_split(part, _COLUMNS)]
    top = max([*peaks, 1e-6])
    return " ".join(
        f"M{_WIDE * i / _COLUMNS:.1f} {60 - 46 * p / top:.1f}V{60 + 46 * p / top:.1f}"
        for i, p in enumerate(peaks)
    )


def _board(timeline: Timeline, pictures: Sequence[str]) -> str:
    """Each shot's picture as wide as the shot is long."""
    drawn = []
    for number, (slot, picture) in enumerate(zip(timeline.slots, pictures, strict=True), start=1):
        left = _WIDE * slot.start / timeline.frames
        width = _WIDE * slot.duration / timeline.frames
        drawn.append(
            f'<image href="{picture}" x="{left:.1f}" y="{_SOUND}" width="{width:.1f}" '
            f'height="{_PICTURE}" preserveAspectRatio="xMidYMid slice">'
            f"<title>{number}</title></image>"
        )
    return "".join(drawn)
