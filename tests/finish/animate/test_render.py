"""A photograph walks through four doors: analyzed once, planned once, rendered, recorded."""

import re
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from tremendo.errors import UsageError
from tremendo.finish.animate import MotionOptions, MusicCues, ShotFormat, animate_photo
from tremendo.finish.animate.analysis import photo as analysis_room
from tremendo.finish.animate.analysis.photo import PhotoAnalysis
from tremendo.finish.animate.face import performance
from tremendo.finish.animate.face.presets import PRESETS
from tremendo.finish.animate.options import MOTIONS, MOVES, PERFORMANCES, WORDS
from tremendo.finish.animate.plan import CameraShot, FacePerformance, plan_motion
from tremendo.perception.faces import FaceFinder

FORM = ShotFormat(320, 180, Fraction(24), 14, close_up=True)
CUES = MusicCues(beats=(0.2,))
FACE = MotionOptions("face", seed=3, proposed=True)
SCENE = replace(FACE, motion="scene")


@pytest.fixture(scope="module")
def ground():
    coarse = np.random.default_rng(0).uniform(30, 220, (12, 16)).astype(np.float32)
    grey = cv2.resize(coarse, (192, 144), interpolation=cv2.INTER_CUBIC)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2)


@pytest.fixture(scope="module")
def group(astronaut):
    """Two small faces, far apart, before a plain wall; and where they are."""
    photo = np.full((480, 720, 3), 120, np.uint8)
    small = cv2.resize(astronaut, (220, 220), interpolation=cv2.INTER_AREA)
    photo[200:420, 60:280] = photo[200:420, 430:650] = small
    return photo, ((0.18, 0.46, 0.08, 0.12), (0.7, 0.46, 0.08, 0.12))


def test_a_portrait_comes_alive_in_the_film_s_frame(finder, astronaut):
    moving = animate_photo(astronaut, FACE, CUES, FORM)
    seen = np.stack(list(moving.frames)).astype(int)
    assert "face" in moving.record.statement
    assert moving.record.technique == "face"
    assert moving.record.faces == 1
    assert moving.record.performance in PERFORMANCES
    assert seen.shape == (14, 180, 320, 3)
    steps = np.abs(np.diff(seen, axis=0)).mean(axis=(1, 2, 3))
    assert steps[7:].mean() > 0.2
    assert steps.max() < 12  # motion, no jump


def test_without_a_face_the_camera_moves_and_says_so(ground):
    moving = animate_photo(ground, FACE, CUES, FORM)
    assert "no moving face" in moving.record.statement
    assert moving.record.refused
    assert moving.record.technique == "parallax"
    assert len(list(moving.frames)) == 14


def test_the_same_seed_gives_the_same_motion(ground):
    def film(options):
        return np.stack(list(animate_photo(ground, options, CUES, FORM).frames))

    one, other = film(FACE), film(FACE)
    third = film(replace(FACE, seed=4, strength=0.9))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, third)


def test_the_camera_move_has_a_reason_and_can_be_told(ground):
    said = animate_photo(ground, SCENE, CUES, FORM, faces=()).record.statement
    assert re.fullmatch(r"camera: .+; camera move [a-z-]+ \(.+\)", said)
    pulled = animate_photo(ground, replace(SCENE, move="pull"), CUES, FORM, faces=())
    assert pulled.record.statement.endswith("; camera move pull (as told)")
    assert pulled.record.move == "pull"
    pushed = animate_photo(ground, replace(SCENE, move="push"), CUES, FORM, faces=())
    frames = [np.stack(list(one.frames)).astype(int) for one in (pulled, pushed)]
    assert np.abs(frames[0] - frames[1]).mean() > 1


def test_small_faces_stir_in_front_of_the_moving_camera(finder, group):
    photo, boxes = group
    camera = replace(SCENE, move="push", strength=0.6)
    stirring = animate_photo(photo, camera, CUES, FORM, faces=boxes)
    assert stirring.record.statement.endswith("; the people in the picture stir")
    assert stirring.record.people
    alone = animate_photo(photo, camera, CUES, FORM, faces=())
    assert not alone.record.engine  # no face moves
    assert stirring.record.engine == "mesh"
    assert len(list(stirring.frames)) == len(list(alone.frames)) == FORM.frames


def test_a_face_that_does_not_turn_is_recorded_as_the_camera_move_it_became(
    finder, astronaut, monkeypatch
):
    monkeypatch.setattr(performance, "turning_gains", lambda *_: [None])
    done = animate_photo(astronaut, FACE, CUES, FORM).record
    assert (done.technique, done.faces) == ("parallax", 0)
    assert "does not turn" in done.refused
    assert done.refused in done.statement
    assert done.move in MOVES


@pytest.fixture
def asked(monkeypatch):
    """How often each costly question is asked, by its name."""
    counted = {}

    def count(owner, name):
        whole = getattr(owner, name)

        def once_more(*given, **options):
            counted[name] = counted.get(name, 0) + 1
            return whole(*given, **options)

        monkeypatch.setattr(owner, name, once_more)

    for name in (
        *("face_media", "read_composition", "estimate_depth", "find_people"),
        "find_flow_regions",
    ):
        count(analysis_room, name)
    count(analysis_room.AppearanceMaps, "of")
    whole = FaceFinder.find

    def find(self, frame, **options):
        if not options.get("fast"):
            counted["faces"] = counted.get("faces", 0) + 1
        return whole(self, frame, **options)

    monkeypatch.setattr(FaceFinder, "find", find)
    return counted


@pytest.mark.parametrize("motion", [name for name in MOTIONS if name != "face"])
def test_everything_is_asked_once_of_a_photograph(finder, group, asked, motion):
    photo, _ = group
    form = replace(FORM, width=720, height=480, frames=2, close_up=False)
    list(animate_photo(photo, MotionOptions(motion), CUES, form).frames)
    assert asked["faces"] == 1
    assert asked["estimate_depth"] == asked["read_composition"] == 1
    assert max(asked.values()) == 1


def test_a_close_up_looks_for_the_faces_once_and_for_no_depth(finder, astronaut, asked):
    done = animate_photo(astronaut, FACE, CUES, FORM, faces=((0.35, 0.1, 0.2, 0.25),))
    assert done.record.technique == "face"
    assert asked == {"faces": 1, "face_media": 1, "read_composition": 1}


def test_a_refused_face_is_not_asked_again(finder, group, asked):
    """Neither the whole photograph nor the close-up of it is asked the same thing twice."""
    photo, boxes = group
    done = animate_photo(photo, FACE, CUES, FORM, faces=boxes).record
    assert done.refused
    assert asked["faces"] == 2  # of the close-up, and of the whole
    assert asked["face_media"] <= 2
    assert asked["estimate_depth"] == asked["read_composition"] == 1


def test_a_plan_can_be_read_before_anything_is_rendered(finder, astronaut, group):
    portrait = plan_motion(PhotoAnalysis(astronaut), MotionOptions(), CUES, FORM)
    assert isinstance(portrait, FacePerformance)
    assert len(portrait.faces) == len(portrait.motions) == 1
    assert len(portrait.motions[0]) == FORM.frames
    photo, boxes = group
    scene = plan_motion(PhotoAnalysis(photo, boxes), MotionOptions("camera"), CUES, FORM)
    assert isinstance(scene, CameraShot)
    assert scene.faces is None
    assert not scene.people
    assert scene.reason == "as told"


class TestOptions:
    def test_performances_are_those_that_there_are(self):
        assert set(PRESETS) == set(PERFORMANCES)

    @pytest.mark.parametrize("word", WORDS)
    def test_every_word_asks_for_something_that_was_named(self, word):
        options = MotionOptions.of_choice(word, technique="parallax")
        assert options.explicitly_requested
        assert word in (options.motion, options.driver, options.move)
        assert options.asks_for_face == (word == "face" or word in PERFORMANCES)

    def test_without_a_word_the_montage_proposes(self):
        face, other = (MotionOptions.of_choice("", technique=t) for t in ("face", "parallax"))
        assert face.asks_for_face
        assert not other.asks_for_face
        assert not face.explicitly_requested

    @pytest.mark.parametrize(
        "wrong",
        [
            {"motion": "moonwalk"},
            {"move": "roll"},
            {"strength": 1.5},
            {"strength": float("nan")},
            {"expression": -0.1},
            {"motion": "camera", "mask": "mask.png"},
        ],
    )
    def test_what_means_nothing_is_refused(self, wrong):
        with pytest.raises(UsageError):
            MotionOptions(**wrong)
        with pytest.raises(UsageError):
            MotionOptions.of_choice("moonwalk", technique="face")
