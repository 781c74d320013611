"""The frames of a slot at the film's rate and size, whatever course they take through the shot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tremendo.deliver.conform import Pairing, RetimeStats, pictures
from tremendo.deliver.framing import fit_frame, show_as
from tremendo.media import Frame, Frames
from tremendo.montage.timeline import Slot

__all__ = ["Focus", "Presentation", "play_course"]

Focus = tuple[float, float]


@dataclass(frozen=True)
class Presentation:
    """How the frames of a shot are shown.

    Attributes:
        first: native frame that is frame 0 of the file.
        fit: see :func:`tremendo.deliver.framing.fit_frame`.
        focus: what must stay in the picture, as fractions of its width and height, or a function
            that says it for each (native) frame.
        between: what makes frames between the native ones; None: they are repeated.
        joins: native frames before which the film jumps.
    """

    first: int = 0
    fit: str = "crop"
    focus: Focus | Callable[[Fraction], Focus] = (0.5, 0.42)
    between: Pairing | None = None
    joins: tuple[int, ...] = ()


def play_course(
    slot: Slot,
    film: Frames,
    fps: Fraction,
    size: tuple[int, int],
    shown_as: Presentation | None = None,
    stats: RetimeStats | None = None,
) -> Iterator[Frame]:
    """The slot's frames: each output frame shows what is due then.

    Args:
        slot: what to show, with its segments.
        film: native frames of the shot.
        fps: output rate.
        size: output width and height.
        shown_as: how they are shown.
        stats: counts how the frames came about.

    Raises:
        EOFError: ``film`` ends before a frame that is due.
    """
    how = shown_as or Presentation()
    width, height = size
    for segment in slot.retime:
        if segment.picture == "black":
            yield from (np.zeros((height, width, 3), np.uint8) for _ in range(segment.frames))
            continue
        steps = pictures(
            film,
            segment,
            fps,
            first=how.first,
            between=how.between,
            joins=how.joins,
            stats=stats,
        )
        shown, fitted = None, np.zeros(0, np.uint8)
        for place, frame in steps:
            if place != shown:
                here = how.focus(place) if callable(how.focus) else how.focus
                fitted = show_as(fit_frame(frame, width, height, how.fit, here), segment.picture)
                shown = place
            yield fitted
