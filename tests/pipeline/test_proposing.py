"""Proposals and exports of a project whose shots are finished already."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import opentimelineio as otio
import pytest
from typer.testing import CliRunner

from tremendo.cli import app
from tremendo.media import FilmWriter, open_frames
from tremendo.montage import read_otio
from tremendo.pipeline import make
from tremendo.project import Film, Project

runner = CliRunner()


def run(*arguments):
    result = runner.invoke(app, [*map(str, arguments), "--quiet", "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def finished(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("proposing")
    project = Project(
        folder / "p.tremendo",
        (archive / "footage",),
        archive / "song.wav",
        film=Film(fps=Fraction(12), width=192, height=108, seconds=6.0),
    )
    project.save()
    return project, make(project, folder / "film.mp4", workers=2)


def test_storyboards_previews_and_reasons(finished):
    project, made = finished
    told = run("propose", project.folder, "--count", 2, "--preview", "--workers", 1)
    assert len(told["files"]) == len(told["proposals"]) == 2
    names = [file.rsplit("/", 1)[1] for file in told["files"][0]]
    assert names == ["proposal-1.png", "proposal-1.mp4"]
    with open_frames(told["files"][1][1]) as preview:
        assert len(preview) == made.timeline.frames
    why = run("propose", project.folder, "--why", 2)["why"]
    assert why.startswith("Slot 2 ")


def test_other_shots_for_a_slot_and_more_like_it(finished):
    project, made = finished
    told = run("propose", project.folder, "--instead", 1)
    used = {slot.shot for slot in made.timeline.slots}
    assert told["instead"]
    assert all(other["shot"] not in used for other in told["instead"])
    more = run("propose", project.folder, "--more-like", 1, "--count", 1, "--no-boards")
    assert "wish" in more["proposals"][0]["slots"][0]["scores"]
    result = runner.invoke(app, ["propose", str(project.folder), "--why", "99"])
    assert result.exit_code == 2
    assert "there is no slot 99" in result.stderr


def test_in_the_manner_of_a_reference(finished, tmp_path):
    project, _ = finished
    rng = np.random.default_rng(3)
    with FilmWriter(tmp_path / "reference.mkv", 192, 144, Fraction(24)) as film:
        for number in range(6):
            coarse = rng.integers(0, 255, (9, 12, 3), dtype=np.uint8)
            picture = cv2.resize(coarse, (400, 300), interpolation=cv2.INTER_CUBIC)
            for k in range(24 + 6 * number):
                film.write(
                    np.ascontiguousarray(picture[k // 2 : k // 2 + 144, k // 4 : k // 4 + 192])
                )
    told = run(
        "propose", project.folder, "--like", tmp_path / "reference.mkv", "--count", 1,
        "--no-boards",
    )  # fmt: skip
    assert told["style"].startswith("5 cuts (no beat in its sound)")
    assert any("Cut like the reference" in r for r in told["proposals"][0]["reasons"])


@pytest.mark.parametrize("kind", ["otio", "fcp7", "edl", "mlt"])
def test_export_with_finished_shots(finished, tmp_path, kind):
    project, made = finished
    output = tmp_path / f"cut.{kind}"
    told = run("export", project.folder, "--format", kind, "--media", "finished", "-o", output)
    assert len(told["media"]) == len(made.timeline.slots)
    assert "cut media" in output.read_text() or "cut%20media" in output.read_text()


def test_finished_shots_hold_what_the_film_shows(finished, tmp_path):
    """The frame that the exported cut names is the frame of the film, color and all."""
    project, made = finished
    output = tmp_path / "cut.otio"
    run("export", project.folder, "--media", "finished", "-o", output)
    assert read_otio(output).slots == made.timeline.slots
    track = otio.adapters.read_from_file(str(output)).video_tracks()[0]
    with open_frames(made.output) as film:
        frames = list(film.read(0, made.timeline.frames))
    openers = [c for c in track if "slot" in c.metadata["tremendo"]]
    compared = 0
    for slot, clip in zip(made.timeline.slots, openers, strict=True):
        path = clip.media_reference.target_url.removeprefix("file://").replace("%20", " ")
        first = int(clip.source_range.start_time.value)
        with open_frames(path) as shot:
            assert clip.source_range.start_time.rate == pytest.approx(float(shot.fps))
            shown = next(shot.read(first, first + 1))
        if slot.technique != "film" and 0 < slot.start < 36:  # no crop, no credits
            assert np.abs(shown.astype(int) - frames[slot.start]).mean() < 6
            compared += 1
    assert compared


def test_without_the_option_the_originals_are_meant(finished, tmp_path):
    project, made = finished
    told = run("export", project.folder, "-o", tmp_path / "cut.otio")
    assert told["media"] == []
    assert list(tmp_path.iterdir()) == [tmp_path / "cut.otio"]
    shutil.rmtree(project.folder / "proposals", ignore_errors=True)
    assert replace(made.timeline) == read_otio(tmp_path / "cut.otio")
