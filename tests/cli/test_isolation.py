"""Nothing leaves the machine: what a whole ``make`` asks of the system, as the kernel saw it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.pipeline.conftest import write_reel, write_song
from tremendo import models
from tremendo.errors import ModelMissingError
from tremendo.media import write_photo

STRACE = shutil.which("strace")
CALLS = "connect,sendto,sendmsg,sendmmsg,execve,execveat,openat,open,creat,mkdir,rename,renameat2"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """The system calls of a small ``make``, its workers' too, and where it ran."""
    if STRACE is None:
        pytest.skip("strace is not installed")
    trial = subprocess.run(
        [STRACE, "-f", "--seccomp-bpf", "true"], capture_output=True, check=False
    )
    if trial.returncode:
        pytest.skip("strace may not look at processes here")
    try:
        weights = models.path("beatnet-1")
    except ModelMissingError as error:
        pytest.skip(f"{error.message}: {error.hint}")
    top = tmp_path_factory.mktemp("seen")
    write_reel(top / "in" / "reel.mkv", 3, frames=24)
    noise = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    write_photo(top / "in" / "photo.png", noise)
    write_song(top / "song.wav", 6)
    for name in ("home", "temporary"):
        (top / name).mkdir()
    command = [sys.executable, "-m", "tremendo", "make", "in", "--song", "song.wav"]
    command += ["-o", "out/film.mp4", "--seconds", "3", "--size", "128x96", "--fps", "12", "-q"]
    places = {"HOME": str(top / "home"), "TMPDIR": str(top / "temporary")}
    places["TREMENDO_MODELS"] = str(weights.parents[1])
    trace = [STRACE, "-f", "-qq", "-s", "300", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o", "log"]
    kept = {k: v for k, v in os.environ.items() if k not in {"XDG_CACHE_HOME", "XDG_CONFIG_HOME"}}
    subprocess.run([*trace, *command], cwd=top, env={**kept, **places}, check=True, timeout=300)
    assert (top / "out" / "film.mp4").is_file()
    return top, (top / "log").read_text(errors="replace").splitlines()


def test_workers_were_looked_at_too(seen):
    _, calls = seen
    assert len({call.split()[0] for call in calls}) > 5


def test_no_name_is_looked_up_and_nothing_is_sent(seen):
    _, calls = seen
    sent = [call for call in calls if re.search(r"\b(connect|sendto|sendmsg|sendmmsg)\(", call)]
    assert not [call for call in sent if "AF_INET" in call]
    assert not [call for call in calls if re.search(r"/etc/(resolv\.conf|hosts)\b", call)]


def test_no_program_is_started_but_our_own_workers(seen):
    _, calls = seen
    started = [
        call for call in calls if re.search(r"\bexecve(?:at)?\(", call) and "ENOENT" not in call
    ]
    programs = {re.search(r'execve(?:at)?\([^"]*"([^"]*)"', call).group(1) for call in started}
    assert programs == {sys.executable}
    ours = ("tremendo", "multiprocessing.forkserver", "multiprocessing.resource_tr")
    assert all(any(name in call for name in ours) for call in started)


def test_nothing_is_written_but_film_project_identity_and_what_is_removed(seen):
    top, calls = seen
    made = [
        re.search(r'"([^"]*)"', call).group(1)
        for call in calls
        if re.search(r"O_CREAT|\b(creat|mkdir)\(", call) and not re.search(r"= -1|EEXIST", call)
    ]
    places = {top / path for path in map(Path, made)}
    allowed = [top / name for name in ("out", "temporary", "home/.config/tremendo")]
    allowed += [top / "home/.cache/tremendo", Path("/dev/shm"), Path("/dev/null")]
    parents = {parent for place in allowed for parent in place.parents}
    strangers = {
        p for p in places if p not in parents and not any(p.is_relative_to(a) for a in allowed)
    }
    assert not strangers
    assert not list((top / "temporary").iterdir())
    assert not list(top.rglob("*.part*"))
