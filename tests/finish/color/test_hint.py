"""Hints take hold of their objects, and hold."""

import cv2
import numpy as np
import pytest

from tests.finish.color.scenes import film, landscape
from tremendo.errors import UsageError
from tremendo.finish.color.engines.embedded import EmbeddedEngine
from tremendo.finish.color.film import colorize_film
from tremendo.finish.color.hint import Hint, parse_hint
from tremendo.finish.color.lab import frame_ab
from tremendo.finish.color.object_tracking import track_objects
from tremendo.finish.color.options import ColorOptions
from tremendo.finish.color.photo import colorize_photo
from tremendo.media.frames import Frame, FrameSelection, MemoryFrames

VIOLET, GREEN = (200, 40, 160), (30, 160, 60)
SIZE = (140, 200)


@pytest.fixture(scope="module")
def network() -> EmbeddedEngine:
    return EmbeddedEngine()


def ball(number: int) -> tuple[int, int]:
    """Where the ball of ``bowling`` is."""
    return 40 + 2 * number, 70 + round(12 * np.sin(number / 7))


def ground() -> np.ndarray:
    rng = np.random.default_rng(3)
    return cv2.GaussianBlur(rng.uniform(90, 190, SIZE).astype(np.float32), (0, 0), 1.5)


def draw(grey: np.ndarray, x: int, y: int) -> None:
    """A patterned ball."""
    cv2.circle(grey, (x, y), 18, 60.0, -1)
    for dx, dy in ((-6, -5), (7, 2), (-2, 9)):
        cv2.circle(grey, (x + dx, y + dy), 3, 85.0, -1)


def frame_of(grey: np.ndarray) -> Frame:
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.8)
    return np.repeat(smooth.astype(np.uint8)[..., None], 3, axis=2)


def bowling(count: int, *, pillar: bool = False) -> MemoryFrames:
    """A patterned ball that rolls over patterned ground, maybe behind a pillar that hides it."""
    frames = []
    for number in range(count):
        grey = ground()
        draw(grey, *ball(number))
        if pillar:
            grey[:, 90:135] = 225
        frames.append(frame_of(grey))
    return MemoryFrames(frames, 16)


def overlap(mask: np.ndarray, x: int, y: int) -> float:
    """Intersection by union of a mask and the ball at a place."""
    disc = np.zeros(SIZE, np.uint8)
    cv2.circle(disc, (x, y), 18, 1, -1)
    claimed = cv2.resize(mask, SIZE[::-1], interpolation=cv2.INTER_LINEAR) > 127
    return float((claimed & (disc > 0)).sum() / (claimed | (disc > 0)).sum())


def hue(frame: Frame, x: int, y: int) -> float:
    a, b = frame_ab(frame)[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 2).mean(axis=0)
    return float(np.degrees(np.arctan2(b, a)))


def astray(frame: Frame, place: tuple[int, int], rgb: tuple[int, int, int]) -> float:
    """Degrees between the hue at a place and that of a color."""
    a, b = Hint(0, 0, rgb).ab
    return abs((hue(frame, *place) - float(np.degrees(np.arctan2(b, a))) + 180) % 360 - 180)


def test_a_hint_is_written_as_point_and_color() -> None:
    assert parse_hint("12,34,#0a0bff@7") == Hint(12, 34, (10, 11, 255), 7)
    for wrong in ("12,34", "12,34,red", "-1,3,#000000", "1,2,#12345", "1,2,#123456@x"):
        with pytest.raises(UsageError):
            parse_hint(wrong)


def test_an_object_is_followed_both_ways(network: EmbeddedEngine) -> None:
    hint = Hint(*ball(15), VIOLET, 15)
    (masks,) = track_objects(bowling(40), (0, 40), [hint], engine=network, spacing=4)
    assert sorted(masks) == list(range(0, 40, 4))
    assert min(overlap(mask, *ball(number)) for number, mask in masks.items()) > 0.7


def test_an_object_that_leaves_is_nowhere(network: EmbeddedEngine) -> None:
    frames = [*bowling(12).read(), *(np.full((*SIZE, 3), 120, np.uint8),) * 12]
    hint = Hint(*ball(0), VIOLET)
    (masks,) = track_objects(MemoryFrames(frames), (0, 24), [hint], engine=network, spacing=4)
    assert overlap(masks[8], *ball(8)) > 0.7
    assert (masks[20] > 127).mean() < 0.01


def test_an_object_is_found_again(network: EmbeddedEngine) -> None:
    source = bowling(70, pillar=True)
    out = list(colorize_film(source, ColorOptions(hints=(Hint(*ball(0), VIOLET),)), engine=network))
    for number in (*range(12), *range(62, 70)):
        assert astray(out[number], ball(number), VIOLET) < 15
    hidden = frame_ab(out[36])[:, 95:130]
    assert np.hypot(hidden[..., 0], hidden[..., 1]).mean() < 12  # the pillar is not apply_hints


def test_two_alike_keep_their_own_colors(network: EmbeddedEngine) -> None:
    frames = []
    for number in range(32):
        grey = ground()
        draw(grey, 40 + 2 * number, 40)
        draw(grey, 160 - 2 * number, 100)
        frames.append(frame_of(grey))
    hints = (Hint(40, 40, VIOLET), Hint(160, 100, GREEN))
    out = list(colorize_film(MemoryFrames(frames, 16), ColorOptions(hints=hints), engine=network))
    for number, frame in enumerate(out):
        assert astray(frame, (40 + 2 * number, 40), VIOLET) < 15
        assert astray(frame, (160 - 2 * number, 100), GREEN) < 15


def test_a_hint_holds_on_its_moving_object(network: EmbeddedEngine) -> None:
    source = bowling(48)
    wish = Hint(*ball(20), VIOLET, 20)
    plain = list(colorize_film(source, engine=network))
    out = list(colorize_film(source, ColorOptions(hints=(wish,)), engine=network))
    for number, frame in enumerate(out):
        assert astray(frame, ball(number), VIOLET) < 15
        corner = np.abs(frame_ab(frame)[:30, :30] - frame_ab(plain[number])[:30, :30])
        assert corner.mean() < 2  # the ground keeps its own color


def test_a_hint_stays_within_its_object_on_a_photograph(network: EmbeddedEngine) -> None:
    photo = landscape()
    wish = parse_hint("50,60,#2040c0")
    out = colorize_photo(photo, ColorOptions(hints=(wish,)), engine=network)
    assert astray(out, (50, 60), wish.rgb) < 12
    before = frame_ab(colorize_photo(photo, engine=network))
    assert np.abs(frame_ab(out) - before)[:20].mean() < 2  # sky


@pytest.mark.parametrize("wish", [Hint(500, 10, (255, 0, 0)), Hint(5, 5, (255, 0, 0), 99)])
def test_hints_outside_are_refused(network: EmbeddedEngine, wish: Hint) -> None:
    with pytest.raises(UsageError):
        list(colorize_film(film(4), ColorOptions(hints=(wish,)), engine=network))
    with pytest.raises(UsageError):
        colorize_photo(landscape(), ColorOptions(hints=(wish,)), engine=network)


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (33, 5)])
def test_pictures_of_any_size_take_a_hint(network: EmbeddedEngine, size: tuple[int, int]) -> None:
    frame = np.full((*size, 3), 128, np.uint8)
    wish = ColorOptions(hints=(Hint(0, 0, VIOLET),))
    out = colorize_photo(frame, wish, engine=network)
    assert out.shape == frame.shape
    assert astray_at_origin(out) < 20
    assert len(list(colorize_film(MemoryFrames([frame] * 6), wish, engine=network))) == 6


def astray_at_origin(frame: Frame) -> float:
    a, b = frame_ab(frame)[0, 0]
    c, d = Hint(0, 0, VIOLET).ab
    return float(np.degrees(np.abs(np.angle(complex(a, b) / complex(c, d)))))


def test_parts_of_a_directed_shot_are_exactly_the_shot(network: EmbeddedEngine) -> None:
    source = bowling(70)
    wishes = ColorOptions(hints=(Hint(*ball(5), VIOLET, 5),), variant=1)
    whole = list(colorize_film(source, wishes, engine=network))
    piece = list(colorize_film(FrameSelection(source), wishes, part=(40, 52), engine=network))
    assert all(np.array_equal(a, b) for a, b in zip(piece, whole[40:52], strict=True))
