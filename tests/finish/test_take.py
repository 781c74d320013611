import re
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from tremendo.finish.film import FinishOptions, color_photo, finish_film
from tremendo.finish.take import Motion, move_photo
from tremendo.media import MemoryFrames

MOTION = Motion("face", 14, Fraction(24), 320, 180, beats=(0.2,), seed=3)


@pytest.fixture(scope="module")
def ground():
    coarse = np.random.default_rng(0).uniform(30, 220, (12, 16)).astype(np.float32)
    grey = cv2.resize(coarse, (192, 144), interpolation=cv2.INTER_CUBIC)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2)


def chroma(frame):
    return np.ptp(frame.astype(int), axis=2).mean()


def test_a_portrait_comes_alive_in_the_film_s_frame(astronaut):
    frames, said = move_photo(astronaut, MOTION)
    seen = np.stack(list(frames)).astype(int)
    assert "face" in said.statement
    assert seen.shape == (14, 180, 320, 3)
    steps = np.abs(np.diff(seen, axis=0)).mean(axis=(1, 2, 3))
    assert steps[7:].mean() > 0.2
    assert steps.max() < 12  # motion, no jump


def test_without_a_face_the_camera_moves_and_says_so(ground):
    frames, said = move_photo(ground, MOTION)
    assert "no moving face" in said.statement
    assert len(list(frames)) == 14


def test_the_same_seed_gives_the_same_motion(ground):
    one, other = (np.stack(list(move_photo(ground, MOTION)[0])) for _ in range(2))
    third = np.stack(list(move_photo(ground, replace(MOTION, seed=4, strength=0.9))[0]))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, third)


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


def test_the_camera_move_has_a_reason_and_can_be_told(ground):
    camera = replace(MOTION, treatment="parallax", faces=())
    _, said = move_photo(ground, camera)
    assert re.fullmatch(r"camera: .+; camera move [a-z-]+ \(.+\)", said.statement)
    pulled, said = move_photo(ground, replace(camera, move="pull"))
    assert said.statement.endswith("; camera move pull (as told)")
    pushed, _ = move_photo(ground, replace(camera, move="push"))
    assert np.abs(np.stack(list(pulled)).astype(int) - np.stack(list(pushed))).mean() > 1


def test_small_faces_stir_in_front_of_the_moving_camera(finder, astronaut):
    photo = np.full((480, 720, 3), 120, np.uint8)
    small = cv2.resize(astronaut, (220, 220), interpolation=cv2.INTER_AREA)
    photo[200:420, 60:280] = photo[200:420, 430:650] = small
    boxes = ((0.18, 0.46, 0.08, 0.12), (0.7, 0.46, 0.08, 0.12))
    camera = replace(MOTION, treatment="parallax", move="push", faces=boxes, strength=0.6)
    stirring, said = move_photo(photo, camera)
    assert said.statement.endswith("; the people in the picture stir")
    alone, _ = move_photo(photo, replace(camera, faces=()))
    assert len(list(stirring)) == len(list(alone)) == MOTION.frames


def test_the_project_names_every_performance_and_move():
    from tremendo.decisions import CAMERA_MOVES, PERFORMANCES
    from tremendo.finish.animate.camera.moves import MOVES
    from tremendo.finish.animate.face.presets import PRESETS

    assert set(PRESETS) == PERFORMANCES
    assert set(MOVES) == CAMERA_MOVES
