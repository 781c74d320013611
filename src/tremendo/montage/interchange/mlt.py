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
from tremendo.montage.interchange.events import Event, Media, cues, events, writable_path
from tremendo.montage.interchange.registry import Exporter
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song

__all__ = [
    "add_property",
    "exporter",
    "mlt_xml",
    "producer_of",
    "profile_of",
    "song_producer",
    "write_mlt",
]


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


def exporter() -> Exporter:
    """MLT XML."""
    return Exporter(".mlt", write_mlt)


def mlt_xml(
    timeline: Timeline, found: Sequence[Event], song: Path, music: Song | None
) -> ET.Element:
    """The document as an element tree."""
    root = ET.Element("mlt", LC_NUMERIC="C", producer="cut", version="7.12.0")
    root.append(profile_of(timeline))
    picture = ET.Element("playlist", id="picture")
    for event in found:
        producer, first = producer_of(event, timeline.fps)
        root.append(producer)
        times = {"in": str(first), "out": str(first + event.duration - 1)}
        ET.SubElement(picture, "entry", {"producer": f"slot{event.index}", **times})
    start = round(timeline.song_start * timeline.fps)
    root.append(song_producer(timeline, song))
    root.append(picture)
    music_track = ET.SubElement(root, "playlist", id="music")
    times = {"producer": "song", "in": str(start), "out": str(start + timeline.frames - 1)}
    ET.SubElement(music_track, "entry", times)
    tractor = {"id": "cut", "in": "0", "out": str(timeline.frames - 1)}
    cut = ET.SubElement(root, "tractor", tractor)
    ET.SubElement(cut, "track", producer="picture", hide="audio")
    ET.SubElement(cut, "track", producer="music", hide="video")
    for number, cue in enumerate(cues(timeline, music) if music is not None else ()):
        add_property(cut, f"meta.tremendo.marker.{number}", f"{cue.frame} {cue.kind} {cue.name}")
    return root


def profile_of(timeline: Timeline) -> ET.Element:
    """Size and rate of the film, as MLT wants them."""
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


def song_producer(timeline: Timeline, song: Path) -> ET.Element:
    """The song as far as the film needs it."""
    last = round(timeline.song_start * timeline.fps) + timeline.frames - 1
    producer = ET.Element("producer", {"id": "song", "in": "0", "out": str(last)})
    add_property(producer, "resource", writable_path(song))
    add_property(producer, "video_index", "-1")
    return producer


def producer_of(event: Event, fps: Fraction, *, hold: bool = True) -> tuple[ET.Element, int]:
    """The producer of an event, and its first frame in the profile's rate.

    With ``hold`` a freeze is a producer that stands; without it the file, from the frozen frame on.
    """
    held = event.frozen and not event.still and hold
    first = 0 if held or event.still or not event.shows else _first_frame(event, fps)
    last = first + event.duration - 1
    if event.shows and event.speed < 0:  # MLT counts from the end of the whole file
        last = math.ceil(event.available / event.rate / -event.speed * fps) - 1
    producer = ET.Element("producer", {"id": f"slot{event.index}", "in": "0", "out": str(last)})
    if not event.shows:
        add_property(producer, "mlt_service", "color")
        add_property(producer, "resource", "black")
        add_property(producer, "length", str(last + 1))
        return producer, first
    path = writable_path(event.path)
    if event.frozen or event.speed == 1:
        add_property(producer, "resource", path)
        if held:
            add_property(producer, "mlt_service", "hold")
            add_property(producer, "frame", str(math.ceil(event.source / event.rate * fps)))
    else:
        add_property(producer, "mlt_service", "timewarp")
        add_property(producer, "resource", f"{float(event.speed):.9g}:{path}")
        add_property(producer, "warp_speed", f"{float(event.speed):.9g}")
        add_property(producer, "warp_resource", path)
    add_property(producer, "length", str(last + 1))
    add_property(producer, "audio_index", "-1")
    add_property(producer, "tremendo:name", event.name)
    if event.note:
        add_property(producer, "tremendo:device", event.note)
    return producer, first


def _first_frame(event: Event, fps: Fraction) -> int:
    """First frame of the producer, counted in the profile's rate, that shows the source frame."""
    source = event.source if event.speed >= 0 else event.available - 1 - event.source
    return math.ceil(source / event.rate / (abs(event.speed) or 1) * fps)


def add_property(parent: ET.Element, name: str, value: str) -> None:
    """Add a property to a producer, a playlist or a tractor."""
    ET.SubElement(parent, "property", name=name).text = value
