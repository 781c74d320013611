import shutil
from itertools import pairwise

import numpy as np
import pytest

from tests.music.songs import compose
from tremendo import models
from tremendo.errors import ModelMissingError, NothingUsableError
from tremendo.evaluate.music import continuity, evaluate_music, f_measure


@pytest.fixture
def _weights():
    try:
        models.path("beatnet-1")
    except ModelMissingError as error:
        pytest.skip(str(error.hint))


def candidates():
    """Annotated beats and a tracker's answers: right, jittered, late, sparse, double, off-beat."""
    rng = np.random.default_rng(0)
    truth = np.cumsum(rng.normal(0.5, 0.01, 80)) + 5
    yield truth, truth
    for spread in (0.02, 0.05, 0.1):
        yield truth, np.sort(truth + rng.normal(0, spread, 80))
    yield truth, truth + 0.09
    yield truth, truth[rng.random(80) < 0.7]
    yield truth, truth[::2]
    yield truth, truth[1::2]
    yield truth, 0.5 * (truth[1:] + truth[:-1])
    yield truth, np.sort(np.concatenate([truth, 0.5 * (truth[1:] + truth[:-1])]))
    yield truth, np.concatenate([truth[:30], truth[30:] + 0.25])
    yield truth, np.arange(5, 45, 0.37)


def test_measures_agree_with_mir_eval():
    beat = pytest.importorskip("mir_eval").beat
    for truth, found in candidates():
        assert f_measure(truth, found, 0.07) == pytest.approx(
            beat.f_measure(truth, found), abs=1e-3
        )
        _, correct, _, any_level = beat.continuity(truth, found)
        assert continuity(truth, found) == pytest.approx((correct, any_level), abs=0.03)


def test_nothing_found_scores_nothing():
    truth = np.arange(5.0, 20.0)
    assert f_measure(truth, np.empty(0), 0.07) == 0
    assert continuity(truth, np.empty(0)) == (0, 0)


@pytest.mark.usefixtures("_weights")
def test_a_folder_of_songs_is_scored(tmp_path):
    song = compose(tmp_path / "one.wav", bpm=120, form="AB")
    lines = [f"{t:.4f},{int(t in song.downbeats)}" for t in song.beats]
    (tmp_path / "one.beats.csv").write_text("\n".join(["time_s,is_downbeat", *lines]))
    edges = [song.beats[0], *song.sections, song.beats[-1] + 0.5]
    rows = [f"{a},{b}" for a, b in pairwise(edges)]
    (tmp_path / "one.sections.csv").write_text("\n".join(["start_s,end_s", *rows]))
    report = evaluate_music(tmp_path)
    ours = report["mean"]["tremendo"]
    assert report["songs"]["one"]["tremendo"] == ours
    assert ours["beat_f"] > 0.97
    assert ours["downbeat_f"] > 0.95
    assert ours["boundary_f_0.5s"] == 1.0
    assert ours["median_error_ms"] < 5
    assert report["mean"]["librosa"]["median_error_ms"] > 25
    assert set(report["mean"]) == {"tremendo", "beatnet + dbn", "librosa"}


def test_a_folder_without_annotated_songs_is_refused(tmp_path):
    with pytest.raises(NothingUsableError, match="No song"):
        evaluate_music(tmp_path)


@pytest.mark.usefixtures("_weights")
def test_one_real_song_is_heard_right(data, tmp_path):
    """82 bpm, which the network alone doubles, after an intro that hides the beat."""
    for file in (data / "songs").glob("pop909-003.*"):
        shutil.copy(file, tmp_path)
    scores = evaluate_music(tmp_path)["mean"]
    assert scores["tremendo"]["beat_f"] > 0.95
    assert scores["beatnet + dbn"]["beat_f"] < 0.85


@pytest.mark.slow
@pytest.mark.usefixtures("_weights")
def test_the_real_songs_are_heard_as_well_as_measured(data):
    ours = evaluate_music(data / "songs")["mean"]["tremendo"]
    assert ours["beat_f"] >= 0.95
    assert ours["amlt"] >= 0.95
    assert ours["median_error_ms"] <= 8
    assert ours["downbeat_f"] >= 0.9
    assert ours["boundary_f_3s"] >= 0.6
