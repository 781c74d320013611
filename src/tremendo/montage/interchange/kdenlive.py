"""The cut as a Kdenlive project: MLT XML with a bin, tracks of two playlists and guides.

A project is what :mod:`~tremendo.montage.interchange.mlt` writes, and around it what Kdenlive looks
for: every file once in the playlist ``main_bin`` with a ``kdenlive:id``, which the pieces on the
timeline repeat; a track is a tractor of two playlists; the song's track is an audio track. Document
version 1.04 is read by all editions since 21.12, which bring it forward by themselves.

*Why.* Kdenlive has no ``hold`` producer: a freeze is the file itself under the filter ``freeze``,
which is an effect that the editor can take off again.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from tremendo.archive.types import Clip
from tremendo.media.atomic import write_bytes
from tremendo.montage.interchange.events import (
    Cue,
    Event,
    Media,
    cues,
    events,
    readable,
    writable_path,
)
from tremendo.montage.interchange.mlt import (
    add_property,
    producer_of,
    profile_of,
    song_producer,
)
from tremendo.montage.interchange.registry import Exporter
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song

__all__ = ["exporter", "kdenlive_xml", "write_kdenlive"]

_VERSION = "1.04"
_SONG_ID = "2"
_FIRST_ID = 3
"""Ids of the bin: 1 is the root folder, 2 the song."""
_GUIDES = {"section": 0, "downbeat": 1, "beat": 2}
"""Category (color) of a guide."""


def exporter() -> Exporter:
    """Kdenlive projects."""
    return Exporter(".kdenlive", write_kdenlive)


def write_kdenlive(
    timeline: Timeline,
    clips: Sequence[Clip],
    song: Path,
    output: Path,
    *,
    media: Sequence[Media] | None = None,
    music: Song | None = None,
) -> Path:
    """Write the cut to ``output``; arguments and errors as for ``write_otio``."""
    root = kdenlive_xml(timeline, events(timeline, clips, media=media), song, music)
    ET.indent(root)
    head = b'<?xml version="1.0" encoding="utf-8"?>\n'
    return write_bytes(output, head + ET.tostring(root, encoding="utf-8") + b"\n")


def kdenlive_xml(
    timeline: Timeline, found: Sequence[Event], song: Path, music: Song | None
) -> ET.Element:
    """The document as an element tree."""
    root = ET.Element("mlt", LC_NUMERIC="C", producer="main_bin", version="7.12.0")
    root.append(profile_of(timeline))
    files = {path: str(_FIRST_ID + k) for k, path in enumerate(_files(found))}
    marks = cues(timeline, music) if music is not None else []
    content = ET.Element("playlist", id="main_bin")
    _document(content, marks)
    _bin(root, content, timeline, song, [(e, files[p]) for p, e in _files(found).items()])
    root.append(content)
    _black(root, timeline.frames)
    picture = ET.Element("playlist", id="playlist2")
    for event in found:
        _piece(root, picture, event, timeline.fps, files)
    sound = ET.Element("playlist", id="playlist0")
    add_property(sound, "kdenlive:audio_track", "1")
    first = round(timeline.song_start * timeline.fps)
    entry = {"producer": "song", "in": str(first), "out": str(first + timeline.frames - 1)}
    add_property(ET.SubElement(sound, "entry", entry), "kdenlive:id", _SONG_ID)
    _track(root, "tractor0", sound, timeline.frames, sound=True)
    _track(root, "tractor1", picture, timeline.frames, sound=False)
    _main(root, timeline.frames)
    return root


def _files(found: Sequence[Event]) -> dict[Path, Event]:
    """The first event of each file."""
    files: dict[Path, Event] = {}
    for event in found:
        if event.shows:
            files.setdefault(event.path, event)
    return files


def _document(content: ET.Element, marks: Sequence[Cue]) -> None:
    guides = [{"pos": m.frame, "comment": m.name, "type": _GUIDES[m.kind]} for m in marks]
    add_property(content, "kdenlive:docproperties.version", _VERSION)
    add_property(content, "kdenlive:docproperties.guides", json.dumps(guides))
    add_property(content, "xml_retain", "1")


def _bin(
    root: ET.Element,
    content: ET.Element,
    timeline: Timeline,
    song: Path,
    files: Sequence[tuple[Event, str]],
) -> None:
    """The song and every file, once and whole."""
    sound = song_producer(timeline, song)
    add_property(sound, "kdenlive:id", _SONG_ID)
    add_property(sound, "kdenlive:clipname", readable(song.name))
    root.append(sound)
    ET.SubElement(content, "entry", {"producer": "song", "in": "0", "out": sound.get("out", "0")})
    for event, number in files:
        last = max(event.duration, int(event.available / event.rate * timeline.fps)) - 1
        times = {"in": "0", "out": str(last)}
        file = ET.SubElement(root, "producer", {"id": f"file{number}", **times})
        add_property(file, "resource", writable_path(event.path))
        add_property(file, "length", str(last + 1))
        add_property(file, "kdenlive:id", number)
        add_property(file, "kdenlive:clipname", readable(event.path.name))
        ET.SubElement(content, "entry", {"producer": f"file{number}", **times})


def _piece(
    root: ET.Element, playlist: ET.Element, event: Event, fps: Fraction, files: dict[Path, str]
) -> None:
    """An event on the picture's track."""
    if not event.shows:
        ET.SubElement(playlist, "blank", length=str(event.duration))
        return
    producer, first = producer_of(event, fps, hold=False)
    add_property(producer, "kdenlive:id", files[event.path])
    add_property(producer, "kdenlive:clipname", event.name)
    root.append(producer)
    times = {"in": str(first), "out": str(first + event.duration - 1)}
    entry = ET.SubElement(playlist, "entry", {"producer": producer.get("id", ""), **times})
    add_property(entry, "kdenlive:id", files[event.path])
    if event.frozen and not event.still:
        freeze = ET.SubElement(entry, "filter", times)
        add_property(freeze, "mlt_service", "freeze")
        add_property(freeze, "kdenlive_id", "freeze")
        add_property(freeze, "frame", "0")  # counted from the entry
        add_property(freeze, "freeze_after", "0")
        add_property(freeze, "freeze_before", "0")


def _black(root: ET.Element, frames: int) -> None:
    black = ET.SubElement(root, "producer", {"id": "black", "in": "0", "out": str(frames - 1)})
    add_property(black, "mlt_service", "color")
    add_property(black, "resource", "black")
    add_property(black, "length", str(frames))
    add_property(black, "set.test_audio", "0")


def _track(root: ET.Element, name: str, playlist: ET.Element, frames: int, *, sound: bool) -> None:
    """A track: the playlist and an empty one, for transitions within the track."""
    root.append(playlist)
    second = f"playlist{int(playlist.get('id', '')[-1]) + 1}"
    empty = ET.SubElement(root, "playlist", id=second)
    track = ET.SubElement(root, "tractor", {"id": name, "in": "0", "out": str(frames - 1)})
    if sound:
        add_property(empty, "kdenlive:audio_track", "1")
        add_property(track, "kdenlive:audio_track", "1")
    add_property(track, "kdenlive:trackheight", "67")
    for part in (playlist.get("id", ""), second):
        ET.SubElement(track, "track", hide="video" if sound else "audio", producer=part)


def _main(root: ET.Element, frames: int) -> None:
    """The timeline: black, the song, the picture, and how they are put together."""
    main = ET.SubElement(root, "tractor", {"id": "cut", "in": "0", "out": str(frames - 1)})
    add_property(main, "kdenlive:projectroot", "")
    for part in ("black", "tractor0", "tractor1"):
        ET.SubElement(main, "track", producer=part)
    for service, track in (("mix", "1"), ("qtblend", "2")):
        transition = ET.SubElement(main, "transition", id=f"transition{track}")
        add_property(transition, "mlt_service", service)
        add_property(transition, "a_track", "0")
        add_property(transition, "b_track", track)
        add_property(transition, "always_active", "1")
        add_property(transition, "internal_added", "237")
        if service == "mix":
            add_property(transition, "sum", "1")
