"""SMPTE timecode: the number that a tape, a camera or a record gives a frame, and back.

*Why.* Timecode counts in whole frames a second. At 29.97 it therefore falls behind the clock, and
drop-frame timecode (SMPTE ST 12-1) leaves out numbers, never frames: the first two of each minute
(four at 59.94) except of every tenth. Only a frame number can be reckoned with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from tremendo.errors import UsageError

__all__ = ["Timecode"]

_FORM = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")


@dataclass(frozen=True)
class Timecode:
    """A frame of a day.

    Attributes:
        frames: frames since midnight.
        rate: frames a second.
        drop: drop-frame numbers, which only rates near 30 and 60 have.
    """

    frames: int
    rate: Fraction
    drop: bool = False

    @classmethod
    def parse(cls, text: str, rate: Fraction) -> Self:
        """Read ``hh:mm:ss:ff``; a ``;``, ``,`` or ``.`` before the frames means drop-frame.

        Raises:
            UsageError: not a timecode, or it does not exist at this rate.
        """
        found = _FORM.fullmatch(text.strip())
        base = round(rate)
        if found is None:
            raise UsageError(f"'{text}' is no timecode", hint="hh:mm:ss:ff or hh:mm:ss;ff")
        hours, minutes, seconds, number = (int(found[k]) for k in (1, 2, 3, 5))
        if minutes > 59 or seconds > 59 or number >= base:
            raise UsageError(f"there is no {text} at {float(rate):.3f} frames a second")
        dropped = _dropped(rate) if found[4] != ":" else 0
        total = 60 * hours + minutes
        if dropped and seconds == 0 and number < dropped and total % 10:
            raise UsageError(f"drop-frame timecode leaves {text} out")
        frames = (60 * total + seconds) * base + number - dropped * (total - total // 10)
        return cls(frames, rate, bool(dropped))

    def __add__(self, frames: int) -> Self:
        """The timecode so many frames later."""
        return replace(self, frames=self.frames + frames)

    def __str__(self) -> str:
        """``hh:mm:ss:ff``, or ``hh:mm:ss;ff`` with drop-frame numbers; a day has 24 hours."""
        base, dropped = round(self.rate), _dropped(self.rate) if self.drop else 0
        number = self.frames
        if dropped:
            minute = 60 * base - dropped
            tens, rest = divmod(number, 10 * minute + dropped)
            number += 9 * dropped * tens
            number += dropped * max(0, (rest - dropped) // minute)
        seconds, frame = divmod(number, base)
        hours = seconds // 3600 % 24
        mark = ";" if dropped else ":"
        return f"{hours:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{frame:02d}"


def _dropped(rate: Fraction) -> int:
    """Numbers left out in a minute: 2 at 29.97, 4 at 59.94; 0 where there is no drop-frame."""
    base = round(rate)
    return base // 15 if base in {30, 60} else 0
