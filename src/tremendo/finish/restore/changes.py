"""What restoration did to each frame, in figures: the record that archives ask for.

Ethics: a restoration is a variant of the work, and every change is documented (FIAF Code of Ethics,
1.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

import numpy as np

from tremendo.finish.restore.picture import Picture

__all__ = ["Change", "Changes", "as_csv", "change_of"]


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
    """Whether the frame was rebuilt from its neighbours."""


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
        dust=0.0 if picture.dusty is None else round(100 * float(picture.dusty.mean()), 4),
        scratch=0.0
        if picture.scratched is None
        else round(100 * float(picture.scratched.mean()), 4),
        grain=round(grain, 3),
        torn=picture.torn,
    )


def as_csv(changes: Iterable[Change]) -> str:
    """A table with a heading, one line per frame."""
    lines = [",".join(f.name for f in fields(Change))]
    lines += [
        ",".join(str(int(v) if v is True or v is False else v) for v in astuple(c)) for c in changes
    ]
    return "\n".join(lines) + "\n"
