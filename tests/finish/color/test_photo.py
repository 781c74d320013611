import numpy as np
import pytest

from tests.finish.color.scenes import landscape
from tremendo.errors import UsageError
from tremendo.finish.color.engines.embedded import EmbeddedEngine
from tremendo.finish.color.lab import frame_lightness
from tremendo.finish.color.options import ColorOptions
from tremendo.finish.color.photo import colorize_photo


@pytest.fixture(scope="module")
def network() -> EmbeddedEngine:
    return EmbeddedEngine()


def test_only_chroma_is_added(network: EmbeddedEngine) -> None:
    photo = landscape(240, 320)
    out = colorize_photo(photo, engine=network)
    assert np.abs(frame_lightness(out) - frame_lightness(photo)).max() < 0.4
    assert np.abs(out.astype(int) - photo).max() > 5


def test_a_colored_photograph_counts_by_its_lightness(network: EmbeddedEngine) -> None:
    grey = landscape()
    red = grey.copy()
    red[..., 0] = np.minimum(255, red[..., 0].astype(int) + 30)
    out = colorize_photo(red, engine=network)
    assert np.abs(frame_lightness(out) - frame_lightness(red)).max() < 0.4


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (33, 2), (40, 20000)])
def test_extreme_sizes(network: EmbeddedEngine, shape: tuple[int, int]) -> None:
    photo = np.full((*shape, 3), 128, np.uint8)
    out = colorize_photo(photo, engine=network)
    assert out.shape == photo.shape
    assert out.dtype == np.uint8


def test_vividness_is_monotonous_and_checked(network: EmbeddedEngine) -> None:
    photo = landscape()
    spans = [
        np.ptp(
            colorize_photo(photo, ColorOptions(vividness=v), engine=network).astype(int), axis=2
        ).mean()
        for v in (0.0, 0.5, 1.0)
    ]
    assert spans[0] < spans[1] < spans[2]
    with pytest.raises(UsageError):
        colorize_photo(photo, ColorOptions(vividness=1.5), engine=network)


def test_mirrored_photograph_gets_mirrored_colors(network: EmbeddedEngine) -> None:
    photo = landscape(192, 256)
    out = colorize_photo(photo, engine=network)
    mirrored = colorize_photo(np.ascontiguousarray(photo[:, ::-1]), engine=network)[:, ::-1]
    assert np.abs(out.astype(int) - mirrored).mean() < 1.5
