"""The cut as MLT XML, for melt, Shotcut and Kdenlive.

MLT plays every file at the profile's rate in real time and counts in the profile's frames. A
change of speed is a ``timewarp`` producer, whose frames are those of the retimed file: the
source's second divided by the speed (backward: counted from the file's end); a freeze is a
``hold`` producer, black a color.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from pathlib import Path

from tremendo.archive.types import Clip
from tremendo.media.atomic import write_bytes
from tremendo.montage.interchange.events import Event, Media, cues, events
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song

__all__ = ["mlt_xml", "write_mlt"]


def write_mlt(
    timeline: Timeline,
    clips: Sequence[Clip],
    song: Path,
    output: Path,
    *,
    media: Sequence[Media] | None = None,
    music: Song | None = None,
) -> Path:
    """Write the cut to ``output``; arguments and errors as for ``write_otio``.

    Render it with ``melt cut.mlt out=<frames - 1> -consumer avformat:film.mp4``.
    """
    root = mlt_xml(timeline, events(timeline, clips, media=media), song, music)
    ET.indent(root)
    head = b'<?xml version="1.0" encoding="utf-8"?>\n'
    return write_bytes(output, head + ET.tostring(root, encoding="utf-8") + b"\n")


def mlt_xml(
    timeline: Timeline, found: Sequence[Event], song: Path, music: Song | None
) -> ET.Element:
    """The document as an element tree."""
    root = ET.Element("mlt", LC_NUMERIC="C", producer="cut", version="7.12.0")
    root.append(_profile(timeline))
    picture = ET.Element("playlist", id="picture")
    for event in found:
        first = 0 if _stands(event) else first_frame(event, timeline.fps)
        last = first + event.duration - 1
        root.append(_producer(event, _last(event, last, timeline.fps), timeline.fps))
        entry = {"producer": f"slot{event.index}", "in": str(first), "out": str(last)}
        ET.SubElement(picture, "entry", entry)
    start = round(timeline.song_start * timeline.fps)
    sound = ET.SubElement(root, "producer", {"id": "song", "in": "0"})
    sound.set("out", str(start + timeline.frames - 1))
    _property(sound, "resource", str(song.resolve()))
    _property(sound, "video_index", "-1")
    root.append(picture)
    music_track = ET.SubElement(root, "playlist", id="music")
    times = {"producer": "song", "in": str(start), "out": str(start + timeline.frames - 1)}
    ET.SubElement(music_track, "entry", times)
    tractor = {"id": "cut", "in": "0", "out": str(timeline.frames - 1)}
    cut = ET.SubElement(root, "tractor", tractor)
    ET.SubElement(cut, "track", producer="picture", hide="audio")
    ET.SubElement(cut, "track", producer="music", hide="video")
    for number, cue in enumerate(cues(timeline, music) if music is not None else ()):
        _property(cut, f"meta.tremendo.marker.{number}", f"{cue.frame} {cue.kind} {cue.name}")
    return root


def _last(event: Event, needed: int, fps: Fraction) -> int:
    """Last frame of the producer: backward, MLT counts from the end of the whole file."""
    if event.speed >= 0 or not event.shows:
        return needed
    return math.ceil(event.available / event.rate / -event.speed * fps) - 1


def _stands(event: Event) -> bool:
    return event.frozen or not event.shows


def first_frame(event: Event, fps: Fraction) -> int:
    """First frame of the producer, counted in the profile's rate, that shows the source frame."""
    source = event.source if event.speed > 0 else event.available - 1 - event.source
    return math.ceil(source / event.rate / abs(event.speed) * fps)


def _profile(timeline: Timeline) -> ET.Element:
    divisor = max(1, gcd(timeline.width, timeline.height))
    return ET.Element(
        "profile",
        description="tremendo",
        width=str(timeline.width),
        height=str(timeline.height),
        progressive="1",
        sample_aspect_num="1",
        sample_aspect_den="1",
        display_aspect_num=str(timeline.width // divisor),
        display_aspect_den=str(timeline.height // divisor),
        frame_rate_num=str(timeline.fps.numerator),
        frame_rate_den=str(timeline.fps.denominator),
        colorspace="709",
    )


def _producer(event: Event, last: int, fps: Fraction) -> ET.Element:
    producer = ET.Element("producer", {"id": f"slot{event.index}", "in": "0", "out": str(last)})
    path = str(event.path.resolve())
    if not event.shows:
        _property(producer, "mlt_service", "color")
        _property(producer, "resource", "black")
        _property(producer, "length", str(last + 1))
        return producer
    if event.frozen and not event.still:
        _property(producer, "mlt_service", "hold")
        _property(producer, "resource", path)
        _property(producer, "frame", str(math.ceil(event.source / event.rate * fps)))
    elif event.speed != 1:
        _property(producer, "mlt_service", "timewarp")
        _property(producer, "resource", f"{float(event.speed):.9g}:{path}")
        _property(producer, "warp_speed", f"{float(event.speed):.9g}")
        _property(producer, "warp_resource", path)
    else:
        _property(producer, "resource", path)
    _property(producer, "length", str(last + 1))
    _property(producer, "audio_index", "-1")
    _property(producer, "tremendo:name", event.name)
    if event.note:
        _property(producer, "tremendo:device", event.note)
    return producer


def _property(parent: ET.Element, name: str, value: str) -> None:
    ET.SubElement(parent, "property", name=name).text = value
