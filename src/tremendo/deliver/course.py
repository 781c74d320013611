"""The frames of a slot at the film's rate and size, whatever course they take through the shot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from tremendo.deliver.framing import fit_frame, show_as
from tremendo.media import Frame, Frames
from tremendo.montage.timeline import Slot

__all__ = ["play_course"]


def play_course(
    slot: Slot,
    film: Frames,
    fps: Fraction,
    size: tuple[int, int],
    *,
    first: int = 0,
    fit: str = "crop",
    focus: tuple[float, float] = (0.5, 0.42),
) -> Iterator[Frame]:
    """The slot's frames: each output frame shows the native frame that is due then.

    Args:
        slot: what to show, with its moves.
        film: native frames of the shot.
        fps: output rate.
        size: output width and height.
        first: native frame that is frame 0 of ``film``.
        fit: see :func:`tremendo.deliver.framing.fit_frame`.
        focus: what must stay in the picture, as fractions of its width and height.

    Raises:
        EOFError: ``film`` ends before a frame that is due.
    """
    width, height = size
    for move in slot.course:
        due = [move.source_frame(n, fps) - first for n in range(move.frames)]
        if move.picture == "black":
            yield from (np.zeros((height, width, 3), np.uint8) for _ in due)
            continue
        shown, fitted = -1, None
        for number, frame in zip(due, _pictures(film, due), strict=True):
            if fitted is None or number != shown:
                fitted = show_as(fit_frame(frame, width, height, fit, focus), move.picture)
                shown = number
            yield fitted


def _pictures(film: Frames, due: Sequence[int]) -> Iterator[Frame]:
    """Frames of a film in any order, each decoded once; backward runs are held in memory."""
    last = max(due)
    frames = film.read(min(due), last + 1)
    backward = any(b < a for a, b in pairwise(due))
    held: dict[int, Frame] = {}
    position = min(due)
    for wanted in due:
        while position <= (last if backward else wanted):
            frame = next(frames, None)
            if frame is None:
                raise EOFError(f"it ends before frame {wanted}")
            if not backward:
                held.clear()
            held[position] = frame
            position += 1
        yield held[wanted]
