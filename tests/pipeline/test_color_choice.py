"""The director's word on the color of a shot or a chapter, within the whole film."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from tremendo.errors import ConfigError, MediaError, UsageError
from tremendo.finish.color.hint import Hint
from tremendo.finish.color.options import ColorOptions
from tremendo.finish.color.photo import colorize_photo
from tremendo.finish.color.style import STYLES
from tremendo.finish.film import FinishOptions, finish_film
from tremendo.media import MemoryFrames, read_photo, write_photo
from tremendo.montage.treatment import parse_treatment
from tremendo.pipeline.finish_request import FinishRequest
from tremendo.pipeline.session import Session
from tremendo.pipeline.state import State
from tremendo.project import LookOptions as Given

CLIP = SimpleNamespace(crop=(4, 2, 196, 146))


def look(project, choice, chapter=""):
    project.folder.mkdir(parents=True, exist_ok=True)
    (project.folder / "decisions.json").write_text(json.dumps({"shots": {"shot": choice}}))
    return request(project, chapter).options


def request(project, chapter=""):
    slot = SimpleNamespace(shot="shot", chapter=chapter)
    return FinishRequest.of(Session.open(project), State(project.folder), slot, CLIP)


def test_a_shot_is_told_apart(project):
    told = {"style": "tone", "vividness": 0.9, "variant": 2, "references": ["painted.png"]}
    project.folder.mkdir(parents=True, exist_ok=True)
    (project.folder / "painted.png").touch()
    made = look(project, told | {"hints": ["10,20,#3060c0@7"]})
    assert (made.style, made.vividness, made.variant) == ("tone", 0.9, 2)
    assert made.hints == (Hint(6, 18, (0x30, 0x60, 0xC0), 7),)  # in the picture without its edges
    assert made.references == (project.folder / "painted.png",)
    assert look(project, {}) == FinishOptions(restore=project.look.restore)


def test_a_chapter_has_its_palette_and_a_shot_goes_before_it(project, tmp_path):
    treatment = tmp_path / "film.toml"
    treatment.write_text('[[chapter]]\nname = "night"\npalette = "tint-blue"\n')
    project = replace(project, treatment=treatment, look=Given(style="stencil"))
    assert look(project, {}, "night").style == "tint-blue"
    assert look(project, {}, "day").style == "stencil"
    assert look(project, {"style": "natural"}, "night").style == "natural"


@pytest.mark.parametrize(
    ("choice", "word"),
    [
        ({"style": "neon"}, "neon"),
        ({"vividness": 3}, "vividness"),
        ({"variant": -1}, "variant"),
        ({"hints": ["here"]}, "here"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_means_nothing_is_refused(project, choice, word):
    with pytest.raises(ConfigError, match=word):
        look(project, choice)


def test_a_missing_reference_is_named(project):
    with pytest.raises(MediaError, match="reference") as caught:
        look(project, {"references": ["lost.png"]})
    assert caught.value.path == str(project.folder / "lost.png")


def test_a_hint_on_the_film_s_cut_off_edge_is_refused(project, shot):
    given = look(project, {"hints": ["2,20,#3060c0"]})  # the picture begins at column 4
    film = MemoryFrames(shot, Fraction(16))
    with pytest.raises(UsageError, match="outside"):
        list(finish_film(film, (0, 30), (0, 4), given, colored=False))
    with pytest.raises(UsageError, match="outside"):
        colorize_photo(shot[0], ColorOptions(hints=given.hints))


def test_an_unknown_palette_is_named_with_its_line():
    with pytest.raises(MediaError, match=r"line 3.*neon"):
        parse_treatment('[[chapter]]\nname = "a"\npalette = "neon"\n', STYLES)


def test_a_reference_that_changes_makes_the_step_stale(project, tmp_path):
    project.folder.mkdir(parents=True, exist_ok=True)
    write_photo(project.folder / "painted.png", np.full((20, 20, 3), (200, 40, 40), np.uint8))
    look(project, {"references": ["painted.png"]})

    def key():
        return request(project).dependencies()

    before = key()
    write_photo(project.folder / "painted.png", np.full((24, 20, 3), (40, 200, 40), np.uint8))
    assert read_photo(project.folder / "painted.png")[0, 0, 1] == 200
    assert key() != before


@pytest.fixture(scope="module")
def shot():
    """A disc that moves over ground, 30 frames; dark enough for a strong red within sRGB."""
    rng = np.random.default_rng(1)
    ground = np.kron(rng.uniform(60, 120, (9, 12)), np.ones((16, 16)))
    frames = []
    y, x = np.mgrid[:144, :192]
    for n in range(30):
        picture = np.where(np.hypot(x - 60 - 2 * n, y - 70) < 24, 160, ground)
        frames.append(np.repeat(picture.astype(np.uint8)[..., None], 3, 2))
    return frames


def redness(frame, n):
    disc = frame[60:80, 50 + 2 * n : 70 + 2 * n].astype(int)
    return (disc[..., 0] - disc[..., 2]).mean()


def test_a_hint_from_before_the_take_is_followed_into_it(shot):
    film = MemoryFrames(shot, Fraction(16))
    red = FinishOptions(restore="off", hints=(Hint(60, 70, (220, 30, 30), 2),))
    told = list(finish_film(film, (0, 30), (12, 20), red, colored=False))
    plain = list(finish_film(film, (0, 30), (12, 20), FinishOptions(restore="off"), colored=False))
    assert len(told) == len(plain) == 8
    for n in (0, 7):
        assert redness(told[n], 12 + n) > redness(plain[n], 12 + n) + 40
    unhinted = FinishOptions(restore="off")
    after_a_cut = list(finish_film(film, (5, 30), (12, 20), red, colored=False))
    plain = list(finish_film(film, (5, 30), (12, 20), unhinted, colored=False))
    assert all(np.array_equal(a, b) for a, b in zip(after_a_cut, plain, strict=True))
