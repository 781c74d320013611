from __future__ import annotations

import numpy as np

from tremendo.music.events import find_events
from tremendo.music.features import SoundFeatures
from tremendo.music.types import Bar, Section

STEP = 0.05
BEATS = np.arange(0, 32, 0.5)


def _features(loudness):
    nothing = np.zeros((len(loudness), 1))
    return SoundFeatures(STEP, nothing, nothing, loudness, np.zeros(len(loudness)))


def _bars(*energies):
    return [Bar(2.0 * k, 2.0 * k + 2, e) for k, e in enumerate(energies)]


def _kinds(found):
    return [m.kind for m in found]


LOUD = np.full(640, 50.0)
SECTIONS = [Section(0, 8, "A", 0.3), Section(8, 16, "B", 0.8), Section(16, 32, "C", 0.5)]
STEADY = _bars(*[0.5] * 16)
FEW = (BEATS, np.ones(len(BEATS)))


def test_a_song_that_goes_its_way_has_no_moments():
    assert find_events(BEATS, STEADY, SECTIONS, _features(LOUD), FEW) == ()


def test_a_short_silence_is_a_stop_and_a_long_one_is_none():
    quiet = LOUD.copy()
    quiet[200:212] = 10.0
    (stop,) = find_events(BEATS, STEADY, SECTIONS, _features(quiet), FEW)
    assert stop.kind == "stop"
    assert abs(stop.start - 10.0) <= STEP
    assert abs(stop.end - 10.6) <= STEP
    quiet[200:290] = 10.0
    assert find_events(BEATS, STEADY, SECTIONS, _features(quiet), FEW) == ()


def test_a_roll_leads_into_a_section():
    for before, found in ((8.0, ["roll"]), (13.0, [])):
        fast = np.sort(np.concatenate([BEATS, np.arange(before - 1, before, 0.0625)]))
        onsets = (fast, np.ones(len(fast)))
        assert _kinds(find_events(BEATS, STEADY, SECTIONS, _features(LOUD), onsets)) == found


def test_a_break_lies_between_louder_bars_and_a_drop_opens_a_section():
    bars = _bars(0.8, 0.8, 0.2, 0.2, 0.9, *[0.8] * 11)
    found = find_events(BEATS, bars, SECTIONS, _features(LOUD), FEW)
    assert [(m.kind, m.start, m.end) for m in found] == [("break", 4.0, 8.0), ("drop", 8.0, 10.0)]
