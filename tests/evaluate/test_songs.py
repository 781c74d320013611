"""Composed songs: the same each time, long enough, and their sound is where their truth says."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest

from tremendo.evaluate import songs
from tremendo.evaluate.songs import DEVELOP, JUDGE, compose, render
from tremendo.evaluate.songs.compose import DRUMS
from tremendo.evaluate.songs.render import RATE, system_fonts
from tremendo.evaluate.songs.write import write_songs
from tremendo.music.onsets import STEP, onset_curve


def test_developing_and_judging_share_no_song():
    assert not set(DEVELOP) & set(JUDGE)
    assert len(DEVELOP) + len(JUDGE) == 300


def test_a_seed_is_a_song_and_another_is_another():
    assert compose(3) == compose(3)
    assert compose(3).notes != compose(4).notes


@pytest.mark.parametrize("seed", range(0, 300, 7))
def test_a_song_knows_its_beats_bars_and_form(seed):
    song = compose(seed)
    beats = np.array(song.beats)
    assert 40 <= song.duration <= 90
    assert np.all(np.diff(beats) > 0.2)
    bar = max(song.positions)
    follows = zip(song.positions, song.positions[1:], strict=False)
    assert all(after == before % bar + 1 for before, after in follows)
    starts = [start for start, *_ in song.sections]
    down = beats[np.array(song.positions) == 1]
    assert all(np.abs(down - start).min() < 1e-6 for start in starts)
    assert len(song.sections) >= 2


def test_together_they_hold_every_meter_and_every_difficulty():
    all_songs = [compose(seed) for seed in range(100)]
    assert {s.meter for s in all_songs} == {"2/4", "3/4", "4/4", "5/4", "6/8", "7/8"}
    tags = {tag for song in all_songs for tag in song.tags}
    assert tags >= {"drift", "step", "rubato", "pick-up", "stops", "no drums", "live", "shellac"}
    assert min(s.tempo for s in all_songs) < 66
    assert max(s.tempo for s in all_songs) > 185


def _late(song, sound) -> float:
    """Median lateness in seconds of the drums on beats, by the onset curve."""
    coarse = np.interp(
        np.arange(0, len(sound) / RATE, 1 / 22050), np.arange(len(sound)) / RATE, sound
    )
    curve = onset_curve(coarse.astype(np.float32))
    beats = [beat for beat in song.beats if beat < 20]
    spans = [curve[round((b - 0.06) / STEP) : round((b + 0.06) / STEP)] for b in beats]
    return float(np.median([np.argmax(span) * STEP - 0.06 for span in spans if len(span)]))


@pytest.mark.parametrize("player", ["own", "font"])
def test_drums_sound_where_the_truth_says(player):
    if player == "font" and shutil.which("fluidsynth") is None:
        pytest.skip("no fluidsynth: apt-get install fluidsynth fluid-soundfont-gm")
    if player == "font":
        system_fonts()
    song = next(s for s in map(compose, range(100)) if s.style == "rock" and len(s.tags) == 0)
    drums = tuple(note for note in song.notes if note.program == DRUMS and note.start < 20)
    sound = render(replace(song, notes=drums, sound=(player,)))
    assert np.abs(sound).max() <= 1
    assert abs(_late(song, sound)) < 0.015


@pytest.mark.parametrize("record", ["live", "shellac", "bass-heavy"])
def test_a_record_changes_the_sound_and_not_its_length(record):
    song = compose(1)
    short = replace(song, notes=song.notes[:60], beats=song.beats[:20], sound=("own",))
    clean, worn = render(short), render(replace(short, sound=("own", record)))
    assert clean.shape == worn.shape
    assert np.abs(clean - worn).mean() > 0.003


def test_songs_are_written_with_their_truth(tmp_path, monkeypatch):
    silence = np.zeros(RATE, np.float32)
    monkeypatch.setattr(songs.write, "render", lambda _: silence)
    made = write_songs(tmp_path, range(2))
    with (tmp_path / "song-001.beats.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["time_s"]) for row in rows] == pytest.approx(made[1].beats, abs=1e-4)
    assert (tmp_path / "song-001.wav").is_file()
    assert len((tmp_path / "songs.csv").read_text().splitlines()) == 3
