"""Ctrl-C at any moment, once or twice: exit code 130, one line, no traceback, nothing half done."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.pipeline.conftest import write_reel, write_song
from tremendo.core.interrupts import Obedience
from tremendo.media import write_photo


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    folder = tmp_path_factory.mktemp("box")
    write_reel(folder / "in" / "reel.mkv", 3, frames=200)
    noise = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    write_photo(folder / "in" / "photo.png", noise)
    write_song(folder / "song.wav", 6)
    return folder


COMMANDS = {
    "make": ["make", "in", "--song", "song.wav", "-o", "{out}/film.mp4"],
    "restore": ["restore", "in/reel.mkv", "-o", "{out}/film.mkv"],
    "colorize": ["colorize", "in/reel.mkv", "-o", "{out}/film.mkv"],
}


@pytest.mark.parametrize("pause", [1.0, 2.5])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("name", COMMANDS)
def test_two_quick_interrupts_are_one_wish(box, tmp_path, name, times, pause):
    words = [word.format(out=tmp_path / "out") for word in COMMANDS[name]]
    command = [sys.executable, "-m", "tremendo", *words, "--quiet"]
    run = subprocess.Popen(
        command, cwd=box, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    time.sleep(pause)
    for _ in range(times):
        os.killpg(run.pid, signal.SIGINT)
        time.sleep(0.03)
    _, said = run.communicate(timeout=60)
    if run.returncode == 0:
        pytest.skip("it was done before it was stopped")
    assert run.returncode == 130, said
    assert "Traceback" not in said
    assert "Exception" not in said
    assert "stopped" in said
    assert not list(tmp_path.rglob("film.m*"))
    assert not list(tmp_path.rglob("*.part*"))


def test_a_later_wish_is_obeyed_at_once():
    code = (
        "import time\nfrom tremendo.core.interrupts import Obedience\nObedience().install()\n"
        "try:\n    print('on', flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('cleaning', flush=True)\n    time.sleep(60)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "on\n"
    run.send_signal(signal.SIGINT)
    assert run.stdout.readline() == "cleaning\n"
    run.send_signal(signal.SIGINT)  # the same wish
    time.sleep(1.2)
    assert run.poll() is None
    run.send_signal(signal.SIGTERM)
    assert run.wait(timeout=10) == 130


def test_the_first_wish_raises():
    with pytest.raises(KeyboardInterrupt):
        Obedience().receive(signal.SIGINT, None)
