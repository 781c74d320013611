"""A network of the user's in the chain, and larger pictures."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.finish.restore.scenes import aged, film, grey, pan
from tremendo.errors import UsageError
from tremendo.finish.restore.chain import (
    build_chain,
    halo_of,
    restore_film,
    scale_of,
    step_versions,
)
from tremendo.finish.restore.enlarge import LearnedOptions
from tremendo.finish.restore.options import PRESETS, RestoreOptions
from tremendo.media.frames import MemoryFrames

OFF = RestoreOptions().without(
    "deflicker", "stabilize", "mend", "scratch", "dust", "denoise", "tone", "grain"
)


class Brighter:
    """Adds ten grey levels and enlarges."""

    def __init__(self, scale=1):
        self.scale = scale

    def restore(self, frame):
        large = frame.repeat(self.scale, axis=0).repeat(self.scale, axis=1)
        return np.clip(large.astype(int) + 10, 0, 255).astype(np.uint8)


def learned(network, strength=1.0):
    options = LearnedOptions(Path("network.pth"), strength)
    vars(options)["network"] = network
    return options


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_a_network_works_on_each_picture_as_strongly_as_told(strength):
    planes = [np.clip(p, 20, 220) for p in pan(4)]
    options = replace(OFF, learned=learned(Brighter(), strength))
    made = list(restore_film(film(planes), options=options))
    for before, after in zip(planes, made, strict=True):
        assert np.abs(after - (grey(before) + 10.0 * strength)).max() <= 0.5


def test_a_network_that_enlarges_keeps_gray_gray_color_colored_and_gives_grain_back():
    options = replace(PRESETS["gentle"], learned=learned(Brighter(2)))
    assert scale_of(options) == 2
    old = film(aged(9))
    made = list(restore_film(old, options=options))
    assert {f.shape for f in made} == {(256, 320, 3)}
    assert all((f == f[..., :1]).all() for f in made)
    tinted = [np.clip(f * [1.0, 0.8, 0.5], 0, 255).astype(np.uint8) for f in old.read()]
    warm = list(restore_film(MemoryFrames(tinted), options=options))
    assert warm[4][..., 0].mean() > 1.5 * warm[4][..., 2].mean()


def test_parts_of_an_enlarged_shot_join_and_the_halo_is_the_same():
    options = replace(PRESETS["gentle"], upscale=1.5, learned=learned(Brighter()))
    old = film(aged(12))
    whole = list(restore_film(old, options=options))
    parts = [
        frame
        for first in range(0, 12, 5)
        for frame in restore_film(old, options=options, part=(first, min(12, first + 5)))
    ]
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))
    assert halo_of(options) == halo_of(PRESETS["gentle"])
    assert step_versions(build_chain(options)).keys() >= {"learned", "upscale"}


@pytest.mark.parametrize(("factor", "size"), [(1.5, (192, 240)), (2.0, (256, 320))])
def test_enlarging_is_nearer_to_the_truth_than_lanczos(factor, size):
    rng = np.random.default_rng(1)
    letters = cv2.GaussianBlur(rng.uniform(0, 255, size).astype(np.float32), (0, 0), 1.2)
    letters = np.clip(128 + 2.5 * (letters - 128), 0, 255).astype(np.uint8)
    cv2.putText(letters, "ELECTRIC", (10, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 255, 3, cv2.LINE_AA)
    small = cv2.resize(letters.astype(np.float32), (160, 128), interpolation=cv2.INTER_AREA)
    (made,) = restore_film(film([small]), options=replace(OFF, upscale=factor))
    assert made.shape[:2] == size
    plain = cv2.resize(grey(small)[..., 0], size[::-1], interpolation=cv2.INTER_LANCZOS4)
    off = [np.square(p.astype(float) - letters).mean() for p in (made[..., 0], plain)]
    assert off[0] < 0.9 * off[1]  # half a decibel


def test_an_enlarged_picture_made_small_again_is_the_picture():
    (made,) = restore_film(film([grey(pan(1)[0])[..., 0]]), options=replace(OFF, upscale=2.0))
    again = cv2.resize(made[..., 0], (160, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(again.astype(int) - grey(pan(1)[0])[..., 0]).mean() < 0.6


def test_other_factors_are_refused():
    with pytest.raises(UsageError, match="upscale 3"):
        list(restore_film(film(pan(3)), options=replace(OFF, upscale=3.0)))
