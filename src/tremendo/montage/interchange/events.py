"""What all writers for editing programs share: each stretch of a slot as a place in a file.

An editing program knows files, not archives: frames of the file at the file's own rate. Where
the film's true speed is not the file's (an 18 fps film carried as 24), the event has a speed. A
slot with devices has several stretches (see
:class:`~tremendo.montage.timeline.RetimeSegment`), each an event with a constant speed, which
every format knows.

*Why.* Names come from files, and a file may be called anything: a line break in a name would be an
event of its own in an edit decision list, and most control characters cannot stand in XML at all.
So every name is written through :func:`readable`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tremendo.archive.types import Clip
from tremendo.core.timecode import Timecode
from tremendo.errors import UsageError
from tremendo.media.audio import audio_tracks
from tremendo.montage.beat_grid import frame_of
from tremendo.montage.timeline import RetimeSegment, Slot, Timeline
from tremendo.music.types import Song

__all__ = [
    "START_HOURS",
    "Cue",
    "Event",
    "Media",
    "cues",
    "events",
    "readable",
    "song_sound",
    "start_frames",
    "timecode",
    "writable_path",
]

START_HOURS = 1
"""Timecode of the first frame is 01:00:00:00."""


_SPEED_TOLERANCE = Fraction(1, 200)
"""A speed this near to 1 is the file's own (the mean of an uneven pull-up is not exact)."""


@dataclass(frozen=True)
class Event:
    """A stretch of a slot as an editing program sees it.

    Attributes:
        index: number of the event.
        slot: the slot it is part of.
        start: first output frame.
        end: output frame after the last.
        picture: see :class:`~tremendo.montage.timeline.RetimeSegment`; ``mirror`` and ``split``
            are noted, as no format carries them, ``black`` is a gap.
        name: what the editor reads: the file's name without suffix.
        path: the media file.
        still: True when the file is a photograph.
        rate: frames a second of the file.
        source: frame of the file at the event's first frame.
        available: frames in the file; 0 when unknown.
        speed: file seconds per second of the timeline: 1 = the file's own, 0 = a freeze, below 0
            backward.
        width: of the picture.
        height: of the picture.
        begins: timecode of the file's first frame; None when the file has none.
    """

    index: int
    slot: Slot
    start: int
    end: int
    picture: str
    name: str
    path: Path
    still: bool
    rate: Fraction
    source: int
    available: int
    speed: Fraction
    width: int
    height: int
    begins: Timecode | None = None

    @property
    def file_start(self) -> int:
        """Number that the file's timecode gives its first frame, counted at ``rate``."""
        return self.begins.frames if self.begins is not None else 0

    @property
    def duration(self) -> int:
        """Length in output frames."""
        return self.end - self.start

    @property
    def frozen(self) -> bool:
        """True when the same picture stands all along."""
        return self.still or self.speed == 0

    @property
    def shows(self) -> bool:
        """False for black."""
        return self.picture != "black"

    @property
    def opens(self) -> bool:
        """True for the first event of its slot."""
        return self.start == self.slot.start

    @property
    def note(self) -> str:
        """What an editor has to do by hand, or should know; empty when all is carried."""
        if self.picture in {"mirror", "split"}:
            return f"{self.picture}: not carried, set it as an effect"
        return self.slot.device if self.opens else ""


@dataclass(frozen=True)
class Media:
    """The finished file of a slot: ``first`` is the native frame (of a photograph: the frame of
    the slot) that stands at its beginning, ``frames`` its length, ``rate`` its frames a second."""

    path: Path
    first: int
    frames: int
    rate: Fraction
    size: tuple[int, int]


@dataclass(frozen=True)
class Cue:
    """A marker: output frame, length in frames, name and kind (beat, downbeat, section)."""

    frame: int
    length: int
    name: str
    kind: str


def events(
    timeline: Timeline, clips: Sequence[Clip], *, media: Sequence[Media] | None = None
) -> list[Event]:
    """The slots as events, in order.

    Args:
        timeline: the cut.
        clips: the archive.
        media: the finished file of every slot; without it the original files are meant.

    Raises:
        UsageError: a shot is not in the archive, or ``media`` does not have a file for each slot.
    """
    if media is not None and len(media) != len(timeline.slots):
        raise UsageError(f"{len(media)} finished files for {len(timeline.slots)} slots")
    known = {shot.id: clip for clip in clips for shot in clip.shots}
    found: list[Event] = []
    for number, slot in enumerate(timeline.slots):
        if media is None and slot.shot not in known:
            raise UsageError(f"shot {slot.shot} of slot {number} is not in the archive")
        for start, segment in slot.stretches():
            place = (len(found), slot, start, start + segment.frames, segment.picture)
            if media is not None:
                found.append(_finished(place, segment, media[number]))
            else:
                found.append(_original(place, segment, known[slot.shot], timeline.fps))
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


def timecode(frame: int, fps: Fraction) -> str:
    """Non-drop timecode of a frame number at the nominal rate."""
    base = round(fps)
    seconds, rest = divmod(frame, base)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{rest:02d}"


def readable(name: str) -> str:
    """A name on one line, without control characters: what any format can carry."""
    return "".join(c if c.isprintable() else " " for c in name).strip() or "unnamed"


def writable_path(path: Path) -> str:
    """The whole path of a file, for formats that carry it as it is.

    Raises:
        UsageError: it holds control characters or is no Unicode.
    """
    whole = str(path.resolve())
    if not whole.isprintable():
        raise UsageError(
            "this name cannot be written in this format",
            path=readable(whole),
            hint="rename the file: its name holds control characters",
        )
    return whole


def song_sound(song: Path) -> tuple[int, int]:
    """Samples a second and channels (1 or 2) of a song; those of a disc if it is not there."""
    if not song.is_file():
        return 48_000, 2
    first = audio_tracks(song)[0]
    return first.rate, min(2, first.channels)


_Place = tuple[int, Slot, int, int, str]


def _finished(place: _Place, segment: RetimeSegment, file: Media) -> Event:
    return Event(
        *place,
        name=readable(file.path.stem),
        path=file.path,
        still=False,
        rate=file.rate,
        source=segment.source - file.first,
        available=file.frames,
        speed=_speed(segment.speed / file.rate),
        width=file.size[0],
        height=file.size[1],
    )


def _original(place: _Place, segment: RetimeSegment, clip: Clip, fps: Fraction) -> Event:
    still = clip.kind == "photo"
    per_native = Fraction(1) if still else _file_frames_per_native(clip)
    return Event(
        *place,
        name=readable(clip.path.stem),
        path=clip.path,
        still=still,
        rate=fps if still else clip.container_fps,
        source=0 if still else _file_frame(clip, segment.source),
        available=0 if still else _file_frame(clip, clip.frames - 1) + 1,
        speed=Fraction(1) if still else _speed(per_native * segment.speed / clip.container_fps),
        width=clip.width,
        height=clip.height,
        begins=Timecode.parse(clip.start_timecode, clip.container_fps)
        if clip.start_timecode and not still
        else None,
    )


def _speed(exact: Fraction) -> Fraction:
    return Fraction(1) if abs(exact - 1) < _SPEED_TOLERANCE else exact


def _file_frame(clip: Clip, native: int) -> int:
    return clip.frame_map[native] if clip.frame_map else native


def _file_frames_per_native(clip: Clip) -> Fraction:
    """Frames of the file for each native frame: above 1 where frames were doubled."""
    if len(clip.frame_map) < 2:
        return Fraction(1)
    return Fraction(clip.frame_map[-1] - clip.frame_map[0], len(clip.frame_map) - 1)
