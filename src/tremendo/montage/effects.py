"""Devices of an editor: what is done with a shot besides letting it play.

Each answers something in the music or the picture, and they are used sparingly: at most one that
is seen in every twelve seconds, never in neighboring slots. A ``ramp`` (the film runs a little
faster or slower until its gesture, so that this lands on a beat) and a ``match`` cut are not seen
as devices and are not counted. Locked slots are left as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from tremendo.archive.types import Clip, Shot
from tremendo.montage.beat_grid import frame_of
from tremendo.montage.motion_peaks import strongest_gesture
from tremendo.montage.timeline import RetimeSegment, Slot, Timeline
from tremendo.montage.treatment import Treatment
from tremendo.music.types import MusicalEvent, Song

__all__ = ["WORDS", "with_devices"]

WORDS = {
    "ramp": "its speed is bent a little so that the gesture lands on the beat",
    "match": "a match cut: what the eye holds stays in its place across the cut",
    "refrain": "the refrain: this shot opens every chorus",
    "freeze": "the picture stops where the music stops",
    "black": "black where the music holds its breath",
    "repeat": "the gesture is repeated on the roll",
    "reverse": "the film runs backward",
    "mirror": "the picture is mirrored in itself",
    "split": "the picture stands three times side by side",
}
"""What each device is, in words."""

_APART_SECONDS = 12
_LEAST = 4
"""A stretch of fewer output frames is no device but a fault."""
_RAMP = (Fraction(2, 3), Fraction(3, 2))
_RAMP_OFF = 1
_STUTTER = 6
_MOST_OF_A_KIND = 3
_CHORUS_ENERGY = 0.5


@dataclass(frozen=True)
class _Scene:
    """What a device needs to know of a slot and its surroundings."""

    timeline: Timeline
    index: int
    shot: Shot
    beats: tuple[int, ...]
    moments: tuple[tuple[MusicalEvent, int, int], ...]
    """Moments of the song with their output frames."""

    @property
    def slot(self) -> Slot:
        return self.timeline.slots[self.index]

    def inside(self, kind: str) -> list[tuple[int, int]]:
        """Moments of a kind that begin in the slot after its first frames, cut at its end."""
        first, last = self.slot.start + _LEAST, self.slot.end - _LEAST
        return [
            (start, min(end, self.slot.end))
            for moment, start, end in self.moments
            if moment.kind == kind and first <= start <= last
        ]


def with_devices(
    timeline: Timeline,
    song: Song,
    clips: Sequence[Clip],
    treatment: Treatment,
    *,
    locks: Sequence[Slot] = (),
) -> Timeline:
    """The cut with the devices that the treatment allows, and a sentence on how many."""
    held = {(lock.start, lock.end) for lock in locks}
    shots = {shot.id: shot for clip in clips for shot in clip.shots}
    beats = tuple(frame_of(b.time, timeline.fps, timeline.song_start) for b in song.beats)
    moments = tuple(
        (
            m,
            frame_of(m.start, timeline.fps, timeline.song_start),
            frame_of(m.end, timeline.fps, timeline.song_start),
        )
        for m in song.moments
    )
    slots = list(timeline.slots)
    if "refrain" in treatment.devices and not treatment.refrain:
        slots = _with_refrain(slots, song, shots, timeline.fps, held)
    apart = round(_APART_SECONDS * timeline.fps)
    counts: Counter[str] = Counter()
    last_seen = -apart
    for index, slot in enumerate(slots):
        if (slot.start, slot.end) in held or slot.shot not in shots or slot.device:
            continue
        so_far = replace(timeline, slots=tuple(slots))
        scene = _Scene(so_far, index, shots[slot.shot], beats, moments)
        for name in (n for n in _MAKERS if n in treatment.devices):
            seen = name in _SEEN
            if seen and (slot.start - last_seen < apart or counts[name] >= _MOST_OF_A_KIND):
                continue
            made = _MAKERS[name](scene)
            if made is not None:
                slots[index] = replace(made, device=name)
                counts[name] += 1
                last_seen = slot.start if seen else last_seen
                break
    counts["refrain"] = sum(s.device == "refrain" for s in slots)
    counts = +counts
    reasons = timeline.reasons + ((_sentence(counts),) if counts else ())
    return replace(timeline, slots=tuple(slots), reasons=reasons)


def _with_refrain(
    slots: list[Slot],
    song: Song,
    shots: Mapping[str, Shot],
    fps: Fraction,
    held: Collection[tuple[int, int]],
) -> list[Slot]:
    """The shot that opens the first chorus opens the others too, where it is long enough.

    The chorus is the most energetic part of the song that comes back after another part.
    """
    opens = [
        k
        for k, s in enumerate(slots)
        if s.section and (k == 0 or slots[k - 1].section != s.section)
    ]
    chorus = _chorus(song, [slots[k].section for k in opens])
    places = [k for k in opens if slots[k].section == chorus]
    if len(places) < 2:
        return slots
    first = slots[places[0]]
    shot = shots.get(first.shot)
    if shot is None:
        return slots
    made = list(slots)
    for k in places[1:]:
        slot = slots[k]
        again = replace(
            slot, shot=first.shot, source_in=first.source_in, fps=first.fps,
            technique=first.technique, scores=first.scores, device="refrain",
        )  # fmt: skip
        beside = [s.shot for s in (*slots[k - 1 : k], *slots[k + 1 : k + 2]) if s.shot in shots]
        fits = first.technique != "film" or again.source_end(fps) <= shot.end
        apart = all(shots[other].clip != shot.clip for other in beside)
        if fits and apart and (slot.start, slot.end) not in held:
            made[k] = again
    return made


def _chorus(song: Song, opened: Sequence[str]) -> str:
    """Label of the most energetic section that is opened more than once; empty when none is."""
    again = {label for label in opened if opened.count(label) > 1}
    loud = [s for s in song.sections if s.label in again and s.energy >= _CHORUS_ENERGY]
    return max(loud, key=lambda s: s.energy).label if loud else ""


def _sentence(counts: Counter[str]) -> str:
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return f"Devices of an editor: {listed} (the treatment's key 'devices' allows or forbids them)."


def _ramp(scene: _Scene) -> Slot | None:
    """Bend the speed before the strongest gesture when it misses its beat."""
    slot, timeline = scene.slot, scene.timeline
    landed = strongest_gesture(slot, scene.shot, timeline.fps)
    if landed is None:
        return None
    gesture, lands = landed
    inside = [b for b in scene.beats if slot.start + 3 <= b <= slot.end - 3]
    beat = min(inside, key=lambda b: abs(b - lands), default=lands)
    if abs(beat - lands) <= _RAMP_OFF:
        return None
    speed = Fraction(gesture - slot.source_in) * timeline.fps / (beat - slot.start)
    rest = slot.end - beat
    last = gesture + int((rest - 1) * slot.fps / timeline.fps)
    if not _RAMP[0] <= speed / slot.fps <= _RAMP[1] or last >= scene.shot.end:
        return None
    segments = (
        RetimeSegment(beat - slot.start, slot.source_in, speed),
        RetimeSegment(rest, gesture, slot.fps),
    )
    return replace(slot, segments=segments)


def _freeze(scene: _Scene) -> Slot | None:
    """Hold the picture for the length of a stop, then go on."""
    slot = scene.slot
    for start, end in scene.inside("stop"):
        at = slot.source_frame(start, scene.timeline.fps)
        held = RetimeSegment(end - start, at, Fraction(0))
        return replace(slot, segments=_spliced(scene, start, end, (held,), onward=at))
    return None


def _black(scene: _Scene) -> Slot | None:
    """Nothing to see in a stop that ends with the slot: the next shot comes with the sound."""
    slot = scene.slot
    for start, end in scene.inside("stop"):
        if slot.end - end <= _LEAST:
            hidden = slot.source_frame(start, scene.timeline.fps)
            dark = RetimeSegment(slot.end - start, hidden, slot.fps, "black")
            return replace(slot, segments=_spliced(scene, start, slot.end, (dark,)))
    return None


def _repeat(scene: _Scene) -> Slot | None:
    """Show the same few frames again and again while a roll sounds."""
    slot, fps = scene.slot, scene.timeline.fps
    if slot.technique != "film":
        return None
    for start, end in scene.inside("roll"):
        count = (end - start) // _STUTTER
        if count >= 2:
            from_ = slot.source_frame(start, fps)
            again = tuple(RetimeSegment(_STUTTER, from_, slot.fps) for _ in range(count))
            until = start + count * _STUTTER
            onward = from_ + int(_STUTTER * slot.fps / fps)
            return replace(slot, segments=_spliced(scene, start, until, again, onward=onward))
    return None


def _reverse(scene: _Scene) -> Slot | None:
    """Let a lively film run backward."""
    slot, fps = scene.slot, scene.timeline.fps
    if slot.technique != "film" or not scene.shot.peaks:
        return None
    return replace(
        slot, segments=(RetimeSegment(slot.duration, slot.source_end(fps) - 1, -slot.fps),)
    )


def _match(scene: _Scene) -> Slot | None:
    """Name the cut when the solver has joined two pictures that answer each other."""
    return scene.slot if scene.index and scene.slot.scores.get("match", 0.0) >= 0.8 else None


def _pictured(picture: str) -> Callable[[_Scene], Slot | None]:
    """A device that shows the whole slot in another way: at a drop, or where a section opens."""

    def make(scene: _Scene) -> Slot | None:
        slot = scene.slot
        before = scene.timeline.slots[scene.index - 1].section if scene.index else slot.section
        drop = any(m.kind == "drop" and abs(s - slot.start) < _LEAST for m, s, _ in scene.moments)
        if slot.technique == "film" and (drop or before != slot.section):
            segment = RetimeSegment(slot.duration, slot.source_in, slot.fps, picture)
            return replace(slot, segments=(segment,))
        return None

    return make


def _spliced(
    scene: _Scene,
    start: int,
    end: int,
    segments: tuple[RetimeSegment, ...],
    onward: int | None = None,
) -> tuple[RetimeSegment, ...]:
    """The slot with ``segments`` from ``start`` to ``end``; before and after it plays, after from
    native frame ``onward``."""
    slot = scene.slot
    before = RetimeSegment(start - slot.start, slot.source_in, slot.fps)
    if end >= slot.end or onward is None:
        return (before, *segments)
    return (before, *segments, RetimeSegment(slot.end - end, onward, slot.fps))


_MAKERS: dict[str, Callable[[_Scene], Slot | None]] = {
    "black": _black,
    "freeze": _freeze,
    "repeat": _repeat,
    "mirror": _pictured("mirror"),
    "split": _pictured("split"),
    "reverse": _reverse,
    "ramp": _ramp,
    "match": _match,
}
"""In the order in which they are tried."""
_SEEN = frozenset({"freeze", "black", "repeat", "reverse", "mirror", "split"})
