"""Figures for color: right on pictures whose truth is known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.finish.color.scenes import Painter
from tremendo.errors import MediaError, NothingUsableError
from tremendo.evaluate.color import evaluate_film, evaluate_photos
from tremendo.evaluate.color_figures import (
    blue_purple_share,
    color_difference,
    hue_distance,
    hue_histogram,
)
from tremendo.imaging.metrics import colorfulness, psnr
from tremendo.media import FilmWriter, write_photo
from tremendo.media.frames import Frame


def flat(*rgb: int) -> Frame:
    return np.full((48, 64, 3), rgb, np.uint8)


def test_figures_of_known_pictures() -> None:
    assert psnr(flat(100, 100, 100), flat(110, 110, 110)) == pytest.approx(28.13, abs=0.01)
    assert colorfulness(flat(90, 90, 90)) == 0
    assert colorfulness(flat(200, 100, 100)) == pytest.approx(0.3 * np.hypot(100, 50))
    assert color_difference(flat(10, 200, 30), flat(10, 200, 30)) == 0
    assert blue_purple_share(flat(60, 40, 200)) == 1
    assert blue_purple_share(flat(200, 150, 40)) == 0


def test_hues_are_compared_around_the_circle() -> None:
    def turned(degrees: float) -> Frame:
        angle = np.radians(degrees)
        color = np.array((60, 30 * np.cos(angle), 30 * np.sin(angle)), np.float32)
        lab = np.broadcast_to(color, (8, 8, 3)).copy()
        rgb = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255
        return np.asarray(np.clip(rgb, 0, 255).round(), np.uint8)

    first, near, across = (hue_histogram(turned(angle)) for angle in (355, 15, 175))
    assert hue_distance(first, first) == 0
    assert hue_distance(first, near) == pytest.approx(20, abs=1)
    assert hue_distance(first, across) == pytest.approx(180, abs=1)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    for number in range(3):
        coarse = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (96, 72), interpolation=cv2.INTER_CUBIC)
        write_photo(tmp_path / "set" / f"{number}.png", picture)
    return tmp_path / "set"


def test_photographs_are_judged_beside_the_baselines(photographs: Path, tmp_path: Path) -> None:
    figures = evaluate_photos(photographs, engine=Painter(), plots=tmp_path / "plots")
    assert set(figures) == {"network", "grey", "sepia", "mean ab per lightness", "truth"}
    assert figures["grey"]["colorfulness_ratio"] < 0.01 < figures["sepia"]["colorfulness_ratio"]
    best = figures["mean ab per lightness"]  # the least error a function of lightness can have
    assert best["ab_rmse"] < min(figures["grey"]["ab_rmse"], figures["network"]["ab_rmse"])
    assert (tmp_path / "plots" / "pairs-1.png").is_file()
    assert (tmp_path / "plots" / "hues.png").is_file()


def test_a_steady_film_is_told_from_a_restless_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    still = np.repeat(rng.integers(40, 200, (60, 80, 1), dtype=np.uint8), 3, axis=2)
    with FilmWriter(tmp_path / "film.mkv", 80, 60, 16) as film:
        for _ in range(10):
            film.write(still)
    figures = evaluate_film(tmp_path / "film.mkv", engine=Painter(), flicker=0.1)
    assert figures["grey"]["chroma_warp_error"] < 0.05
    assert figures["steady"]["chroma_warp_error"] < 0.5 * figures["framewise"]["chroma_warp_error"]


def test_nothing_to_judge_by(tmp_path: Path) -> None:
    with pytest.raises(NothingUsableError):
        evaluate_photos(tmp_path, engine=Painter())
    (tmp_path / "broken.tar").write_bytes(b"no tar")
    with pytest.raises(MediaError):
        evaluate_photos(tmp_path / "broken.tar", engine=Painter())
