import json
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.pipeline.conftest import write_reel, write_song
from tremendo.cli import app
from tremendo.media import open_frames, read_photo, write_photo

runner = CliRunner()


def run(*arguments):
    return runner.invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    folder = tmp_path_factory.mktemp("box")
    write_reel(folder / "footage" / "acrobats" / "reel.mkv", 3, frames=24)
    write_photo(
        folder / "footage" / "photo.png",
        np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8),
    )
    write_song(folder / "song.wav", 6)
    return folder


COMMANDS = [
    "make",
    "demo",
    "new",
    "shots",
    "listen",
    "propose",
    "export",
    "render",
    "restore",
    "colorize",
    "animate",
    "verify",
    "models",
    "train",
    "evaluate",
    "doctor",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_help_loads_nothing_heavy():
    """The promise of half a second, as what it depends on: no decoder, network or solver loaded."""
    code = (
        "import sys, tremendo.cli; heavy = {'cv2', 'av', 'numpy', 'onnxruntime', 'scipy', "
        "'librosa', 'torch', 'matplotlib', 'opentimelineio'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_new_writes_a_project_once(box, tmp_path):
    made = run("new", tmp_path / "p", box / "footage", "--song", box / "song.wav", "--json")
    assert made.exit_code == 0
    assert json.loads(made.stdout)["project"].endswith("project.toml")
    again = run("new", tmp_path / "p", box / "footage", "--song", box / "song.wav")
    assert again.exit_code == 2
    assert "project already" in again.stderr


def test_shots_as_json_and_sheet(box, tmp_path):
    result = run("shots", box / "footage", "--json", "--quiet", "--sheet", tmp_path / "sheet.png")
    assert result.exit_code == 0, result.output
    clips = json.loads(result.stdout)["clips"]
    film = next(c for c in clips if c["kind"] == "film")
    assert film["tags"] == ["acrobats"]
    assert (film["shots"][0]["start"], film["shots"][-1]["end"]) == (0, film["frames"])
    assert read_photo(tmp_path / "sheet.png").std() > 5


def test_colorize_keeps_frames_rate_and_luma(box, tmp_path):
    source = box / "footage" / "acrobats" / "reel.mkv"
    result = run("colorize", source, "-o", tmp_path / "out.mkv", "--quiet")
    assert result.exit_code == 0, result.output
    before, after = open_frames(source), open_frames(tmp_path / "out.mkv")
    assert (len(after), after.fps) == (len(before), before.fps)
    weights = np.array([0.2126, 0.7152, 0.0722])
    for one, other in zip(before.read(), after.read(), strict=True):
        assert np.abs(one @ weights - other @ weights).mean() < 6


def test_colorize_a_folder_is_mirrored_and_a_broken_file_stops_nothing(box, tmp_path):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    photo = (box / "footage" / "photo.png").read_bytes()
    (folder / "a.png").write_bytes(photo)
    (folder / "deep" / "b.png").write_bytes(photo)
    (folder / "broken.png").write_bytes(b"broken")
    result = run("colorize", folder, "-o", tmp_path / "out", "--json", "--quiet")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert len(answer["output"]) == 2
    assert any("broken.png" in w for w in answer["warnings"])
    assert (tmp_path / "out" / "deep" / "b.png").is_file()


def test_restore_keeps_frames_and_rate(box, tmp_path):
    source = box / "footage" / "acrobats" / "reel.mkv"
    result = run("restore", source, "-o", tmp_path / "out.mkv", "--quiet")
    assert result.exit_code == 0, result.output
    assert len(open_frames(tmp_path / "out.mkv")) == len(open_frames(source))


def test_animate_without_a_face_moves_the_camera_and_says_so(box, tmp_path):
    result = run(
        "animate",
        box / "footage" / "photo.png",
        "-o",
        tmp_path / "a.mp4",
        "--seconds",
        "1",
        "--fps",
        "12",
        "--json",
    )
    assert result.exit_code == 0, result.output
    assert "camera move" in json.loads(result.stdout)["note"]
    film = open_frames(tmp_path / "a.mp4")
    assert (len(film), film.width, film.height) == (12, 128, 96)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["make", "{box}/footage", "-o", "x.mp4"], 2, "--song"),
        (["make", "{box}/footage", "--song", "{box}/song.wav"], 2, "-o"),
        (["make", "{box}/nowhere", "--song", "{box}/song.wav", "-o", "{tmp}/x.mp4"], 3, "no such"),
        (
            ["make", "{box}/footage", "--song", "{box}/no.wav", "-o", "{tmp}/x.mp4"],
            3,
            "no such song",
        ),
        (
            [
                "make",
                "{box}/footage",
                "--song",
                "{box}/song.wav",
                "-o",
                "{tmp}/x.mp4",
                "--size",
                "3x3",
            ],
            2,
            "no film size",
        ),
        (
            [
                "make",
                "{box}/footage",
                "--song",
                "{box}/song.wav",
                "-o",
                "{tmp}/x.mp4",
                "--fps",
                "zero",
            ],
            2,
            "no frame rate",
        ),
        (["make", "{tmp}", "--song", "{box}/song.wav", "-o", "{tmp}/x.mp4"], 6, "nothing to make"),
        (["shots", "{tmp}"], 6, "no film"),
        (["listen", "{box}/footage/photo.png"], 3, "no sound"),
        (["listen", "{box}/song.wav", "--tempo", "triple"], 2, "half or double"),
        (["colorize", "{box}/footage/photo.png", "-o", "{tmp}/x.txt"], 2, "cannot write"),
        (["animate", "{box}/footage/photo.png", "-o", "{tmp}/x.mp4", "--face", "x"], 2, "--face"),
        (["verify", "{tmp}/none.mp4"], 3, "no such file"),
        (["propose", "{tmp}"], 3, "no tremendo project"),
        (["models", "pull", "unheard-of"], 2, "no model"),
    ],
)
def test_errors_have_codes_sentences_and_json(box, tmp_path, arguments, code, says):
    filled = [a.format(box=box, tmp=tmp_path) for a in arguments]
    result = run(*filled)
    assert result.exit_code == code, result.output
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert not list(tmp_path.glob("x.*p4"))
    as_json = run(*filled, "--json")
    error = json.loads(as_json.stdout.strip().splitlines()[-1])["error"]
    assert set(error) == {"code", "message", "path", "hint"}


def test_doctor_answers(monkeypatch):
    answer = json.loads(run("doctor", "--json").stdout)
    findings = {f["what"]: f for f in answer["findings"]}
    assert findings["Python"]["good"]
    assert findings["model color"]["good"]


def test_models_list_says_source_and_license():
    rows = {m["name"]: m for m in json.loads(run("models", "list", "--json").stdout)["models"]}
    assert rows["color"]["source"] == "packaged with tremendo"
    assert "CC BY" in rows["beatnet-1"]["license"]
