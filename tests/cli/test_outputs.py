"""Every command and every option that names an output: sources, projects and films stay whole."""

import hashlib
import shutil

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from tests.pipeline.conftest import write_reel, write_song
from tremendo.cli import app
from tremendo.media import write_photo

runner = CliRunner()

COMMANDS = {
    ("make", "--output"): "make {in}/footage --song {in}/song.wav -o {x} --project {tmp}/q",
    ("render", "--output"): "render {p} -o {x}",
    ("export", "--output"): "export {p} -o {x}",
    ("colorize", "--output"): "colorize {in}/footage/photo.png -o {x}",
    ("restore", "--output"): "restore {in}/footage/reel.mkv -o {x}",
    ("restore", "--compare"): "restore {in}/footage/reel.mkv -o {tmp}/o.mkv --compare {x}",
    ("restore", "--changes"): "restore {in}/footage/reel.mkv -o {tmp}/o.mkv --changes {x}",
    ("animate", "--output"): "animate {in}/footage/photo.png -o {x} --song {in}/song.wav",
    ("shots", "--sheet"): "shots {in}/footage --sheet {x}",
    ("listen", "--plot"): "listen {in}/song.wav --plot {x}",
    ("train color", "--output"): "train color {in}/footage -o {x}",
    ("train face", "--output"): "train face {in}/footage/reel.mkv -o {x}",
    ("train tags", "--output"): "train tags {in}/footage -o {x}",
    ("train depiction", "--output"): "train depiction {in}/footage -o {x}",
}
SUFFIXES = {
    "make": ".mp4",
    "render": ".mp4",
    "export": ".otio",
    "colorize": ".png",
    "restore": ".mkv",
    "animate": ".mkv",
    "shots": ".png",
    "listen": ".png",
    "train tags": ".npz",
}
FOLDERS = {("demo", "--output"), ("evaluate color", "--plot")}
"""Options that name a folder that is written into; they have tests of their own below."""


def _leaves(group, words=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


def test_no_option_that_names_an_output_is_forgotten():
    named = {
        (command, option)
        for command, parsed in _leaves(typer.main.get_command(app))
        for parameter in parsed.params
        for option in parameter.opts
        if option in {"--output", "--compare", "--changes", "--sheet", "--plot"}
        and command != "train medium"  # another name of depiction
    }
    assert named == set(COMMANDS) | FOLDERS


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    folder = tmp_path_factory.mktemp("in")
    write_reel(folder / "footage" / "reel.mkv", 3, frames=8)
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    write_photo(folder / "footage" / "photo.png", noise)
    write_song(folder / "song.wav", 2)
    return folder


@pytest.fixture
def place(material, tmp_path):
    shutil.copytree(material, tmp_path / "in")
    made = [tmp_path / "p", tmp_path / "in" / "footage", "--song", tmp_path / "in" / "song.wav"]
    assert _run("new", *made).exit_code == 0
    return tmp_path


def _run(*arguments):
    return runner.invoke(app, [str(each) for each in arguments])


def _filled(key, place, output):
    command = COMMANDS[key].format_map(
        {"in": place / "in", "p": place / "p", "tmp": place, "x": output}
    )
    return command.split()


def _need(key):
    if key[0].startswith("train"):
        pytest.importorskip("torch")


def _bytes(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("force", [False, True], ids=["", "force"])
@pytest.mark.parametrize("key", COMMANDS, ids=" ".join)
def test_an_output_onto_an_input_is_refused_before_any_work(place, key, force):
    _need(key)
    suffix = SUFFIXES.get(key[0], ".onnx") if key[1] != "--changes" else ".csv"
    source = place / "in" / "footage" / f"source{suffix}"  # in the folder that is read
    shutil.copy(place / "in" / "footage" / "photo.png", source)
    if "footage/" in COMMANDS[key] or key[0] == "listen":  # a file is read, not the folder
        source = place / "again" / f"source{suffix}"
        source.parent.mkdir()
        told = COMMANDS[key].split()[len(key[0].split())].format_map({"in": place / "in"})
        source.symlink_to(told)
    before = _bytes(place)
    result = _run(*_filled(key, place, source), *(["--force"] if force else []))
    assert result.exit_code == 2, result.output
    assert "the output is an input" in result.stderr
    assert key[1] in result.stderr
    assert _bytes(place) == before


@pytest.mark.parametrize("key", COMMANDS, ids=" ".join)
def test_somebodys_file_is_not_replaced_without_force(place, key):
    _need(key)
    suffix = SUFFIXES.get(key[0], ".onnx") if key[1] != "--changes" else ".csv"
    theirs = place / f"theirs{suffix}"
    theirs.write_bytes(b"irreplaceable")
    before = _bytes(place)
    result = _run(*_filled(key, place, theirs))
    assert result.exit_code == 2, result.output
    assert "there is a file already" in result.stderr
    assert "--force" in result.stderr
    assert _bytes(place) == before


@pytest.mark.parametrize("key", [key for key in COMMANDS if key[0] != "export"], ids=" ".join)
def test_a_suffix_that_cannot_be_written_is_refused_before_any_work(place, key):
    _need(key)
    before = _bytes(place)
    result = _run(*_filled(key, place, place / "x.doc"))
    assert result.exit_code == 2, result.output
    assert "end it with" in result.stderr
    assert _bytes(place) == before


@pytest.mark.parametrize("name", ["project.toml", "store/x.otio"])
def test_a_project_is_not_exported_onto_itself(place, name):
    result = _run("export", place / "p", "-o", place / "p" / name, "--force")
    assert result.exit_code == 2, result.output
    assert "project" in result.stderr


def test_force_replaces_and_a_second_run_of_the_same_is_told(place):
    source, output = place / "in" / "footage" / "photo.png", place / "out.png"
    assert _run("colorize", source, "-o", output, "-q").exit_code == 0
    assert _run("colorize", source, "-o", output, "-q").exit_code == 2
    assert _run("colorize", source, "-o", output, "-q", "--force").exit_code == 0


def test_a_project_without_o_does_not_replace_the_source_beside_it(place):
    reel = place / "p.mp4"
    shutil.copy(place / "in" / "footage" / "reel.mkv", reel)
    (place / "p").rename(place / "p.tremendo")
    before = _bytes(place)
    result = _run("make", place / "p.tremendo")
    assert result.exit_code == 2, result.output
    assert _bytes(place) == before


def test_a_folder_that_is_no_project_does_not_become_one(place):
    (place / "q").mkdir()
    (place / "q" / "report.html").write_text("mine")
    result = _run(*_filled(("make", "--output"), place, place / "x.mp4"))
    assert result.exit_code == 2, result.output
    assert (place / "q" / "report.html").read_text() == "mine"


def test_a_demo_does_not_write_into_material_that_no_demo_made(place):
    (place / "material").mkdir()
    result = _run("demo", "-o", place, "-q")
    assert result.exit_code == 2, result.output
    assert not list((place / "material").iterdir())


def test_sheets_of_figures_do_not_replace_anothers(place):
    (place / "plots").mkdir()
    (place / "plots" / "hues.png").write_bytes(b"mine")
    result = _run("evaluate", "color", place / "in" / "footage", "--plot", place / "plots")
    assert result.exit_code == 2, result.output
    assert (place / "plots" / "hues.png").read_bytes() == b"mine"
