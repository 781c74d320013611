from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.train.pictures_made import folder, picture, tar
from tremendo.errors import MediaError, NothingUsableError
from tremendo.train.core.degradation import lightness, period_luma
from tremendo.train.core.pictures import Pictures, load_pictures, split_off
from tremendo.train.tasks.colorization.dataset import ColorBatchPlan, make_batch


def test_folder_and_tar_hold_the_same(tmp_path: Path) -> None:
    source = folder(tmp_path / "photos", 4)
    ours = load_pictures([source], side=64)
    theirs = load_pictures([tar(tmp_path / "photos.tar", source)], side=64)
    assert len(ours.images) == 4
    assert all(min(image.shape[:2]) == 64 for image in ours.images)
    assert all(np.array_equal(a, b) for a, b in zip(ours.images, theirs.images, strict=True))


def test_grey_sepia_and_broken_files_are_left_out(tmp_path: Path) -> None:
    source = folder(tmp_path / "photos", 1)
    grey = picture(9).mean(axis=2, keepdims=True).repeat(3, axis=2)
    cv2.imwrite(str(source / "grey.png"), grey)
    cv2.imwrite(str(source / "sepia.png"), np.clip(grey * (0.6, 0.8, 1.0), 0, 255))
    (source / "broken.jpg").write_bytes(b"no picture")
    (source / "empty.jpg").write_bytes(b"")
    found = load_pictures([source], side=64)
    assert len(found.images) == 1
    assert found.left_out == {"grey": 1, "sepia": 1, "unreadable": 2}


def test_a_large_source_is_thinned_evenly(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar", folder(tmp_path / "photos", 10))
    rows = [f"{n:03d}.png,a.tar,{'big' if n < 8 else 'small'}" for n in range(10)]
    (tmp_path / "manifest.csv").write_text("\n".join(["file,shard,repo", *rows]))
    found = load_pictures([archive], side=64, source_cap=4)
    assert len(found.images) == 6
    assert found.left_out == {"source cap": 4}


def test_bad_paths(tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        load_pictures([tmp_path / "absent.tar"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingUsableError):
        load_pictures([tmp_path / "empty"])


def _pictures(count: int) -> Pictures:
    return Pictures(tuple(picture(n) for n in range(count)), {})


def test_validation_pictures_are_not_trained_on() -> None:
    training, held = split_off(_pictures(9), 3, seed=1)
    assert (len(training.images), len(held.images)) == (6, 3)
    assert not any(np.array_equal(a, b) for a in training.images for b in held.images)


def test_a_batch_is_a_function_of_seed_and_step() -> None:
    pictures = _pictures(5)
    plan = ColorBatchPlan(4, 64, seed=1, views=2)
    first, again, other = (make_batch(pictures, plan, step) for step in (3, 3, 4))
    assert np.array_equal(first.luma, again.luma)
    assert np.array_equal(first.lab, again.lab)
    assert not np.array_equal(first.luma[:, :, :64, :64], other.luma[:, :, :64, :64])
    assert first.luma.shape[0] == 2 * len(first.lab)
    assert first.lab.shape[2] * 4 == first.luma.shape[2]


def test_every_epoch_shows_every_picture_once() -> None:
    pictures = Pictures(
        tuple(np.full((64, 64, 3), (40 + 20 * n, 90, 90), np.uint8) for n in range(8)), {}
    )
    for epoch in (0, 1):
        halves = [
            make_batch(pictures, ColorBatchPlan(4, 64, 2), 2 * epoch + half).lab for half in (0, 1)
        ]
        reddish = np.concatenate(halves)[:, 1].mean(axis=(1, 2))
        assert len(np.unique(reddish.round(2))) == 8


def test_period_luma_darkens_red_and_whitens_blue() -> None:
    red = np.full((32, 32, 3), (200, 40, 40), np.uint8)
    blue = np.full((32, 32, 3), (40, 40, 200), np.uint8)
    rng = np.random.default_rng(3)
    seen = [
        (period_luma(red, rng, strength=1).mean(), period_luma(blue, rng, strength=1).mean())
        for _ in range(60)
    ]
    true = [period_luma(color, rng, strength=0).mean() for color in (red, blue)]
    reds, blues = np.mean(seen, axis=0)
    assert true[0] > true[1]  # to the eye red is lighter
    assert blues > reds + 5  # to the old emulsion blue is
    assert np.min(seen) >= 0
    assert np.max(seen) <= 100


def test_lightness_of_grey_is_cie() -> None:
    code = np.linspace(0, 1, 256, dtype=np.float32)[None]
    lab = cv2.cvtColor(code[..., None].repeat(3, axis=2), cv2.COLOR_RGB2LAB)
    assert np.abs(lightness(code) - lab[..., 0]).max() < 0.25  # OpenCV interpolates


def test_a_finishing_run_draws_sources_by_the_root_of_their_size_and_ages_half():
    pictures = Pictures(tuple(picture(n) for n in range(20)), {}, ("large",) * 16 + ("small",) * 4)
    assert pictures.shares[:16].sum() == pytest.approx(4 / 6)
    batch = make_batch(pictures, ColorBatchPlan(6, 64, seed=1, fine_tune=True), 0)
    assert batch.luma.shape == (9, 1, 64, 64)
    assert batch.lab.shape == (6, 3, 16, 16)
    clean = cv2.resize(batch.luma[0, 0], (16, 16), interpolation=cv2.INTER_AREA)
    assert np.abs(clean - batch.lab[0, 0]).max() < 1e-3
    aged = cv2.resize(batch.luma[6, 0], (16, 16), interpolation=cv2.INTER_AREA)
    assert np.abs(aged - batch.lab[0, 0]).mean() > 0.5
