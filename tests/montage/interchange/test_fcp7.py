from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio
import pytest

from tests.montage.interchange.hand import CLIPS, SONG, SONG_PATH, TIMELINE
from tremendo.montage.interchange.fcp7 import write_fcp7


@pytest.fixture
def document(tmp_path):
    path = write_fcp7(TIMELINE, CLIPS, SONG_PATH, tmp_path / "cut.xml", music=SONG)
    return ET.parse(path).getroot()


def _numbers(item, *names):
    return [int(item.findtext(name)) for name in names]


def test_places_in_the_sequence_and_in_the_files(document):
    items = document.findall("sequence/media/video/track/clipitem")
    found = [_numbers(i, "start", "end", "in", "out", "rate/timebase") for i in items]
    assert found == [
        [0, 24, 10, 26, 16],
        [24, 48, 72, 96, 24],  # source frame 36 at half speed: frame 72 of the retimed clip
        [48, 72, 72, 96, 24],
        [72, 120, 0, 48, 24],
    ]


def test_only_the_retimed_clip_has_a_time_remap(document):
    items = document.findall("sequence/media/video/track/clipitem")
    speeds = [
        [float(p.findtext("value")) for p in i.iter("parameter") if p.findtext("name") == "speed"]
        for i in items
    ]
    assert speeds == [[], [50.0], [], []]


def test_start_song_and_markers(document):
    assert document.findtext("sequence/timecode/string") == "01:00:00:00"
    assert document.findtext("sequence/timecode/frame") == "86400"
    song = document.find("sequence/media/audio/track/clipitem")
    assert _numbers(song, "start", "end", "in", "out") == [0, 120, 48, 168]
    markers = [
        (m.findtext("name"), *_numbers(m, "in", "out")) for m in document.findall("sequence/marker")
    ]
    assert markers[:4] == [
        ("section A", 0, 48),
        ("1", 0, -1),
        ("2", 24, -1),
        ("section B", 48, 120),
    ]
    urls = [u.text for u in document.iter("pathurl")]
    assert urls[0] == "file:///archive/native%20reel.mkv"


def test_a_file_is_described_once(tmp_path):
    slots = (*TIMELINE.slots, replace(TIMELINE.slots[0], start=120, end=144))
    timeline = replace(TIMELINE, slots=slots)
    path = write_fcp7(timeline, CLIPS, SONG_PATH, tmp_path / "cut.xml")
    files = ET.parse(path).getroot().findall("sequence/media/video/track/clipitem/file")
    assert files[0].get("id") == files[4].get("id")
    assert len(files[0]) > 0
    assert len(files[4]) == 0


def test_film_rates_of_television_are_marked(tmp_path):
    timeline = replace(TIMELINE, fps=Fraction(24_000, 1001))
    path = write_fcp7(timeline, CLIPS, SONG_PATH, tmp_path / "cut.xml")
    rate = ET.parse(path).getroot().find("sequence/rate")
    assert (rate.findtext("timebase"), rate.findtext("ntsc")) == ("24", "TRUE")


def test_another_programs_reader_agrees(tmp_path):
    """OTIO's own adapter, where it is installed (opentimelineio-plugins)."""
    if "fcp_xml" not in otio.adapters.available_adapter_names():
        pytest.skip("no fcp_xml adapter: pip install opentimelineio-plugins")
    path = write_fcp7(TIMELINE, CLIPS, SONG_PATH, tmp_path / "cut.xml", music=SONG)
    read = otio.adapters.read_from_file(str(path), adapter_name="fcp_xml")
    lengths = [c.source_range.duration.to_seconds() for c in read.video_tracks()[0]]
    assert lengths == pytest.approx([1, 1, 1, 2])
