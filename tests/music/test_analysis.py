import json

import numpy as np
import pytest

from tests.music.songs import RATE, compose, write_wav
from tremendo.errors import MediaError, ModelMissingError, NothingUsableError, UsageError
from tremendo.evaluate.music import f_measure
from tremendo.music import Song, listen
from tremendo.serialization import from_plain, to_plain


def score(song, known):
    times = np.array([b.time for b in song.beats])
    down = np.array([b.time for b in song.beats if b.position == 1])
    return f_measure(known.beats, times, 0.03), f_measure(known.downbeats, down, 0.03)


@pytest.fixture(scope="module")
def heard_pop(pop, weights):
    return listen(pop.path)


def test_a_pop_song(heard_pop, pop):
    assert heard_pop.tempo == pytest.approx(128, abs=0.1)
    assert heard_pop.meter == 4
    assert min(score(heard_pop, pop)) > 0.96
    assert [s.label for s in heard_pop.sections] == ["A", "A", "B", "A"]
    assert [s.start for s in heard_pop.sections[1:]] == pytest.approx(pop.sections, abs=0.02)
    assert heard_pop.confidence > 0.9
    assert heard_pop.warnings == ()


def test_beats_are_within_5_ms_in_the_median(heard_pop, pop):
    times = np.array([b.time for b in heard_pop.beats])
    assert np.median(np.abs(pop.beats[:, None] - times).min(axis=1)) < 0.005


def test_a_waltz_has_three_beats(waltz, weights):
    song = listen(waltz.path)
    assert song.meter == 3
    assert song.tempo == pytest.approx(90, abs=0.1)
    assert min(score(song, waltz)) > 0.96


def test_hats_on_the_eighths_do_not_double_a_ballad(ballad, weights):
    song = listen(ballad.path)
    assert song.tempo == pytest.approx(70, abs=0.1)
    assert min(score(song, ballad)) > 0.95


def test_corrections_reach_bars_and_sections(heard_pop, pop, weights):
    half = listen(pop.path, tempo="half", shift=1)
    assert half.tempo == pytest.approx(64, abs=0.1)
    first = next(k for k, b in enumerate(heard_pop.beats) if b.position == 1)
    assert [b.time for b in half.beats] == [b.time for b in heard_pop.beats[first % 2 :: 2]]
    downbeats = [b.time for b in half.beats if b.position == 1]
    starts = [bar.start for bar in half.bars]
    assert starts == pytest.approx(downbeats[: len(starts)], abs=1e-3)
    assert len(half.bars) == pytest.approx(len(heard_pop.bars) / 2, abs=1)


def test_the_same_song_gives_the_same_answer_and_survives_json(heard_pop, pop):
    assert listen(pop.path) == heard_pop
    assert from_plain(Song, json.loads(json.dumps(to_plain(heard_pop)))) == heard_pop


def test_without_weights_librosa_listens_and_says_so(pop, tmp_path, monkeypatch):
    monkeypatch.setenv("TREMENDO_MODELS", str(tmp_path))
    song = listen(pop.path)
    assert song.tracker == "librosa"
    assert "tremendo models pull" in song.warnings[0]
    times = np.array([b.time for b in song.beats])
    lateness = [t - times[np.abs(times - t).argmin()] for t in pop.beats]
    assert abs(np.median(lateness)) < 0.01
    assert min(score(song, pop)) > 0.9
    with pytest.raises(ModelMissingError):
        listen(pop.path, tracker="beatnet")


@pytest.mark.parametrize("tracker", ["auto", "librosa"])
def test_without_a_beat_there_is_advice(tracker, tmp_path, weights):
    time = np.arange(RATE * 12) / RATE
    drone = 0.3 * np.sin(2 * np.pi * 110 * time) + 0.2 * np.sin(2 * np.pi * 165 * time)
    song = write_wav(tmp_path / "drone.wav", drone)
    with pytest.raises(NothingUsableError, match="beat") as error:
        listen(song, tracker=tracker)
    assert "grid" in error.value.hint
    grid = listen(song, tracker="grid")
    assert grid.tempo == 120
    assert grid.confidence == 0
    assert grid.warnings


@pytest.mark.parametrize(
    ("samples", "reason"),
    [(np.zeros(RATE * 5), "silent"), (np.ones(RATE // 4) * 0.1, "lasts only 0.25 s")],
)
def test_silence_and_snippets_are_refused(samples, reason, tmp_path):
    with pytest.raises(NothingUsableError, match=reason) as error:
        listen(write_wav(tmp_path / "song.wav", samples))
    assert error.value.hint


@pytest.mark.filterwarnings("error")
def test_a_song_of_one_bar_is_one_section(tmp_path, weights):
    song = compose(tmp_path / "short.wav", bpm=140, form="B", bars=1, start=0.1)
    heard = listen(song.path)
    assert [(s.start, s.end) for s in heard.sections] == [(0.0, heard.duration)]
    assert "The song is short" in heard.warnings[0]


def test_bad_calls_and_files(pop, tmp_path, weights):
    with pytest.raises(UsageError, match="tracker"):
        listen(pop.path, tracker="ears")
    with pytest.raises(UsageError, match="triple"):
        listen(pop.path, tempo="triple")
    text = tmp_path / "song.mp3"
    text.write_text("no music")
    with pytest.raises(MediaError):
        listen(text)
    with pytest.raises(MediaError):
        listen(tmp_path / "absent.ogg")
