from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from tests.finish.animate.material import filmed
from tremendo.errors import MediaError, UsageError
from tremendo.finish.animate.analysis.composition import picture_area, vanishing_point
from tremendo.finish.animate.analysis.photo import PhotoAnalysis
from tremendo.finish.animate.camera.framing import choose_framing
from tremendo.finish.animate.camera.inpainting import fill_hidden
from tremendo.finish.animate.camera.moves import choose_move, ease, path
from tremendo.finish.animate.options import MOVES
from tremendo.imaging.push_pull import spread

FACE = (0.42, 0.22, 0.16, 0.2)


def portrait(height=360, width=480, tone=200):
    """A bright bust before a dark, grainy wall."""
    rng = np.random.default_rng(1)
    grey = np.full((height, width), 60.0) + rng.normal(0, 5, (height, width))
    figure = np.zeros((height, width), np.uint8)
    cv2.ellipse(
        figure, (width // 2, int(height * 0.32)), (width // 10, height // 6), 0, 0, 360, 255, -1
    )
    cv2.ellipse(figure, (width // 2, height), (width // 4, int(height * 0.56)), 0, 0, 360, 255, -1)
    grey[figure > 0] = tone + rng.normal(0, 5, int((figure > 0).sum()))
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2), figure > 0


def street(height=360, width=540):
    """Rails and house fronts that run to a point at (0.6, 0.45)."""
    picture = np.full((height, width, 3), 150, np.uint8)
    x, y = 0.6 * width, 0.45 * height
    for angle in np.linspace(0, 2 * np.pi, 44, endpoint=False):
        far = (int(x + 900 * np.cos(angle)), int(y + 900 * np.sin(angle)))
        near = (int(x + 30 * np.cos(angle)), int(y + 30 * np.sin(angle)))
        cv2.line(picture, near, far, (40, 40, 40), 2, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("framing", ["fill", "fit"])
def test_every_move_fills_every_frame_and_moves(move, framing):
    photo, _ = portrait()
    frames = filmed(photo, move=move, framing=framing, faces=[FACE], strength=1.0)
    assert len(frames) == 9
    assert all(frame.shape == (144, 256, 3) and frame.dtype == np.uint8 for frame in frames)
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 0.5


@pytest.mark.parametrize("move", MOVES)
def test_the_camera_never_sees_past_the_picture(move):
    """A black rim outside the usable part would show at once."""
    inner = np.full((200, 300, 3), 180, np.uint8)
    inner += np.random.default_rng(2).integers(0, 30, inner.shape, dtype=np.uint8)
    photo = cv2.copyMakeBorder(inner, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    for frame in filmed(photo, move=move, framing="fill", strength=1.0):
        assert frame.min() > 120


def test_strength_zero_is_a_still():
    photo, _ = portrait()
    frames = filmed(photo, move="orbit", strength=0.0)
    assert all(np.abs(frames[0].astype(int) - frame).max() <= 2 for frame in frames)


def test_motion_is_smooth():
    """The steps between frames grow and shrink without a jerk: no jitter."""
    photo, _ = portrait()
    frames = filmed(photo, move="pan-right", framing="fill", frames=24, strength=0.8)
    shifts = [
        cv2.phaseCorrelate(a[..., 0].astype(np.float64), b[..., 0].astype(np.float64))[0][0]
        for a, b in itertools.pairwise(frames)
    ]
    assert np.abs(np.diff(shifts)).max() < 0.25 * np.abs(shifts).max() + 0.15
    assert max(shifts) < 0 or min(shifts) > 0


def test_a_figure_moves_against_its_background_and_leaves_no_double():
    photo, _ = portrait()
    first, *_, last = filmed(
        photo, move="orbit", framing="fill", faces=[FACE], strength=1.0, width=480, height=270
    )
    for frame in (first, last):
        grey = frame[..., 0]
        bright = (cv2.GaussianBlur(grey, (0, 0), 2) > 130).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(bright)
        parts = [stats[i, cv2.CC_STAT_AREA] for i in range(1, count)]
        assert max(parts) > 0.97 * sum(parts)


def test_depth_puts_the_figure_in_front():
    photo, figure = portrait()
    depth = PhotoAnalysis(photo, [FACE]).depth
    mask = cv2.resize(figure.astype(np.uint8), depth.matte.shape[::-1], interpolation=0) > 0
    both = (depth.matte > 0.5) & mask
    assert both.sum() / ((depth.matte > 0.5) | mask).sum() > 0.9
    assert depth.figures[mask].mean() > depth.ground[~mask].mean() + 0.2


def test_an_outline_that_cannot_be_trusted_is_not_cut():
    noise = np.random.default_rng(3).integers(90, 150, (300, 400, 1), dtype=np.uint8)
    photo = np.repeat(cv2.GaussianBlur(noise, (0, 0), 3)[..., None], 3, axis=2)
    assert not PhotoAnalysis(photo, [FACE]).depth.matte.any()


def test_vanishing_point_and_horizon():
    point = vanishing_point(street())
    assert point == pytest.approx((0.6, 0.45), abs=0.03)
    assert PhotoAnalysis(street(), ()).composition.horizon == pytest.approx(0.45, abs=0.03)
    assert vanishing_point(portrait()[0]) is None


def test_horizon_from_faces_that_grow_towards_the_viewer():
    faces = [(0.1 * i, 0.3 + 0.1 * i - 0.015 * i, 0.03 * i, 0.03 * i) for i in range(1, 7)]
    assert PhotoAnalysis(portrait()[0], faces).composition.horizon == pytest.approx(0.3, abs=0.02)


def test_moves_are_chosen_for_the_picture():
    wall = np.full((600, 800, 3), 128, np.uint8)
    assert choose_move(PhotoAnalysis(wall, [FACE]))[0] in ("push", "orbit")
    crowd = [(0.05 * i, 0.4, 0.03, 0.04) for i in range(12)]
    assert choose_move(PhotoAnalysis(wall, crowd))[0] in ("pan-left", "pan-right", "pull")
    assert choose_move(PhotoAnalysis(np.full((900, 500, 3), 128, np.uint8), ()))[0] == "tilt-up"
    move, reason = choose_move(PhotoAnalysis(street(), ()))
    assert move in ("dolly-zoom", "push")
    assert "distance" in reason
    assert {choose_move(PhotoAnalysis(wall, ()), seed=seed)[0] for seed in range(20)} > {"pan-left"}


def test_framing_keeps_people_whole():
    tall = np.full((900, 500, 3), 128, np.uint8)
    assert choose_framing(tall, [(0.4, 0.1, 0.1, 0.06), (0.4, 0.8, 0.1, 0.06)], 16 / 9)[0] == "fit"
    assert choose_framing(tall, [(0.4, 0.1, 0.1, 0.06)], 16 / 9)[0] == "fill"
    assert choose_framing(np.zeros((480, 800, 3), np.uint8), [], 16 / 9)[0] == "fill"


def test_fit_shows_the_whole_picture_between_dark_sides():
    photo = np.full((400, 200, 3), 200, np.uint8)
    frame = filmed(photo, framing="fit", move="push", strength=0.0)[0]
    assert frame[72, 128].mean() == pytest.approx(200, abs=3)
    assert frame[:, :40].mean() < 100


@pytest.mark.parametrize("shape", [(8, 8), (24, 16), (40, 900), (900, 40), (3000, 5200)])
def test_odd_sizes(shape):
    rng = np.random.default_rng(4)
    photo = np.repeat(rng.integers(0, 255, (*shape, 1), dtype=np.uint8), 3, axis=2)
    frames = filmed(photo, frames=2)
    assert [frame.shape for frame in frames] == [(144, 256, 3)] * 2


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_pictures_stay_flat(level):
    frames = filmed(np.full((300, 400, 3), level, np.uint8), frames=3)
    assert all(np.abs(frame.astype(int) - level).max() <= 1 for frame in frames)


def test_what_cannot_be_filmed_is_refused():
    with pytest.raises(MediaError, match="too small"):
        filmed(np.zeros((1, 1, 3), np.uint8))
    with pytest.raises(MediaError, match="not an RGB"):
        filmed(np.zeros((50, 50), np.uint8))
    photo = np.zeros((50, 50, 3), np.uint8)
    for wrong in ({"move": "roll"}, {"framing": "round"}, {"frames": 0}, {"strength": 2.0}):
        with pytest.raises(UsageError):
            filmed(photo, **wrong)
    with pytest.raises(UsageError):
        path("roll", 0.5, 1.0)


def test_same_seed_same_film():
    photo, _ = portrait()
    one, two = filmed(photo, faces=[FACE], seed=5), filmed(photo, faces=[FACE], seed=5)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_easing_starts_and_ends_where_it_should():
    values = [ease(t) for t in np.linspace(0, 1, 50)]
    assert values[0] == 0
    assert values[-1] == pytest.approx(1)
    assert np.all(np.diff(values) > 0)


def test_border_is_found_but_a_dark_room_is_not_one():
    rng = np.random.default_rng(5)
    inner = rng.integers(60, 200, (300, 400, 3), dtype=np.uint8)
    paper = cv2.copyMakeBorder(inner, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=(250, 250, 250))
    left, top, right, bottom = picture_area(paper)
    assert 20 <= left <= 26
    assert 20 <= top <= 26
    assert 414 <= right <= 420
    assert 314 <= bottom <= 320
    assert picture_area(inner) == (0, 0, 400, 300)


def test_hidden_part_is_made_up_with_tone_and_texture():
    rng = np.random.default_rng(6)
    ramp = np.linspace(60, 180, 200)[None] + rng.normal(0, 8, (160, 200))
    photo = np.repeat(ramp.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
    hidden = np.zeros((160, 200), bool)
    hidden[60:100, 70:130] = True
    damaged = photo.copy()
    damaged[hidden] = 255
    made = fill_hidden(damaged, hidden)
    assert np.array_equal(made[~hidden], photo[~hidden])
    assert np.abs(made[hidden].astype(float).mean() - photo[hidden].mean()) < 8
    grain = made[..., 0].astype(float) - cv2.GaussianBlur(made[..., 0].astype(float), (0, 0), 2)
    assert 0.5 < grain[hidden].std() / grain[~hidden].std() < 1.6


def test_spread_keeps_what_is_known():
    values = np.arange(64, dtype=np.float32).reshape(8, 8)
    known = np.zeros((8, 8), bool)
    known[2, 3] = known[6, 6] = True
    filled = spread(values, known)
    assert np.array_equal(filled[known], values[known])
    assert values[known].min() - 1 <= filled.min()
    assert filled.max() <= values[known].max() + 1


def test_real_photographs_show_no_border_and_no_hole(data):
    for name in ("parislate1800s", "locomotive1880s", "1910racket"):
        photo = cv2.imread(str(data / "photos" / f"{name}.jpg"))[..., ::-1]
        for frame in filmed(np.ascontiguousarray(photo), frames=3, strength=1.0):
            edge = np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]])
            assert (edge.max(axis=1) < 12).mean() < 0.35


@pytest.mark.parametrize("figure", [True, False])
def test_people_move_in_front_of_what_was_made_up(figure):
    """Living pictures show in the cut-out figure; without motion nothing differs."""
    photo, where = portrait()
    faces = [FACE] if figure else []
    still = filmed(photo, move="push", faces=faces, framing="fill")
    same = filmed(photo, move="push", faces=faces, framing="fill", living=iter([photo.copy()] * 9))
    for a, b in zip(still, same, strict=True):
        assert np.abs(a.astype(int) - b).max() <= 2
    darker = photo.copy()
    darker[where] //= 2
    moving = filmed(photo, move="push", faces=faces, framing="fill", living=iter([darker] * 9))
    for a, b in zip(still, moving, strict=True):
        center = slice(60, 100), slice(120, 136)
        assert b[center].mean() < 0.6 * a[center].mean()
        assert np.abs(a[:20, :20].astype(int) - b[:20, :20]).max() <= 2
