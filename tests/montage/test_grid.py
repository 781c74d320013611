from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from tests.montage.material import make_song
from tremendo.errors import NothingUsableError, UsageError
from tremendo.montage.cells import MIN_FRAMES, with_hold, with_room
from tremendo.montage.grid import GridOptions, cut_grid
from tremendo.montage.pacing import Window, target_shot_length
from tremendo.montage.timeline import CutFormat
from tremendo.music.types import Beat, MusicalEvent, Section

FPS = Fraction(24)


def _grid(song, **options):
    form = CutFormat(FPS, (640, 480), options.pop("frames", 1440))
    return cut_grid(song, form, GridOptions(**options))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("tempo", "meter"), [(62, 4), (112, 4), (140, 3), (187, 4)])
def test_cells_cover_the_film_exactly(seed, tempo, meter):
    cells = _grid(make_song(seed, tempo=tempo, meter=meter))
    assert cells[0].start == 0
    assert cells[-1].end == 1440
    assert all(a.end == b.start for a, b in pairwise(cells))
    assert min(c.duration for c in cells) >= MIN_FRAMES


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(25), Fraction(24000, 1001)])
def test_cuts_are_within_half_a_frame_of_a_beat(fps):
    song = make_song(3, tempo=131)
    start = Fraction(7, 2)
    cells = cut_grid(song, CutFormat(fps, (640, 480), 1000, start))
    beats = np.array([b.time for b in song.beats])
    for cell in cells[1:]:
        second = float(start + cell.start / fps)
        assert np.abs(beats - second).min() <= float(Fraction(1, 2) / fps) + 1e-9


@pytest.mark.parametrize("frames", [1, 2])
def test_anticipation_moves_every_cut_before_its_beat(frames):
    song = make_song(1)
    plain = {c.start for c in _grid(song)}
    beats = {round(b.time * 24) for b in song.beats}
    early = [c.start for c in _grid(song, anticipation=frames)][1:]
    assert all(cut + frames in beats for cut in early)
    assert plain - {0} <= beats


def test_sections_begin_with_a_cut():
    song = make_song(2)
    cells = _grid(song)
    starts = {c.start for c in cells}
    for section in song.sections[1:]:
        frame = round(section.start * 24)
        if MIN_FRAMES < frame < 1440 - MIN_FRAMES:
            assert frame in starts
            assert next(c for c in cells if c.start == frame).edge


def test_calm_music_gets_longer_shots():
    song = make_song(0, seconds=80)
    halves = (Section(0, 40, "A", 0.05), Section(40, 80, "B", 0.95))
    bars = tuple(replace(b, energy=0.05 if b.start < 40 else 0.95) for b in song.bars)
    cells = _grid(replace(song, sections=halves, bars=bars), frames=1920)
    calm = np.mean([c.duration for c in cells if c.end <= 960])
    driven = np.mean([c.duration for c in cells if c.start >= 960])
    assert calm > 2 * driven


def test_density_sets_the_number_of_cuts():
    song = make_song(4)
    counts = [len(_grid(song, density=d)) for d in (0.5, 1.0, 2.0)]
    assert counts[0] * 1.4 < counts[1] < counts[2] / 1.4


def test_a_chapter_changes_pace_and_names_its_cells():
    song = make_song(4)
    windows = (Window(0, 720, "slow", 0.5), Window(720, 1440, "fast", 2.0))
    cells = _grid(song, windows=windows)
    names = [c.chapter for c in cells]
    assert names == sorted(names, reverse=True)
    assert set(names) == {"slow", "fast"}
    assert names.count("fast") > 1.5 * names.count("slow")


def test_fixed_spans_become_cells():
    song = make_song(5)
    spans = [(300, 371), (371, 377), (900, 1200)]
    cells = _grid(song, fixed=spans)
    assert set(spans) <= {(c.start, c.end) for c in cells}
    assert cells[-1].end == 1440


def test_spans_of_a_grid_give_the_same_grid_again():
    song = make_song(6)
    cells = _grid(song)
    again = _grid(song, fixed=[(cells[k].start, cells[k].end) for k in (2, 3, 9)])
    assert [c.start for c in again] == [c.start for c in cells]


def test_a_long_stretch_without_beats_is_still_cut():
    song = make_song(0, seconds=90)
    quiet = replace(song, beats=tuple(b for b in song.beats if not 20 < b.time < 60))
    cells = _grid(quiet, frames=2160)
    assert max(c.duration for c in cells) <= 8 * 24 + 1


def test_a_song_of_three_seconds():
    cells = _grid(make_song(0, seconds=3), frames=72)
    assert cells[0].start == 0
    assert cells[-1].end == 72


def test_a_hold_is_made_from_the_calmest_neighbors():
    cells = _grid(make_song(2, tempo=150), density=4.0)
    assert max(c.duration for c in cells) < 60
    held = with_hold(cells, 60)
    assert max(c.duration for c in held) >= 60
    assert held[-1].end == cells[-1].end
    assert all(a.end == b.start for a, b in pairwise(held))


def test_room_is_made_for_a_short_shot_on_a_beat():
    song = make_song(2, tempo=90)
    cells = _grid(song, density=0.5)
    assert min(c.duration for c in cells) > 20
    roomy = with_room(cells, 20)
    assert min(c.duration for c in roomy) <= 20
    assert {c.start for c in roomy} - {0} <= {round(b.time * 24) for b in song.beats}


def test_no_beat_is_said_in_words():
    song = replace(make_song(0), beats=(Beat(70.0, 1),))
    with pytest.raises(NothingUsableError, match="no beat"):
        _grid(song)


@pytest.mark.parametrize(
    "options",
    [{"anticipation": 3}, {"density": 0}, {"frames": 0}, {"fixed": [(0, 50), (40, 90)]}],
)
def test_numbers_out_of_range(options):
    with pytest.raises(UsageError):
        _grid(make_song(0), **options)


def _asked(song, **options):
    return target_shot_length(
        song, fps=FPS, frames=1440, song_start=Fraction(0),
        **{"density": 1.0, "windows": (), **options},
    )  # fmt: skip


def test_a_phrase_opens_longer_than_it_closes():
    song = replace(make_song(1), moments=())
    first = song.sections[0]
    starts = [b.start for b in song.bars if b.start < first.end - 0.05]
    even = replace(song, bars=tuple(replace(b, energy=0.5) for b in song.bars))
    asked = _asked(even)
    opening, closing = (round(t * 24) for t in (first.start + 0.1, starts[3] + 1.5))
    assert asked[opening] > asked[closing] + 0.3


def test_shots_hurry_before_the_music_opens_up_and_stand_in_a_break():
    song = replace(make_song(1), moments=())
    start, end = song.sections[0].start, song.sections[0].end
    calm, loud = (
        replace(
            song,
            bars=tuple(replace(b, energy=0.5) for b in song.bars),
            sections=(Section(start, end, "A", 0.3), Section(end, 60.0, "B", energy)),
        )
        for energy in (0.3, 0.9)
    )
    before = round(end * 24) - 12
    assert _asked(loud)[before] < _asked(calm)[before] - 0.4
    held = replace(calm, moments=(MusicalEvent(10.0, 16.0, "break", 0.5),))
    assert np.exp(_asked(held)[240:384]).min() >= 143


def test_a_film_is_not_cut_on_downbeats_of_one_length_only():
    song = make_song(5, tempo=118)
    cells = _grid(song)
    downbeats = {round(b.time * 24) for b in song.beats if b.position == 1}
    on_downbeat = np.mean([c.start in downbeats for c in cells[1:]])
    beats = np.round(np.array([c.duration for c in cells]) / 24 * 118 / 60)
    _, counts = np.unique(beats, return_counts=True)
    assert 0.4 < on_downbeat < 0.9
    assert counts.max() / counts.sum() < 0.6
