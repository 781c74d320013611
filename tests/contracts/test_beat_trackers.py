"""What every beat tracker keeps; see ``tremendo.music.trackers``."""

from __future__ import annotations

import numpy as np
import pytest

from tests.music.songs import RATE, compose, write_wav
from tremendo.errors import ModelMissingError, NothingUsableError, UsageError
from tremendo.music.sound import hear
from tremendo.music.trackers import BEAT_TRACKERS, BeatTracker, tracker_names

BPM = 120
"""The tempo of the steady grid, which hears nothing."""


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    return compose(tmp_path_factory.mktemp("songs") / "song.wav", bpm=BPM, form="AB", start=0.5)


@pytest.fixture(params=BEAT_TRACKERS.names())
def tracker(request, song):
    arguments = {"taps": (song.beats[4:20],)}
    return BEAT_TRACKERS.create(request.param, *arguments.get(request.param, ()))


def heard(tracker, path):
    try:
        return tracker.track(hear(path))
    except ModelMissingError as error:
        pytest.skip(str(error.hint))


def test_the_octave_is_right_and_no_beat_is_late(tracker, song):
    assert isinstance(tracker, BeatTracker)
    found = heard(tracker, song.path)
    assert 60 / np.median(np.diff(found.times)) == pytest.approx(BPM, rel=0.02)
    distance = found.times[None] - song.beats[:, None]
    nearest = distance[np.arange(len(song.beats)), np.abs(distance).argmin(axis=1)]
    assert abs(np.median(nearest)) < 0.010
    assert np.mean(np.abs(nearest) < 0.07) > 0.9


def test_beats_rise_inside_the_song_and_have_a_place_and_a_confidence(tracker, song):
    found = heard(tracker, song.path)
    assert (np.diff(found.times) > 0).all()
    assert found.times[0] >= 0
    assert found.times[-1] < hear(song.path).duration
    assert len(found.times) == len(found.positions) == len(found.confidence)
    assert set(found.positions.tolist()) == set(range(1, found.meter + 1))
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert found.tracker in BEAT_TRACKERS


def test_no_tracker_hears_a_beat_where_there_is_none(tracker, tmp_path):
    """It refuses with advice, or does not claim to have heard what was asked for anyway."""
    time = np.arange(RATE * 12) / RATE
    drone = 0.3 * np.sin(2 * np.pi * 110 * time) + 0.2 * np.sin(2 * np.pi * 165 * time)
    path = write_wav(tmp_path / "drone.wav", drone)
    found, advice = None, ""
    try:
        found = heard(tracker, path)
    except NothingUsableError as error:
        advice = error.hint or ""
    if found is None:
        assert "grid" in advice
        return
    assert found.tracker in {"grid", "taps"}
    assert found.warnings or found.tracker == "taps"


def test_the_same_song_gives_the_same_beats(tracker, song):
    first, second = heard(tracker, song.path), heard(tracker, song.path)
    assert np.array_equal(first.times, second.times)


def test_taps_need_taps(song):
    with pytest.raises(UsageError, match="0 taps"):
        BEAT_TRACKERS.create("taps").track(hear(song.path))


def test_auto_is_a_choice_and_no_tracker():
    assert tracker_names()[0] == "auto"
    assert "auto" not in BEAT_TRACKERS
    assert all(BEAT_TRACKERS.describe().values())
