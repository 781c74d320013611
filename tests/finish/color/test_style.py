import numpy as np
import pytest

from tests.finish.color.scenes import Painter, film, landscape
from tremendo.errors import UsageError
from tremendo.finish.color.film import colorize_film
from tremendo.finish.color.lab import frame_lightness
from tremendo.finish.color.options import ColorOptions
from tremendo.finish.color.photo import colorize_photo
from tremendo.finish.color.style import STYLES


@pytest.mark.parametrize("style", STYLES)
def test_film_and_photographs_know_every_style(style: str) -> None:
    source = film(6)
    out = list(colorize_film(source, ColorOptions(style=style), engine=Painter()))
    assert len(out) == 6
    assert np.ptp(out[0].astype(int), axis=2).max() > 15
    photo = colorize_photo(landscape(), ColorOptions(style=style), engine=Painter())
    assert np.ptp(photo.astype(int), axis=2).max() > 15


@pytest.mark.parametrize("style", [name for name in STYLES if not name.startswith("tint")])
def test_all_but_tints_keep_lightness(style: str) -> None:
    photo = landscape()
    out = colorize_photo(photo, ColorOptions(style=style), engine=Painter())
    assert np.abs(frame_lightness(out) - frame_lightness(photo)).max() < 0.4


def test_tinting_dyes_the_light_and_toning_the_dark() -> None:
    ramp = np.repeat(np.array([[[4], [128], [255]]], np.uint8), 3, axis=2)
    tint = np.ptp(colorize_photo(ramp, ColorOptions(style="tint")).astype(int), axis=2)[0]
    tone = np.ptp(colorize_photo(ramp, ColorOptions(style="tone")).astype(int), axis=2)[0]
    assert tint[0] < tint[1] < tint[2]
    assert tone[2] == 0
    assert tone[1] > 20


def test_stencils_use_few_colors() -> None:
    rng = np.random.default_rng(1)
    ab = rng.normal(0, 15, (50, 50, 2)).astype(np.float32)
    flat = STYLES["stencil"].recolor(ab)

    def kinds(colors: np.ndarray) -> int:
        return len(np.unique(colors.reshape(-1, 2).round(-1), axis=0))

    assert kinds(flat) < 0.5 * kinds(ab)


def test_unknown_style() -> None:
    with pytest.raises(UsageError, match="hand-tinted"):
        colorize_photo(landscape(), ColorOptions(style="sparkling"))
    with pytest.raises(UsageError):
        colorize_film(film(2), ColorOptions(style="sparkling"))
