"""The director says how a photograph moves; otherwise the proposal stands."""

from __future__ import annotations

import json
from fractions import Fraction
from types import SimpleNamespace

import pytest

from tremendo.errors import MediaError
from tremendo.pipeline.recipes import Recipes
from tremendo.pipeline.steps import State
from tremendo.store import Store

SLOT = SimpleNamespace(start=0, end=24, duration=24, technique="face")
TIMELINE = SimpleNamespace(song_start=Fraction(1), fps=Fraction(24), width=64, height=36, seed=0)
SONG = SimpleNamespace(
    beats=[SimpleNamespace(time=1.5), SimpleNamespace(time=9.0)],
    accents=[SimpleNamespace(time=1.25)],
    bars=[SimpleNamespace(start=0.5, end=2.5)],
    may_be_sung=lambda *_: True,
)


def motion(project, told, treatment="face"):
    choices = {"shots": {"shot": {"motion": told}}} if told else {}
    project.folder.mkdir(parents=True, exist_ok=True)
    (project.folder / "decisions.json").write_text(json.dumps(choices))
    slot = SimpleNamespace(**vars(SLOT) | {"technique": treatment})
    shot = SimpleNamespace(id="shot", faces=())
    return Recipes(project, State(project.folder)).motion(slot, shot, TIMELINE, SONG)


@pytest.mark.parametrize(
    ("told", "treatment", "performance", "move"),
    [
        ("", "face", "", "auto"),
        ("face", "face", "", "auto"),
        ("laugh", "face", "laugh", "auto"),
        ("camera", "parallax", "", "auto"),
        ("orbit", "parallax", "", "orbit"),
        ("loop", "parallax", "", "auto"),
        ("figures", "parallax", "", "auto"),
    ],
)
def test_the_choice_is_followed(project, told, treatment, performance, move):
    made = motion(project, told)
    assert (made.treatment, made.performance, made.move) == (treatment, performance, move)


def test_a_proposed_camera_can_become_a_face(project):
    assert motion(project, "", "parallax").treatment == "parallax"
    assert motion(project, "smile", "parallax").treatment == "face"


def test_what_moves_but_the_camera_is_told_or_left_open(project):
    assert motion(project, "loop").moving == "loop"
    assert motion(project, "camera").moving == "camera"
    assert motion(project, "push").moving == motion(project, "").moving == ""
    assert motion(project, "loop").bar == 2.0


def test_the_music_of_the_take_goes_along(project):
    made = motion(project, "sing")
    assert made.beats == (0.5,)
    assert made.accents == (0.25,)
    assert len(made.voice) in {25, 26, 27}
    assert motion(project, "push").voice == ()


def test_an_unknown_choice_is_refused(project):
    with pytest.raises(MediaError, match="moonwalk"):
        motion(project, "moonwalk")


def test_the_voice_of_a_song_is_worked_out_once(project, monkeypatch):
    from tremendo.finish.animate.face import voice

    project.folder.mkdir(parents=True, exist_ok=True)
    store, state = Store(project.folder / "store"), State(project.folder)
    shot = SimpleNamespace(id="shot", faces=())
    first = Recipes(project, state, store).motion(SLOT, shot, TIMELINE, SONG)
    monkeypatch.setattr(voice, "song_voice", None)
    again = Recipes(project, state, store).motion(SLOT, shot, TIMELINE, SONG)
    assert again.voice == first.voice
    with pytest.raises(TypeError):
        Recipes(project, state).motion(SLOT, shot, TIMELINE, SONG)
