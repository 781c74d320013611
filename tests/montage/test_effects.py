from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.montage.material import make_archive, make_cuts, make_song
from tremendo.archive.types import Clip, Shot
from tremendo.errors import MediaError
from tremendo.montage.effects import with_devices
from tremendo.montage.proposal import resolve
from tremendo.montage.reasons import explain
from tremendo.montage.timeline import Slot, Timeline
from tremendo.montage.treatment import DEVICES, USUAL, Treatment, parse_treatment
from tremendo.music.types import Beat, MusicalEvent, Section, Song

FPS = Fraction(24)


ONE_PART = (Section(0.0, 20.0, "A", 0.5),)


def _song(*moments, sections=ONE_PART):
    beats = tuple(Beat(k / 2, k % 4 + 1) for k in range(40))
    return Song(20.0, 120.0, beats, (), sections, (), 0.9, moments=moments)


def _film(*peaks, frames=400):
    motion = tuple(5.0 if k in peaks else 1.0 for k in range(frames))
    shots = tuple(
        Shot(f"reel{n}-0", f"reel{n}", "film", 0, frames, motion=motion, peaks=peaks)
        for n in range(4)
    )
    return [
        Clip(s.clip, Path(f"/a/{s.clip}.mkv"), s.clip, "film", 64, 48, FPS, FPS, frames, shots=(s,))
        for s in shots
    ]


def _cut(clips, *, length=48, count=4):
    slots = tuple(
        Slot(length * k, length * (k + 1), c.shots[0].id, 20, FPS, section="A")
        for k, c in enumerate(clips[:count])
    )
    return Timeline(FPS, 64, 48, slots, "", Fraction(0), 0)


def _check(timeline):
    for slot in timeline.slots:
        assert sum(m.frames for m in slot.retime) == slot.duration
        first, end = slot.source_span(timeline.fps)
        assert 0 <= first < end <= 400


def test_a_ramp_lands_the_gesture_on_the_beat():
    clips = _film(49)  # lands at frame 29 of the slot, its beats are 12, 24 and 36
    cut = _cut(clips, count=1)
    made = with_devices(cut, _song(), clips, Treatment(devices=("ramp",)))
    slot = made.slots[0]
    assert slot.device == "ramp"
    assert slot.source_frame(23, FPS) < 49 <= slot.source_frame(24, FPS)
    assert "bent" in explain(made, 0)
    assert "ramp 1" in made.reasons[-1]
    _check(made)


def test_a_gesture_on_its_beat_is_left_alone():
    clips = _film(44)
    cut = _cut(clips, count=1)
    assert with_devices(cut, _song(), clips, Treatment(devices=("ramp",))) == cut


def test_a_stop_freezes_the_picture_and_lets_it_go():
    clips = _film()
    made = with_devices(
        _cut(clips),
        _song(MusicalEvent(0.5, 1.0, "stop", 0.8)),
        clips,
        Treatment(devices=("freeze",)),
    )
    shown = [made.slots[0].source_frame(f, FPS) for f in (11, 12, 20, 23, 24, 25)]
    assert shown == [31, 32, 32, 32, 32, 33]
    assert [s.device for s in made.slots] == ["freeze", "", "", ""]
    _check(made)


def test_black_on_a_stop_that_ends_with_the_slot():
    clips = _film()
    made = with_devices(
        _cut(clips),
        _song(MusicalEvent(1.5, 2.0, "stop", 0.8)),
        clips,
        Treatment(devices=("black",)),
    )
    slot = made.slots[0]
    assert [slot.picture(f) for f in (35, 36, 47)] == ["plain", "black", "black"]


def test_a_roll_repeats_the_gesture():
    clips = _film()
    made = with_devices(
        _cut(clips),
        _song(MusicalEvent(1.0, 1.75, "roll", 0.5)),
        clips,
        Treatment(devices=("repeat",)),
    )
    slot = made.slots[0]
    shown = [slot.source_frame(f, FPS) for f in range(24, 44)]
    assert shown == [*range(44, 50)] * 3 + [50, 51]
    _check(made)


def test_backward_mirrored_and_split():
    clips = _film(40)
    cut = _cut(clips, count=1)
    slot = with_devices(cut, _song(), clips, Treatment(devices=("reverse",))).slots[0]
    assert [slot.source_frame(f, FPS) for f in (0, 1, 47)] == [67, 66, 20]
    for name in ("mirror", "split"):
        song = _song(MusicalEvent(0.0, 1.0, "drop", 0.8))
        slot = with_devices(cut, song, clips, Treatment(devices=(name,))).slots[0]
        assert slot.picture(10) == name


def test_devices_are_sparing_and_spare_locks():
    clips = _film()
    stops = tuple(MusicalEvent(k + 0.5, k + 0.9, "stop", 0.8) for k in range(8))
    plan = Treatment(devices=("freeze",))
    cut = _cut(clips)
    made = with_devices(cut, _song(*stops), clips, plan)
    assert [s.device for s in made.slots] == ["freeze", "", "", ""]
    locked = with_devices(cut, _song(*stops), clips, plan, locks=cut.slots[:1])
    assert [s.device for s in locked.slots] == ["", "freeze", "", ""]
    assert locked.slots[0] == cut.slots[0]
    assert with_devices(cut, _song(*stops), clips, Treatment(devices=())) == cut


def test_the_chorus_opens_on_its_refrain():
    clips = _film()
    sections = tuple(
        Section(2.0 * k, 2.0 * k + 2, label, 0.9 if label == "B" else 0.2)
        for k, label in enumerate("ABAB")
    )
    cut = _cut(clips)
    slots = tuple(replace(s, section=x) for s, x in zip(cut.slots, "ABAB", strict=True))
    made = with_devices(
        replace(cut, slots=slots), _song(sections=sections), clips, Treatment(devices=("refrain",))
    )
    assert made.slots[3].device == "refrain"
    assert made.slots[3].shot == made.slots[1].shot
    assert made.slots[:3] == slots[:3]


def test_a_lock_survives_twenty_resolves_byte_for_byte():
    clips = make_archive(3, films=8, photos=25)
    song = replace(make_song(3), moments=(MusicalEvent(4.2, 4.8, "stop", 0.8),))
    timeline = make_cuts(song, clips, fps=FPS, size=(64, 48), frames=960, seed=0, width=64)[0]
    start, end = timeline.slots[3].start, timeline.slots[7].end
    outside = [repr(s) for s in timeline.slots if s.end <= start or s.start >= end]
    for seed in range(20):
        timeline = resolve(timeline, song, clips, start=start, end=end, seed=seed)
        kept = [repr(s) for s in timeline.slots if s.end <= start or s.start >= end]
        assert kept == outside


def test_the_treatment_switches_them():
    assert parse_treatment("").devices == USUAL
    assert parse_treatment("devices = []").devices == ()
    assert parse_treatment('devices = ["mirror"]').devices == ("mirror",)
    with pytest.raises(MediaError, match="'zoom' is none of"):
        parse_treatment('devices = ["zoom"]')
    assert set(USUAL) < set(DEVICES)
