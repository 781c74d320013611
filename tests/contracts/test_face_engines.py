"""What every face engine keeps, whoever wrote it; see ``tremendo.finish.animate.face.engine``."""

from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from tests.finish.animate.stand_ins import StandIns
from tremendo.errors import UsageError
from tremendo.finish.animate.face.engine import face_engine
from tremendo.finish.animate.face.liveportrait.engine import LivePortraitEngine
from tremendo.finish.animate.face.motion import LIMITS, HeadMotion
from tremendo.finish.animate.face.presets import PRESETS, preset_motion
from tremendo.finish.animate.face.registry import FACE_ENGINES
from tremendo.media.frames import MemoryFrames

STAND_INS = {"liveportrait": partial(LivePortraitEngine, networks=StandIns())}
"""In place of engines whose weights only users have."""
GRAIN = 3.0
"""By how much, in steps of 8 bits, a painted face may differ from the photograph it copies."""

still = HeadMotion.still


@pytest.fixture(scope="module")
def face(finder, astronaut):
    return finder.find(astronaut)[0]


@pytest.fixture(scope="module", params=FACE_ENGINES.names())
def made(request):
    return STAND_INS.get(request.param) or FACE_ENGINES.factory(request.param)


@pytest.fixture
def engine(made, finder, astronaut, face):
    return made(astronaut, [face], finder.canonical, seed=0)


def told(**values):
    return replace(still(1), **{name: np.array([value]) for name, value in values.items()})


EXTREMES = [
    told(turn=LIMITS * (yaw, pitch, roll), lids=(1.0, 1.0), gaze=(0.3, -0.3), breath=1.0)
    for yaw in (-1, 1)
    for pitch in (-1, 1)
    for roll in (-1, 1)
]


def test_a_head_that_is_told_nothing_looks_as_photographed(engine, astronaut):
    frame = engine.frame([still(1)], 0)
    assert frame.shape == astronaut.shape
    assert frame.dtype == np.uint8
    assert np.abs(frame.astype(int) - astronaut).mean() < GRAIN
    assert np.abs(frame.astype(int).mean() - astronaut.mean()) < 0.2


def test_the_background_stays_as_it_is_by_the_bit(engine, astronaut):
    for motion in EXTREMES:
        frame = engine.frame([motion], 0)
        changed = (frame != astronaut).any(axis=2)
        assert changed.any()
        changed[engine.region.slices] = False
        assert not changed.any()


def test_the_region_lies_in_the_photograph(engine, astronaut):
    left, top, right, bottom = engine.region
    assert 0 <= left < right <= astronaut.shape[1]
    assert 0 <= top < bottom <= astronaut.shape[0]


def test_nothing_tears(engine):
    """Where an engine bends, the bend is one to one; where it paints, it says so by None."""
    for motion in EXTREMES:
        flow = engine.flow([motion], 0)
        if flow is None:
            continue
        assert flow.shape == (engine.region.height, engine.region.width, 2)
        dx, dy = np.gradient(flow, axis=1), np.gradient(flow, axis=0)
        area = (1 + dx[..., 0]) * (1 + dy[..., 1]) - dx[..., 1] * dy[..., 0]
        assert (area > 0).mean() > 0.995


def test_the_photograph_is_left_alone(engine, astronaut):
    before = astronaut.copy()
    engine.frame([EXTREMES[0]], 0)
    assert np.array_equal(astronaut, before)


def test_the_same_motion_is_the_same_frame_in_any_order(made, engine, finder, astronaut, face):
    motion = preset_motion("smile", finder.canonical, frames=4, fps=Fraction(4), seed=1)
    again = made(astronaut, [face], finder.canonical, seed=0)
    forth = [engine.frame([motion], number) for number in range(4)]
    back = [again.frame([motion], number) for number in reversed(range(4))]
    assert all(np.array_equal(a, b) for a, b in zip(forth, reversed(back), strict=True))
    assert any((a != forth[0]).any() for a in forth[1:])


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_played_and_other_people_keep_still(made, finder, astronaut, face, preset):
    beside = np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)
    engine = made(beside, [face], finder.canonical, seed=0)
    motion = preset_motion(preset, finder.canonical, frames=12, fps=Fraction(6), seed=2)
    frame = engine.frame([motion.scaled(0.6)], 9)
    assert (frame[:, :512] != astronaut).any()
    left, top, right, bottom = (round(v) for v in face.box)
    other = np.s_[top:bottom, 1024 - right : 1024 - left]
    assert np.array_equal(frame[other], beside[other])


@pytest.mark.parametrize("name", sorted({*FACE_ENGINES.names()} - {*STAND_INS}))
def test_a_driver_that_shows_the_photograph_alone_changes_nothing(name, face, astronaut):
    """A driver at rest: what an engine reads in it is no motion."""
    kind = FACE_ENGINES.factory(name)
    film = MemoryFrames([astronaut] * 3, Fraction(5))
    read = kind.follow_film(still(3), film, [face] * 3, 0)
    for one in ("turn", "shift", "lids", "gaze", "expression", "breath"):
        assert not getattr(read, one).any()


def test_who_has_no_templates_refuses_them(tmp_path, finder):
    for name in FACE_ENGINES.names():
        kind = FACE_ENGINES.factory(name)
        if not kind.templates:
            with pytest.raises(UsageError, match="template"):
                kind.read_template(tmp_path / "a.bin", finder.canonical)


def test_an_unknown_engine_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="face engines") as refusal:
        face_engine("geometri")
    assert "geometry" in refusal.value.hint
