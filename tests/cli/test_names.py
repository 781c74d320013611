"""File names as archives have them: line feeds, terminal commands, bytes that are no UTF-8."""

import json
import os
import subprocess
import sys

import pytest

from tests.pipeline.conftest import write_reel
from tremendo.core.paths import printable

NAMES = {
    "line feed": b"reel\nerror: all is lost.mkv",
    "escape": b"reel\x1b[2J\x1b]0;mine\x07.mkv",
    "not UTF-8": b"caf\xe9 1903.mkv",
    "emoji and right to left": "\u05d0\u202e\U0001f3aa.mkv".encode(),
    "shell": b"$(id) 'x' \"y\" %03d;|.mkv",
    "dash": b"-rf.mkv",
}


@pytest.fixture(params=NAMES, ids=str)
def named(request, tmp_path):
    write_reel(tmp_path / "plain.mkv", 1, frames=6)
    (tmp_path / "in").mkdir()
    name = os.fsdecode(NAMES[request.param])
    (tmp_path / "plain.mkv").rename(tmp_path / "in" / name)
    return tmp_path / "in" / name


def _run(*arguments):
    command = [sys.executable, "-m", "tremendo", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120)


def test_any_name_is_worked_with_and_printed_harmlessly(named, tmp_path):
    for arguments in (("shots", named.parent), ("colorize", named.parent, "-o", tmp_path / "out")):
        done = _run(*arguments)
        assert done.returncode == 0, done.stderr
        said = (done.stdout + done.stderr).decode()  # UTF-8 throughout
        assert "\x1b" not in said
        assert not any(line.startswith("error:") for line in said.splitlines())
    assert (tmp_path / "out" / named.name).is_file()


def test_json_is_json_whatever_the_name(named):
    done = _run("shots", named.parent, "--json", "-q")
    clip = json.loads(done.stdout.decode())["clips"][0]
    assert clip["path"] == str(named)


def test_an_error_names_the_file_on_one_line(named):
    named.write_bytes(b"nothing")
    done = _run("restore", named.parent, "-o", named.parent / "out")
    assert done.returncode in {3, 6}, done.stderr
    assert b"\x1b" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_what_can_be_seen_stays_as_it_is():
    for text in ("caf\u00e9 \u4e2d\u6587 \U0001f3aa", "a b"):
        assert printable(text) == text
    assert printable("a\u202eb") == "a\\u202eb"
    assert printable("\udce9") == "\\xe9"
