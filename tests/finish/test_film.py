import cv2
import numpy as np
import pytest

from tremendo.finish.film import FinishOptions, color_photo, finish_film
from tremendo.media import MemoryFrames


@pytest.fixture(scope="module")
def ground():
    coarse = np.random.default_rng(0).uniform(30, 220, (12, 16)).astype(np.float32)
    grey = cv2.resize(coarse, (192, 144), interpolation=cv2.INTER_CUBIC)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2)


def chroma(frame):
    return np.ptp(frame.astype(int), axis=2).mean()


def test_color_is_given_to_what_has_none(ground):
    colored = color_photo(ground, FinishOptions(), colored=False)
    assert chroma(ground) == 0
    assert chroma(colored) > 2
    assert color_photo(ground, FinishOptions(), colored=True) is ground
    assert color_photo(ground, FinishOptions(color="off"), colored=False) is ground
    assert chroma(color_photo(ground, FinishOptions(color="always"), colored=True)) > 2


@pytest.mark.parametrize(
    "look",
    [
        FinishOptions(),
        FinishOptions(restore="off"),
        FinishOptions(color="off"),
        FinishOptions(restore="off", color="off"),
    ],
)
def test_a_take_has_as_many_frames_as_asked_for(ground, look):
    film = MemoryFrames([np.roll(ground, n, 1) for n in range(24)], 16)
    done = list(finish_film(film, (2, 20), (5, 15), look, colored=False))
    assert len(done) == 10
    assert all(f.shape == ground.shape for f in done)
    if look == FinishOptions(restore="off", color="off"):
        assert all(np.array_equal(a, b) for a, b in zip(done, film.read(5, 15), strict=True))


@pytest.mark.parametrize("restore", ["gentle", "music-video", "off"])
def test_a_take_equals_the_whole_shot_there(ground, restore):
    random = np.random.default_rng(13)
    small = ground[::2, ::2]
    frames = []
    for n in range(28):  # a pan that flickers and weaves, with grain
        moved = np.roll(small, (int(random.integers(-1, 2)), 2 * n), (0, 1)).astype(float)
        noisy = moved * random.uniform(0.9, 1.1) + random.normal(0, 3, small.shape[:2])[..., None]
        frames.append(np.clip(noisy, 0, 255).astype(np.uint8))
    film, look = MemoryFrames(frames, 16), FinishOptions(restore=restore)
    whole = list(finish_film(film, (0, 28), (0, 28), look, colored=False))
    for first, end in ((21, 28), (0, 7), (7, 21)):
        take = list(finish_film(film, (0, 28), (first, end), look, colored=False))
        assert all(np.array_equal(a, b) for a, b in zip(take, whole[first:end], strict=True))
