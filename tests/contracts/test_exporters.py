"""What every exporter keeps: the same cut is read back from each; see ``interchange.registry``."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from tremendo.archive.types import Clip, Shot
from tremendo.errors import UsageError
from tremendo.media import FilmWriter, open_frames
from tremendo.montage.interchange import EXPORTERS, Exporter, export, exporter_of
from tremendo.montage.interchange.events import events
from tremendo.montage.interchange.otio import read_otio
from tremendo.montage.timeline import RetimeSegment, Slot, Timeline

FPS = Fraction(30_000, 1001)
START = "01:00:00;02"
"""Drop-frame timecode of the reel's first frame."""
SLOTS = (
    Slot(0, 30, "reel-0", 10, FPS),
    Slot(30, 90, "reel-0", 20, FPS / 2),
    Slot(90, 120, "reel-0", 5, FPS, segments=(
        RetimeSegment(15, 5, Fraction(0)), RetimeSegment(15, 5, FPS, "black"),
    )),
    Slot(120, 150, "reel-0", 40, FPS),
)  # fmt: skip
SPANS = [(0, 30), (30, 60), (90, 15), (105, 15), (120, 30)]
"""First frame and length of each stretch in the film; the fourth is black."""
PLAYED = {0: 10, 120: 40}
"""First frame of the reel where it simply plays, by the frame of the film."""


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """A timeline, its clips and its song, with real files."""
    folder = tmp_path_factory.mktemp("a cut & more")
    reel, song = folder / "reel.mov", folder / "song.wav"
    with FilmWriter(reel, 64, 48, FPS, "prores") as film:
        for k in range(90):
            film.write(np.full((48, 64, 3), 2 * k, np.uint8))
    tone = np.sin(np.arange(44_100 * 6) / 10).astype("<i2") * 1000
    stereo = np.repeat(tone[:, None], 2, axis=1)
    _wave(song, stereo, 44_100)
    shot = Shot("reel-0", "reel", "film", 0, 90)
    clip = Clip("reel", reel, "reel", "film", 64, 48, FPS, FPS, 90, shots=(shot,),
                start_timecode=START)  # fmt: skip
    return Timeline(FPS, 64, 48, SLOTS, song.name, Fraction(0), 1), [clip], song


def _wave(path, samples, rate):
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


@pytest.fixture(params=EXPORTERS.names())
def kind(request):
    return request.param


@pytest.fixture
def written(kind, cut, tmp_path):
    timeline, clips, song = cut
    return export(kind, timeline, clips, song, tmp_path / f"cut{EXPORTERS.create(kind).suffix}")


def spans_of(kind, path):
    """Start and length in frames, and the first source frame where it plays; None for black."""
    return {
        "otio": _otio, "otioz": _otio, "edl": _edl, "fcp7": _fcp7, "fcpxml": _fcpxml,
        "mlt": _melt, "kdenlive": _melt,
    }[kind](path)  # fmt: skip


def _otio(path):
    adapter = "otioz" if path.suffix == ".otioz" else "otio_json"
    track = otio.adapters.read_from_file(str(path), adapter_name=adapter).video_tracks()[0]
    found = []
    for item in track:
        placed = item.range_in_parent()
        source = None
        if isinstance(item, otio.schema.Clip):
            begins = item.media_reference.available_range.start_time
            source = round((item.source_range.start_time - begins).to_frames())
        found.append((placed.start_time.to_frames(), placed.duration.to_frames(), source))
    return found


def _frames(timecode):
    """Frames since midnight of non-drop or drop-frame timecode at 29.97, by counting."""
    hours, minutes, seconds, frame = (int(n) for n in re.split("[:;]", timecode))
    minutes += 60 * hours
    number = (60 * minutes + seconds) * 30 + frame
    return number - (2 * (minutes - minutes // 10) if ";" in timecode else 0)


def _edl(path):
    found = []
    for line in path.read_text().splitlines():
        if not re.match(r"\d{3} ", line):
            continue
        _, reel, _, _, first, _, start, end = line.split()
        source = None if reel == "BL" else _frames(first) - _frames(START)
        found.append((_frames(start) - 108_000, _frames(end) - _frames(start), source))
    return found


def _fcp7(path):
    found, at = [], 0
    for item in ET.parse(path).getroot().iterfind("sequence/media/video/track/clipitem"):
        start, end, first = (int(item.findtext(name)) for name in ("start", "end", "in"))
        if start > at:
            found.append((at, start - at, None))
        found.append((start, end - start, first))
        at = end
    return found


def _fcpxml(path):
    root = ET.parse(path).getroot()
    assets = {each.get("id"): each for each in root.iter("asset")}
    found = []
    for item in root.find("library/event/project/sequence/spine"):
        offset, length, start = (
            Fraction(item.get(name)[:-1]) for name in ("offset", "duration", "start")
        )
        source = None
        if item.tag != "gap":
            source = (start - Fraction(assets[item.get("ref")].get("start")[:-1])) * FPS
        found.append((offset * FPS, length * FPS, source))
    return found


def _melt(path):
    """What melt shows: the reel's frames are told by their brightness."""
    if shutil.which("melt") is None:
        pytest.skip("no melt here: apt-get install melt")
    film = path.with_name("shown.mkv")
    command = ["melt", str(path), "-consumer", f"avformat:{film}", "vcodec=ffv1", "an=1"]
    subprocess.run([*command, "out=149"], capture_output=True, check=True, timeout=120)
    with open_frames(film) as frames:
        shown = [float(frame.mean()) / 2 for frame in frames.read()]
    assert len(shown) == sum(length for _, length in SPANS)
    cuts = [k for k in range(1, len(shown)) if not -1.5 < shown[k] - shown[k - 1] < 2.5]
    found = []
    for start, end in pairwise([0, *cuts, len(shown)]):
        black = max(shown[start:end]) < 0.5
        found.append((start, end - start, None if black else round(shown[start])))
    return found


def test_an_exporter_says_its_suffix_and_a_line(kind):
    made = EXPORTERS.create(kind)
    assert isinstance(made, Exporter)
    assert made.suffix.startswith(".")
    assert exporter_of(Path(f"film{made.suffix.upper()}")) == kind
    assert made.suffix in EXPORTERS.describe()[kind]


def test_the_same_cut_is_read_back(kind, written):
    found = spans_of(kind, written)
    assert [each[:2] for each in found] == SPANS
    assert found[3][2] is None
    off = 1 if kind in {"mlt", "kdenlive"} else 0  # colors are counted there
    played = {each[0]: each[2] for each in found if each[0] in PLAYED}
    assert played == pytest.approx(PLAYED, abs=off)


def test_names_cannot_add_events(kind, cut, tmp_path):
    """A file may be called anything but for ``/`` and zero."""
    timeline, (clip,), _ = cut
    if kind == "otioz":
        pytest.skip("the bundle wants real files, and names them itself")
    bad = "a\n002  EVIL     V     C        00:00:00:00 00:00:01:00\r\x1b[31m\x0b<b>&\udcff.mov"
    evil = replace(clip, path=clip.path.with_name(bad))
    output = tmp_path / f"cut{EXPORTERS.create(kind).suffix}"
    song = Path("/music/a\nsong\x07.wav")
    if kind in {"mlt", "kdenlive"}:
        with pytest.raises(UsageError, match="cannot be written"):
            export(kind, timeline, [evil], song, output)
        assert not output.exists()
        return
    export(kind, timeline, [evil], song, output)
    assert [each[:2] for each in spans_of(kind, output)] == SPANS
    assert "\x1b" not in output.read_text()


def test_a_cut_of_a_film_that_is_not_there_is_refused(kind, cut, tmp_path):
    timeline, _, song = cut
    output = tmp_path / f"cut{EXPORTERS.create(kind).suffix}"
    with pytest.raises(UsageError, match="reel-0"):
        export(kind, timeline, [], song, output)
    assert not output.exists()


def test_source_timecode_is_carried(cut, tmp_path):
    """Ten frames after 01:00:00;02; the freeze is one frame."""
    timeline, clips, song = cut
    assert events(timeline, clips)[0].file_start == _frames(START)
    lines = export("edl", timeline, clips, song, tmp_path / "a.edl").read_text().splitlines()
    assert lines[3].split()[4:6] == ["01:00:00;12", "01:00:01;12"]
    frozen = next(line for line in lines if line.startswith("003"))
    assert frozen.split()[4:6] == ["01:00:00;07", "01:00:00;08"]
    xml = ET.parse(export("fcp7", timeline, clips, song, tmp_path / "a.xml")).getroot()
    code = xml.find(".//video//file/timecode")
    assert [code.findtext(n) for n in ("string", "frame", "displayformat", "rate/ntsc")] == [
        START, str(_frames(START)), "DF", "TRUE",
    ]  # fmt: skip
    path = export("otio", timeline, clips, song, tmp_path / "a.otio")
    reference = otio.adapters.read_from_file(str(path)).video_tracks()[0][0].media_reference
    assert reference.available_range.start_time.to_frames() == _frames(START)
    assert reference.available_range.start_time.to_timecode() == START
    assert read_otio(path) == timeline
    xml = ET.parse(export("fcpxml", timeline, clips, song, tmp_path / "a.fcpxml")).getroot()
    assert Fraction(xml.find(".//asset").get("start")[:-1]) == _frames(START) / FPS


def test_timecode_of_another_rate_keeps_its_hour(cut, tmp_path):
    timeline, (clip,), song = cut
    slow = replace(clip, fps=Fraction(18), container_fps=Fraction(18), start_timecode="10:00:00:06")
    text = export("edl", timeline, [slow], song, tmp_path / "a.edl").read_text()
    assert "10:00:00:20" in text  # frame 6 of 18 stands for 10 of 30; and ten more
    assert "* SOURCE TIMECODE: 10:00:00:16 AT 18 FPS" in text


def test_fcp7_has_two_linked_channels_at_the_songs_rate(cut, tmp_path):
    timeline, clips, song = cut
    xml = ET.parse(export("fcp7", timeline, clips, song, tmp_path / "a.xml")).getroot()
    items = xml.findall("sequence/media/audio/track/clipitem")
    assert [i.findtext("sourcetrack/trackindex") for i in items] == ["1", "2"]
    for item in items:
        assert [e.text for e in item.iterfind("link/linkclipref")] == [i.get("id") for i in items]
    assert xml.findtext(".//file/media/audio/samplecharacteristics/samplerate") == "44100"
    assert len(items[0].find("file")) > 0
    assert items[1].find("file").get("id") == items[0].find("file").get("id")


def test_kdenlive_finds_each_file_in_its_bin(cut, tmp_path):
    timeline, clips, song = cut
    root = ET.parse(export("kdenlive", timeline, clips, song, tmp_path / "a.kdenlive")).getroot()
    content = root.find("playlist[@id='main_bin']")
    assert json.loads(content.findtext("property[@name='kdenlive:docproperties.guides']")) == []
    ids = {
        p.get("id"): p.findtext("property[@name='kdenlive:id']") for p in root.iterfind("producer")
    }
    stored = {ids[e.get("producer")] for e in content.iterfind("entry")}
    used = {ids[e.get("producer")] for p in root.iterfind("playlist") for e in p.iterfind("entry")}
    assert used == stored == {"2", "3"}


@pytest.mark.parametrize(("kind", "adapter"), [("edl", "cmx_3600"), ("fcp7", "fcp_xml")])
def test_another_programs_reader_agrees(kind, adapter, cut, tmp_path):
    """OTIO's adapters, where they are installed; that of FCPXML knows whole rates only."""
    if adapter not in otio.adapters.available_adapter_names():
        pytest.skip(f"no adapter {adapter} here")
    timeline, clips, song = cut
    path = export(kind, timeline, clips, song, tmp_path / f"a{EXPORTERS.create(kind).suffix}")
    options = {"rate": float(FPS)} if kind == "edl" else {}
    read = otio.adapters.read_from_file(str(path), adapter_name=adapter, **options)
    track = read.video_tracks()[0]
    found = [
        tuple(round(t.to_seconds() * FPS) for t in (i.range_in_parent().start_time, i.duration()))
        for i in track
    ]
    assert found == SPANS


def test_a_suffix_that_nobody_writes_is_named():
    with pytest.raises(UsageError, match=r"suffix '\.aaf'") as caught:
        exporter_of(Path("film.aaf"))
    assert ".fcpxml" in caught.value.hint
