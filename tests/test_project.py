import json
from fractions import Fraction
from pathlib import Path

import pytest

from tremendo.decisions import Decisions
from tremendo.errors import ConfigError, MediaError, UsageError
from tremendo.project import BeatCorrections, Credits, Film, LookOptions, Project, parse_size


def project(folder, **more):
    return Project(folder, (Path("/footage"),), Path("/song.wav"), **more)


def test_settings_survive_the_file(tmp_path):
    known = project(
        tmp_path,
        film=Film(
            fps=Fraction(24000, 1001), width=640, height=480, seconds=61.5, seed=7, fit="pillarbox"
        ),
        look=LookOptions(vividness=0.8),
        music=BeatCorrections(tempo="half", shift=1),
        credits=Credits(title="Été"),
    )
    known.save()
    assert Project.load(tmp_path) == known


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("inputs = 3\nsong = 's'", "inputs"),
        ("inputs = []\nsong = 1", "song"),
        ("inputs = []\nsong = 's'\n[film]\nfps = 'x'", "film.fps"),
        ("inputs = []\nsong = 's'\n[film]\nsize = '3x3'", "film.size"),
        ("inputs = []\nsong = 's'\n[film]\nspeed = 3", "film.speed"),
        ("inputs = []\nsong = 's'\n[film]\nfit = 'stretch'", "film.fit"),
        ("inputs = []\nsong = 's'\n[credits]\ntext = 3", "credits.text"),
        ("inputs = []\nsong = 's'\ncolour = 3", "colour"),
        ("version = 99\ninputs = []\nsong = 's'", "newer"),
        ("inputs = [", "TOML"),
    ],
)
def test_every_wrong_setting_is_named(tmp_path, text, complaint):
    (tmp_path / "project.toml").write_text(text)
    with pytest.raises(ConfigError, match=complaint) as caught:
        Project.load(tmp_path)
    assert caught.value.path.endswith("project.toml")


def test_relative_paths_belong_to_the_project(tmp_path):
    (tmp_path / "project.toml").write_text("inputs = ['footage']\nsong = 'song.wav'\n")
    known = Project.load(tmp_path)
    assert known.inputs == (tmp_path / "footage",)
    assert known.song == tmp_path / "song.wav"


def test_decisions(tmp_path):
    assert project(tmp_path).decisions() == Decisions()
    content = {"locks": [{"start": 3}], "vetoes": ["a", ["b", "c"]]}
    (tmp_path / "decisions.json").write_text(json.dumps(content))
    assert project(tmp_path).decisions() == Decisions(({"start": 3},), ("a", ("b", "c")))
    (tmp_path / "decisions.json").write_text('{"vetoes": [["alone"]]}')
    with pytest.raises(ConfigError, match="vetoes"):
        project(tmp_path).decisions()
    (tmp_path / "decisions.json").write_text("{")
    with pytest.raises(ConfigError, match="decisions"):
        project(tmp_path).decisions()


@pytest.mark.parametrize("text", ["", "1280", "0x0", "1281x720", "99999x4", "axb"])
def test_bad_sizes(text):
    with pytest.raises(UsageError):
        parse_size(text)


def test_a_living_lock_holds_and_a_dead_one_is_taken_over(tmp_path):
    known = project(tmp_path)
    with known.locked(), pytest.raises(UsageError, match="another tremendo"), known.locked():
        pass
    (tmp_path / ".lock").write_text("999999 1")  # left by a process that is gone
    with known.locked(), pytest.raises(UsageError, match="another tremendo"), known.locked():
        pass
    with known.locked():
        pass


def test_no_project_here(tmp_path):
    with pytest.raises(MediaError, match="no tremendo project"):
        Project.load(tmp_path)
