"""What may move for ever, and what is to move at all."""

from __future__ import annotations

import numpy as np
import pytest

from tests.finish.animate.material import known
from tremendo.finish.animate.analysis.appearance import AppearanceMaps
from tremendo.finish.animate.analysis.depth import Depth
from tremendo.finish.animate.analysis.figures import Figure
from tremendo.finish.animate.analysis.flow_regions import FlowRegion, find_flow_regions
from tremendo.finish.animate.plan import propose_motion

SHAPE = (300, 400)


def look(**maps):
    plain = {"luma": 150.0, "green": 0.0, "yellow": 0.0, "rough": 3.0, "level": 0.0, "combed": 0.2}
    filled = {name: np.full(SHAPE, value, np.float32) for name, value in plain.items()}
    for name, (part, value) in maps.items():
        filled[name][part] = value
    return AppearanceMaps(**filled)


SEA = np.s_[180:, :]
CROWN = np.s_[10:120, 30:200]


def found(seen, faces=()):
    return find_flow_regions(seen.luma.shape[::-1], faces, seen)


def sea(**other):
    maps = {"yellow": (SEA, -10.0), "level": (SEA, 2.0), "luma": (np.s_[:180], 210.0)}
    return look(**maps | other)


def test_a_sea_below_a_level_line_is_found():
    (loop,) = found(sea())
    assert loop.kind == "sea"
    assert loop.confidence > 0.8
    assert loop.area[:178].max() == 0
    assert loop.area[290, 200] > loop.area[190, 200] > 0  # near waves move farther


@pytest.mark.parametrize(
    "other",
    [
        {"yellow": (SEA, 5.0), "level": (SEA, 0.5)},  # the ground is neither blue nor level
        {"level": (SEA, -1.0)},  # nor do things stand in water
        {"luma": (np.s_[:180], 60.0)},  # and there is no sky above a floor
    ],
)
def test_a_doubtful_sea_is_not(other):
    assert found(sea(**other)) == []


def pale(**other):
    """Level waves of no color below a straight line."""
    return sea(**{"yellow": (SEA, 6.0)} | other)


def test_a_pale_sea_is_told_by_its_line_and_waves():
    (loop,) = found(pale())
    assert loop.kind == "sea"
    assert loop.confidence > 0.69
    assert loop.area[:178].max() == 0
    assert loop.area[290, 200] > loop.area[190, 200] > 0


def test_a_pale_floor_field_or_wall_is_no_sea():
    slope = np.arange(SHAPE[0])[:, None] > 120 + 0.3 * np.arange(SHAPE[1])
    hill = pale()
    hill.luma[:] = np.where(slope, 150, 210)
    assert found(hill) == []  # no straight line across the picture
    assert found(pale(level=(SEA, 0.2))) == []  # no waves
    assert found(pale(level=(SEA, 1.0), combed=(SEA, 0.95), green=(SEA, 10.0))) == []  # mown rows
    assert found(pale(luma=(np.s_[:180], 100.0))) == []  # a dark wall above


def test_what_stands_in_the_sea_stays():
    seen = sea()
    seen.luma[200:260, 180:220] = 20
    (loop,) = found(seen)
    assert loop.area[200:260, 182:218].max() == 0
    assert loop.area[200:260, 100:160].min() > 0


def test_leaves_are_green_rough_and_high():
    crown = {"green": (CROWN, 12.0), "yellow": (CROWN, 20.0), "rough": (CROWN, 16.0)}
    (loop,) = found(look(**crown))
    assert loop.kind == "leaves"
    assert loop.way == "sway"
    assert loop.area[60, 100] == 1
    assert found(look(**crown | {"combed": (CROWN, 0.48)})) == []  # rows of iron, planks, bark
    assert found(look(**crown | {"rough": (CROWN, 4.0)})) == []  # a painted wall
    lawn = {name: (np.s_[200:, :], value) for name, (_, value) in crown.items()}
    assert found(look(**lawn)) == []


def test_behind_a_portrait_leaves_may_be_painted():
    crown = {"green": (CROWN, 12.0), "yellow": (CROWN, 20.0), "rough": (CROWN, 16.0)}
    assert found(look(**crown), [(0.4, 0.3, 0.15, 0.2)]) == []


def space(people=0, *loops):
    empty = np.zeros(SHAPE, np.float32)
    cut = tuple(Figure(empty, 200.0, person=True) for _ in range(people))
    return {"depth": Depth(empty, empty, empty, empty, 0.5, cut), "flow_regions": loops}


def loop(kind, share, confidence=0.8):
    area = np.zeros(SHAPE, np.float32)
    area[: round(share * SHAPE[0])] = 1
    return FlowRegion(kind, area, "sway", confidence)


@pytest.mark.parametrize(
    ("faces", "seen", "motion", "why"),
    [
        ([(0.4, 0.2, 0.2, 0.3)], None, "face", "30%"),
        ([(0.1 * n, 0.4, 0.03, 0.05) for n in range(5)], space(5), "figures", "5 faces"),
        ([], space(3), "figures", "3"),
        ([], space(2, loop("sea", 0.4)), "loop", "sea, 80% sure"),
        ([], space(0, loop("leaves", 0.2)), "loop", "leaves"),
        ([], space(0, loop("leaves", 0.02)), "camera", "nobody"),
        ([], space(), "camera", "nobody"),
    ],
)
def test_the_choice_and_its_reason(faces, seen, motion, why):
    choice = propose_motion(known(np.zeros((*SHAPE, 3), np.uint8), faces, **(seen or {})))
    assert choice.motion == motion
    assert why in choice.reason


def test_the_sea_of_a_real_photograph(data):
    from tremendo.media import read_photo

    seen = known(read_photo(data / "photos" / "rottindean1890s.jpg"), ())
    assert propose_motion(seen).motion == "loop"
    assert [one.kind for one in seen.flow_regions] == ["sea"]
