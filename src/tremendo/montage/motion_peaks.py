"""When the gestures of a shot land in a slot."""

from __future__ import annotations

from fractions import Fraction

from tremendo.archive.types import Shot
from tremendo.montage.timeline import Slot

__all__ = ["strongest_gesture"]


def strongest_gesture(slot: Slot, shot: Shot, fps: Fraction) -> tuple[int, int] | None:
    """Native frame of the strongest gesture that a film slot shows, and the output frame at which
    it lands; the frame of the cut itself does not count. None where no gesture is shown.
    """
    if slot.technique != "film":
        return None
    shown = {slot.source_frame(f, fps): f for f in range(slot.end - 1, slot.start - 1, -1)}
    landing = [peak for peak in shot.peaks if shown.get(peak + shot.start, slot.start) > slot.start]
    if not landing:
        return None
    native = max(landing, key=lambda peak: shot.motion[peak]) + shot.start
    return native, shown[native]
