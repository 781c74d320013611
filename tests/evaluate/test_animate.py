"""The animated photograph must be nearer to the truth than the photograph that stands still."""

from __future__ import annotations

import numpy as np
import pytest

from tests.finish.animate.material import performed
from tremendo.errors import NothingUsableError
from tremendo.evaluate.animate import self_reenactment
from tremendo.media import open_frames
from tremendo.media.frames import MemoryFrames


def test_beats_the_still_on_a_synthetic_film(finder, astronaut):
    frames = list(performed(astronaut, finder, driver="laugh", frames=30, strength=0.8))
    result = self_reenactment(MemoryFrames(frames, 24), finder, every=3)
    assert result.frames == 10
    assert result.lost == 0
    assert result.beats_still
    assert result.engine.akd < 0.6 * result.still.akd
    assert result.engine.psnr > result.still.psnr
    assert result.plain.akd < result.still.akd


def test_no_face(finder):
    with pytest.raises(NothingUsableError):
        self_reenactment(MemoryFrames([np.zeros((64, 64, 3), np.uint8)] * 3), finder)


@pytest.mark.parametrize("name", ["d0", pytest.param("d18", marks=pytest.mark.slow)])
def test_beats_the_still_on_real_films(finder, data, name):
    film = open_frames(data / "drivers" / f"{name}.mp4")
    result = self_reenactment(film, finder, every=12)
    assert result.beats_still
    assert result.engine.akd < 0.45 * result.still.akd
    assert result.engine.expression < 0.75 * result.still.expression
    assert result.correlation["jawOpen"] > 0.85
    assert result.engine.psnr > result.still.psnr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["d3", "d10"])
def test_beats_the_still_on_films_with_head_motion(finder, data, name):
    result = self_reenactment(open_frames(data / "drivers" / f"{name}.mp4"), finder, every=5)
    assert result.engine.akd < 0.45 * result.still.akd
    assert result.engine.expression < 0.75 * result.still.expression
    assert result.correlation["yaw"] > 0.85
