"""What restoration did to each frame, in figures: the record that archives ask for.

Ethics: a restoration is a variant of the work, and every change is documented (FIAF Code of Ethics,
1.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

import numpy as np

from tremendo.finish.restore.picture import Mask, Picture

__all__ = ["Change", "Changes", "as_csv", "change_of", "repairs"]


@dataclass(frozen=True)
class Change:
    """What was done to one frame."""

    frame: int
    """Native frame of the film."""
    gain: float
    """Factor of the brightness, against flicker."""
    moved_x: float
    """Pixels to the right, against weave."""
    moved_y: float
    dust: float
    """Share of the picture that was filled, per cent."""
    scratch: float
    """The same of line scratches."""
    grain: float
    """Grain taken away, grey levels rms, before a part of it was given back."""
    torn: bool
    """Whether the frame was rebuilt from its neighbors."""
    mended: float = 0.0
    """Share of the picture, per cent, that was rebuilt where a splice had left its mark."""


@dataclass(frozen=True)
class Changes:
    """All frames of a take."""

    frames: tuple[Change, ...]


def change_of(picture: Picture, start: int) -> Change:
    """The figures of a finished picture of a shot that begins at native frame ``start``."""
    height, width = picture.luma.shape
    center = np.array([(width - 1) / 2, (height - 1) / 2, 1], np.float32)
    moved = picture.matrix @ center - center[:2]
    grain = 0.0 if picture.grain is None else float(np.sqrt((picture.grain[::4, ::4] ** 2).mean()))
    return Change(
        frame=start + picture.index,
        gain=round(picture.gain, 4),
        moved_x=round(float(moved[0]), 3),
        moved_y=round(float(moved[1]), 3),
        dust=_share(picture.dusty),
        scratch=_share(picture.scratched),
        grain=round(grain, 3),
        torn=picture.torn,
        mended=_share(picture.mended),
    )


def _share(mask: Mask | None) -> float:
    """Per cent of the picture."""
    return 0.0 if mask is None else round(100 * np.count_nonzero(mask) / mask.size, 4)


def repairs(changes: Iterable[Change], joins: Iterable[int] = ()) -> tuple[str, ...]:
    """Which frames were mended and where some are missing, in words.

    Args:
        changes: of consecutive frames.
        joins: native frames before which the film jumps: what is lost there is not made up.
    """
    torn, marked = [], []
    for change in changes:
        if change.torn:
            torn.append(change.frame)
        elif change.mended:
            marked.append(change.frame)
    told = {
        "rebuilt from their neighbors": torn,
        "rebuilt in part, where a splice or a tear shows": marked,
        "missing before (the film jumps)": list(joins),
    }
    return tuple(f"frames {what}: {', '.join(map(str, n))}" for what, n in told.items() if n)


def as_csv(changes: Iterable[Change]) -> str:
    """A table with a heading, one line per frame."""
    lines = [",".join(f.name for f in fields(Change))]
    lines += [
        ",".join(str(int(v) if v is True or v is False else v) for v in astuple(c)) for c in changes
    ]
    return "\n".join(lines) + "\n"
