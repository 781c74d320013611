"""Devices of an editor as they stand in the film."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from tremendo.deliver.retime import play_course
from tremendo.media import MemoryFrames
from tremendo.montage.timeline import RetimeSegment, Slot

FPS = Fraction(24)
NATIVE = Fraction(12)


@pytest.fixture(scope="module")
def film():
    """Forty frames: frame k has level 4 k at its left edge and 4 k + 80 at its right."""
    ramp = np.linspace(0, 80, 96)[None, :, None]
    return MemoryFrames(
        [np.broadcast_to(4 * k + ramp, (54, 96, 3)).astype(np.uint8) for k in range(40)], NATIVE
    )


def played(film, *moves):
    slot = Slot(0, sum(m.frames for m in moves), "s", moves[0].source, NATIVE, segments=moves)
    return np.stack(list(play_course(slot, film, FPS, (96, 54)))).astype(int)


def native(frames):
    """Which native frame each shows, by its left edge."""
    return np.round(frames[:, 20, 0, 0] / 4).astype(int).tolist()


def test_play_hold_go_back_and_again(film):
    moves = (
        RetimeSegment(4, 10, NATIVE),
        RetimeSegment(4, 12, Fraction(0)),
        RetimeSegment(6, 12, -NATIVE),
        *(RetimeSegment(4, 20, NATIVE),) * 2,
    )
    forward, held = [10, 10, 11, 11], [12] * 4
    backward, again = [12, 12, 11, 11, 10, 10], [20, 20, 21, 21] * 2
    assert native(played(film, *moves)) == [*forward, *held, *backward, *again]


def test_black_is_black_and_the_film_goes_on(film):
    frames = played(
        film,
        RetimeSegment(4, 10, NATIVE),
        RetimeSegment(4, 12, NATIVE, "black"),
        RetimeSegment(4, 14, NATIVE),
    )
    assert frames[4:8].max() == 0
    assert native(frames[8:]) == [14, 14, 15, 15]


def test_mirror_and_split(film):
    mirrored = played(film, RetimeSegment(2, 10, NATIVE, "mirror"))[0]
    assert np.array_equal(mirrored, mirrored[:, ::-1])
    assert np.ptp(mirrored[0, :48, 0]) > 20
    split = played(film, RetimeSegment(2, 10, NATIVE, "split"))[0]
    assert np.array_equal(split[:, :32], split[:, 32:64])
    assert np.array_equal(split[:, :32], split[:, 64:])
    assert np.ptp(split[0, :32, 0]) > 10
