from fractions import Fraction

import numpy as np
import pytest

from tests.archive.material import take
from tremendo.archive.cadence import CadenceMeter, find_cadence
from tremendo.archive.pictures import luma_of
from tremendo.media.frames import Frame


def carried(film: list[Frame], native: int, container: int) -> list[Frame]:
    """The film at ``native`` pictures a second in a file of ``container`` frames a second."""
    count = len(film) * container // native
    return [film[i * native // container] for i in range(count)]


def noisy(frames: list[Frame], level: float, seed: int = 0) -> list[Frame]:
    """Independent noise on every frame, as a scanner or codec leaves it."""
    rng = np.random.default_rng(seed)
    return [
        np.clip(f + rng.normal(0, level, (*f.shape[:2], 1)), 0, 255).astype(np.uint8)
        for f in frames
    ]


def measured(frames: list[Frame], fps: int):
    meter = CadenceMeter()
    for frame in frames:
        meter.add(luma_of(frame))
    return meter.result(Fraction(fps))


@pytest.mark.parametrize(
    ("native", "container"), [(12, 24), (16, 24), (18, 25), (16, 25), (20, 25), (24, 30), (7, 28)]
)
@pytest.mark.parametrize("noise", [0.5, 6.0])
def test_pull_up_is_undone(native, container, noise):
    film = take(1, 60, speed=3)
    cadence = measured(noisy(carried(film, native, container), noise), container)
    assert cadence.fps == native
    assert abs(len(cadence.frame_map) - 60) <= 1
    pictures = [place * native // container for place in cadence.frame_map]
    assert pictures == sorted(set(pictures)), "no picture twice, order kept"


def test_film_without_pull_up_keeps_all_frames():
    cadence = measured(noisy(take(2, 80), 4), 24)
    assert cadence.frame_map == tuple(range(80))
    assert cadence.fps == 24
    assert cadence.warnings == ()


def test_held_title_is_no_pull_up():
    title = [take(3, 1)[0]] * 60
    film = noisy([*take(4, 40), *title, *take(5, 40)], 1.0)
    assert len(measured(film, 24).frame_map) == 140


def test_still_stretch_of_a_pulled_up_film_is_thinned_too():
    film = [*take(6, 60), *[take(7, 1)[0]] * 30, *take(8, 60)]
    cadence = measured(carried(film, 16, 24), 24)
    assert cadence.fps == 16
    assert abs(len(cadence.frame_map) - 150) <= 2


def test_frames_that_repeat_at_random_are_kept_and_said():
    rng = np.random.default_rng(9)
    film = take(9, 120, speed=3)
    stuttering = [film[i] for i in range(120) for _ in range(1 + int(rng.random() < 0.45))]
    cadence = measured(stuttering, 24)
    assert len(cadence.frame_map) == len(stuttering)
    assert "without a regular pattern" in cadence.warnings[0]


def test_short_clip_is_left_alone():
    assert find_cadence(np.array([np.inf, 0.0, 9.0, 0.0]), Fraction(24)).frame_map == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("name", "rate", "frames"),
    [
        ("roundhay-1888.mp4", 7, 20),
        ("chaplin-1910s.mp4", 17, 164),
        ("newsreel-1950s.mp4", 23.2, 288),
    ],
)
def test_real_films(data, name, rate, frames):
    from tremendo.media import open_frames

    source = open_frames(data / "films" / name)
    meter = CadenceMeter()
    for frame in source.read():
        meter.add(luma_of(frame))
    cadence = meter.result(source.fps)
    assert float(cadence.fps) == pytest.approx(rate)
    assert len(cadence.frame_map) == frames
