import pickle
import tracemalloc
from collections.abc import Iterator
from random import Random

import cv2
import numpy as np
import pytest

from tests.finish.color.scenes import Painter, film
from tremendo.errors import UsageError
from tremendo.finish.color.engines.embedded import EmbeddedEngine
from tremendo.finish.color.film import RADIUS, colorize_film
from tremendo.finish.color.lab import frame_lightness
from tremendo.finish.color.photo import colorize_photo
from tremendo.finish.color.shot_stats import analyze_colors
from tremendo.media.frames import Frame, FrameSelection, MemoryFrames


@pytest.fixture(scope="module")
def network() -> Painter:
    return Painter()


def test_the_packaged_network_colors_film() -> None:
    frames = list(colorize_film(film(5), engine=EmbeddedEngine()))
    assert all(np.ptp(frame.astype(int), axis=2).max() > 5 for frame in frames)


def test_as_many_frames_come_out_with_their_lightness(network: Painter) -> None:
    source = film(45, flicker=0.08)
    out = list(colorize_film(source, engine=network))
    assert len(out) == 45
    for before, after in zip(source.read(), out, strict=True):
        assert np.abs(frame_lightness(after) - frame_lightness(before)).max() < 0.4


@pytest.mark.parametrize("count", [1, 2, 5])
def test_short_shots(network: Painter, count: int) -> None:
    assert len(list(colorize_film(film(count), engine=network))) == count


def test_tiny_frames(network: Painter) -> None:
    dots = MemoryFrames([np.full((1, 1, 3), 90, np.uint8)] * 6)
    assert [frame.shape for frame in colorize_film(dots, engine=network)] == [(1, 1, 3)] * 6


def test_parts_of_a_shot_are_exactly_the_shot(network: Painter) -> None:
    source = film(100, flicker=0.05)
    whole = list(colorize_film(source, start=4, stop=96, engine=network))
    for part in ((4, 30), (30, 41), (41, 96)):
        piece = list(colorize_film(source, start=4, stop=96, part=part, engine=network))
        for alone, within in zip(piece, whole[part[0] - 4 : part[1] - 4], strict=True):
            assert np.array_equal(alone, within)


def test_frames_outside_the_shot_do_not_matter(network: Painter) -> None:
    frames = list(film(20).read())
    noise = [np.full_like(frames[0], 255)] * 10
    alone = list(colorize_film(MemoryFrames(frames), engine=network))
    within = list(
        colorize_film(MemoryFrames([*noise, *frames, *noise]), start=10, stop=30, engine=network)
    )
    assert all(np.array_equal(a, b) for a, b in zip(alone, within, strict=True))


def test_color_is_steadier_than_frame_by_frame(network: Painter) -> None:
    source = film(24, flicker=0.12)
    steady = list(colorize_film(source, engine=network))
    single = [colorize_photo(frame, engine=network) for frame in source.read()]

    def unrest(frames: list[Frame]) -> float:
        """Change of ab from frame to frame in the sky, which does not move."""
        skies = [frame[:25].astype(np.float32) / 255 for frame in frames]
        ab = np.stack([cv2.cvtColor(sky, cv2.COLOR_RGB2LAB)[..., 1:] for sky in skies])
        return float(np.abs(np.diff(ab, axis=0)).mean())

    assert unrest(steady) < 0.4 * unrest(single)


def test_reading_stays_within_the_stated_radius(network: Painter) -> None:
    source = film(300, height=32, width=40)
    asked: list[int] = []

    class Watched(FrameSelection):
        def read(self, start=0, stop=None):  # type: ignore[no-untyped-def]
            for number, frame in enumerate(super().read(start, stop), start=start):
                asked.append(number)
                yield frame

    list(colorize_film(Watched(source), part=(150, 160), engine=network))
    far = {number for number in asked if not 150 - RADIUS <= number < 160 + RADIUS}
    assert len(far) <= 8


@pytest.mark.parametrize("part", [(-1, 3), (5, 3), (0, 11)])
def test_parts_that_do_not_exist(network: Painter, part: tuple[int, int]) -> None:
    with pytest.raises(UsageError):
        colorize_film(film(10), part=part, engine=network)


def test_random_parts_in_any_order_equal_the_whole_with_stored_statistics(
    network: Painter,
) -> None:
    source = film(170, height=48, width=64)
    whole = list(colorize_film(source, start=3, stop=165, engine=network))
    stats = pickle.loads(pickle.dumps(analyze_colors(source, start=3, stop=165, engine=network)))
    random = Random(16)
    for _ in range(4):
        first = random.randrange(3, 150)
        part = (first, random.randrange(first + 1, min(166, first + 20)))
        kept = random.choice((None, stats))
        piece = list(
            colorize_film(source, start=3, stop=165, part=part, engine=network, stats=kept)
        )
        for number, frame in enumerate(piece, start=part[0] - 3):
            assert np.array_equal(frame, whole[number])


def test_what_is_read_for_a_part_does_not_grow_with_the_shot(network: Painter) -> None:
    frames = list(film(24, height=48, width=64).read())
    read = []
    for count in (400, 3000):
        source = Counted([frames[number % 24] for number in range(count)])
        list(colorize_film(source, part=(180, 200), engine=network))
        read.append(source.read_frames)
    assert read[1] == read[0]


def test_a_long_part_needs_no_more_memory_than_a_short_one(network: Painter) -> None:
    frames = list(film(24, height=48, width=64).read())
    source = MemoryFrames([frames[number % 24] for number in range(400)])
    peaks = []
    for end in (160, 320):
        tracemalloc.start()
        for _ in colorize_film(source, part=(0, end), engine=network):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.05 * peaks[0]


def test_statistics_of_another_shot_are_refused(network: Painter) -> None:
    stats = analyze_colors(film(40), start=2, engine=network)
    with pytest.raises(UsageError, match="statistics are of frames 2 to 40"):
        colorize_film(film(40), engine=network, stats=stats)


class Counted(MemoryFrames):
    """Counts the frames that are read."""

    read_frames = 0

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for frame in super().read(start, stop):
            self.read_frames += 1
            yield frame
