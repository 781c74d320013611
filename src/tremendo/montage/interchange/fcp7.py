"""The cut as Final Cut Pro 7 XML (xmeml version 5), read by Premiere, Resolve and others.

Speeds are Time Remap filters, for which in and out count frames of the retimed clip (the
source's frame divided by the speed, backward from the clip's end); a freeze is a still frame,
black a gap. Beats and sections are markers of the sequence. The song is a clip for each channel,
linked. Places in a file count from its first frame, whose timecode stands with the file.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from tremendo.archive.types import Clip
from tremendo.core.timecode import Timecode
from tremendo.media.atomic import write_bytes
from tremendo.montage.interchange.events import (
    Event,
    Media,
    cues,
    events,
    readable,
    song_sound,
    start_frames,
)
from tremendo.montage.interchange.registry import Exporter
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song

__all__ = ["exporter", "fcp7_xml", "write_fcp7"]


def write_fcp7(
    timeline: Timeline,
    clips: Sequence[Clip],
    song: Path,
    output: Path,
    *,
    media: Sequence[Media] | None = None,
    music: Song | None = None,
) -> Path:
    """Write the cut to ``output``; arguments and errors as for ``write_otio``."""
    root = fcp7_xml(
        timeline,
        events(timeline, clips, media=media),
        song,
        music,
        name=Path(output).stem,
    )
    ET.indent(root)
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'
    return write_bytes(output, head + ET.tostring(root, encoding="utf-8") + b"\n")


def exporter() -> Exporter:
    """Final Cut Pro 7 XML."""
    return Exporter(".xml", write_fcp7)


def fcp7_xml(
    timeline: Timeline, found: Sequence[Event], song: Path, music: Song | None, *, name: str
) -> ET.Element:
    """The document as an element tree."""
    root = ET.Element("xmeml", version="5")
    sequence = ET.SubElement(root, "sequence", id="sequence-1")
    _texts(sequence, name=readable(name), duration=timeline.frames)
    _rate(sequence, timeline.fps)
    _timecode(sequence, Timecode(start_frames(timeline.fps), timeline.fps))
    tracks = ET.SubElement(sequence, "media")
    video = ET.SubElement(tracks, "video")
    picture = ET.SubElement(ET.SubElement(video, "format"), "samplecharacteristics")
    _rate(picture, timeline.fps)
    _texts(picture, width=timeline.width, height=timeline.height, pixelaspectratio="square")
    track = ET.SubElement(video, "track")
    files: dict[Path, str] = {}
    for event in (e for e in found if e.shows):
        _clip_item(track, event, timeline, files)
    _sound(ET.SubElement(tracks, "audio"), timeline, song, music)
    for cue in cues(timeline, music) if music is not None else ():
        marker = ET.SubElement(sequence, "marker")
        end = cue.frame + cue.length if cue.kind == "section" else -1
        _texts(marker, name=cue.name, comment=cue.kind, **{"in": cue.frame, "out": end})
    return root


def _clip_item(track: ET.Element, event: Event, timeline: Timeline, files: dict[Path, str]) -> None:
    item = ET.SubElement(track, "clipitem", id=f"clipitem-{event.index + 1}")
    pace = Fraction(1) if event.frozen else abs(event.speed)
    source = event.source if event.speed >= 0 else max(0, event.available - 1 - event.source)
    first = 0 if event.frozen else round(source / pace)
    length = round(event.duration / timeline.fps * event.rate)
    available = round(event.available / pace) if event.available else first + length
    _texts(item, name=event.name, enabled="TRUE", duration=max(available, first + length))
    _rate(item, event.rate)
    _texts(item, start=event.start, end=event.end)
    _texts(item, **{"in": first, "out": first + length})
    if event.frozen:
        _texts(item, stillframe="TRUE", stillframeoffset=event.source)
    _file(item, event, files)
    if event.note:
        _texts(ET.SubElement(item, "comments"), mastercomment1=event.note)
    if not event.frozen and event.speed != 1:
        _time_remap(item, event.speed)


def _file(item: ET.Element, event: Event, files: dict[Path, str]) -> None:
    """The media file, in full where it appears first, by its id afterwards."""
    if event.path in files:
        ET.SubElement(item, "file", id=files[event.path])
        return
    files[event.path] = f"file-{len(files) + 1}"
    file = ET.SubElement(item, "file", id=files[event.path])
    _texts(file, name=readable(event.path.name), pathurl=event.path.resolve().as_uri())
    _rate(file, event.rate)
    _texts(file, duration=max(1, event.available))
    begins = event.begins or Timecode(0, event.rate)
    reel = ET.SubElement(_timecode(file, begins), "reel")
    _texts(reel, name=event.name)
    video = ET.SubElement(ET.SubElement(file, "media"), "video")
    picture = ET.SubElement(video, "samplecharacteristics")
    _texts(picture, width=event.width, height=event.height)


def _time_remap(item: ET.Element, speed: Fraction) -> None:
    effect = ET.SubElement(ET.SubElement(item, "filter"), "effect")
    _texts(effect, name="Time Remap", effectid="timeremap", effectcategory="motion")
    _texts(effect, effecttype="motion", mediatype="video")
    values = {
        "variablespeed": "0",
        "speed": f"{float(100 * abs(speed)):.6f}",
        "reverse": "TRUE" if speed < 0 else "FALSE",
        "frameblending": "FALSE",
    }
    for name, value in values.items():
        parameter = ET.SubElement(effect, "parameter")
        _texts(parameter, parameterid=name, name=name, value=value)


def _sound(audio: ET.Element, timeline: Timeline, song: Path, music: Song | None) -> None:
    """The song: a track with a clip for each channel, the clips linked as one sound."""
    rate, channels = song_sound(song)
    _texts(audio, numOutputChannels=channels)
    form = ET.SubElement(ET.SubElement(audio, "format"), "samplecharacteristics")
    _texts(form, samplerate=rate, depth=16)
    for channel in range(1, channels + 1):
        track = ET.SubElement(audio, "track")
        item = _song_item(track, timeline, song, music, channel)
        if channel == 1:
            _song_file(ET.SubElement(item, "file", id="song-file"), item, song, timeline.fps)
        else:
            ET.SubElement(item, "file", id="song-file")
        _texts(ET.SubElement(item, "sourcetrack"), mediatype="audio", trackindex=channel)
        for other in range(1, channels + 1):
            link = ET.SubElement(item, "link")
            _texts(link, linkclipref=f"song-{other}", mediatype="audio", trackindex=other)
            _texts(link, clipindex=1, groupindex=1)
        _texts(track, outputchannelindex=channel)


def _song_item(
    track: ET.Element, timeline: Timeline, song: Path, music: Song | None, channel: int
) -> ET.Element:
    item = ET.SubElement(track, "clipitem", id=f"song-{channel}")
    first = round(timeline.song_start * timeline.fps)
    length = round(Fraction(music.duration) * timeline.fps) if music else first + timeline.frames
    _texts(item, name=readable(song.stem), enabled="TRUE", duration=length)
    _rate(item, timeline.fps)
    _texts(item, start=0, end=timeline.frames, **{"in": first, "out": first + timeline.frames})
    return item


def _song_file(file: ET.Element, item: ET.Element, song: Path, fps: Fraction) -> None:
    _texts(file, name=readable(song.name), pathurl=song.resolve().as_uri())
    _rate(file, fps)
    _texts(file, duration=item.findtext("duration"))
    rate, channels = song_sound(song)
    audio = ET.SubElement(ET.SubElement(file, "media"), "audio")
    _texts(ET.SubElement(audio, "samplecharacteristics"), samplerate=rate, depth=16)
    _texts(audio, channelcount=channels)


def _rate(parent: ET.Element, fps: Fraction) -> None:
    """Whole timebase, and whether it runs a thousandth slower (``ntsc``)."""
    rate = ET.SubElement(parent, "rate")
    ntsc = fps.denominator == 1001
    _texts(rate, timebase=round(fps), ntsc="TRUE" if ntsc else "FALSE")


def _timecode(parent: ET.Element, first: Timecode) -> ET.Element:
    timecode = ET.SubElement(parent, "timecode")
    _rate(timecode, first.rate)
    form = "DF" if first.drop else "NDF"
    _texts(timecode, string=first, frame=first.frames, displayformat=form)
    return timecode


def _texts(parent: ET.Element, **values: object) -> None:
    for name, value in values.items():
        ET.SubElement(parent, name).text = str(value)
