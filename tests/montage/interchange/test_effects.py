"""A slot with every kind of stretch in every format, and what melt shows of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from tremendo.archive.types import Clip, Shot
from tremendo.media import FilmWriter, open_frames
from tremendo.montage.interchange import export
from tremendo.montage.interchange.edl import write_edl
from tremendo.montage.interchange.fcp7 import write_fcp7
from tremendo.montage.interchange.fcpxml import write_fcpxml
from tremendo.montage.interchange.otio import read_otio, write_otio
from tremendo.montage.timeline import RetimeSegment, Slot, Timeline
from tremendo.serialization import from_plain

FPS, SONG = Fraction(24), Path("/music/song.ogg")
NATIVE = Fraction(12)
MOVES = (
    RetimeSegment(12, 10, NATIVE),  # plays
    RetimeSegment(12, 16, Fraction(18)),  # half as fast again
    RetimeSegment(12, 25, Fraction(0)),  # held
    RetimeSegment(12, 25, -NATIVE),  # backward
    RetimeSegment(12, 20, NATIVE, "black"),
    RetimeSegment(12, 20, NATIVE, "mirror"),
)
SLOT = Slot(0, 72, "reel-0", 10, NATIVE, device="freeze", segments=MOVES)
AFTER = Slot(72, 96, "reel-0", 30, NATIVE)


def _timeline(clip):
    return Timeline(FPS, 64, 48, (SLOT, AFTER), "song.ogg", Fraction(0), 0)


def _clip(path=Path("/archive/reel.mkv")):
    shot = Shot("reel-0", "reel", "film", 0, 60)
    return Clip("reel", path, "reel", "film", 64, 48, NATIVE, Fraction(24), 60, shots=(shot,))


def test_frames_of_a_slot_by_its_moves():
    shown = [SLOT.source_frame(f, FPS) for f in (0, 11, 12, 23, 24, 35, 36, 37, 38, 47)]
    assert shown == [10, 15, 16, 24, 25, 25, 25, 25, 24, 20]
    assert SLOT.source_span(FPS) == (10, 26)
    assert SLOT.picture(47) == "plain"
    assert SLOT.picture(48) == "black"
    assert sum(m.frames for m in SLOT.retime) == SLOT.duration


def test_otio_carries_and_returns_them(tmp_path):
    timeline = _timeline(_clip())
    path = write_otio(timeline, [_clip()], SONG, tmp_path / "cut.otio")
    assert read_otio(path) == timeline
    track = otio.adapters.read_from_file(str(path)).video_tracks()[0]
    assert [type(item).__name__ for item in track] == ["Clip"] * 4 + ["Gap"] + ["Clip"] * 2
    speeds = [e.time_scalar for item in track for e in item.effects]
    assert speeds == [0.5, 0.75, 0.0, -0.5, 0.5, 0.5]
    assert isinstance(track[2].effects[0], otio.schema.FreezeFrame)
    assert "not carried" in track[5].metadata["tremendo"]["note"]
    assert track.duration() == otio.opentime.RationalTime(96, 24)


def test_a_timeline_of_the_first_edition_is_read(tmp_path):
    """Slots had a ``treatment`` and ``moves`` then; a lock of theirs opens as well."""
    timeline = _timeline(_clip())
    path = write_otio(timeline, [_clip()], SONG, tmp_path / "cut.otio")
    today = path.read_text()
    old = today.replace('"technique":', '"treatment":').replace('"segments":', '"moves":')
    assert old != today
    path.write_text(old.replace('"version": 3', '"version": 2'))
    assert replace(read_otio(path), version=3) == timeline
    lock = {"start": 0, "end": 9, "shot": "a", "source_in": 0, "fps": "12/1", "treatment": "face"}
    assert from_plain(Slot, lock).technique == "face"


def test_edl_lines(tmp_path):
    text = write_edl(_timeline(_clip()), [_clip()], SONG, tmp_path / "cut.edl").read_text()
    rates = [line.split()[2] for line in text.splitlines() if line.startswith("M2")]
    assert rates == ["012.0", "018.0", "000.0", "-012.0", "012.0", "012.0"]
    backward = next(line for line in text.splitlines() if line.startswith("004"))
    assert backward.split()[4:6] == ["00:00:00:20", "00:00:01:02"]
    assert "005  BL       V     C" in text
    assert "mirror: not carried" in text


@pytest.mark.parametrize(
    ("name", "adapter", "write"),
    [
        ("cut.edl", "cmx_3600", write_edl),
        ("cut.xml", "fcp_xml", write_fcp7),
        ("cut.fcpxml", "fcpx_xml", write_fcpxml),
    ],
)
def test_other_readers_agree(tmp_path, name, adapter, write):
    """OTIO's own adapters, where they are installed (otio-cmx3600-adapter, otio-fcp-adapter)."""
    if adapter not in otio.adapters.available_adapter_names():
        pytest.skip(f"no adapter {adapter}: pip install opentimelineio-plugins")
    path = write(_timeline(_clip()), [_clip()], SONG, tmp_path / name)
    read = otio.adapters.read_from_file(str(path), adapter_name=adapter)
    read = read if isinstance(read, otio.schema.Timeline) else read[0]
    track = read.video_tracks()[0]
    spans = [
        (i.range_in_parent().start_time.to_seconds(), i.duration().to_seconds()) for i in track
    ]
    assert spans == [(k / 2, 0.5) for k in range(6)] + [(3.0, 1.0)]
    if adapter == "cmx_3600":  # the other reads no time remaps
        speeds = [e.time_scalar for item in track for e in item.effects]
        assert speeds == [0.5, 0.75, 0.0, -0.5, 0.5, 0.5]


def test_fcp7_items(tmp_path):
    path = write_fcp7(_timeline(_clip()), [_clip()], SONG, tmp_path / "cut.xml")
    items = ET.parse(path).getroot().findall(".//video/track/clipitem")
    assert [(int(i.findtext("start")), int(i.findtext("end"))) for i in items] == [
        (0, 12), (12, 24), (24, 36), (36, 48), (60, 72), (72, 96),
    ]  # fmt: skip
    assert [i.findtext("stillframe") for i in items] == [None, None, "TRUE", None, None, None]
    assert items[2].findtext("stillframeoffset") == "25"
    backward = {p.findtext("parameterid"): p.findtext("value") for p in items[3].iter("parameter")}
    assert (backward["speed"], backward["reverse"]) == ("50.000000", "TRUE")
    assert items[3].findtext("in") == str(2 * (60 - 1 - 25))


@pytest.mark.skipif(shutil.which("melt") is None, reason="no melt here: apt-get install melt")
@pytest.mark.parametrize("kind", ["mlt", "kdenlive"])
def test_melt_shows_them(tmp_path, kind):
    path = tmp_path / "reel.mkv"
    with FilmWriter(path, 64, 48, Fraction(24), codec="ffv1") as film:
        for k in range(60):
            film.write(np.full((48, 64, 3), 20 + 3 * k, np.uint8))
    timeline = _timeline(_clip(path))
    cut = export(kind, timeline, [_clip(path)], path, tmp_path / f"cut.{kind}")
    out = tmp_path / "out.mkv"
    command = ["melt", str(cut), "out=95", "-consumer", f"avformat:{out}", "vcodec=ffv1", "an=1"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with open_frames(out) as film:
        shown = np.array([float(f.mean()) for f in film.read(0, 96)])
    slots = [s for s in timeline.slots for _ in range(s.duration)]
    wanted = np.array([
        0.0 if s.picture(f) == "black" else 20 + 3 * s.source_frame(f, FPS)
        for f, s in enumerate(slots)
    ])  # fmt: skip
    late = np.abs(shown - wanted) / 3
    assert late.max() <= 1.1, json.dumps([round(v, 1) for v in late.tolist()])
