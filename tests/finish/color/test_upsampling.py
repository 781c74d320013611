import numpy as np

from tremendo.finish.color.upsampling import guided_upsample, smooth_in_regions


def _two_halves() -> tuple[np.ndarray, np.ndarray]:
    lightness = np.full((120, 160), 30, np.float32)
    lightness[:, 80:] = 70
    ab = np.zeros((30, 40, 2), np.float32)
    ab[:, :22, 0] = 40  # the color runs over the edge by two coarse places
    return ab, lightness


def test_colors_stop_at_edges_of_lightness() -> None:
    ab, lightness = _two_halves()
    settled = smooth_in_regions(ab, np.ones((30, 40), np.float32), lightness, reach=0.065)
    assert settled[:, 60:78, 0].mean() > 30
    assert np.abs(np.diff(settled[60, :, 0])).argmax() in range(77, 82)


def test_unsure_places_take_the_color_of_sure_ones() -> None:
    lightness = np.full((120, 160), 50, np.float32)
    ab = np.zeros((30, 40, 2), np.float32)
    ab[..., 1] = 30
    ab[10:14, 10:14] = (40, -40)
    sure = np.ones((30, 40), np.float32)
    sure[10:14, 10:14] = 0
    settled = smooth_in_regions(ab, sure, lightness, reach=0.065)
    assert np.abs(settled[44:52, 44:52] - (0, 30)).max() < 6


def test_bands_of_a_picture_are_the_whole_picture() -> None:
    rng = np.random.default_rng(3)
    small = rng.uniform(20, 80, (60, 80)).astype(np.float32)
    colors = guided_upsample(rng.standard_normal((60, 80, 2)).astype(np.float32) * 20, small)
    full = rng.uniform(0, 100, (480, 640)).astype(np.float32)
    whole = colors.at(full)
    band = colors.at(full[100:300], top=100, height=480)
    assert np.abs(whole[100:300] - band).max() < 0.05


def test_spread_of_constant_colors_is_constant() -> None:
    ab = np.full((30, 40, 2), (12, -7), np.float32)
    lightness = np.linspace(0, 100, 1200, dtype=np.float32).reshape(30, 40)
    out = guided_upsample(ab, lightness).at(np.tile(lightness, (4, 4)))
    assert np.abs(out - (12, -7)).max() < 1e-2
