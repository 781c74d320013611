"""Film of one speed at another: what is repeated, sped up, made up, and refused."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from tremendo.archive.types import Shot
from tremendo.deliver.conform import RetimeStats, pictures, speed_up
from tremendo.finish.interpolate.optical_flow import FlowPair
from tremendo.media import MemoryFrames
from tremendo.montage.timeline import RetimeSegment, Slot, Timeline


def scene(dx, disc=None, seed=0):
    """A textured ground moved by ``dx`` pixels, with a disc at x = ``disc``."""
    rng = np.random.default_rng(seed)
    ground = cv2.GaussianBlur(rng.uniform(0, 255, (180, 320)).astype(np.float32), (0, 0), 3)
    ground = np.clip((ground - 127) * 4 + 127, 0, 255)
    moved = cv2.warpAffine(
        ground, np.array([[1, 0, dx], [0, 1, 0]], np.float32), (240, 160), flags=cv2.INTER_CUBIC
    )
    if disc is not None:
        cv2.circle(moved, (round(disc * 16), 80 * 16), 18 * 16, 250.0, -1, cv2.LINE_AA, 4)
    return np.repeat(np.clip(moved, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def error(a, b):
    inner = np.s_[16:-16, 24:-24]
    return float(np.abs(a[inner].astype(float) - b[inner]).mean())


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_a_frame_between_lies_on_the_motion(share):
    first, second = scene(-40, 80), scene(-34, 94)
    made = FlowPair(first, second).at(share)
    truth = scene(-40 + 6 * share, 80 + 14 * share)
    repeated = min(error(first, truth), error(second, truth))
    assert made is not None
    assert error(made, truth) < 0.4 * repeated


def test_the_ends_are_the_frames_themselves():
    first, second = scene(-40), scene(-36)
    between = FlowPair(first, second)
    assert between.at(0) is first
    assert between.at(1) is second


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_limb_too_fast_to_follow_is_not_shown_twice(share):
    first, second = ((scene(-40) * 0.35).astype(np.uint8) for _ in range(2))
    for frame, x in ((first, 60), (second, 150)):
        cv2.circle(frame, (x, 80), 10, (250, 250, 250), -1)
    made = FlowPair(first, second).at(share)
    assert made is not None
    half_seen = (made[..., 0] > 120) & (made[..., 0] < 220)
    assert half_seen.sum() < 0.6 * np.pi * 10**2  # a mixture has two such discs


def test_a_cut_is_refused():
    assert FlowPair(scene(0, seed=1), scene(0, seed=2)).at(0.5) is None


def play(frames, **more):
    counted = RetimeStats()
    move = RetimeSegment(12, 5, Fraction(16))
    film = MemoryFrames(frames, 16)
    steps = pictures(film, move, Fraction(24), first=5, stats=counted, **more)
    return list(steps), counted


def test_repetition_is_even():
    steps, counted = play([scene(n) for n in range(9)])
    assert [int(place) for place, _ in steps] == [5 + n * 2 // 3 for n in range(12)]
    assert (counted.shown, counted.between, counted.refused) == (12, 0, 0)


def test_interpolation_keeps_native_frames_and_fills_between():
    frames = [scene(-40 + 2 * n) for n in range(9)]
    steps, counted = play(frames, between=FlowPair)
    assert [place for place, _ in steps] == [5 + Fraction(2 * n, 3) for n in range(12)]
    assert np.array_equal(steps[3][1], frames[2])
    assert error(steps[4][1], scene(-40 + 2 * 8 / 3)) < 4
    assert (counted.between, counted.refused) == (8, 0)


def test_nothing_is_made_up_across_a_join_or_after_the_end():
    frames = [scene(-40 + 2 * n) for n in range(8)]
    _, counted = play(frames, between=FlowPair, joins=(8,))
    assert counted.refused == 2  # between native 7 and 8, and after 12, the last one
    _, counted = play([*frames[:4], *(scene(2 * n, seed=3) for n in range(4))], between=FlowPair)
    assert counted.refused == 2
    _, counted = play(frames, between=FlowPair)
    assert counted.refused == 1  # after native 12, the last one


def test_a_film_that_ends_early_is_named():
    with pytest.raises(EOFError, match="frame 4"):
        play([scene(0)] * 4)


def cut(*slots):
    return Timeline(Fraction(24), 64, 48, slots, "song.wav", Fraction(0), seed=0)


def test_speed_up_takes_one_native_frame_for_each():
    slot = Slot(0, 24, "a", 10, Fraction(16))
    shots = {"a": Shot("a", "c", "film", 0, 30)}
    fast, notes = speed_up(cut(slot), shots, lambda _: True)
    assert notes == []
    assert fast.slots[0].fps == 24
    assert fast.slots[0].source_in == 6  # earlier, so that 24 frames fit before frame 30
    assert fast.slots[0].source_end(Fraction(24)) == 30


def test_what_cannot_be_sped_up_keeps_its_speed_and_is_said():
    slot = Slot(0, 24, "a", 0, Fraction(16))
    short = {"a": Shot("a", "c", "film", 0, 20)}
    same, notes = speed_up(cut(slot), short, lambda _: True)
    assert same.slots[0] == slot
    assert "shot 1 is too short" in notes[0]
    course = replace(slot, segments=(RetimeSegment(24, 0, Fraction(8)),))
    long = {"a": Shot("a", "c", "film", 0, 90)}
    assert "course of its own" in speed_up(cut(course), long, lambda _: True)[1][0]
    fast = replace(slot, fps=Fraction(25))
    assert speed_up(cut(fast), long, lambda _: True) == (cut(fast), [])
    assert speed_up(cut(slot), long, lambda _: False) == (cut(slot), [])
