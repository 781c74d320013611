"""The storyboard of a cut: every shot under the sound it stands on, to scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tremendo.archive.intertitles import Color, fitted, write
from tremendo.deliver.framing import fit_frame
from tremendo.media import Frame, read_audio, write_photo
from tremendo.montage.beat_grid import frame_of
from tremendo.montage.timeline import Slot, Timeline
from tremendo.music.types import Song

__all__ = ["draw_storyboard"]

_WIDE, _MARGIN = 1800, 30
_WAVE, _PICTURE, _TEXT, _GAP = 54, 128, 40, 18
_HEAD = 62
_ROW_SECONDS = 14.0
_MOST_ROWS = 24
_RATE = 8000

_PAPER: Color = (22, 19, 15)
_WAVE_INK: Color = (176, 150, 104)
_BEAT: Color = (92, 82, 66)
_BAR: Color = (206, 190, 160)
_INK: Color = (232, 223, 208)
_FAINT: Color = (150, 138, 118)
_GOLD: Color = (240, 195, 109)


def draw_storyboard(
    timeline: Timeline, song: Song, pictures: Sequence[Frame | None], output: Path, *, title: str
) -> Path:
    """Draw the cut as a PNG, 1800 pixels wide, about 14 s of film in a row.

    Args:
        timeline: the cut.
        song: for beats and sections.
        pictures: one frame for every slot in the film's shape; None leaves its place empty.
        output: the picture file.
        title: stands at its head.

    Raises:
        MediaError: the song cannot be read.
        ResourceError: it cannot be written.
    """
    seconds = float(timeline.frames / timeline.fps)
    rows = min(_MOST_ROWS, max(1, math.ceil(seconds / _ROW_SECONDS)))
    per_row = math.ceil(timeline.frames / rows)
    height = _WAVE + _PICTURE + _TEXT + _GAP
    board = np.empty((_HEAD + rows * height + _MARGIN, _WIDE, 3), np.uint8)
    board[:] = _PAPER
    facts = f"{len(timeline.slots)} shots in {seconds:.0f} s, score {timeline.score:.3f}"
    write(board, fitted(title, 24, _WIDE // 2), _MARGIN, 38, 24, _INK)
    write(board, facts, _WIDE // 2, 38, 18, _FAINT)
    loudness = _envelope(timeline)
    for row in range(rows):
        top = _HEAD + row * height
        scale = _Scale(row * per_row, min(timeline.frames, (row + 1) * per_row), per_row)
        _draw_sound(board[top : top + _WAVE], timeline, song, loudness, scale)
        for number, slot in enumerate(timeline.slots):
            if slot.start < scale.last and slot.end > scale.first:
                view = board[top + _WAVE : top + height - _GAP]
                _draw_slot(view, number, slot, pictures[number], scale)
    return write_photo(output, board)


class _Scale:
    """Output frames of one row as pixels."""

    def __init__(self, first: int, last: int, per_row: int) -> None:
        self.first, self.last, self._per_row = first, last, per_row

    def x(self, frame: float) -> int:
        inside = min(max(frame, self.first), self.last) - self.first
        return _MARGIN + round(inside / self._per_row * (_WIDE - 2 * _MARGIN))

    def frames(self, columns: np.ndarray) -> np.ndarray:
        share = (columns - _MARGIN) / (_WIDE - 2 * _MARGIN)
        return np.asarray(self.first + share * self._per_row)


def _envelope(timeline: Timeline) -> np.ndarray:
    """Loudness 0..1 of every output frame."""
    samples = np.abs(read_audio(timeline.song, _RATE))
    edges = (
        (float(timeline.song_start) + np.arange(timeline.frames + 1) / float(timeline.fps)) * _RATE
    ).astype(int)
    edges = np.clip(edges, 0, len(samples))
    total = np.concatenate([[0.0], np.cumsum(samples, dtype=np.float64)])
    mean = np.diff(total[edges]) / np.maximum(1, np.diff(edges))
    return np.asarray(mean / max(float(mean.max()), 1e-9))


def _draw_sound(
    view: Frame,
    timeline: Timeline,
    song: Song,
    loudness: np.ndarray,
    scale: _Scale,
) -> None:
    middle, reach = _WAVE // 2 + 6, _WAVE // 2 - 8
    for beat in song.beats:
        frame = frame_of(beat.time, timeline.fps, timeline.song_start)
        if scale.first <= frame < scale.last:
            view[14:, scale.x(frame)] = _BAR if beat.position == 1 else _BEAT
    columns = np.arange(scale.x(scale.first), scale.x(scale.last))
    frames = np.clip(scale.frames(columns).astype(int), 0, timeline.frames - 1)
    for column, level in zip(columns, loudness[frames], strict=True):
        half = max(1, round(float(level) ** 0.7 * reach))
        view[middle - half : middle + half, column] = _WAVE_INK
    for section in song.sections:
        frame = max(0, frame_of(section.start, timeline.fps, timeline.song_start))
        if scale.first <= frame < scale.last:
            write(view, section.label, scale.x(frame) + 3, 12, 14, _GOLD)


def _draw_slot(view: Frame, number: int, slot: Slot, picture: Frame | None, scale: _Scale) -> None:
    left, right = scale.x(slot.start), scale.x(slot.end) - 2
    if right - left < 3:
        return
    if picture is not None:
        narrow = (right - left) / _PICTURE < picture.shape[1] / picture.shape[0]
        fit = "crop" if narrow else "surround"
        view[:_PICTURE, left:right] = fit_frame(picture, right - left, _PICTURE, fit)
    view[:_PICTURE, left : left + 1] = _INK
    if slot.start < scale.first:
        return
    width = right - left
    write(view, fitted(f"{number + 1}", 15, width), left + 2, _PICTURE + 16, 15, _INK)
    said = slot.device or slot.chapter or slot.technique
    ink = _GOLD if slot.device else _FAINT
    write(view, fitted(said, 13, width), left + 2, _PICTURE + 33, 13, ink)
