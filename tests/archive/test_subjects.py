import numpy as np
import pytest

from tremendo import models
from tremendo.archive import subjects
from tremendo.archive.subjects import Head, sized, subjects_in

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


def _looks(monkeypatch, *looks):
    """Let the network see this: (first feature, probabilities by class) per picture."""
    queue = []
    for feature, shares in looks:
        features, seen = np.zeros(1280, np.float32), np.full(1000, 1e-6, np.float32)
        features[0] = feature
        for number, share in shares.items():
            seen[number] = share
        queue.append((features, seen))
    monkeypatch.setattr(subjects, "_look", lambda _: queue.pop(0))


FRAME = np.zeros((64, 64, 3), np.uint8)


def test_a_subject_is_as_likely_as_its_classes_together(monkeypatch):
    monkeypatch.setattr(subjects, "_head", _head)
    _looks(monkeypatch, (0, {1: 0.4, 2: 0.35, 3: 0.1}))
    assert subjects_in([FRAME]) == {"cart": pytest.approx(0.75, abs=0.01)}


def test_the_surest_word_comes_first_and_the_bar_holds(monkeypatch):
    monkeypatch.setattr(subjects, "_head", lambda: _head(bar=0.2))
    _looks(monkeypatch, (2, {1: 0.15, 3: 0.6}))
    assert list(subjects_in([FRAME])) == ["sky", "boat"]


def test_the_pictures_of_a_shot_count_together(monkeypatch):
    monkeypatch.setattr(subjects, "_head", _head)
    _looks(monkeypatch, (0, {1: 0.9}), (0, {}), (0, {}))
    assert subjects_in([FRAME] * 3) == {}


def test_a_portraits_backdrop_is_not_told(monkeypatch):
    monkeypatch.setattr(subjects, "_head", _head)
    for height, said in ((0.05, {"sky"}), (0.4, set())):
        _looks(monkeypatch, (2, {}))
        assert set(subjects_in([FRAME], tallest_face=height)) == said


def test_pictures_are_brought_to_sides_the_network_takes():
    for height, width in ((40, 60), (900, 1200), (2000, 300)):
        tall, wide, _ = sized(np.zeros((height, width, 3), np.uint8)).shape
        assert tall % 32 == wide % 32 == 0
        assert 0.7 < tall * wide / subjects.SIGHT_AREA < 1.4


def test_the_packaged_head_names_what_an_archive_holds():
    head = subjects._head()
    wanted = {"horse cart", "locomotive", "gown", "church", "indoor", "outdoor", "water", "sky"}
    assert wanted | {"foliage", "train", "boat", "uniform", "stage"} <= set(head.words)
    assert len(head.words) == len(set(head.words)) == len(head.bar) == len(head.offset)
    assert head.bar.min() >= 0.5
    judged = np.load(models.path("subjects"))["precision"]
    assert np.nanmin(judged) >= 0.55
    assert np.nanmedian(judged) >= 0.8
    assert models.path("sight").stat().st_size < 13_000_000


@pytest.mark.parametrize("name", PERIOD)
def test_period_photographs_are_named(data, name):
    from tremendo.media import read_photo

    assert PERIOD[name] in subjects_in([read_photo(data / "photos" / f"{name}.jpg")])
