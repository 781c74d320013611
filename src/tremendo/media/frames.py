"""The one shape in which moving pictures travel through tremendo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LUMA",
    "AnyFrame",
    "DeepFrame",
    "Frame",
    "FrameSelection",
    "Frames",
    "MemoryFrames",
    "in_eight_bits",
]

Frame = NDArray[np.uint8]
"""One picture: ``(H, W, 3) uint8 RGB``, upright, square pixels."""

DeepFrame = NDArray[np.uint16]
"""The same at full depth: ``(H, W, 3) uint16 RGB``, full range 0..65535."""

AnyFrame = Frame | DeepFrame
"""What reading, restoring, coloring and writing carry; each keeps the depth it is given."""


def in_eight_bits(frame: AnyFrame) -> Frame:
    """A frame of either depth as uint8, rounded."""
    if frame.dtype == np.uint8:
        return np.ascontiguousarray(frame, dtype=np.uint8)
    return np.ascontiguousarray((frame.astype(np.uint32) + 128) // 257, dtype=np.uint8)


LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in luma (ITU-R BT.601)."""


@runtime_checkable
class Frames(Protocol):
    """Moving pictures that can be read again and from any exact index.

    ``read`` yields ``(H, W, 3) uint8 RGB`` frames; reading holds a few frames in memory, never the
    whole film.
    """

    width: int
    height: int
    fps: Fraction

    def __len__(self) -> int:
        """Number of frames."""

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield frames ``start`` (inclusive) to ``stop`` (exclusive, default the end)."""

    def close(self) -> None:
        """Release files."""


class MemoryFrames:
    """Frames held in memory: short takes and tests."""

    def __init__(self, frames: Sequence[Frame], fps: Fraction | int = 24) -> None:
        self._frames = list(frames)
        self.height, self.width = self._frames[0].shape[:2]
        self.fps = Fraction(fps)

    def __len__(self) -> int:
        """Number of frames."""
        return len(self._frames)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield frames ``start`` to ``stop`` (exclusive)."""
        yield from self._frames[start : len(self) if stop is None else stop]

    def close(self) -> None:
        """Nothing to release."""


class FrameSelection:
    """Some frames of another source, in increasing order, cropped and changed on the way.

    Used for native-rate film (frames that a transfer doubled are left out), for shots and for
    crops.

    Args:
        source: what to read from; it is closed with the view.
        index: for each frame of the view, the frame of the source; increasing.
        fps: the rate of the view.
        crop: ``(left, top, right, bottom)`` in source pixels, the same for all frames.
        change: applied to each frame after the crop; must keep the size.
    """

    def __init__(
        self,
        source: Frames,
        index: Sequence[int] | None = None,
        *,
        fps: Fraction | None = None,
        crop: tuple[int, int, int, int] | None = None,
        change: Callable[[Frame], Frame] | None = None,
    ) -> None:
        self._source = source
        self._index = range(len(source)) if index is None else index
        self.fps = source.fps if fps is None else fps
        self._crop = crop or (0, 0, source.width, source.height)
        self._change = change
        left, top, right, bottom = self._crop
        self.width, self.height = right - left, bottom - top

    @property
    def bad_frames(self) -> int:
        """Frames of the source that could not be decoded so far; the ones before stand there."""
        return int(getattr(self._source, "bad_frames", 0))

    def __len__(self) -> int:
        """Number of frames."""
        return len(self._index)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield frames ``start`` to ``stop`` (exclusive) of the view."""
        wanted = self._index[start : len(self) if stop is None else stop]
        if not wanted:
            return
        left, top, right, bottom = self._crop
        position = 0
        for number, frame in enumerate(
            self._source.read(wanted[0], wanted[-1] + 1), start=wanted[0]
        ):
            if number == wanted[position]:
                position += 1
                cut = frame[top:bottom, left:right]
                yield cut if self._change is None else self._change(cut)
                if position == len(wanted):
                    return

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the source."""
        self.close()
