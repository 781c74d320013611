import numpy as np
import pytest

from tremendo.errors import UsageError
from tremendo.music.corrections import correct, tapped
from tremendo.music.tracking import BeatTrack


def track(meter=4, pickup=1, beats=13, period=0.5):
    times = 0.25 + period * np.arange(beats)
    positions = (np.arange(beats) - pickup) % meter + 1
    return BeatTrack(times, positions, np.linspace(0, 1, beats), meter, "beatnet")


def test_without_corrections_nothing_changes():
    found = track()
    same = correct(found, None, 0, 7.0)
    assert np.array_equal(same.times, found.times)
    assert np.array_equal(same.positions, found.positions)


def test_double_sets_a_beat_exactly_midway_and_two_bars_into_one():
    doubled = correct(track(), "double", 0, 7.0)
    assert doubled.times == pytest.approx(0.25 + 0.25 * np.arange(26))
    assert doubled.positions.tolist() == [3, 4, *([1, 2, 3, 4] * 6)]
    assert len(doubled.confidence) == 26
    waltz = correct(track(meter=3, pickup=0), "double", 0, 7.0)
    assert waltz.positions.tolist()[:12] == [1, 2, 3] * 4


def test_double_sets_no_beat_after_the_end():
    assert correct(track(), "double", 0, 6.3).times.max() < 6.3


def test_half_keeps_every_second_beat_from_the_first_downbeat():
    halved = correct(track(), "half", 0, 7.0)
    assert halved.times == pytest.approx(0.75 + np.arange(6))
    assert halved.positions.tolist() == [1, 2, 3, 4, 1, 2]
    later = correct(track(pickup=2), "half", 0, 7.0)
    assert later.times[0] == pytest.approx(0.25)
    assert later.positions.tolist() == [4, 1, 2, 3, 4, 1, 2]


def test_half_undoes_double():
    found = track(pickup=0)
    back = correct(correct(found, "double", 0, 7.0), "half", 0, 7.0)
    assert back.times == pytest.approx(found.times)
    assert np.array_equal(back.positions, found.positions)


@pytest.mark.parametrize("shift", [1, 2, 3, 4, 5, -1])
def test_shift_moves_the_downbeats_later_by_whole_beats(shift):
    found = track(pickup=0)
    moved = correct(found, None, shift, 7.0)
    assert np.array_equal(moved.times, found.times)
    assert moved.positions.tolist() == ((np.arange(13) - shift) % 4 + 1).tolist()


def test_shift_keeps_an_odd_bar_where_it_is_heard():
    positions = np.array([1, 2, 3, 4, 1, 2, 1, 2, 3, 4, 1, 2])
    odd = BeatTrack(np.arange(12.0), positions, np.ones(12), 4, "beatnet")
    assert correct(odd, None, 1, 12).positions.tolist() == [4, *positions[:-1]]


def test_another_word_is_refused():
    with pytest.raises(UsageError, match="third"):
        correct(track(), "third", 0, 7.0)


def test_a_nudge_moves_all_beats_and_lets_none_leave_the_song():
    nudged = correct(track(), None, 0, 7.0, nudge=0.04)
    assert nudged.times == pytest.approx(track().times + 0.04)
    early = correct(track(), None, 0, 7.0, nudge=-0.3)
    assert early.times[0] == pytest.approx(0.45)
    assert early.positions[0] == track().positions[1]
    with pytest.raises(UsageError, match="half a second"):
        correct(track(), None, 0, 7.0, nudge=0.8)


def test_six_eight_counts_from_the_first_downbeat():
    six = correct(track(), None, 0, 7.0, meter=6)
    assert six.meter == 6
    assert six.positions.tolist() == [6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]
    assert correct(track(), None, 1, 7.0, meter=6).positions.tolist()[:4] == [5, 6, 1, 2]
    with pytest.raises(UsageError, match="no meter of 5"):
        correct(track(), None, 0, 7.0, meter=5)


def test_taps_are_kept_and_carried_on():
    found = tapped([2.0, 2.51, 3.0, 3.49, 4.0], 6.0)
    assert found.tracker == "taps"
    assert found.times[:4] == pytest.approx([0.5, 1.0, 1.5, 2.0])
    assert {2.0, 2.51, 3.0, 3.49, 4.0} <= set(found.times.tolist())
    assert found.times[-1] < 6.0
    assert found.positions[list(found.times).index(2.0)] == 1
    assert (found.confidence[found.times > 4.0] < 1).all()
    for taps in ([1.0, 2.0], [1, 2, 3, 9]):
        with pytest.raises(UsageError, match="taps"):
            tapped(taps, 6.0)
