import numpy as np
import pytest

pytest.importorskip("torch")

from tremendo.errors import NothingUsableError
from tremendo.train.subjects import Lessons, fit_head, targets
from tremendo.train.words import SUBJECTS

RNG = np.random.default_rng(0)


def _lessons(noise: float) -> Lessons:
    """Two words: one that lies in the first number of the embedding, one that lies nowhere."""
    x = RNG.normal(size=(300, 2, 16)).astype(np.float32)
    x[:, 1] = x[:, 0] + 0.1 * x[:, 1]
    shown = x[:, 0, 0] + noise * RNG.normal(size=300) > 0.5
    truth = np.column_stack([shown, RNG.random(300) > 0.7]).astype(np.float32)
    return Lessons(x, ("told", "chance"), truth, np.ones((300, 2), bool))


def test_what_can_be_told_is_kept_and_what_is_chance_is_dropped(tmp_path):
    words, figures = fit_head(_lessons(0.05), tmp_path / "head.npz")
    assert words == ["told"]
    assert figures[0][0] >= 0.85
    head = np.load(tmp_path / "head.npz")
    x = RNG.normal(size=(500, 16)).astype(np.float32)
    said = x @ head["weights"].astype(np.float32)[:, 0] + head["bias"][0] > 0
    assert (said == (x[:, 0] > 0.5)).mean() > 0.9


def test_nothing_to_tell_is_said_and_no_file_is_left(tmp_path):
    lessons = _lessons(0.05)
    only_chance = Lessons(
        lessons.embeddings, ("chance",), lessons.truth[:, 1:], lessons.known[:, 1:]
    )
    with pytest.raises(NothingUsableError):
        fit_head(only_chance, tmp_path / "head.npz")
    assert list(tmp_path.iterdir()) == []


def test_truth_comes_from_teacher_folder_and_color():
    said = np.zeros((3, 1000), np.float32)
    said[0, SUBJECTS["boat"][0][0]] = 0.9
    said[1, 999] = 0.9
    colors = np.zeros((3, 16, 24, 3), np.float32)
    colors[..., 0] = 50
    colors[0, :5, :, 2] = -20  # blue above
    colors[1, :, :, 1], colors[1, :, :, 2] = -15, 20  # green
    words, truth, known = targets(said, ["", "garden", "kitchen"], colors)
    column = {word: k for k, word in enumerate(words)}
    assert truth[:, column["boat"]].tolist() == pytest.approx([0.9, 0, 0])
    assert truth[:, column["garden"]].tolist() == [0, 1, 0]
    assert truth[:, column["sky"]].tolist() == [1, 0, 0]
    assert truth[:, column["foliage"]].tolist() == [0, 1, 0]
    assert known[:, column["outdoor"]].tolist() == [False, True, True]
