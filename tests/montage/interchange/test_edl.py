from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.montage.interchange.hand import CLIPS, SONG, SONG_PATH, TIMELINE
from tremendo.errors import UsageError
from tremendo.montage.interchange.edl import write_edl
from tremendo.montage.interchange.events import timecode

GOLDEN = """\
TITLE: cut
FCM: NON-DROP FRAME

001  NATIVERE V     C        00:00:00:10 00:00:01:02 01:00:00:00 01:00:01:00
M2   NATIVERE 016.0                00:00:00:10
* FROM CLIP NAME: native reel.mkv
* SOURCE FILE: /archive/native reel.mkv
* SONG: song.ogg
* LOC: 01:00:00:00 PURPLE  section A
* LOC: 01:00:00:00 RED     beat 1

002  TOOFASTR V     C        00:00:01:12 00:00:02:00 01:00:01:00 01:00:02:00
M2   TOOFASTR 012.0                00:00:01:12
* FROM CLIP NAME: toofast reel.mkv
* SOURCE FILE: /archive/toofast reel.mkv
* LOC: 01:00:01:00 GREEN   beat 2

003  DOUBLEDR V     C        00:00:03:00 00:00:04:00 01:00:02:00 01:00:03:00
* FROM CLIP NAME: doubled reel.mkv
* SOURCE FILE: /archive/doubled reel.mkv
* LOC: 01:00:02:00 PURPLE  section B
* LOC: 01:00:02:00 RED     beat 1

004  STILLREE V     C        00:00:00:00 00:00:00:01 01:00:03:00 01:00:05:00
M2   STILLREE 000.0                00:00:00:00
* FREEZE FRAME
* FROM CLIP NAME: still reel.jpg
* SOURCE FILE: /archive/still reel.jpg
* LOC: 01:00:03:00 GREEN   beat 2
* LOC: 01:00:04:00 RED     beat 1
"""


def test_golden(tmp_path):
    path = write_edl(TIMELINE, CLIPS, SONG_PATH, tmp_path / "cut.edl", music=SONG)
    assert path.read_text() == GOLDEN


def test_reels_are_short_and_different(tmp_path):
    twin = replace(
        CLIPS[1], path=CLIPS[0].path.with_name("native reel 2.mkv"), shots=CLIPS[1].shots
    )
    archive = (CLIPS[0], twin, *CLIPS[2:])
    text = write_edl(TIMELINE, archive, SONG_PATH, tmp_path / "cut.edl").read_text()
    reels = [line[5:13].strip() for line in text.splitlines() if line[:3].isdigit()]
    assert reels[:2] == ["NATIVERE", "NATIVER2"]
    assert all(len(reel) <= 8 for reel in reels)


def test_timecode_counts_whole_frames():
    assert timecode(86_399, Fraction(24)) == "00:59:59:23"
    assert timecode(30 * 3600, Fraction(30_000, 1001)) == "01:00:00:00"


def test_the_formats_limit(tmp_path):
    slots = tuple(replace(TIMELINE.slots[3], start=k * 48, end=(k + 1) * 48) for k in range(1000))
    with pytest.raises(UsageError, match="999"):
        write_edl(replace(TIMELINE, slots=slots), CLIPS, SONG_PATH, tmp_path / "cut.edl")
