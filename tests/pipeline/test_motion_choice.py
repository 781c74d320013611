"""The director says how a photograph moves; otherwise the proposal stands."""

from __future__ import annotations

import json
from fractions import Fraction
from types import SimpleNamespace

import pytest

from tremendo.core.progress import Progress
from tremendo.errors import ConfigError
from tremendo.pipeline.runner import Runner
from tremendo.pipeline.session import Session
from tremendo.pipeline.stage import perform
from tremendo.pipeline.stages.animate import motion_of, sings, span_of
from tremendo.pipeline.stages.voice import Voice
from tremendo.pipeline.state import State
from tremendo.store import Store

SLOT = SimpleNamespace(shot="shot", start=0, end=24, duration=24, technique="face")
TIMELINE = SimpleNamespace(song_start=Fraction(1), fps=Fraction(24), width=64, height=36, seed=0)
SONG = SimpleNamespace(
    beats=[SimpleNamespace(time=1.5), SimpleNamespace(time=9.0)],
    accents=[SimpleNamespace(time=1.25)],
    bars=[SimpleNamespace(start=0.5, end=2.5)],
    may_be_sung=lambda *_: True,
)


def opened(project, told):
    choices = {"shots": {"shot": {"motion": told}}} if told else {}
    project.folder.mkdir(parents=True, exist_ok=True)
    (project.folder / "decisions.json").write_text(json.dumps(choices))
    return Session.open(project)


def motion(project, told, treatment="face"):
    slot = SimpleNamespace(**vars(SLOT) | {"technique": treatment})
    shot = SimpleNamespace(id="shot", faces=())
    return motion_of(opened(project, told), slot, shot, TIMELINE, SONG)


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
    assert (made.options.driver or "", made.options.move) == (performance, move)
    assert made.options.asks_for_face == (treatment == "face")


def test_a_proposed_camera_can_become_a_face(project):
    assert not motion(project, "", "parallax").options.asks_for_face
    assert motion(project, "smile", "parallax").options.asks_for_face


def test_what_moves_but_the_camera_is_told_or_left_open(project):
    assert motion(project, "loop").options.motion == "loop"
    assert motion(project, "camera").options.motion == "camera"
    assert motion(project, "push").options.motion == "scene"
    assert motion(project, "", "parallax").options.motion == "scene"
    assert motion(project, "push").options.explicitly_requested
    assert not motion(project, "").options.explicitly_requested
    assert motion(project, "loop").cues.bar == 2.0


def test_the_music_of_the_take_goes_along(project):
    made = motion(project, "sing")
    assert made.cues.beats == (0.5,)
    assert made.cues.accents == (0.25,)
    span = span_of(SLOT, TIMELINE)
    assert span == (1.0, 2.0)
    assert sings(opened(project, "sing"), SLOT, SONG, span)
    assert not sings(opened(project, "push"), SLOT, SONG, span)
    silent = SimpleNamespace(**vars(SONG) | {"may_be_sung": lambda *_: False})
    assert not sings(opened(project, ""), SLOT, silent, span)
    assert sings(opened(project, "sing"), SLOT, silent, span)


def test_an_unknown_choice_is_refused(project):
    with pytest.raises(ConfigError, match="moonwalk"):
        motion(project, "moonwalk")


def test_the_voice_of_a_song_is_a_job_of_its_own_done_once(project, monkeypatch):
    from tremendo.finish.animate.face import voice

    store, state = Store(project.folder / "store"), State(project.folder)
    job = Voice(state.source(project.song))
    perform(job, store.folder)
    heard = job.result(store)
    assert len(heard.between(1.0, 2.0)) in {25, 26, 27}
    monkeypatch.setattr(voice, "song_voice", None)
    assert Runner(store, state, Progress()).run([job]) is None
    assert job.result(store) == heard
