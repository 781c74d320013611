"""The cut as a CMX3600 edit decision list: one video track, retimes as M2 lines.

An EDL counts all timecodes in the record's frames. A source frame keeps its number after the first
frame of its file, and the M2 line says how many source frames run in a second: so source length =
record length x speed, also for a film of another rate, negative where it runs backward. A freeze
(M2 of 0) is one source frame; so is a photograph. Black is reel BL. The song has no place in an
EDL; beats and sections are LOC comments.

A file's timecode counts at the file's rate. Where that is the record's, it is written as it is,
with drop-frame numbers (``;``) where the file has them; otherwise the file's first frame keeps its
hours, minutes, seconds and frames, later ones count on in the record's frames, and a comment gives
the timecode of the tape.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from tremendo.archive.types import Clip
from tremendo.core.timecode import Timecode
from tremendo.errors import UsageError
from tremendo.media.atomic import write_text
from tremendo.montage.interchange.events import (
    Cue,
    Event,
    Media,
    cues,
    events,
    readable,
    start_frames,
    timecode,
)
from tremendo.montage.interchange.registry import Exporter
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song

__all__ = ["edl_text", "exporter", "write_edl"]

_MOST_EVENTS = 999
_COLORS = {"beat": "GREEN", "downbeat": "RED", "section": "PURPLE"}


def write_edl(
    timeline: Timeline,
    clips: Sequence[Clip],
    song: Path,
    output: Path,
    *,
    media: Sequence[Media] | None = None,
    music: Song | None = None,
) -> Path:
    """Write the cut to ``output``; arguments and errors as for ``write_otio``.

    Raises:
        UsageError: also when the cut has more than 999 slots, the format's limit.
    """
    found = events(timeline, clips, media=media)
    return write_text(output, edl_text(timeline, found, song, music, title=Path(output).stem))


def exporter() -> Exporter:
    """Edit decision lists."""
    return Exporter(".edl", write_edl)


def edl_text(
    timeline: Timeline, found: Sequence[Event], song: Path, music: Song | None, *, title: str
) -> str:
    """The list as text."""
    if len(found) > _MOST_EVENTS:
        raise UsageError(f"an EDL holds {_MOST_EVENTS} events; this cut has {len(found)}")
    marks = cues(timeline, music) if music is not None else []
    start = start_frames(timeline.fps)
    reels = _reels(found)
    lines = [f"TITLE: {readable(title)[:70]}", "FCM: NON-DROP FRAME", ""]
    for event in found:
        inside = [c for c in marks if event.start <= c.frame < event.end]
        lines += _event(event, reels[event.path], timeline.fps, start)
        if event.index == 0:  # readers take no comment before the first event
            lines.append(f"* SONG: {readable(song.name)}")
        lines += [_locator(cue, timeline.fps, start) for cue in inside]
        lines.append("")
    return "\n".join(lines)


def _event(event: Event, reel: str, fps: Fraction, start: int) -> list[str]:
    head = f"{event.index + 1:03d}  "
    record = f"{timecode(start + event.start, fps)} {timecode(start + event.end, fps)}"
    if not event.shows:
        black = f"{timecode(0, fps)} {timecode(event.duration, fps)}"
        return [f"{head}{'BL':<8} V     C        {black} {record}"]
    played = Fraction(0) if event.frozen else event.rate * event.speed
    length = 1 if event.frozen else max(1, round(event.duration * abs(played) / fps))
    first = event.source if played >= 0 else max(0, event.source - length + 1)
    tape = _tape(event, fps)
    source = f"{tape + first} {tape + (first + length)}"
    lines = [f"{head}{reel:<8} V     C        {source} {record}"]
    if played != fps:
        rate = f"{float(played):05.1f}" if played >= 0 else f"{float(played):06.1f}"
        trigger = str(tape + event.source).replace(";", ":")  # readers know no other mark here
        lines.append(f"M2   {reel:<8} {rate:<6}               {trigger}")
    if event.frozen:
        lines.append("* FREEZE FRAME")
    lines.append(f"* FROM CLIP NAME: {readable(event.path.name)}")
    lines.append(f"* SOURCE FILE: {readable(str(event.path))}")
    if event.begins is not None and event.begins.rate != fps:
        rate = f"{float(event.rate):.3f}".rstrip("0").rstrip(".")
        lines.append(f"* SOURCE TIMECODE: {event.begins + first} AT {rate} FPS")
    if event.note:
        lines.append(f"* DEVICE: {event.note}")
    return lines


def _tape(event: Event, fps: Fraction) -> Timecode:
    """Timecode of the file's first frame, in the record's frames."""
    if event.begins is None or round(event.begins.rate) == round(fps):
        return replace(event.begins or Timecode(0, fps), rate=fps)
    base = round(event.begins.rate)
    hours, minutes, seconds, frame = (int(n) for n in re.split("[:;]", str(event.begins)))
    whole = 3600 * hours + 60 * minutes + seconds
    return Timecode(whole * round(fps) + frame * round(fps) // base, fps)


def _locator(cue: Cue, fps: Fraction, start: int) -> str:
    name = f"beat {cue.name}" if cue.kind != "section" else cue.name
    return f"* LOC: {timecode(start + cue.frame, fps)} {_COLORS[cue.kind]:<7} {name}"


def _reels(found: Sequence[Event]) -> dict[Path, str]:
    """A reel name of at most 8 capitals and digits for every file, all different."""
    reels: dict[Path, str] = {}
    for event in found:
        if event.path in reels:
            continue
        plain = re.sub(r"[^A-Z0-9]", "", event.path.stem.upper())[:8] or "REEL"
        name, number = plain, 1
        while name in reels.values():
            number += 1
            name = f"{plain[: 8 - len(str(number))]}{number}"
        reels[event.path] = name
    return reels
