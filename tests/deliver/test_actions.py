"""What is signed is what was done: each statement has its deed, each deed its statement."""

from __future__ import annotations

import json
import wave
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tremendo.archive import Clip, Shot
from tremendo.archive.sidecar import Record
from tremendo.deliver import Delivery, DeliveryOptions, Finished, deliver
from tremendo.deliver.actions import actions_of
from tremendo.deliver.provenance import verify
from tremendo.deliver.shot_table import row_of
from tremendo.finish.animate.record import MotionRecord
from tremendo.finish.record import ColorRecord, ShotRecord
from tremendo.media import FilmWriter
from tremendo.montage.timeline import Slot, Timeline
from tremendo.music import Song

FPS = Fraction(24)
RATE = 44_100
REFUSED = MotionRecord("parallax", refused="it looks like a drawing", statement="camera move push")


def said(record, *, conform="repeat", made_up=0, fps=Fraction(16)):
    """Statements for a film of one shot."""
    slot = Slot(0, 24, "a-0", 0, fps, record.technique)
    timeline = Timeline(FPS, 64, 48, (slot,), "song.wav", Fraction(0), seed=0)
    clip = Clip("a", "a.mkv", "ab" * 32, "film", 64, 48, Fraction(16), Fraction(16), 40)
    row = row_of(0, timeline, clip, Record(), Finished("a.mkv", conform=conform), record)
    rows = [replace(row, made_up=made_up)]
    return actions_of(rows, [record], timeline, "historic: a.png")


CUT = "cut to the song by machine and director"


@pytest.mark.parametrize(
    ("record", "more", "expected"),
    [
        (ShotRecord(), {}, []),
        (ShotRecord(restored="gentle"), {}, ["film restored, preset gentle"]),
        (ShotRecord(color=ColorRecord("embedded", "natural")), {}, ["colors made up by tr"]),
        (ShotRecord(color=ColorRecord("ddcolor", "natural")), {}, ["colors made up by color net"]),
        (ShotRecord(color=ColorRecord("", "tint")), {}, ["pictures dyed all over: tint"]),
        (ShotRecord("parallax", motion=REFUSED), {}, ["photographs filmed by a virtual camera"]),
        (
            ShotRecord("face", motion=MotionRecord("face", faces=1)),
            {},
            ["faces in photographs set in motion: nobody moved like this; historic: a.png"],
        ),
        (
            ShotRecord("parallax", motion=MotionRecord("parallax", people=True, flows=("water",))),
            {},
            ["faces in photographs set in motion", "photographs filmed by a virtual camera"],
        ),
        (ShotRecord(), {"conform": "interpolate"}, []),  # asked for, but nothing was made up
        (ShotRecord(), {"conform": "interpolate", "made_up": 3}, ["frames made up between"]),
        (ShotRecord(), {"conform": "rife", "made_up": 3}, ["frames made up between"]),
        (ShotRecord(), {"conform": "speed-up"}, []),  # too short: it kept its speed
        (ShotRecord(), {"conform": "speed-up", "fps": FPS}, ["film played faster"]),
    ],
)  # fmt: skip
def test_a_statement_for_each_deed_and_no_other(record, more, expected):
    *statements, last = [action.description for action in said(record, **more)]
    assert last == CUT
    assert len(statements) == len(expected)
    for statement, beginning in zip(statements, expected, strict=True):
        assert statement.startswith(beginning)


def test_only_what_a_network_made_up_is_called_so():
    network = said(ShotRecord(color=ColorRecord("embedded", "natural")))
    dye = said(ShotRecord(color=ColorRecord("", "tint")))
    assert [action.generated for action in network] == [True, False]
    assert [action.generated for action in dye] == [False, False]


def test_what_flows_is_named():
    motion = MotionRecord("parallax", flows=("leaves", "water"))
    (camera, _) = said(ShotRecord("parallax", motion=motion))
    assert camera.description.endswith("leaves, water in them made to stir")


def test_a_shot_that_a_card_covers_is_not_in_the_record(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with wave.open(str(tmp_path / "song.wav"), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(np.zeros(6 * RATE, np.int16).tobytes())
    clips, slots, shots = [], [], []
    for number, name in enumerate(("under", "seen")):
        path = tmp_path / f"{name}.mkv"
        with FilmWriter(path, 64, 48, FPS) as film:
            for level in range(80):
                film.write(np.full((48, 64, 3), 60 + level, np.uint8))
        shot = Shot(f"{name}-0", name, "film", 0, 80)
        clip = Clip(name, path, f"{number}" * 64, "film", 64, 48, FPS, FPS, 80)
        clips.append(replace(clip, shots=(shot,), crop=(0, 0, 64, 48)))
        slots.append(Slot(72 * number, 72 * number + 72, shot.id, 0, FPS))
        shots.append(Finished(path))
    song = str(tmp_path / "song.wav")
    delivery = Delivery(
        timeline=Timeline(FPS, 64, 48, tuple(slots), song, Fraction(0), seed=0),
        clips=tuple(clips),
        song=Song(6.0, 120.0, (), (), (), (), 0.5),
        shots=tuple(shots),
        records=(ShotRecord(color=ColorRecord("embedded", "natural")), ShotRecord()),
        folder=tmp_path,
        options=DeliveryOptions(title="Under a card", cards="title", song_digest="5" * 64),
    )
    deliver(delivery, tmp_path / "film.mp4")
    rows = json.loads((tmp_path / "shots.json").read_text())["shots"]
    assert [row["covered"] for row in rows] == [True, False]
    verdict = verify(tmp_path / "film.mp4")
    assert [each["title"] for each in verdict.ingredients] == ["seen.mkv", "song.wav"]
    assert not any("colors" in action.get("description", "") for action in verdict.actions)
