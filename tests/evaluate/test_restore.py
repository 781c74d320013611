"""The figures of restoration are right, and the damage is what it says."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tremendo.evaluate.period import Damage, damage_frames
from tremendo.evaluate.restore import (
    compare_films,
    evaluate_restore,
    score_dust,
    score_mended,
)
from tremendo.evaluate.scene import render_scene
from tremendo.finish.restore.chain import restore_pictures
from tremendo.finish.restore.picture import Picture
from tremendo.media.frames import MemoryFrames

NONE = Damage(
    weave=0,
    flicker=0,
    local_flicker=0,
    offset=0,
    grain=0,
    blotches=(0, 0),
    scratches=0,
    vignette=0,
    splices=0,
)


@pytest.fixture(scope="module")
def scene():
    return render_scene(10, 320, 240, seed=1)


def shifted(frame, dx, dy):
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return cv2.warpAffine(
        frame, matrix, frame.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )


def test_the_scene_moves_and_follows_its_seed(scene):
    again = render_scene(10, 320, 240, seed=1)
    other = render_scene(10, 320, 240, seed=2)
    assert all(np.array_equal(a, b) for a, b in zip(scene, again, strict=True))
    assert not np.array_equal(scene[0], other[0])
    assert np.abs(scene[5].astype(int) - scene[4]).mean() > 0.5


def test_no_damage_changes_nothing(scene):
    damaged = damage_frames(scene, NONE)
    assert all(np.array_equal(a, b) for a, b in zip(damaged.frames, scene, strict=True))
    assert not any(mask.any() for mask in damaged.dust)


def test_damage_follows_its_seed_and_marks_its_dust(scene):

    once = damage_frames(scene, replace(NONE, blotches=(4, 4)), seed=3)
    again = damage_frames(scene, replace(NONE, blotches=(4, 4)), seed=3)
    assert all(np.array_equal(a, b) for a, b in zip(once.frames, again.frames, strict=True))
    for frame, clean, mask in zip(once.frames, once.clean, once.dust, strict=True):
        change = np.abs(frame[..., 0].astype(int) - clean[..., 0])
        assert change[~mask].max() <= 31
        assert mask.any()


def test_splices_lose_frames(scene):

    damaged = damage_frames(scene, replace(NONE, splices=1), seed=0)
    assert len(damaged.frames) == len(damaged.clean) == 8
    assert len(damaged.splices) == 1


def test_a_film_against_itself(scene):
    quality = compare_films(scene, scene)
    assert quality.psnr > 60
    assert quality.ssim > 0.999
    assert quality.flicker < 0.01
    assert quality.jitter < 0.02


def test_jitter_is_measured_and_does_not_spoil_psnr(scene):
    rng = np.random.default_rng(0)
    moves = rng.normal(0, 1, (10, 2))
    shaken = [shifted(f, *m) for f, m in zip(scene, moves, strict=True)]
    quality = compare_films(shaken, scene)
    true = np.sqrt((np.diff(moves, n=2, axis=0) ** 2).mean())
    assert quality.jitter == pytest.approx(true, rel=0.1)
    assert quality.psnr > 32


def test_flicker_is_measured(scene):
    levels = np.array([0, 8, -8, 4, -4, 0, 6, -6, 2, 0])
    lit = [
        np.clip(f.astype(int) + v, 0, 255).astype(np.uint8)
        for f, v in zip(scene, levels, strict=True)
    ]
    assert compare_films(lit, scene).flicker == pytest.approx(np.diff(levels).std(), rel=0.05)


def test_dust_score_counts_pixels(scene):

    damaged = damage_frames(scene, replace(NONE, blotches=(5, 5)), seed=5)
    luma = np.zeros((240, 320), np.float32)

    def score(masks):
        pictures = [Picture(i, luma, dusty=m) for i, m in enumerate(masks)]
        return score_dust(pictures, damaged)

    assert score(damaged.dust).recall == score(damaged.dust).precision == 1
    assert score([None] * 10).recall == 0
    everywhere = score([np.ones((240, 320), bool)] * 10)
    assert everywhere.recall == 1
    assert everywhere.precision < 0.1


def test_torn_frames_follow_their_seed_and_are_counted(scene):
    damage = replace(NONE, torn=1, blank=1)
    once, again = (damage_frames(scene, damage, seed=4) for _ in range(2))
    assert once.torn == again.torn
    assert len(once.torn) == 2
    changed = [
        n
        for n, (a, b) in enumerate(zip(once.frames, scene, strict=True))
        if not np.array_equal(a, b)
    ]
    assert tuple(changed) == once.torn
    luma = np.zeros((240, 320), np.float32)
    pictures = [Picture(n, luma, torn=n in {once.torn[0], 0}) for n in range(len(scene))]
    score = score_mended(pictures, once)
    assert (score.recall, score.precision) == (0.5, 0.5)


def test_splices_and_torn_frames_are_mended_and_marked():
    clean = render_scene(24, 320, 240, seed=3)
    damaged = damage_frames(clean, Damage(splices=1, torn=1, blank=1), seed=4)
    pictures = list(restore_pictures(MemoryFrames(damaged.frames)))
    score = score_mended(pictures, damaged)
    assert score.recall >= 2 / 3
    assert score.precision == 1


def test_restoration_beats_the_damage_and_ffmpeg():
    report = evaluate_restore(frames=14, width=320, height=240, seed=0)
    for other in (report.damaged, report.ffmpeg):
        assert report.restored.psnr > other.psnr + 3
        assert report.restored.ssim > other.ssim + 0.1
        assert report.restored.flicker < 0.5 * other.flicker
        assert report.restored.jitter < 0.3 * other.jitter
    assert report.harm.psnr > 42
    assert report.harm.mean_change < 0.5
    assert report.dust.precision > 0.6
