"""What all writers for editing programs share: each slot as a place in a media file.

An editing program knows files, not archives: frames of the file at the file's own rate. Where
the film's true speed is not the file's (an 18 fps film carried as 24), the event has a speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tremendo.archive.types import Clip
from tremendo.errors import UsageError
from tremendo.montage.pulse import frame_of
from tremendo.montage.timeline import Slot, Timeline
from tremendo.music.types import Song

__all__ = ["START_HOURS", "Cue", "Event", "cues", "events", "start_frames"]

START_HOURS = 1
"""Timecode of the first frame is 01:00:00:00."""


_SPEED_TOLERANCE = Fraction(1, 200)
"""A speed this near to 1 is the file's own (the mean of an uneven pull-up is not exact)."""


@dataclass(frozen=True)
class Event:
    """A slot as an editing program sees it.

    Attributes:
        index: number of the slot.
        slot: the slot itself.
        name: what the editor reads: the file's name without suffix.
        path: the media file.
        still: True when the file is a photograph.
        rate: frames a second of the file.
        source: frame of the file at the slot's first frame.
        span: frames of the file that the slot runs over (a fraction).
        available: frames in the file; 0 when unknown.
        speed: file seconds per second of the timeline (1 = the file's own speed).
        width: of the picture.
        height: of the picture.
    """

    index: int
    slot: Slot
    name: str
    path: Path
    still: bool
    rate: Fraction
    source: int
    span: Fraction
    available: int
    speed: Fraction
    width: int
    height: int


@dataclass(frozen=True)
class Cue:
    """A marker: output frame, length in frames, name and kind (beat, downbeat, section)."""

    frame: int
    length: int
    name: str
    kind: str


def events(
    timeline: Timeline,
    clips: Sequence[Clip],
    *,
    media: Sequence[Path] | None = None,
    handle: int = 0,
) -> list[Event]:
    """The slots as events, in order.

    Args:
        timeline: the cut.
        clips: the archive.
        media: the finished file of every slot (output rate and size, beginning ``handle`` frames
            before the slot); without it the original files are meant.
        handle: frames before the slot in each finished file.

    Raises:
        UsageError: a shot is not in the archive, or ``media`` does not have a file for each slot.
    """
    if media is not None and len(media) != len(timeline.slots):
        raise UsageError(f"{len(media)} finished files for {len(timeline.slots)} slots")
    known = {shot.id: clip for clip in clips for shot in clip.shots}
    found: list[Event] = []
    for index, slot in enumerate(timeline.slots):
        if media is not None:
            found.append(_finished(timeline, index, slot, Path(media[index]), handle))
        elif slot.shot in known:
            found.append(_original(timeline, index, slot, known[slot.shot]))
        else:
            raise UsageError(f"shot {slot.shot} of slot {index} is not in the archive")
    return found


def cues(timeline: Timeline, song: Song) -> list[Cue]:
    """Beats as points and sections as ranges inside the film, in order."""
    start, fps, frames = timeline.song_start, timeline.fps, timeline.frames
    beats = [
        Cue(frame_of(b.time, fps, start), 1, str(b.position), _beat_kind(b.position))
        for b in song.beats
    ]
    sections = []
    for s in song.sections:
        first = max(0, frame_of(s.start, fps, start))
        last = min(frames, frame_of(s.end, fps, start))
        sections.append(Cue(first, last - first, f"section {s.label}", "section"))
    kept = [c for c in (*sections, *beats) if 0 <= c.frame < frames and c.length > 0]
    return sorted(kept, key=lambda c: (c.frame, c.kind != "section"))


def _beat_kind(position: int) -> str:
    return "downbeat" if position == 1 else "beat"


def start_frames(fps: Fraction) -> int:
    """Frame number of 01:00:00:00 at the nominal (whole) rate, without drop frames."""
    return START_HOURS * 3600 * round(fps)


def _finished(timeline: Timeline, index: int, slot: Slot, path: Path, handle: int) -> Event:
    return Event(
        index=index,
        slot=slot,
        name=path.stem,
        path=path,
        still=False,
        rate=timeline.fps,
        source=handle,
        span=Fraction(slot.duration),
        available=slot.duration + 2 * handle,
        speed=Fraction(1),
        width=timeline.width,
        height=timeline.height,
    )


def _original(timeline: Timeline, index: int, slot: Slot, clip: Clip) -> Event:
    still = clip.kind == "photo"
    per_native = Fraction(1) if still else _file_frames_per_native(clip)
    rate = timeline.fps if still else clip.container_fps
    speed = Fraction(1) if still else per_native * slot.fps / clip.container_fps
    if abs(speed - 1) < _SPEED_TOLERANCE:
        speed = Fraction(1)
    return Event(
        index=index,
        slot=slot,
        name=clip.path.stem,
        path=clip.path,
        still=still,
        rate=rate,
        source=0 if still else _file_frame(clip, slot.source_in),
        span=slot.duration / timeline.fps * speed * rate,
        available=0 if still else _file_frame(clip, clip.frames - 1) + 1,
        speed=speed,
        width=clip.width,
        height=clip.height,
    )


def _file_frame(clip: Clip, native: int) -> int:
    return clip.frame_map[native] if clip.frame_map else native


def _file_frames_per_native(clip: Clip) -> Fraction:
    """Frames of the file for each native frame: above 1 where frames were doubled."""
    if len(clip.frame_map) < 2:
        return Fraction(1)
    return Fraction(clip.frame_map[-1] - clip.frame_map[0], len(clip.frame_map) - 1)
