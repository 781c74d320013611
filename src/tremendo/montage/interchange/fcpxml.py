"""The cut as FCPXML 1.9, read by Final Cut Pro 10.4.9 and later and by Resolve.

FCPXML counts in seconds as fractions. A clip's ``start`` lies on the clock of its file (whose
first frame has the file's timecode), after a ``timeMap`` on the clock of the retimed clip;
``offset`` is its place in what it is part of. A freeze is a time map that stands, a photograph a
``video`` element of an asset without length, black a gap. The song hangs below the first element of
the story, beats are markers and sections chapter markers.

See Apple, *FCPXML Reference*; the order of elements is that of its document type definition.
"""

from __future__ import annotations

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
    song_sound,
    start_frames,
)
from tremendo.montage.interchange.registry import Exporter
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song

__all__ = ["exporter", "fcpxml", "write_fcpxml"]

_STILL_START = Fraction(3600)
"""Where Final Cut Pro puts the beginning of a still."""


def exporter() -> Exporter:
    """Final Cut Pro X XML."""
    return Exporter(".fcpxml", write_fcpxml)


def write_fcpxml(
    timeline: Timeline,
    clips: Sequence[Clip],
    song: Path,
    output: Path,
    *,
    media: Sequence[Media] | None = None,
    music: Song | None = None,
) -> Path:
    """Write the cut to ``output``; arguments and errors as for ``write_otio``."""
    found = events(timeline, clips, media=media)
    root = fcpxml(timeline, found, song, music, name=Path(output).stem)
    ET.indent(root)
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'
    return write_bytes(output, head + ET.tostring(root, encoding="utf-8") + b"\n")


def fcpxml(
    timeline: Timeline, found: Sequence[Event], song: Path, music: Song | None, *, name: str
) -> ET.Element:
    """The document as an element tree."""
    root = ET.Element("fcpxml", version="1.9")
    resources = _Resources(ET.SubElement(root, "resources"))
    form = resources.form(timeline.width, timeline.height, timeline.fps)
    event = ET.SubElement(ET.SubElement(root, "library"), "event", name=readable(name))
    project = ET.SubElement(event, "project", name=readable(name))
    rate, channels = song_sound(song)
    sequence = ET.SubElement(
        project,
        "sequence",
        format=form,
        duration=_seconds(timeline.frames / timeline.fps, timeline.fps),
        tcStart=_seconds(start_frames(timeline.fps) / timeline.fps, timeline.fps),
        tcFormat="NDF",
        audioLayout="stereo" if channels == 2 else "mono",
        audioRate=_audio_rate(rate),
    )
    spine = ET.SubElement(sequence, "spine")
    marks = cues(timeline, music) if music is not None else []
    for each in found:
        element, start = _element(spine, each, timeline.fps, resources)
        if each.index == 0:
            _song(element, start, timeline, resources.song(song, music, timeline))
        for cue in (c for c in marks if each.start <= c.frame < each.end):
            _marker(element, cue, start - each.start / timeline.fps, timeline.fps)
    return root


class _Resources:
    """Formats and media files, each once."""

    def __init__(self, parent: ET.Element) -> None:
        self._parent = parent
        self._ids: dict[object, str] = {}

    def form(self, width: int, height: int, rate: Fraction | None) -> str:
        """Id of a picture format; stills have no rate."""
        key = (width, height, rate)
        if key not in self._ids:
            attributes = {"width": str(width), "height": str(height)}
            if rate is None:
                attributes["name"] = "FFVideoFormatRateUndefined"
            else:
                attributes["frameDuration"] = _seconds(1 / rate, rate)
            self._new(key, "format", attributes)
        return self._ids[key]

    def picture(self, event: Event) -> str:
        """Id of the asset of a film or photograph."""
        if event.path not in self._ids:
            form = self.form(event.width, event.height, None if event.still else event.rate)
            start = Fraction(0) if event.still else event.file_start / event.rate
            attributes = {
                "name": event.name,
                "start": _seconds(start, event.rate),
                "duration": _seconds(event.available / event.rate, event.rate),
                "hasVideo": "1",
                "format": form,
            }
            self._file(event.path, attributes)
        return self._ids[event.path]

    def song(self, song: Path, music: Song | None, timeline: Timeline) -> str:
        """Id of the song's asset."""
        rate, channels = song_sound(song)
        length = timeline.song_start + timeline.frames / timeline.fps
        if music is not None:
            length = Fraction(round(music.duration * rate), rate)
        attributes = {
            "name": readable(song.stem),
            "start": "0s",
            "duration": _seconds(length, Fraction(rate)),
            "hasAudio": "1",
            "audioSources": "1",
            "audioChannels": str(channels),
            "audioRate": str(rate),
        }
        self._file(song, attributes)
        return self._ids[song]

    def _file(self, path: Path, attributes: dict[str, str]) -> None:
        asset = self._new(path, "asset", attributes)
        kind = {"kind": "original-media", "src": path.resolve().as_uri()}
        ET.SubElement(asset, "media-rep", kind)

    def _new(self, key: object, tag: str, attributes: dict[str, str]) -> ET.Element:
        self._ids[key] = f"r{len(self._ids) + 1}"
        return ET.SubElement(self._parent, tag, {"id": self._ids[key], **attributes})


def _element(
    spine: ET.Element, event: Event, fps: Fraction, resources: _Resources
) -> tuple[ET.Element, Fraction]:
    """An element of the story, and its start on its own clock in seconds."""
    length = event.duration / fps
    times = {"offset": _seconds(event.start / fps, fps), "duration": _seconds(length, fps)}
    if not event.shows:
        gap = ET.SubElement(spine, "gap", {"name": "black", **times, "start": "0s"})
        return gap, Fraction(0)
    ref = {"ref": resources.picture(event), "name": event.name, **times}
    if event.still:
        video = ET.SubElement(spine, "video", {**ref, "start": _seconds(_STILL_START, fps)})
        _note(video, event)
        return video, _STILL_START
    shown = (event.file_start + event.source) / event.rate
    start = shown if event.speed == 1 else Fraction(0)
    clip = ET.SubElement(spine, "asset-clip", {**ref, "start": _seconds(start, event.rate)})
    _note(clip, event)
    if event.rate != fps:
        ET.SubElement(clip, "conform-rate", scaleEnabled="0")
    if event.speed != 1:
        course = ET.SubElement(clip, "timeMap")
        for time in (Fraction(0), length):
            value = _seconds(shown + time * event.speed, event.rate)
            ET.SubElement(course, "timept", time=_seconds(time, fps), value=value, interp="linear")
    return clip, start


def _note(element: ET.Element, event: Event) -> None:
    if event.note:
        ET.SubElement(element, "note").text = event.note


def _song(parent: ET.Element, start: Fraction, timeline: Timeline, ref: str) -> None:
    """The song, below the element whose clock shows ``start`` at the film's beginning."""
    times = {
        "offset": _seconds(start, timeline.fps),
        "start": _seconds(timeline.song_start, timeline.fps),
        "duration": _seconds(timeline.frames / timeline.fps, timeline.fps),
    }
    attributes = {"ref": ref, "lane": "-1", "name": "song", **times, "audioRole": "music"}
    ET.SubElement(parent, "asset-clip", attributes)


def _marker(element: ET.Element, cue: Cue, shift: Fraction, fps: Fraction) -> None:
    tag = "chapter-marker" if cue.kind == "section" else "marker"
    name = cue.name if cue.kind == "section" else f"beat {cue.name}"
    times = {"start": _seconds(shift + cue.frame / fps, fps), "duration": _seconds(1 / fps, fps)}
    ET.SubElement(element, tag, {**times, "value": readable(name)})


def _seconds(value: Fraction | int, rate: Fraction) -> str:
    """Seconds, where it can be in the rate's own parts, as readers expect: ``30030/30000s``."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return f"{exact.numerator}s"
    parts = exact * rate.numerator
    if parts.denominator == 1:
        return f"{parts.numerator}/{rate.numerator}s"
    return f"{exact.numerator}/{exact.denominator}s"


def _audio_rate(rate: int) -> str:
    """Of a sequence, the nearest that FCPXML has a word for."""
    known = {32_000: "32k", 44_100: "44.1k", 48_000: "48k", 88_200: "88.2k", 96_000: "96k"}
    known |= {176_400: "176.4k", 192_000: "192k"}
    return known[min(known, key=lambda each: abs(each - rate))]
