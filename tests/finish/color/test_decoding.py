"""Colors out of a distribution: doubt makes pale, and is partly made good."""

import numpy as np
import pytest

from tremendo.finish.color.decoding import (
    DEFAULT_DECODING,
    boost_chroma,
    decode_ab,
    decode_confidence,
)

GRID = np.array([[0, 0], [20, 0], [-20, 0], [0, 20], [0, -20]], np.float32)


def odds(*rows: tuple[float, ...]) -> np.ndarray:
    return np.log(np.array(rows, np.float32))


SURE = odds((0.96, 0.01, 0.01, 0.01, 0.01), (0.01, 0.96, 0.01, 0.01, 0.01))
DOUBTFUL = odds((0.4, 0.15, 0.15, 0.15, 0.15), (0.35, 0.2, 0.15, 0.15, 0.15))


def gain(rows: np.ndarray) -> float:
    """By how much the colors of two places lie farther apart than their annealed means."""
    raised = np.exp(rows / DEFAULT_DECODING.temperature)
    means = raised / raised.sum(axis=1, keepdims=True) @ GRID
    ab = decode_ab(rows, GRID, DEFAULT_DECODING)
    return float(np.linalg.norm(ab[1] - ab[0]) / np.linalg.norm(means[1] - means[0]))


def test_what_doubt_took_is_partly_given_back() -> None:
    assert gain(DOUBTFUL) == pytest.approx(1.3 * DEFAULT_DECODING.gain, rel=0.02)
    assert 0.6 * DEFAULT_DECODING.gain < gain(SURE) < DEFAULT_DECODING.gain


def test_confidence_is_agreement_of_hue() -> None:
    sure, torn = decode_confidence(odds((0.02, 0.95, 0.01, 0.01, 0.01), (0.2,) * 5), GRID)
    assert sure > 0.9
    assert torn < 0.01


def test_strengthening_keeps_the_mean_and_bends_before_the_richest() -> None:
    ab = np.array([[12, 4], [-8, 2], [2, 30]], np.float32)
    strong = boost_chroma(ab, 2.0)
    assert np.linalg.norm(strong, axis=1).max() < 50
    assert np.array_equal(boost_chroma(ab * 0, 3.0), ab * 0)
    assert np.linalg.norm(strong[0] - strong[1]) > 1.5 * np.linalg.norm(ab[0] - ab[1])
