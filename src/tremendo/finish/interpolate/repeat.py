"""Two frames in, the earlier one out, until it is the later one's time."""

from __future__ import annotations

from dataclasses import dataclass

from tremendo.media.frames import Frame

__all__ = ["RepeatInterpolator"]


class RepeatInterpolator:
    """Repeats native frames and makes none up."""

    synthesizes = False

    def pair(self, first: Frame, second: Frame) -> RepeatPair:
        """Bring two neighboring frames together."""
        return RepeatPair(first, second)


@dataclass(frozen=True, eq=False)
class RepeatPair:
    """Two neighboring frames, of which the earlier is shown until the later is due."""

    first: Frame
    second: Frame

    def at(self, share: float) -> Frame:
        """The later frame at 1, before that the earlier one."""
        return self.second if share >= 1 else self.first
