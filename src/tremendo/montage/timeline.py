"""The cut: which shot stands where, in exact frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from tremendo.serialization import formerly

__all__ = ["TIMELINE_VERSION", "CutFormat", "RetimeSegment", "Slot", "Timeline"]

TIMELINE_VERSION = 3


@dataclass(frozen=True)
class CutFormat:
    """The film that is to be cut, before anything stands in it.

    Attributes:
        fps: output rate.
        size: output width and height in pixels.
        frames: output frames to fill.
        song_start: second of the song at frame 0.
        song_path: noted in the timelines.
    """

    fps: Fraction
    size: tuple[int, int]
    frames: int
    song_start: Fraction = Fraction(0)
    song_path: str = ""

    @property
    def stretch(self) -> tuple[float, float]:
        """First and last second of the song that the film shows."""
        return float(self.song_start), float(self.song_start + self.frames / self.fps)


@dataclass(frozen=True)
class RetimeSegment:
    """A stretch of a slot with a course of its own: what editors call a retime.

    Attributes:
        frames: length in output frames.
        source: native frame shown at its start.
        speed: native frames a second; 0 holds the picture, below 0 the film runs backward.
        picture: ``plain``, ``black``, ``mirror`` (left half and its mirror image) or ``split``
            (the same picture three times, side by side).
    """

    frames: int
    source: int
    speed: Fraction
    picture: str = "plain"

    def source_frame(self, offset: int, output_fps: Fraction) -> int:
        """Native frame ``offset`` output frames after the stretch's start."""
        return self.source + int(offset * self.speed / output_fps)


@dataclass(frozen=True)
class Slot:
    """One shot on the timeline.

    Attributes:
        start: first output frame.
        end: output frame after the last.
        shot: id of the shot.
        source_in: native frame of the clip shown at ``start`` (photographs: 0).
        fps: native speed at which the shot plays (``Shot`` frames a second); photographs: the
            output rate.
        technique: ``film``, ``parallax`` or ``face``.
        scores: the terms that chose the shot, by name, each 0 (against it) to 1 (for it).
        section: label of the song's section that the slot begins in.
        chapter: name of the treatment's chapter, or empty.
        device: what an editor did with the shot (see :mod:`tremendo.montage.effects`), or empty.
        segments: its stretches where it does not simply play; they fill the slot without gap.
    """

    start: int
    end: int
    shot: str
    source_in: int
    fps: Fraction
    technique: str = field(default="film", metadata=formerly("treatment"))
    scores: dict[str, float] = field(default_factory=dict)
    section: str = ""
    chapter: str = ""
    device: str = ""
    segments: tuple[RetimeSegment, ...] = field(default=(), metadata=formerly("moves"))

    @property
    def duration(self) -> int:
        """Length in output frames."""
        return self.end - self.start

    @property
    def retime(self) -> tuple[RetimeSegment, ...]:
        """The slot's stretches: its segments, or one in which the shot simply plays."""
        return self.segments or (RetimeSegment(self.duration, self.source_in, self.fps),)

    def stretches(self) -> Iterator[tuple[int, RetimeSegment]]:
        """First output frame and segment of each stretch, in order."""
        start = self.start
        for segment in self.retime:
            yield start, segment
            start += segment.frames

    def source_frame(self, frame: int, output_fps: Fraction) -> int:
        """Native frame of the clip that stands at output frame ``frame`` of the timeline."""
        start, segment = [s for s in self.stretches() if s[0] <= max(frame, self.start)][-1]
        return segment.source_frame(frame - start, output_fps)

    def source_span(self, output_fps: Fraction) -> tuple[int, int]:
        """First native frame that the slot shows, and the one after the last."""
        ends = [
            frame
            for segment in self.retime
            for frame in (segment.source, segment.source_frame(segment.frames - 1, output_fps))
        ]
        return min(ends), max(ends) + 1

    def source_end(self, output_fps: Fraction) -> int:
        """Native frame after the last one that the slot shows."""
        return self.source_span(output_fps)[1]

    def picture(self, frame: int) -> str:
        """How the picture is shown at output frame ``frame``: see :class:`RetimeSegment`."""
        return [m for start, m in self.stretches() if start <= frame][-1].picture


@dataclass(frozen=True)
class Timeline:
    """A proposal: slots that follow one another without gap from frame 0."""

    fps: Fraction
    width: int
    height: int
    slots: tuple[Slot, ...]
    song: str
    song_start: Fraction
    """Second of the song at frame 0."""
    seed: int
    score: float = 0.0
    """Weighted mean of the slots' terms, 0..1."""
    reasons: tuple[str, ...] = ()
    """Plain sentences: what the machine did with the material and why."""
    version: int = TIMELINE_VERSION
    warnings: tuple[str, ...] = ()
    """What was asked for and is not there."""

    @property
    def frames(self) -> int:
        """Length in output frames."""
        return self.slots[-1].end if self.slots else 0

    @property
    def form(self) -> CutFormat:
        """What was to be cut."""
        size = (self.width, self.height)
        return CutFormat(self.fps, size, self.frames, self.song_start, self.song)
