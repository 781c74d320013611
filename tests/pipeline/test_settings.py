"""Settings and decisions: what is wrong is refused before any work, with key, value and remedy."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import tomli_w
from typer.testing import CliRunner

from tremendo.archive import Clip, Shot
from tremendo.cli import app
from tremendo.cli.film import changed
from tremendo.decisions import ShotChoice, read_decisions
from tremendo.errors import ConfigError, UsageError
from tremendo.executor import Task, run_tasks
from tremendo.media import write_photo
from tremendo.pipeline.session import Session
from tremendo.project import Project

FIRST_EDITION = Path(__file__).with_name("first_edition")
NAN, INF = float("nan"), float("inf")

WRONG_SETTINGS = [
    *(("film.fps", v) for v in ("x", "", "0", 0, -24, "1e-9", 1e-9, 1e300, "24/0", True, 999)),
    ("film.fps", [24]),
    *(("film.size", v) for v in ("3x3", "1280", "1281x720", "99999x4", "axb", "", 1280)),
    ("film.size", [1280, 720]),
    *(("film.seconds", v) for v in (1e300, -1, 0, 0.001, NAN, INF, "60", True, [60])),
    *(("film.song_start", v) for v in (-1, 1e300, NAN, "0", False)),
    *(("film.fit", v) for v in ("stretch", "Crop", "", 1, True)[:2]),
    *(("film.conform", v) for v in ("fast", "rife ", 24)),
    *(("film.density", v) for v in (0, -1, 100, NAN, INF, "fast")),
    *(("film.anticipation", v) for v in (3, -1, 1.5, "1", True)),
    *(("film.codec", v) for v in ("h265", "mp4", 264)),
    *(("film.seed", v) for v in (-1, 1.5, "1", 2**60)),
    *(("film.proposal", v) for v in (0, -1, 21, 1.5, "1")),
    *(("film.sede", v) for v in (1,)),
    *(("look.restore", v) for v in ("strong", "Gentle", 1)),
    *(("look.color", v) for v in ("on", True, 1)),
    *(("look.engine", v) for v in ("embeded", "none", 3)),
    *(("look.vividness", v) for v in (1.01, -0.1, NAN, "0.5", True)),
    *(("look.style", v) for v in ("neon", 3)),
    *(("look.motion", v) for v in (2, -1, INF, "0.6")),
    *(("look.colour", v) for v in ("auto",)),
    *(("credits.position", v) for v in ("middle", 3)),
    *(("credits.text", v) for v in (3, ["a"], "a" * 3000)),
    *(("credits.title", v) for v in (3, "a" * 300)),
    *(("credits.sources", v) for v in ("yes", 1)),
    *(("credits.cards", v) for v in ("some", True)),
    *(("music.tempo", v) for v in ("slow", 2)),
    *(("music.shift", v) for v in (99, 0.5, "1")),
    *(("music.tracker", v) for v in ("beatnett", 1)),
    *(("music.nudge_ms", v) for v in (5000, -501, 0.5)),
    *(("music.meter", v) for v in (5, -1, "3", 2.5)),
    *(("music.taps", v) for v in ("a b c d", "1.0;2.0", 3, [1.0])),
    *(("inputs", v) for v in (3, "footage", [3], {"a": 1})),
    *(("song", v) for v in (3, ["song.wav"], True)),
    *(("treatment", v) for v in (3, ["a"])),
    *(("version", v) for v in (99, 0, "1", True)),
    *(("film", v) for v in (3, [], "a")),
    *(("colour", v) for v in (3,)),
]  # fmt: skip

SLOT = {"start": 0, "end": 24, "shot": "a", "source_in": 0, "fps": "16/1"}

WRONG_DECISIONS = [
    *(("shots.a.fit", v) for v in ("stretch", 3)),
    *(("shots.a.conform", v) for v in ("slow", True)),
    *(("shots.a.motion", v) for v in ("moonwalk", "Smile", 1)),
    *(("shots.a.style", v) for v in ("neon", [])),
    *(("shots.a.vividness", v) for v in (3, -1, "0.5", True)),
    *(("shots.a.variant", v) for v in (-1, 1.5, "2")),
    *(("shots.a.hints", v) for v in (["here"], "1,2,#ffffff", [3], ["1,2,#fffff"])),
    *(("shots.a.references", v) for v in ("a.png", [3])),
    *(("shots.a.colour", v) for v in ("red",)),
    *(("shots.a", v) for v in (3, [], "smile")),
    *(("shots", v) for v in (3, [], "a")),
    *(("vetoes", v) for v in (3, "a", [3], [["alone"]], [["a", "b", "c"]], [None])),
    *(("likes", v) for v in (3, "a", [3], [["a"]])),
    *(("devices", v) for v in (3, ["freze"], "freeze", [1])),
    *(("locks", v) for v in (3, "a", [3], [[]])),
    *(("locks", [SLOT | v]) for v in ({"start": 30}, {"end": "24"}, {"fps": "0/1"}, {"fsp": "1"})),
    *(("locks", [{k: v for k, v in SLOT.items() if k != gone}]) for gone in ("shot", "end")),
    *(("version", v) for v in (99, 0, "1")),
    *(("veto", v) for v in ([],)),
]  # fmt: skip

WRONG_OPTIONS = [
    *(("--fps", v) for v in ("x", "0", "1e-9", "24/0", "-24", "999", "nan")),
    *(("--size", v) for v in ("3x3", "1281x720", "big", "99999x99999")),
    *(("--seconds", v) for v in ("1e300", "0", "-3", "x", "nan", "inf")),
    *(("--seed", v) for v in ("-1", "x", "1.5")),
    *(("--proposal", v) for v in ("0", "99", "x")),
    *(("--fit", v) for v in ("stretch",)),
    *(("--conform", v) for v in ("fast",)),
]  # fmt: skip


def put(content, key, value):
    *tables, last = key.split(".")
    for table in tables:
        content = content.setdefault(table, {})
    content[last] = value


def refused(error, key, value, file):
    """Whether an error names file, key, value and remedy."""
    assert error.exit_code in (2, 3)
    assert error.path is not None
    assert error.path.endswith(file)
    last = key.rpartition(".")[2]
    assert last in error.message
    assert error.hint
    unknown = "no such setting" in error.message
    plain = isinstance(value, str | int | float) and 0 < len(str(value)) < 40
    if plain and not unknown:
        assert str(value) in error.message


def test_the_table_is_long_enough():
    assert len(WRONG_SETTINGS) + len(WRONG_DECISIONS) + len(WRONG_OPTIONS) >= 194


@pytest.mark.parametrize(("key", "value"), WRONG_SETTINGS)
def test_a_wrong_setting_is_refused(tmp_path, key, value):
    content = {"inputs": [], "song": "song.wav"}
    put(content, key, value)
    (tmp_path / "project.toml").write_text(tomli_w.dumps(content))
    with pytest.raises(ConfigError) as caught:
        Project.load(tmp_path)
    refused(caught.value, key, value, "project.toml")


@pytest.mark.parametrize(("key", "value"), WRONG_DECISIONS)
def test_a_wrong_decision_is_refused(tmp_path, key, value):
    content = {"version": 2}
    put(content, key, value)
    (tmp_path / "decisions.json").write_text(json.dumps(content))
    with pytest.raises(ConfigError) as caught:
        Session.open(Project(tmp_path, (), tmp_path / "song.wav"))
    refused(caught.value, key, value, "decisions.json")


@pytest.mark.parametrize(("option", "value"), WRONG_OPTIONS)
def test_a_wrong_option_is_refused_before_any_work(tmp_path, option, value):
    (tmp_path / "in").mkdir()
    (tmp_path / "song.wav").touch()
    began = time.monotonic()
    result = CliRunner().invoke(
        app,
        ["make", str(tmp_path / "in"), "--song", str(tmp_path / "song.wav"),
         "-o", str(tmp_path / "film.mp4"), option, value, "-q"],
    )  # fmt: skip
    assert result.exit_code == 2, result.output
    assert value in result.stderr or option in result.stderr
    assert not (tmp_path / "film.tremendo").exists()
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("key", "meant"),
    [("film.sedes", "seed"), ("look.vivid", "vividness"), ("credits.tile", "title"),
     ("inptus", "inputs"), ("music.tacker", "tracker"), ("look.Engine", "engine")],
)  # fmt: skip
def test_a_misspelt_key_is_told_the_nearest(tmp_path, key, meant):
    content = {"inputs": [], "song": "s"}
    put(content, key, 1)
    (tmp_path / "project.toml").write_text(tomli_w.dumps(content))
    with pytest.raises(ConfigError, match=key) as caught:
        Project.load(tmp_path)
    assert f"did you mean '{meant}'" in caught.value.hint


def test_settings_of_the_command_line_are_checked_like_those_of_the_file(tmp_path):
    project = Project(tmp_path, (), tmp_path / "s")
    options = {"seed": None, "fps": None, "size": None, "proposal": None}
    good = changed(project, **options | {"fps": "23.976", "size": "640x480"}, seconds=9.5)
    assert (good.film.fps, good.film.width) == (Fraction(24000, 1001), 640)
    with pytest.raises(UsageError, match="--fit: 'cropp'") as caught:
        changed(project, **options, fit="cropp")
    assert "did you mean 'crop'" in caught.value.hint


def test_a_project_of_the_first_edition_opens(tmp_path):
    """The files were written by the code before the second edition."""
    shutil.copytree(FIRST_EDITION, tmp_path, dirs_exist_ok=True)
    project = Project.load(tmp_path)
    film, look, music, said = project.film, project.look, project.music, project.credits
    assert (film.fps, film.width, film.seconds, film.codec) == (
        Fraction(24000, 1001), 1920, 90.5, "prores",
    )  # fmt: skip
    assert (look.restore, look.style, look.motion) == ("music-video", "stencil", 0.4)
    assert (music.tempo, music.meter, music.taps) == ("half", 6, "1.0 1.5 2.0 2.5")
    assert (said.title, said.text, said.cards) == ("Ágora", "Été", "all")
    assert project.treatment == tmp_path / "film.toml"
    (slot,) = Session.open(replace(project, treatment=None)).locks
    assert (slot.technique, slot.device, len(slot.segments)) == ("film", "freeze", 2)
    assert project.decisions().shots["ab-000000"] == ShotChoice(
        motion="smile", style="tone", vividness=0.9, variant=2, hints=("10,20,#3060c0@7",)
    )


def test_decisions_of_an_older_version_are_written_anew_beside_a_copy(tmp_path):
    shutil.copytree(FIRST_EDITION, tmp_path, dirs_exist_ok=True)
    file, before = tmp_path / "decisions.json", (tmp_path / "decisions.json").read_bytes()
    meant = read_decisions(file)
    assert file.read_bytes() == before  # reading writes nothing
    with Project.load(tmp_path).locked():
        pass
    assert (tmp_path / "decisions.v1.json").read_bytes() == before
    assert json.loads(file.read_text())["version"] == 2
    assert "moves" not in file.read_text()
    assert read_decisions(file) == meant
    now = file.read_bytes()
    with Project.load(tmp_path).locked():
        pass
    assert file.read_bytes() == now
    file.write_bytes(before.replace(b"0.9", b"0.8"))  # another old file: it gets its own copy
    with Project.load(tmp_path).locked():
        pass
    assert (tmp_path / "decisions.v1.json").read_bytes() == before
    assert (tmp_path / "decisions.v1-2.json").is_file()


def test_decisions_written_by_hand_are_left_as_they_are(tmp_path):
    file = tmp_path / "decisions.json"
    file.write_text('{ "vetoes" : ["a-1"] }')
    with Project(tmp_path, (), tmp_path / "s").locked():
        pass
    assert file.read_text() == '{ "vetoes" : ["a-1"] }'
    assert not list(tmp_path.glob("decisions.v*"))


def test_what_is_saved_is_what_is_read(tmp_path):
    shutil.copytree(FIRST_EDITION, tmp_path, dirs_exist_ok=True)
    project = Project.load(tmp_path)
    project.save()
    assert Project.load(tmp_path) == project


@pytest.fixture
def session(tmp_path):
    shots = (
        Shot("ab12-000000", "ab12", "film", 0, 20),
        Shot("ab12-000020", "ab12", "film", 20, 40),
    )
    clip = Clip("ab12", tmp_path / "a.mkv", "ab12", "film", 64, 48, Fraction(16), Fraction(16), 40)
    return replace(clip, shots=shots), Project(tmp_path, (), tmp_path / "s")


def decide(project, **content):
    (project.folder / "decisions.json").write_text(json.dumps({"version": 2, **content}))
    return Session.open(project)


def test_vetoes_likes_and_choices_of_unknown_shots_are_told_with_the_nearest(session):
    clip, project = session
    known = {shot.id for shot in clip.shots}
    opened = decide(
        project,
        vetoes=["ab12-000000", "ab12-00020", ["ab12-000020", "zz-9"]],
        likes=["ab12-000200"],
        shots={"ab12-000021": {"fit": "tint"}},
    )
    said = list(opened.strangers(known))
    assert [text.split(":")[1].strip() for text in said] == ["vetoes", "vetoes", "likes", "shots"]
    assert "no shot 'ab12-00020'" in said[0]
    assert "did you mean 'ab12-000020'" in said[0]
    assert "did you mean" not in said[1]
    assert list(decide(project, vetoes=["ab12-000000"]).strangers(known)) == []


def test_a_lock_of_an_unknown_shot_is_refused(session):
    clip, project = session
    opened = decide(project, locks=[SLOT | {"shot": "ab12-00020"}])
    with pytest.raises(ConfigError, match=r"locks\[0\]\.shot") as caught:
        list(opened.strangers({shot.id for shot in clip.shots}))
    assert "ab12-000020" in caught.value.hint


def test_a_second_run_is_refused_and_changes_nothing(tmp_path, astronaut):
    write_photo(tmp_path / "in" / "a.png", astronaut)
    (tmp_path / "song.wav").write_bytes(b"")
    project = Project(tmp_path / "p", (tmp_path / "in",), tmp_path / "song.wav")
    project.save()
    (project.folder / "decisions.json").write_text('{"vetoes": []}')

    def everything():
        return {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}

    commands = [
        ["make", "--seed", "9", "--consent", "self"],
        ["propose"],
        ["export", "-o", str(tmp_path / "cut.otio")],
        ["render", "-o", str(tmp_path / "film.mp4"), "--codec", "h264"],
    ]
    with project.locked():
        before = everything()
        for verb, *options in commands:
            result = CliRunner().invoke(app, [verb, str(project.folder), *options, "-q"])
            assert result.exit_code == 2, result.output
            assert "another tremendo works on this project" in result.stderr
            assert everything() == before


def hold(folder, times):
    """Take the lock again and again; how often it was had, and how often with somebody else."""
    project, had, shared = Project(folder, (), folder / "s"), 0, 0
    end = time.monotonic() + 20
    while had < times and time.monotonic() < end:
        try:
            with project.locked():
                had += 1
                try:
                    (folder / "inside").touch(exist_ok=False)
                    (folder / "inside").unlink()
                except (FileExistsError, FileNotFoundError):
                    shared += 1
        except UsageError:
            time.sleep(0.0005)
    return had, shared


def test_the_lock_lets_one_in_at_a_time(tmp_path):
    tasks = [Task(f"holder {n}", hold, (tmp_path, 60)) for n in range(4)]
    results = [result for _, result in run_tasks(tasks, 4)]
    assert all(had == 60 for had, _ in results)
    assert sum(shared for _, shared in results) == 0


@pytest.mark.parametrize("name", ["project.toml", "decisions.json", "consent.toml"])
@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"{" * 5000, b"[" * 5000, b"a = \x00", b"\x00"]
)
def test_files_that_are_no_settings_are_refused(tmp_path, name, content):
    (tmp_path / "project.toml").write_text('inputs = []\nsong = "s"\n')
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        Session.open(Project.load(tmp_path))
    assert caught.value.path == str(tmp_path / name)
    assert caught.value.hint


def test_a_folder_in_the_place_of_decisions_is_refused(tmp_path):
    (tmp_path / "decisions.json").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        Session.open(Project(tmp_path, (), tmp_path / "s"))
