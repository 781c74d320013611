from types import SimpleNamespace

import numpy as np
import pytest

from tremendo.archive import subjects
from tremendo.archive.subjects import subjects_in
from tremendo.perception import tagger
from tremendo.perception.tagger import Head

PERIOD = {
    "accordiankid1900paris": "accordion",
    "locomotive1880s": "train",
    "zebracarriagelondon1900": "horse cart",
    "1909chicago": "tram",
    "1895bikemaidens": "bicycle",
    "inuitwoman1903": "fur",
    "1890surfer": "outdoor",
    "1890smedstudents": "indoor",
}


def _head(bar=0.5) -> Head:
    """Subjects "cart" (classes 1 and 2) and "boat" (class 3), place "sky" (first feature)."""
    groups = np.zeros((1000, 2), np.float32)
    groups[[1, 2], 0] = groups[3, 1] = 1
    weights = np.zeros((1280, 1), np.float32)
    weights[0] = 4
    offset = np.array([0, 0, -2], np.float32)
    return Head(("cart", "boat", "sky"), groups, 1.0, weights, offset, np.full(3, bar, np.float32))


def _looks(monkeypatch, *looks, head=None):
    """Let the network see this: (first feature, probabilities by class) per picture."""
    queue = []
    for feature, shares in looks:
        features, seen = np.zeros((1, 1280), np.float32), np.full((1, 1000), 1e-6, np.float32)
        features[0, 0] = feature
        for number, share in shares.items():
            seen[0, number] = share
        seen[0, 999] = 1 - sum(shares.values())
        queue.append((features, np.log(seen)))
    for room in (tagger, subjects):
        monkeypatch.setattr(room, "word_head", lambda: head or _head())
    network = SimpleNamespace(run=lambda *_: queue.pop(0))
    monkeypatch.setattr(tagger, "_network", lambda: network)


FRAME = np.zeros((64, 64, 3), np.uint8)


def test_a_subject_is_as_likely_as_its_classes_together(monkeypatch):
    _looks(monkeypatch, (0, {1: 0.4, 2: 0.35, 3: 0.1}))
    assert subjects_in([FRAME]) == {"cart": pytest.approx(0.75, abs=0.01)}


def test_the_surest_word_comes_first_and_the_bar_holds(monkeypatch):
    _looks(monkeypatch, (2, {1: 0.15, 3: 0.6}), head=_head(bar=0.2))
    assert list(subjects_in([FRAME])) == ["sky", "boat"]


def test_the_pictures_of_a_shot_count_together(monkeypatch):
    _looks(monkeypatch, (0, {1: 0.9}), (0, {}), (0, {}))
    assert subjects_in([FRAME] * 3) == {}


def test_a_portraits_backdrop_is_not_told(monkeypatch):
    for height, said in ((0.05, {"sky"}), (0.4, set())):
        _looks(monkeypatch, (2, {}))
        assert set(subjects_in([FRAME], tallest_face=height)) == said


@pytest.mark.parametrize("name", PERIOD)
def test_period_photographs_are_named(data, name):
    from tremendo.media import read_photo

    assert PERIOD[name] in subjects_in([read_photo(data / "photos" / f"{name}.jpg")])
