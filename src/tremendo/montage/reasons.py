"""Why a shot stands where it stands, in plain words from the terms that chose it."""

from __future__ import annotations

from collections.abc import Sequence

from tremendo.archive.types import Clip
from tremendo.montage.effects import WORDS
from tremendo.montage.timeline import Slot, Timeline

__all__ = ["explain"]

_WORDS = {
    "energy": ("its liveliness fits the music here", "it is livelier or calmer than the music"),
    "sync": ("its gesture lands on the strong beat", "no gesture of it lands on the beat"),
    "quality": ("it is sharp, well exposed and little damaged", "it is soft, dark or damaged"),
    "faces": ("its faces suit this energy", "its faces suit other music better"),
    "length": ("it is held as long as such a picture needs", "it is held too short or too long"),
    "place": ("it opens or closes the film well", "it is a weak opening or ending"),
    "chapter": ("it belongs to this chapter", "it belongs to another chapter"),
    "scale": ("the framing changes at the cut", "the framing is the same as before the cut"),
    "pulse": (
        "it moves against the one before as the reference does",
        "the reference would cut to a livelier or calmer picture",
    ),
    "light": ("the brightness flows on", "the brightness jumps"),
    "direction": ("the movement runs on in its direction", "the movement turns at the cut"),
    "look": ("it goes with the picture before it", "it looks too much or too little alike"),
    "match": ("it answers the picture before it", "nothing in it answers the picture before"),
    "kind": ("it varies stills and moving pictures", "it repeats the kind of the one before"),
    "wish": ("it resembles what you asked for more of", "it does not resemble what you asked for"),
    "spread": ("film stands where the film needs some", "film gathers or is missing here"),
    "fresh": ("it was not seen before", "it was seen before"),
}
_GOOD, _BAD = 0.7, 0.35


def explain(timeline: Timeline, index: int, clips: Sequence[Clip] = ()) -> str:
    """A few lines on a slot: what stands there, what spoke for it and what against it.

    ``index`` counts from 0, the text from 1.

    Raises:
        IndexError: the timeline has no such slot.
    """
    slot = timeline.slots[index]
    rated = sorted(slot.scores.items(), key=lambda item: -item[1])
    good = [_phrase(name, value, 0) for name, value in rated if value >= _GOOD and name in _WORDS]
    bad = [
        _phrase(name, value, 1)
        for name, value in reversed(rated)
        if value <= _BAD and name in _WORDS
    ]
    lines = [_headline(timeline, index, slot, clips)]
    if slot.device:
        lines.append(f"Device: {WORDS[slot.device]}.")
    if good:
        lines.append("For it: " + "; ".join(good[:5]) + ".")
    if bad:
        lines.append("Against it: " + "; ".join(bad[:3]) + ".")
    if not good and not bad:
        lines.append("Nothing speaks strongly for or against it: it was free and long enough.")
    return "\n".join(lines)


def _phrase(name: str, value: float, side: int) -> str:
    return f"{_WORDS[name][side]} ({name} {value:.2f})"


def _headline(timeline: Timeline, index: int, slot: Slot, clips: Sequence[Clip]) -> str:
    names = {shot.id: clip.path.name for clip in clips for shot in clip.shots}
    source = f"{names[slot.shot]}, shot {slot.shot}" if slot.shot in names else f"shot {slot.shot}"
    kind = {
        "film": f"film from frame {slot.source_in}",
        "face": "photograph, moving portrait",
        "parallax": "photograph, camera move",
    }.get(slot.technique, slot.technique)
    place = f" in section {slot.section}" if slot.section else ""
    place += f", chapter {slot.chapter}" if slot.chapter else ""
    first, last = (float(f / timeline.fps) for f in (slot.start, slot.end))
    return f"Slot {index + 1} ({first:.2f} s to {last:.2f} s{place}): {source} ({kind})."
