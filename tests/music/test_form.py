"""Features, bars and sections, without a beat tracker."""

from itertools import pairwise

import numpy as np
import pytest

from tests.music.songs import compose
from tremendo.music.bars import bar_edges, measure_bars
from tremendo.music.onsets import onset_peaks
from tremendo.music.sections import find_sections
from tremendo.music.sound import hear


def form_of(song, meter=4):
    sound = hear(song.path)
    positions = np.where(np.isin(song.beats, song.downbeats), 1, 2)
    edges = bar_edges(song.beats, positions, meter, sound.duration)
    bars = measure_bars(edges, sound.features, onset_peaks(sound.curve), np.ones(len(edges) - 1))
    return bars, find_sections(bars, sound.features, sound.duration)


def test_the_form_of_a_song_is_found(pop):
    bars, sections = form_of(pop)
    assert [s.label for s in sections] == ["A", "A", "B", "A"]
    assert [s.start for s in sections[1:]] == pytest.approx(pop.sections)
    loud = [s.energy for s in sections]
    assert loud[2] > max(loud[0], loud[1], loud[3]) + 0.2
    assert min(b.energy for b in bars) == 0.0
    assert max(b.energy for b in bars) == 1.0


def test_a_quiet_section_has_little_energy_and_unlike_parts_other_letters(tmp_path):
    song = compose(tmp_path / "song.wav", bpm=110, form="ABC")
    _, sections = form_of(song)
    assert [s.label for s in sections] == ["A", "B", "C"]
    assert sections[1].energy > 0.6
    assert sections[2].energy < 0.25


def test_sections_tile_the_song_and_begin_on_downbeats(waltz):
    bars, sections = form_of(waltz, 3)
    sound = hear(waltz.path)
    assert sections[0].start == 0.0
    assert sections[-1].end == sound.duration
    assert all(a.end == b.start for a, b in pairwise(sections))
    assert {s.start for s in sections[1:]} <= {b.start for b in bars}
    assert all(a.end == b.start for a, b in pairwise(bars))


def test_bars_end_with_the_song():
    times, positions = 0.5 * np.arange(10), np.arange(10) % 4 + 1
    assert bar_edges(times, positions, 4, 5.1) == pytest.approx([0, 2, 4, 5.1])
    assert bar_edges(times, positions, 4, 9.0) == pytest.approx([0, 2, 4, 6])
    assert bar_edges(times[:9], positions[:9], 4, 4.2) == pytest.approx([0, 2, 4.2])
    assert bar_edges(times[:3], positions[:3], 4, 1.6) == pytest.approx([0, 1.6])
