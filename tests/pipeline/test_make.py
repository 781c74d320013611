import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.pipeline.conftest import write_reel
from tremendo.core.progress import Progress
from tremendo.deliver.provenance import verify
from tremendo.errors import MediaError, NothingUsableError, SourceChangedError
from tremendo.media import open_frames, read_audio, write_photo
from tremendo.montage import read_otio
from tremendo.pipeline import make


def framemd5(path):
    digest = hashlib.md5()
    for frame in open_frames(path).read():
        digest.update(frame.tobytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def finished(archive, tmp_path_factory):
    """One film made once, for the tests that only look at it."""
    from fractions import Fraction

    from tremendo.project import Film, Project

    folder = tmp_path_factory.mktemp("film")
    project = Project(
        folder / "p.tremendo",
        (archive / "footage",),
        archive / "song.wav",
        film=Film(fps=Fraction(12), width=192, height=108, seconds=8.0),
    )
    project.save()
    return project, make(project, folder / "film.mp4", workers=2)


@pytest.fixture
def warm(finished, tmp_path):
    """The finished project under another folder: its material is described already."""
    project, _ = finished
    shutil.copytree(project.folder, tmp_path / "p.tremendo")
    return replace(project, folder=tmp_path / "p.tremendo")


def test_the_film_is_whole(finished):
    _, made = finished
    film = open_frames(made.output)
    assert (len(film), film.fps, film.width, film.height) == (96, 12, 192, 108)
    assert len(read_audio(made.output, None)) >= 8 * 22_050
    frames = np.stack(list(film.read())).astype(int)
    assert frames[5:80].std() > 15
    assert verify(made.output).state == "Valid"


def test_cuts_are_exact_and_on_beats(finished):
    _, made = finished
    slots = made.timeline.slots
    assert slots[0].start == 0
    assert slots[-1].end == 96
    assert all(a.end == b.start for a, b in pairwise(slots))
    beats = np.array([b.time for b in made.song.beats])
    for slot in slots[1:]:
        assert np.abs(beats - slot.start / 12).min() <= 0.5 / 12 + 1e-3
    frames = [f.astype(int) for f in open_frames(made.output).read()]
    steps = [np.abs(b - a).mean() for a, b in pairwise(frames)]
    for slot in slots[1:]:
        assert steps[slot.start - 1] > 2 * np.median(steps)


def test_no_shot_is_repeated_while_others_are_unused(finished):
    _, made = finished
    used = [slot.shot for slot in made.timeline.slots]
    available = sum(len(clip.shots) for clip in made.clips)
    assert len(set(used)) == min(len(used), available)
    assert {"film", "parallax"} <= {slot.technique for slot in made.timeline.slots}


def test_what_lies_in_the_project(finished):
    project, made = finished
    names = {path.name for path in project.folder.iterdir()}
    assert {"project.toml", "timeline.otio", "report.html", "provenance.json", "store"} <= names
    assert read_otio(project.folder / "timeline.otio").slots == made.timeline.slots
    page = (project.folder / "report.html").read_text()
    assert page.count("<figure>") == len(made.timeline.slots)
    assert "http://" not in page.replace("http://cv.iptc.org", "")
    assert not list(project.folder.rglob("*.part*"))


def test_nothing_is_done_twice(finished):
    project, made = finished
    before = made.output.stat().st_mtime_ns
    again = make(project, made.output, workers=2, dry_run=True)
    assert again.planned == []
    assert make(project, made.output, workers=2).output == made.output
    assert made.output.stat().st_mtime_ns == before


def test_dry_run_says_why(finished):
    project, made = finished
    vivid = replace(project, look=replace(project.look, vividness=0.9))
    planned = make(vivid, made.output, dry_run=True).planned
    acts = {step.act for step in planned}
    assert {"film", "color", "render"} <= acts
    assert not {"ingest", "listen", "montage"} & acts
    assert all("look changed" in step.why for step in planned if step.act in {"film", "color"})
    other = project.with_film(seed=1)
    assert "montage" in {step.act for step in make(other, made.output, dry_run=True).planned}


def test_dry_run_of_a_new_project_writes_nothing(project, tmp_path):
    planned = make(project, tmp_path / "film.mp4", dry_run=True).planned
    assert {"ingest", "listen", "montage", "finish"} <= {step.act for step in planned}
    assert not project.folder.exists()


def test_a_damaged_result_is_made_again(finished):
    project, made = finished
    before = framemd5(made.output)
    victim = min(project.folder.glob("store/*/*.mkv"))
    victim.write_bytes(victim.read_bytes()[:1000])
    planned = make(project, made.output, dry_run=True).planned
    assert planned[0].why.startswith("its result is missing")
    made.output.unlink()
    make(project, made.output, workers=2)
    assert framemd5(made.output) == before


def test_the_seed_decides(finished, warm):
    first = finished[1].timeline
    for record in warm.folder.glob("timeline.otio"):
        record.unlink()
    same = make(warm.with_film(density=1.0001), None).timeline  # decided anew, not remembered
    other = make(warm.with_film(seed=4), None).timeline
    assert first.slots == same.slots
    assert [s.shot for s in first.slots] != [s.shot for s in other.slots]


def test_broken_material_is_named_and_left_out(warm, archive, tmp_path):
    bad = tmp_path / "in" / "footage"
    shutil.copytree(archive / "footage", bad)
    (bad / "text.mp4").write_text("this is not a film\n" * 99)
    (bad / "empty.mkv").write_bytes(b"")
    write_photo(bad / "dot.png", np.zeros((1, 1, 3), np.uint8))
    whole = (bad / "acrobats" / "reel-0.mkv").read_bytes()
    (bad / "torn.mkv").write_bytes(whole[: len(whole) // 20])
    made = make(replace(warm, inputs=(bad,)), None)
    warned = "\n".join(made.warnings)
    assert all(name in warned for name in ("text.mp4", "empty.mkv", "dot.png"))
    assert len(made.clips) >= 9
    assert made.timeline.slots[-1].end == 96


def test_nothing_usable_says_so(project, tmp_path):
    folder = tmp_path / "nothing"
    folder.mkdir()
    (folder / "text.mp4").write_text("no film")
    with pytest.raises(NothingUsableError, match="none of 1 files") as caught:
        make(replace(project, inputs=(folder,)), None)
    assert caught.value.exit_code == 6
    assert "give films" in caught.value.hint


def test_a_song_that_is_none(warm, tmp_path):
    with pytest.raises(MediaError, match="no such song"):
        make(replace(warm, song=tmp_path / "none.wav"), None)
    (tmp_path / "text.wav").write_text("la la la")
    with pytest.raises(MediaError):
        make(replace(warm, song=tmp_path / "text.wav"), None)


def test_new_material_costs_only_itself(warm, archive, tmp_path):
    footage = tmp_path / "in" / "footage"
    shutil.copytree(archive / "footage", footage)
    project = replace(warm, inputs=(footage,))
    write_reel(footage / "new.mkv", 11)
    planned = make(project, None, dry_run=True).planned
    assert [s.name for s in planned if s.act == "ingest"] == [str(footage / "new.mkv")]


class Swapping(Progress):
    """Replaces a file when the shots begin to be finished."""

    def __init__(self, file, other):
        self.file, self.other = file, other

    def act(self, name, total):
        if name.startswith("restoring"):
            shutil.copyfile(self.other, self.file)


def test_a_source_replaced_after_its_description_poisons_nothing(warm, finished, archive, tmp_path):
    """Another film under the old name is refused; with the old one back the film is the old one."""
    footage = tmp_path / "in" / "footage"
    shutil.copytree(archive / "footage", footage)
    film = tmp_path / "film.mp4"
    for file in warm.folder.glob("store/*/*.mkv"):
        file.unlink()  # the shots must be finished again
    project, used = replace(warm, inputs=(footage,)), finished[1]
    cut = {slot.shot for slot in used.timeline.slots if slot.technique == "film"}
    name = next(c.path.name for c in used.clips if c.shots and c.shots[0].id in cut)
    reel = next(footage.rglob(name))
    kept, other = shutil.copy2(reel, tmp_path / "kept.mkv"), tmp_path / "other.mkv"
    write_reel(other, 99)
    with pytest.raises(SourceChangedError) as caught:
        make(project, film, workers=1, progress=Swapping(reel, other))
    assert caught.value.path == str(reel)
    assert not film.exists()
    shutil.copy2(kept, reel)
    assert framemd5(make(project, film, workers=2).output) == framemd5(used.output)


@pytest.mark.slow
def test_killed_three_times_the_film_is_the_same(project, finished, tmp_path):
    """kill -9 at random moments; every resume goes on, the frames equal the uninterrupted run's."""
    _, whole = finished
    output = tmp_path / "film.mp4"
    project.save()
    command = [
        sys.executable,
        "-m",
        "tremendo",
        "make",
        str(project.folder),
        "-o",
        str(output),
        "--quiet",
    ]
    rng = np.random.default_rng(0)
    for pause in rng.uniform(3, 9, 3):
        run = subprocess.Popen(command, start_new_session=True)
        time.sleep(pause)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        assert not output.exists() or framemd5(output) == framemd5(whole.output)
    subprocess.run(command, check=True)
    assert framemd5(output) == framemd5(whole.output)
    assert json.loads((project.folder / "provenance.json").read_text())["film"] == "film.mp4"
