import numpy as np
import pytest

from tests.music.songs import compose, compose_six_eight
from tremendo.music import listen
from tremendo.music.corrections import correct
from tremendo.music.tracking import BeatTrack
from tremendo.music.types import Song


@pytest.fixture(scope="module", params=[60.0, 84.0])
def six_eight(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    return compose_six_eight(folder / "six.wav", dotted=request.param)


@pytest.mark.parametrize(("bpm", "meter"), [(120, 4), (76, 4), (90, 3), (150, 3)])
def test_beats_in_two_and_waltzes_stay_simple(tmp_path, weights, bpm, meter):
    song = compose(tmp_path / "song.wav", bpm=bpm, meter=meter, form="AB", bars=6)
    heard = listen(song.path)
    assert heard.division == 2
    assert heard.tempo == pytest.approx(bpm, rel=0.02)


def test_six_eight_is_heard_as_two_beats_of_three(six_eight, weights):
    song = listen(six_eight.path)
    assert (song.meter, song.division, song.time_signature) == (2, 3, "6/8")
    downbeats = np.array([b.time for b in song.beats if b.position == 1])
    away = np.abs(downbeats[:, None] - six_eight.downbeats[None]).min(axis=1)
    assert np.median(away) < 0.03


def test_a_correction_of_the_tempo_makes_simple_beats_of_it():
    track = BeatTrack(
        np.arange(8) * 1.0, np.arange(8) % 2 + 1, np.ones(8), 2, "beatnet", division=3
    )
    assert correct(track, "double", 0, 8.0).division == 2
    assert correct(track, None, 0, 8.0).division == 3


def test_the_time_signature_is_what_musicians_write():
    song = Song(1.0, 60.0, (), (), (), (), 1.0)
    assert song.time_signature == "4/4"
    assert Song(1.0, 60.0, (), (), (), (), 1.0, meter=6).time_signature == "6/8"
