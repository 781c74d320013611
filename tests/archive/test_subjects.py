import numpy as np
import pytest

from tremendo import models
from tremendo.archive.subjects import subjects_in


@pytest.fixture(scope="module")
def head():
    return np.load(models.path("subjects"))


def _picture_of(head, word: str) -> np.ndarray:
    """An embedding that points where the head looks for a word."""
    column = list(head["words"]).index(word)
    weights = head["weights"].astype(np.float64)[:, column]
    return weights / np.linalg.norm(weights)


@pytest.mark.parametrize("word", ["boat", "horse", "sky"])
def test_a_word_is_said_where_its_weights_point_and_not_opposite(head, word):
    seen = subjects_in(_picture_of(head, word))
    assert seen[word] > 0.8
    assert list(seen.values()) == sorted(seen.values(), reverse=True)
    assert word not in subjects_in(-_picture_of(head, word))


def test_a_portraits_backdrop_is_not_told(head):
    sky = _picture_of(head, "sky")
    assert "sky" in subjects_in(sky, tallest_face=0.05)
    assert "sky" not in subjects_in(sky, tallest_face=0.4)


def test_every_word_kept_is_as_precise_as_promised(head):
    assert len(head["words"]) == len(set(head["words"].tolist())) >= 30
    assert head["precision"].min() >= 0.85
    assert 0 < head["recall"].min() <= head["recall"].max() <= 1
    assert models.path("subjects").stat().st_size < 300_000


def test_without_an_embedding_nothing_is_said():
    assert subjects_in(()) == {}
    assert subjects_in((0.1, 0.2)) == {}
