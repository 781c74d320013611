from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from fractions import Fraction

import numpy as np
import pytest

from tests.montage.interchange.hand import CLIPS, SONG, SONG_PATH, TIMELINE
from tremendo.archive.types import Clip, Shot
from tremendo.errors import UsageError
from tremendo.montage.interchange import EXPORTERS, export
from tremendo.montage.interchange.mlt import write_mlt
from tremendo.montage.timeline import Slot, Timeline


def test_entries_and_producers(tmp_path):
    path = write_mlt(TIMELINE, CLIPS, SONG_PATH, tmp_path / "cut.mlt", music=SONG)
    root = ET.parse(path).getroot()
    entries = [
        (e.get("producer"), int(e.get("in")), int(e.get("out")))
        for e in root.findall("playlist/entry")
    ]
    assert entries == [
        ("slot0", 15, 38),  # frame 10 of 16 a second is frame 15 of 24
        ("slot1", 72, 95),  # frame 36 at half speed is frame 72 of the retimed file
        ("slot2", 72, 95),
        ("slot3", 0, 47),
        ("song", 48, 167),
    ]
    resources = [p.findtext("property[@name='resource']") for p in root.findall("producer")]
    assert resources[1] == "0.5:/archive/toofast reel.mkv"
    assert resources[0] == "/archive/native reel.mkv"
    profile = root.find("profile").attrib
    assert (profile["frame_rate_num"], profile["display_aspect_num"]) == ("24", "4")
    assert root.find("tractor").get("out") == "119"


@pytest.mark.parametrize("kind", EXPORTERS.names())
def test_every_format_is_written_by_name(kind, tmp_path):
    if kind == "otioz":
        pytest.skip("the bundle needs real media: see test_otio")
    path = export(kind, TIMELINE, CLIPS, SONG_PATH, tmp_path / f"cut.{kind}", music=SONG)
    assert path.stat().st_size > 500


def test_an_unknown_format_is_named(tmp_path):
    with pytest.raises(UsageError, match="'aaf' is not one of the exporters"):
        export("aaf", TIMELINE, CLIPS, SONG_PATH, tmp_path / "cut.aaf")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("melt") is None, reason="no melt here: apt-get install melt")
def test_melt_shows_the_frames_that_we_show(tmp_path):
    """Each native frame has its own brightness; melt's frames are compared with the timeline."""
    from tremendo.media import FilmWriter, open_frames

    clips = []
    for name, native, container, step in (
        ("native", 16, 16, 1),
        ("toofast", 12, 24, 1),
        ("doubled", 12, 24, 2),
    ):
        path = tmp_path / f"{name}.mkv"
        with FilmWriter(path, 64, 48, Fraction(container), codec="ffv1") as film:
            for k in range(50):
                for _ in range(step):
                    film.write(np.full((48, 64, 3), 20 + 4 * k, np.uint8))
        shot = Shot(f"{name}-0", name, "film", 0, 50)
        frame_map = tuple(range(0, 50 * step, step)) if step > 1 else ()
        clips.append(
            Clip(name, path, name, "film", 64, 48, Fraction(native), Fraction(container), 50,
                 frame_map, shots=(shot,))
        )  # fmt: skip
    slots = tuple(Slot(24 * k, 24 * (k + 1), c.shots[0].id, 13, c.fps) for k, c in enumerate(clips))
    timeline = Timeline(Fraction(24), 64, 48, slots, "", Fraction(0), 0)
    cut = write_mlt(timeline, clips, clips[0].path, tmp_path / "cut.mlt")
    out = tmp_path / "out.mkv"
    command = ["melt", str(cut), "out=71", "-consumer", f"avformat:{out}", "vcodec=ffv1", "an=1"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with open_frames(out) as film:
        shown = [float(f.mean()) for f in film.read(0, 72)]
    assert len(shown) == 72
    wanted = [
        20 + 4 * s.source_frame(f, timeline.fps) for s in slots for f in range(s.start, s.end)
    ]
    late = np.abs(np.array(shown) - np.array(wanted)) / 4
    assert (late < 0.6).mean() > 0.6, json.dumps([round(v, 1) for v in late.tolist()])
    assert late.max() <= 1.3
