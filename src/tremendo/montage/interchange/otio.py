"""The cut as an OpenTimelineIO file, and back.

The file is complete for other programs (tracks, source ranges, speeds, markers) and carries our
own timeline in its metadata under the key ``tremendo``, so that it is read back exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from tremendo.archive.types import Clip
from tremendo.errors import MediaError
from tremendo.media.atomic import atomic_path
from tremendo.montage.interchange.events import (
    Cue,
    Event,
    Media,
    cues,
    events,
    readable,
    start_frames,
)
from tremendo.montage.interchange.registry import Exporter
from tremendo.montage.timeline import TIMELINE_VERSION, Slot, Timeline
from tremendo.music.types import Song
from tremendo.serialization import from_plain, to_plain

__all__ = ["bundle_exporter", "exporter", "read_otio", "write_otio"]

_KEY, _SLOT = "tremendo", "slot"
_COLORS = {"beat": "GREEN", "downbeat": "RED", "section": "PURPLE"}


def write_otio(
    timeline: Timeline,
    clips: Sequence[Clip],
    song: Path,
    output: Path,
    *,
    media: Sequence[Media] | None = None,
    music: Song | None = None,
) -> Path:
    """Write ``timeline`` to ``output`` (``.otio``, or ``.otioz`` with all media inside).

    Args:
        timeline: the cut.
        clips: the archive.
        song: the sound file.
        output: file to write, all or nothing.
        media: the finished file of every slot; without it the originals are referred to.
        music: what ``listen`` returned: its beats and sections become markers.

    Raises:
        UsageError: a shot is not in the archive.
        MediaError: a file to be bundled is missing.
        ResourceError: disk full or no permission.
    """
    made = otio.schema.Timeline(
        name=readable(output.stem),
        global_start_time=_time(start_frames(timeline.fps), timeline.fps),
        metadata={_KEY: _head(timeline)},
    )
    video = otio.schema.Track(name="picture", kind=otio.schema.TrackKind.Video)
    for event in events(timeline, clips, media=media):
        video.append(_clip(event, timeline) if event.shows else _gap(event, timeline))
    sound = otio.schema.Track(name="song", kind=otio.schema.TrackKind.Audio)
    sound.append(_song_clip(timeline, song, music))
    made.tracks.extend([video, sound])
    if music is not None:
        made.tracks.markers.extend(_marker(c, timeline.fps) for c in cues(timeline, music))
    bundle = Path(output).suffix == ".otioz"
    with atomic_path(output) as part:
        try:
            otio.adapters.write_to_file(
                made, str(part), adapter_name="otioz" if bundle else "otio_json"
            )
        except otio.exceptions.OTIOError as error:
            raise MediaError("the media cannot be bundled", path=output, hint=str(error)) from error
    return Path(output)


def exporter() -> Exporter:
    """OpenTimelineIO."""
    return Exporter(".otio", write_otio)


def bundle_exporter() -> Exporter:
    """OpenTimelineIO with its media."""
    return Exporter(".otioz", write_otio)


def read_otio(path: str | Path) -> Timeline:
    """Read back what :func:`write_otio` wrote; the timelines are equal.

    Raises:
        MediaError: no such file, no OTIO, not written by tremendo, or a newer version; or its
            cuts were moved by another program, so that slots and clips no longer agree.
    """
    path = Path(path)
    try:
        adapter = "otioz" if path.suffix == ".otioz" else "otio_json"
        read = otio.adapters.read_from_file(str(path), adapter_name=adapter)
    except (OSError, ValueError, otio.exceptions.OTIOError) as error:
        raise MediaError("this is no readable OpenTimelineIO file", path=path) from error
    head = read.metadata.get(_KEY) if isinstance(read, otio.schema.Timeline) else None
    if head is None:
        raise MediaError("this OpenTimelineIO file was not written by tremendo", path=path)
    try:
        if int(head["version"]) > TIMELINE_VERSION:
            raise MediaError("written by a newer tremendo", path=path, hint="update tremendo")
        pictures = [c for c in read.video_tracks()[0] if _SLOT in c.metadata.get(_KEY, {})]
        slots = [from_plain(Slot, _plain(c.metadata[_KEY][_SLOT])) for c in pictures]
        timeline: Timeline = from_plain(Timeline, {**_plain(head), "slots": []})
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError) as error:
        raise MediaError("tremendo's part of the file is damaged", path=path) from error
    for slot, clip in zip(slots, pictures, strict=True):
        placed = clip.range_in_parent()
        begin = round(placed.start_time.to_seconds() * float(timeline.fps))
        length = round(placed.duration.to_seconds() * float(timeline.fps))
        if (begin, length) != (slot.start, slot.retime[0].frames):
            raise MediaError(
                f"the cut at frame {slot.start} was moved by another program",
                path=path,
                hint="make such changes with locks; moved cuts cannot be taken back yet",
            )
    return Timeline(**{**timeline.__dict__, "slots": tuple(slots)})


def _head(timeline: Timeline) -> dict[str, Any]:
    """Everything of the timeline but its slots, which their clips carry."""
    return {k: v for k, v in to_plain(timeline).items() if k != "slots"}


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON is dynamic
    """OTIO's own containers as dicts and lists."""
    if hasattr(value, "items"):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)) or type(value).__name__ == "AnyVector":
        return [_plain(v) for v in value]
    return value


def _time(value: Fraction | int, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(value), float(rate))


def _range(
    start: Fraction | int, length: Fraction | int, rate: Fraction
) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(start, rate), _time(length, rate))


def _clip(event: Event, timeline: Timeline) -> otio.schema.Clip:
    """A clip whose source range lies in the file's frames at the file's rate.

    OTIO keeps the length of a retimed clip as it is on the timeline.
    """
    length = Fraction(event.duration) / timeline.fps * event.rate
    reference = otio.schema.ExternalReference(target_url=_url(event.path))
    if event.available:
        reference.available_range = _range(event.file_start, event.available, event.rate)
    clip = otio.schema.Clip(
        name=event.name,
        media_reference=reference,
        source_range=_range(event.file_start + event.source, length, event.rate),
        metadata=_metadata(event),
    )
    if event.speed == 0:
        clip.effects.append(otio.schema.FreezeFrame("freeze"))
    elif event.speed != 1:
        clip.effects.append(otio.schema.LinearTimeWarp("speed", float(event.speed)))
    return clip


def _gap(event: Event, timeline: Timeline) -> otio.schema.Gap:
    return otio.schema.Gap(
        source_range=_range(0, event.duration, timeline.fps), metadata=_metadata(event)
    )


def _metadata(event: Event) -> dict[str, Any]:
    """The first event of a slot carries the slot; all carry what other programs should know."""
    carried: dict[str, Any] = {_SLOT: to_plain(event.slot)} if event.opens else {}
    if event.note:
        carried["note"] = event.note
    return {_KEY: carried}


def _song_clip(timeline: Timeline, song: Path, music: Song | None) -> otio.schema.Clip:
    reference = otio.schema.ExternalReference(target_url=_url(song))
    if music is not None:
        length = Fraction(music.duration) * timeline.fps
        reference.available_range = _range(0, length, timeline.fps)
    start = timeline.song_start * timeline.fps
    return otio.schema.Clip(
        name=readable(song.stem),
        media_reference=reference,
        source_range=_range(start, timeline.frames, timeline.fps),
    )


def _marker(cue: Cue, fps: Fraction) -> otio.schema.Marker:
    return otio.schema.Marker(
        name=cue.name,
        marked_range=_range(cue.frame, cue.length if cue.kind == "section" else 0, fps),
        color=_COLORS[cue.kind],
        metadata={_KEY: {"kind": cue.kind}},
    )


def _url(path: Path) -> str:
    return path.resolve().as_uri()
