"""Cards, credits and what is written beside the film."""

import csv
import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tremendo.archive.sidecar import Record, read_record
from tremendo.archive.types import Clip
from tremendo.deliver.cards import Card, Cards, draw_card, place_cards
from tremendo.deliver.credits import Overlay
from tremendo.deliver.render import Finished
from tremendo.deliver.shot_table import row_of, write_table
from tremendo.finish.record import ColorRecord, ShotRecord
from tremendo.finish.restore.changes import Change
from tremendo.media.text import lettering
from tremendo.montage.interchange.events import start_frames, timecode
from tremendo.montage.timeline import Slot, Timeline

FPS = Fraction(24)


def cut(*lengths, chapters=()):
    slots, start = [], 0
    for number, length in enumerate(lengths):
        chapter = chapters[number] if chapters else ""
        slots.append(Slot(start, start + length, "a", 0, FPS, chapter=chapter))
        start += length
    return Timeline(FPS, 320, 180, tuple(slots), "song.wav", Fraction(0), seed=0)


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (480, 480), (400, 300)])
def test_lettering_stays_in_the_safe_area(size):
    width, height = size
    lines = ["A title that is far too long to be set in its own size on one line", "1896"]
    for place in (0.0, 0.5, 0.84, 1.0):
        ink = lettering(width, height, lines, size=0.09, place=place) > 0.05
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        assert rows[0] >= int(0.04 * height)
        assert rows[-1] <= height - int(0.04 * height)
        assert columns[0] >= 0.05 * width
        assert columns[-1] <= 0.95 * width


def test_a_card_is_light_on_dark_and_always_the_same():
    card = draw_card(640, 360, ["The Strong Man", "1896"])
    assert card.shape == (360, 640, 3)
    assert np.array_equal(card, draw_card(640, 360, ["The Strong Man", "1896"]))
    assert card.mean() < 40
    assert card[140:220, 150:490].max() > 200


def test_cards_stand_where_they_should_and_fade():
    cards = Cards(64, 48, FPS, [Card(0, 24, ("A",)), Card(40, 60, ("B",))])
    picture = np.full((48, 64, 3), 128, np.uint8)
    shown = [not np.array_equal(cards.apply(picture, n), picture) for n in range(70)]
    assert shown == [n < 24 or 40 <= n < 60 for n in range(70)]
    assert cards.apply(picture, 0).mean() < cards.apply(picture, 12).mean()


def test_a_card_is_drawn_when_it_is_due_and_once(monkeypatch):
    drawn = []

    def draw(width, height, lines):
        drawn.append(lines)
        return draw_card(width, height, lines)

    monkeypatch.setattr("tremendo.deliver.cards.draw_card", draw)
    cards = Cards(64, 48, FPS, [Card(0, 24, ("A",)), Card(40, 60, ("B",))])
    assert drawn == []
    picture = np.full((48, 64, 3), 128, np.uint8)
    for number in range(50):
        cards.apply(picture, number)
    assert drawn == [("A",), ("B",)]


def test_title_and_chapters_begin_and_end_on_cuts():
    timeline = cut(48, 30, 60, 96, 96, chapters=("", "Dancers", "Dancers", "Crowds", "Crowds"))
    cards = place_cards(timeline, "Film", "all")
    assert cards[0] == Card(0, 48, ("Film",))
    assert cards[1] == Card(48, 78, ("Dancers",))
    assert cards[2].start == 138
    assert cards[2].lines == ("Crowds",)
    assert 28 <= cards[2].end - cards[2].start <= 78
    assert [c.lines[0] for c in place_cards(timeline, "Film", "title")] == ["Film"]
    assert place_cards(timeline, "Film", "off") == []
    assert place_cards(cut(10), "Film", "title")[0].end == 10


def test_sources_stand_before_the_disclosure_which_is_always_there():
    sources = [f"Film {n}, Archive" for n in range(9)]
    overlay = Overlay(320, 180, 480, FPS, "end", ["made with AI"], sources)
    gray = np.full((180, 320, 3), 128, np.uint8)
    seen = [overlay.strength(n) > 0 for n in range(480)]
    first = seen.index(True)
    assert first == pytest.approx(480 - 72 - 2 * 48, abs=2)
    last = overlay.apply(gray, 450).astype(int)
    without = Overlay(320, 180, 480, FPS, "end", ["made with AI"]).apply(gray, 450)
    assert np.array_equal(last, without)
    short = Overlay(320, 180, 96, FPS, "end", ["made with AI"], sources)
    assert short.strength(90) == 1


def test_timecode_begins_at_one_hour():
    start = start_frames(FPS)
    assert timecode(start, FPS) == "01:00:00:00"
    assert timecode(start + 24 * 61 + 5, FPS) == "01:01:01:05"
    odd = Fraction(30000, 1001)
    assert timecode(start_frames(odd) + 30, odd) == "01:00:01:00"


XML = """<?xml version="1.0"?><pbcoreDescriptionDocument
 xmlns="http://www.pbcore.org/PBCore/PBCoreNamespace.html">
<pbcoreAssetDate>1903-05-01</pbcoreAssetDate><pbcoreTitle>Ladies  Skating</pbcoreTitle>
<pbcoreRightsSummary><rightsSummary>Public domain</rightsSummary></pbcoreRightsSummary>
</pbcoreDescriptionDocument>"""


def test_records_are_read_from_xml_and_json(tmp_path):
    (tmp_path / "a.mkv.xml").write_text(XML)
    record, wrong = read_record(tmp_path / "a.mkv")
    assert wrong is None
    assert record == Record(title="Ladies Skating", year="1903", rights="Public domain")
    assert record.credit == "Ladies Skating (1903), Public domain"
    (tmp_path / "b.json").write_text('{"dc:title": ["Boats"], "dc:publisher": "An Archive"}')
    assert read_record(tmp_path / "b.mp4")[0].credit == "Boats, An Archive"
    assert read_record(tmp_path / "c.mp4") == (Record(), None)


@pytest.mark.parametrize(
    "content",
    [b"<a", b"\xff\xfe\x00", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b""],
)
def test_a_broken_record_is_named_and_stops_nothing(tmp_path, content):
    (tmp_path / "a.xml").write_bytes(content)
    record, wrong = read_record(tmp_path / "a.mkv")
    assert record == Record()
    assert wrong is not None
    assert str(tmp_path / "a.xml") in wrong


def test_the_ledger_tells_source_frames_and_changes(tmp_path):
    slot = Slot(0, 24, "a", 10, Fraction(16), chapter="Boats")
    clip = Clip("c", tmp_path / "reel.mkv", "ab" * 32, "film", 64, 48, Fraction(16), FPS, 90)
    done = ShotRecord(
        restored="gentle",
        changes=tuple(
            Change(n, 1.0, 3.0, 4.0, dust=0.5, scratch=0.0, grain=1.0, torn=n == 2)
            for n in range(4)
        ),
        color=ColorRecord("embedded", "natural"),
    )
    timeline = replace(cut(24), slots=(slot,))
    line = row_of(
        0,
        timeline,
        clip,
        Record(title="Boats, and more", creator="A. Filmer"),
        Finished(tmp_path / "take.mkv", joins=(5, 17)),
        done,
        reason="It fits",
    )
    assert line.repairs == (
        "frames rebuilt from their neighbors: 2; frames missing before (the film jumps): 17"
    )
    assert (line.native_start, line.native_end, line.mean_dust, line.mean_move) == (10, 26, 0.5, 5)
    write_table(tmp_path, [line])
    row = next(csv.DictReader((tmp_path / "shots.csv").open()))
    assert (row["title"], row["creator"]) == ("Boats, and more", "A. Filmer")
    assert (row["sha256"], row["chapter"]) == ("ab" * 32, "Boats")
    assert json.loads((tmp_path / "shots.json").read_text())["shots"][0]["reason"] == "It fits"
