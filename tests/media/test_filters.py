"""FFmpeg's filters on frames."""

import numpy as np
import pytest

from tremendo.errors import UsageError
from tremendo.media.filters import filter_frames


def frames(count=9):
    rng = np.random.default_rng(0)
    base = rng.integers(60, 190, (64, 96, 3), dtype=np.uint8)
    return [np.roll(base, t, axis=1) for t in range(count)]


def test_a_filter_changes_each_frame():
    result = list(filter_frames(frames(), "negate"))
    assert len(result) == 9
    assert np.abs(255 - result[3].astype(int) - frames()[3]).mean() < 3


def test_all_frames_come_out_of_filters_that_look_ahead():
    result = list(filter_frames(frames(), "deflicker=mode=am,deshake,atadenoise"))
    assert len(result) == 9
    assert {f.shape for f in result} == {(64, 96, 3)}


def test_no_frames_in_no_frames_out():
    assert list(filter_frames([], "negate")) == []


@pytest.mark.parametrize("chain", ["no_such_filter", "negate=nonsense=1"])
def test_unknown_filters_are_named(chain):
    with pytest.raises(UsageError, match=chain.split("=", maxsplit=1)[0]):
        list(filter_frames(frames(2), chain))
