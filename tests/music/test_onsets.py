import numpy as np
import pytest

from tremendo.music.onsets import STEP, align_beats, find_accents, onset_curve, onset_peaks

RATE = 22050


def clicks(times, seconds=12, heights=None):
    rng = np.random.default_rng(0)
    out = np.zeros(int(seconds * RATE))
    time = np.arange(2000) / RATE
    for i, at in enumerate(times):
        first = round(at * RATE)
        height = 0.4 if heights is None else heights[i]
        out[first : first + 2000] += rng.normal(size=2000) * np.exp(-time * 150) * height
    return out.astype(np.float32)


def test_onsets_lie_within_5_ms_of_where_notes_begin():
    times = np.arange(0.5, 11, 0.5) + np.random.default_rng(2).uniform(-0.1, 0.1, 21)
    found, heights = onset_peaks(onset_curve(clicks(times)))
    strong = found[heights > 0.3]
    assert len(strong) == len(times)
    assert np.abs(strong - times).max() < 0.005


def test_the_low_curve_does_not_hear_cymbals():
    times = np.arange(0.5, 11, 0.5)
    samples = clicks(times)
    hats = np.diff(np.diff(np.diff(samples, prepend=0), prepend=0), prepend=0).astype(np.float32)
    time = np.arange(len(hats)) / RATE
    bass = 0.5 * np.sin(2 * np.pi * 60 * time) * ((time % 1.0) < 0.2)
    low = onset_curve((0.2 * hats + bass).astype(np.float32), highest=400)
    on_bass, on_hats = (
        low[np.round(np.arange(start, 11, 1.0) / STEP).astype(int)[:, None] + np.arange(-8, 9)]
        .max(axis=1)
        .mean()
        for start in (1.0, 1.5)
    )
    assert on_hats < 0.3 * on_bass


def test_beats_go_to_their_onsets_and_beats_without_one_move_along():
    truth = np.arange(0.5, 11, 0.5)
    audible = np.delete(truth, [6, 7, 15])
    late = truth + 0.02 + np.random.default_rng(4).uniform(-0.01, 0.01, len(truth))
    aligned = align_beats(late, onset_curve(clicks(audible)))
    error = np.abs(aligned - truth)
    assert np.median(error) < 0.005
    assert error.max() < 0.016
    assert np.all(np.diff(aligned) > 0)


def test_beats_of_silence_stay():
    times = np.arange(0.5, 5, 0.5)
    assert np.array_equal(align_beats(times, np.zeros(2000)), times)


def test_accents_are_the_strongest_onsets_in_order():
    times = np.arange(0.5, 11.5, 0.25)
    heights = np.full(len(times), 0.05)
    heights[::8] = 0.8
    accents = find_accents(onset_curve(clicks(times, heights=heights)), 12.0)
    assert [a.time for a in accents] == sorted(a.time for a in accents)
    assert len(accents) <= 18
    assert max(a.strength for a in accents) == 1.0
    loud = [a.time for a in accents if a.strength > 0.6]
    assert loud == pytest.approx(times[::8], abs=0.01)
