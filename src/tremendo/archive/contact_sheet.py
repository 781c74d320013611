"""The contact sheet: every shot's key frame with what the archive knows about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from tremendo.archive.ingest import clip_frames
from tremendo.archive.intertitles import Color, fitted, text_width, write
from tremendo.archive.types import Clip, Shot
from tremendo.errors import MediaError, NothingUsableError
from tremendo.media import FrameSelection, read_photo, write_photo
from tremendo.media.frames import Frame

__all__ = ["contact_sheet"]

_COLUMNS = 4
_MOST = 120
"""Shots on one sheet; of more, evenly picked ones are shown."""
_TILE, _PICTURE, _GAP, _MARGIN = 340, 250, 22, 36
_FILM_TEXT, _PHOTO_TEXT = 116, 82
_HEADER = 92

_PAPER: Color = (24, 24, 27)
_CARD: Color = (38, 38, 43)
_BLACK: Color = (12, 12, 14)
_WHITE: Color = (238, 238, 240)
_GRAY: Color = (150, 150, 158)
_AMBER: Color = (240, 176, 72)
_TEAL: Color = (84, 188, 178)
_RED: Color = (226, 96, 84)


def contact_sheet(clips: Sequence[Clip], output: Path) -> Path:
    """Draw the key frames of all shots as a PNG.

    Each tile shows the key frame with its faces boxed; below it name and time code, tags (the
    user's in amber), and for film the motion curve with the landings of gestures as dots. At most
    120 shots are drawn, in memory of about 50 MB.

    Args:
        clips: described clips whose files are still there.
        output: the picture file to write.

    Returns:
        ``output``.

    Raises:
        NothingUsableError: there is no shot.
        ResourceError: it cannot be written.
    """
    shots = [(clip, shot) for clip in clips for shot in clip.shots]
    if not shots:
        raise NothingUsableError(
            "there is no shot to show", hint="give films or photographs that can be read"
        )
    picked = [shots[i * len(shots) // _MOST] for i in range(_MOST)] if len(shots) > _MOST else shots
    columns = min(_COLUMNS, len(picked))
    rows = -(-len(picked) // columns)
    width = 2 * _MARGIN + columns * _TILE + (columns - 1) * _GAP
    films = any(shot.kind == "film" for _, shot in picked)
    height = _PICTURE + (_FILM_TEXT if films else _PHOTO_TEXT)
    canvas = np.empty((_HEADER + rows * (height + _GAP) + _MARGIN - _GAP, width, 3), np.uint8)
    canvas[:] = _PAPER
    _draw_header(canvas, clips, len(shots), len(picked))
    for place, (clip, shot, frame) in enumerate(_key_frames(picked)):
        top = _HEADER + place // columns * (height + _GAP)
        left = _MARGIN + place % columns * (_TILE + _GAP)
        _draw_tile(canvas[top : top + height, left : left + _TILE], clip, shot, frame)
    return write_photo(output, canvas)


def _key_frames(picked: list[tuple[Clip, Shot]]) -> Iterator[tuple[Clip, Shot, Frame | None]]:
    """Each shot with its key frame inside the clip's crop; None where the file is gone."""
    films: dict[str, Iterator[Frame]] = {}
    for clip, shot in picked:
        try:
            if clip.kind == "photo":
                yield clip, shot, read_photo(clip.path)
                continue
            if clip.id not in films:
                wanted = [other.key_frame for owner, other in picked if owner is clip]
                films[clip.id] = FrameSelection(clip_frames(clip), wanted).read()
            yield clip, shot, next(films[clip.id], None)
        except MediaError:
            yield clip, shot, None


def _draw_header(canvas: Frame, clips: Sequence[Clip], total: int, shown: int) -> None:
    films = [clip for clip in clips if clip.kind == "film"]
    seconds = sum(float(clip.frames / clip.fps) for clip in films)
    parts = []
    if films:
        parts.append(f"{_counted(len(films), 'film')}, {_clock(seconds)}")
    if len(films) < len(clips):
        parts.append(_counted(len(clips) - len(films), "photograph"))
    parts.append(_counted(total, "shot"))
    if shown < total:
        parts.append(f"{shown} shots shown, evenly picked, {total - shown} left out")
    room = canvas.shape[1] - 2 * _MARGIN
    write(canvas, "Contact sheet", _MARGIN, 44, 24, _WHITE, bold=True)
    write(canvas, fitted("  \u00b7  ".join(parts), 14, room), _MARGIN, 70, 14, _GRAY)


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _clock(seconds: float) -> str:
    """Minutes and seconds, to the tenth."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _draw_tile(tile: Frame, clip: Clip, shot: Shot, frame: Frame | None) -> None:
    tile[:] = _CARD
    tile[:_PICTURE] = _BLACK
    if frame is None:
        write(tile, "cannot be read any more", 84, _PICTURE // 2, 14, _RED)
    else:
        _draw_picture(tile[:_PICTURE], frame, shot)
    if shot.kind == "film":
        seconds = float((shot.end - shot.start) / clip.fps)
        times = f"{_clock(float(shot.start / clip.fps))} + {seconds:.1f} s"
    else:
        times = f"{clip.width} \u00d7 {clip.height}"
    room = _TILE - 24 - text_width(times, 13)
    baseline = _PICTURE + 21
    write(
        tile, fitted(clip.path.name, 13, room - 12, bold=True), 12, baseline, 13, _WHITE, bold=True
    )
    write(tile, times, _TILE - 12 - text_width(times, 13), baseline, 13, _GRAY)
    _draw_tags(tile, clip, shot, _PICTURE + 32)
    figures = f"light {shot.light:.2f}   contrast {shot.contrast:.2f}   sharp {shot.sharpness:.2f}"
    if shot.kind == "film":
        figures += f"   wear {shot.damage:.2f}"
        _draw_motion(tile[_PICTURE + 78 : _PICTURE + 110, 12 : _TILE - 12], shot)
    write(tile, figures, 12, _PICTURE + 69, 12, _GRAY)


def _draw_picture(area: Frame, frame: Frame, shot: Shot) -> None:
    height, width = frame.shape[:2]
    scale = min(area.shape[1] / width, area.shape[0] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    for face in shot.faces:
        corner = (round(face.x * size[0]), round(face.y * size[1]))
        far = (
            round((face.x + face.width) * size[0]),
            round((face.y + face.height) * size[1]),
        )
        cv2.rectangle(small, corner, far, _AMBER, 1, cv2.LINE_AA)
    top, left = (area.shape[0] - size[1]) // 2, (area.shape[1] - size[0]) // 2
    area[top : top + size[1], left : left + size[0]] = small


def _draw_tags(tile: Frame, clip: Clip, shot: Shot, top: int) -> None:
    """Tags as small plates, as many as there is room for."""
    left = 12
    for tag in (*clip.tags, *shot.tags):
        color = _AMBER if tag in clip.tags else _TEAL
        name = fitted(tag, 12, 140)
        width = text_width(name, 12) + 12
        if left + width > _TILE - 12:
            break
        plate = tuple(round(0.25 * c + 0.75 * p) for c, p in zip(color, _CARD, strict=True))
        cv2.rectangle(tile, (left, top), (left + width, top + 18), plate, -1)
        write(tile, name, left + 6, top + 14, 12, color)
        left += width + 6


def _draw_motion(area: Frame, shot: Shot) -> None:
    """The energy curve, filled, on a scale common to all shots; landings as dots."""
    height, width = area.shape[:2]
    level = np.sqrt(np.clip(np.array(shot.motion) / 6.0, 0, 1))
    place = np.linspace(0, len(level) - 1, width)
    tops = height - 1 - np.interp(place, np.arange(len(level)), level) * (height - 6)
    filled = np.arange(height)[:, None] >= tops[None]
    area[filled] = tuple(round(0.45 * c + 0.55 * p) for c, p in zip(_TEAL, _CARD, strict=True))
    area[-1] = _TEAL
    for peak in shot.peaks:
        x = round(peak * (width - 1) / max(1, len(level) - 1))
        cv2.circle(area, (x, max(3, int(tops[x]))), 3, _AMBER, -1, cv2.LINE_AA)
