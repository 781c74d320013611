"""The song understood: what ``listen`` returns and the montage reads."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Accent", "Bar", "Beat", "MusicalEvent", "Section", "Song", "VocalSpan"]

_NEAR = 0.05
_SURE = 0.7
"""Confidence from which a stretch is taken for instrumental."""


@dataclass(frozen=True)
class Beat:
    """One beat: ``time`` in seconds, ``position`` in its bar (1 = downbeat)."""

    time: float
    position: int


@dataclass(frozen=True)
class Bar:
    """One bar: ``start`` and ``end`` in seconds, ``energy`` 0..1 (rank within the song).

    ``confidence`` 0..1 says how sure the beats in it are.
    """

    start: float
    end: float
    energy: float
    confidence: float = 1.0


@dataclass(frozen=True)
class Section:
    """A part of the song's form, from downbeat to downbeat; equal labels sound alike."""

    start: float
    end: float
    label: str
    energy: float


@dataclass(frozen=True)
class Accent:
    """A strong onset: ``time`` in seconds, ``strength`` 0..1."""

    time: float
    strength: float


@dataclass(frozen=True)
class MusicalEvent:
    """Something that an editor answers, ``start`` to ``end`` in seconds.

    ``kind``: ``stop``, ``roll``, ``break`` or ``drop``; ``strength`` 0..1.
    """

    start: float
    end: float
    kind: str
    strength: float


@dataclass(frozen=True)
class VocalSpan:
    """A stretch of bars in which somebody sings, or (``sung`` False) nobody does.

    An estimate: ``confidence`` 0..1, see :mod:`tremendo.music.voice`.
    """

    start: float
    end: float
    sung: bool
    confidence: float


@dataclass(frozen=True)
class Song:
    """Everything the montage knows of the song. Times are seconds from the first sample."""

    duration: float
    tempo: float
    beats: tuple[Beat, ...]
    bars: tuple[Bar, ...]
    sections: tuple[Section, ...]
    accents: tuple[Accent, ...]
    confidence: float
    meter: int = 4
    tracker: str = "beatnet"
    warnings: tuple[str, ...] = field(default=())
    moments: tuple[MusicalEvent, ...] = ()
    division: int = 2
    """Eighths in a beat: 2, or 3 in compound meter (two beats of three in a bar of 6/8)."""

    sung: tuple[VocalSpan, ...] = ()
    alternative: float | None = None
    """Another likely tempo, beats a minute; often half or double of what was heard."""

    @property
    def other_tempo(self) -> str:
        """The other likely tempo as one would say it: ``or half: 73``; empty without one."""
        if self.alternative is None:
            return ""
        ratio = self.alternative / self.tempo
        words = {"half": 0.5, "double": 2.0}
        near = [word + ": " for word, value in words.items() if abs(ratio / value - 1) < _NEAR]
        return f"or {near[0] if near else ''}{self.alternative:.0f}"

    def may_be_sung(self, start: float, end: float) -> bool:
        """False where the stretch between two seconds is surely instrumental."""
        inside = [s for s in self.sung if s.start < end and s.end > start]
        return not inside or any(s.sung or s.confidence < _SURE for s in inside)

    @property
    def time_signature(self) -> str:
        """As musicians write it: ``4/4``, ``3/4``, ``6/8``."""
        eighths = 6 if self.meter == 6 else 3 * self.meter
        return f"{eighths}/8" if self.division == 3 or self.meter == 6 else f"{self.meter}/4"
