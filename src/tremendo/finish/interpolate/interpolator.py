"""The seam for interpolators: two neighboring frames in, a picture between them or None out.

*Why None.* A frame that is made up badly (across a cut, over a torn frame, where motion is
confused) is worse than a frame shown twice: an interpolator refuses there, and the native frame is
repeated and counted.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tremendo.media.frames import Frame

__all__ = ["FramePair", "Interpolator"]


@runtime_checkable
class FramePair(Protocol):
    """Two neighboring frames of one size."""

    def at(self, share: float) -> Frame | None:
        """The picture ``share`` (0 to 1) of the way; 0 and 1 give the frames themselves.

        None where it would be made up badly.
        """


@runtime_checkable
class Interpolator(Protocol):
    """What makes pictures between two neighboring frames."""

    synthesizes: bool
    """Whether it makes pictures that the film has not; where not, native frames are repeated."""

    def pair(self, first: Frame, second: Frame) -> FramePair:
        """Bring two neighboring frames together, ``(H, W, 3) uint8 RGB`` of one size."""
