"""The cut: which shot stands where, in exact frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

__all__ = ["TIMELINE_VERSION", "Slot", "Timeline"]

TIMELINE_VERSION = 1


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
        treatment: ``film``, ``parallax`` or ``face``.
        scores: the terms that chose the shot, by name, each 0 (against it) to 1 (for it).
        section: label of the song's section that the slot begins in.
        chapter: name of the treatment's chapter, or empty.
    """

    start: int
    end: int
    shot: str
    source_in: int
    fps: Fraction
    treatment: str = "film"
    scores: dict[str, float] = field(default_factory=dict)
    section: str = ""
    chapter: str = ""

    @property
    def duration(self) -> int:
        """Length in output frames."""
        return self.end - self.start

    def source_frame(self, frame: int, output_fps: Fraction) -> int:
        """Native frame of the clip that stands at output frame ``frame`` of the timeline."""
        return self.source_in + int((frame - self.start) * self.fps / output_fps)

    def source_end(self, output_fps: Fraction) -> int:
        """Native frame after the last one that the slot shows."""
        return self.source_frame(self.end - 1, output_fps) + 1


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

    @property
    def frames(self) -> int:
        """Length in output frames."""
        return self.slots[-1].end if self.slots else 0
