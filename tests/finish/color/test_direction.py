"""Hints, references and variants take hold, and hold."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from tests.finish.color.scenes import film, landscape
from tremendo.errors import UsageError
from tremendo.evaluate.color_figures import chroma_unrest, color_difference
from tremendo.finish.color.direction import Direction
from tremendo.finish.color.film import colorize_film
from tremendo.finish.color.hint import Hint, parse_hint
from tremendo.finish.color.lab import frame_ab
from tremendo.finish.color.network import ColorNetwork
from tremendo.finish.color.photo import colorize_photo
from tremendo.finish.color.track import follow
from tremendo.media.frames import Frame, MemoryFrames, View


@pytest.fixture(scope="module")
def network() -> ColorNetwork:
    return ColorNetwork()


def ball(number: int) -> tuple[int, int]:
    """Where the ball of ``bowling`` is."""
    return 40 + 2 * number, 70 + round(12 * np.sin(number / 7))


def bowling(count: int) -> MemoryFrames:
    """A patterned ball that rolls over patterned ground."""
    rng = np.random.default_rng(3)
    ground = cv2.GaussianBlur(rng.uniform(90, 190, (140, 200)).astype(np.float32), (0, 0), 1.5)
    frames = []
    for number in range(count):
        grey = ground.copy()
        cv2.circle(grey, ball(number), 18, 60.0, -1)
        for dx, dy in ((-6, -5), (7, 2), (-2, 9)):
            cv2.circle(grey, (ball(number)[0] + dx, ball(number)[1] + dy), 3, 85.0, -1)
        smooth = cv2.GaussianBlur(grey, (0, 0), 0.8)
        frames.append(np.repeat(smooth.astype(np.uint8)[..., None], 3, axis=2))
    return MemoryFrames(frames, 16)


def hue(frame: Frame, x: int, y: int) -> float:
    a, b = frame_ab(frame)[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 2).mean(axis=0)
    return float(np.degrees(np.arctan2(b, a)))


def turn(first: float, second: float) -> float:
    return abs((first - second + 180) % 360 - 180)


def test_a_hint_is_written_as_point_and_color() -> None:
    assert parse_hint("12,34,#0a0bff@7") == Hint(12, 34, (10, 11, 255), 7)
    for wrong in ("12,34", "12,34,red", "-1,3,#000000", "1,2,#12345", "1,2,#123456@x"):
        with pytest.raises(UsageError):
            parse_hint(wrong)


def test_a_point_is_followed_both_ways() -> None:
    source = bowling(40)
    places = follow(source, (0, 40), ball(15), 15) * (200, 140)
    errors = np.linalg.norm(places - [ball(number) for number in range(40)], axis=1)
    assert errors.max() < 4


def test_a_point_that_leaves_is_lost() -> None:
    frames = [*bowling(10).read(), *(np.full((140, 200, 3), 120, np.uint8),) * 12]
    places = follow(MemoryFrames(frames), (0, 22), ball(0), 0)
    assert not np.isnan(places[:10]).any()
    assert np.isnan(places[-4:]).all()


def test_a_hint_holds_on_its_moving_object(network: ColorNetwork) -> None:
    source = bowling(48)
    x, y = ball(20)
    wish = Hint(x, y, (200, 40, 160), 20)
    plain = list(colorize_film(source, engine=network))
    out = list(colorize_film(source, Direction(hints=(wish,)), engine=network))
    wanted = float(np.degrees(np.arctan2(wish.ab[1], wish.ab[0])))
    for number, frame in enumerate(out):
        assert turn(hue(frame, *ball(number)), wanted) < 15
        corner = np.abs(frame_ab(frame)[:30, :30] - frame_ab(plain[number])[:30, :30])
        assert corner.mean() < 2  # the ground keeps its own color


def test_a_hint_stays_within_its_object_on_a_photograph(network: ColorNetwork) -> None:
    photo = landscape()
    wish = parse_hint("50,60,#2040c0")
    ab = frame_ab(colorize_photo(photo, Direction(hints=(wish,)), engine=network))
    assert turn(float(np.degrees(np.arctan2(*ab[60, 50][::-1]))), hue_of(wish)) < 12
    before = frame_ab(colorize_photo(photo, engine=network))
    assert np.abs(ab - before)[:20].mean() < 2  # sky


def hue_of(wish: Hint) -> float:
    return float(np.degrees(np.arctan2(wish.ab[1], wish.ab[0])))


@pytest.mark.parametrize("wish", [Hint(500, 10, (255, 0, 0)), Hint(5, 5, (255, 0, 0), 99)])
def test_hints_outside_are_refused(network: ColorNetwork, wish: Hint) -> None:
    with pytest.raises(UsageError):
        list(colorize_film(film(4), Direction(hints=(wish,)), engine=network))
    with pytest.raises(UsageError):
        colorize_photo(landscape(), Direction(hints=(wish,)), engine=network)


def colored_still(frame: Frame) -> Frame:
    """The landscape with a violet sky and orange ground, as no network would think of."""
    lab = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab[: len(lab) // 2, :, 1:] = 25, -35
    lab[len(lab) // 2 :, :, 1:] = 25, 45
    return np.asarray(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255, 0, 255), np.uint8)


def test_a_reference_gives_its_colors_to_the_whole_shot(network: ColorNetwork) -> None:
    source = film(48)
    still = colored_still(next(iter(source.read(0, 1))))
    out = list(colorize_film(source, Direction(references=(still,)), engine=network))
    for frame in out:
        assert turn(hue(frame, 80, 15), float(np.degrees(np.arctan2(-35, 25)))) < 15
        assert turn(hue(frame, 140, 105), float(np.degrees(np.arctan2(45, 25)))) < 15


def test_a_grey_reference_is_refused(network: ColorNetwork) -> None:
    with pytest.raises(UsageError, match="no color"):
        colorize_photo(landscape(), Direction(references=(landscape(),)), engine=network)


def test_variants_differ_and_each_is_steady(network: ColorNetwork) -> None:
    source = film(12)
    films = [
        list(colorize_film(source, Direction(variant=seed), engine=network)) for seed in (0, 1, 2)
    ]
    for first, second in combinations(films, 2):
        assert np.mean([color_difference(a, b) for a, b in zip(first, second, strict=True)]) > 2
    assert max(chroma_unrest(frames) for frames in films) < 1.5
    again = list(colorize_film(source, Direction(variant=2), engine=network))
    assert all(np.array_equal(a, b) for a, b in zip(again, films[2], strict=True))


def test_parts_of_a_directed_shot_are_exactly_the_shot(network: ColorNetwork) -> None:
    source = bowling(70)
    wishes = Direction(hints=(Hint(*ball(5), (200, 40, 160), 5),), variant=1)
    whole = list(colorize_film(source, wishes, engine=network))
    piece = list(colorize_film(View(source), wishes, part=(40, 52), engine=network))
    assert all(np.array_equal(a, b) for a, b in zip(piece, whole[40:52], strict=True))
