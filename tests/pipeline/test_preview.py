"""A preview is small and quick; shots can be shown in their own way."""

import json
from dataclasses import replace

import pytest

from tremendo.errors import ModelMissingError
from tremendo.media import open_frames
from tremendo.pipeline import make


@pytest.mark.slow
def test_a_preview_then_the_film_with_a_choice_for_one_shot(project, tmp_path):
    out = tmp_path / "film.mp4"
    first = make(project, out, workers=1, preview=True)
    film = open_frames(out)
    assert (film.width, film.height) == (96, 54)
    assert len(film) == 96
    assert not (project.folder / "report.html").exists()
    shot = next(s.shot for s in first.timeline.slots if s.technique == "film")
    choice = {"shots": {shot: {"fit": "pillarbox", "conform": "interpolate"}}}
    (project.folder / "decisions.json").write_text(json.dumps(choice))
    titled = replace(
        project, credits=replace(project.credits, cards="title", title="Discs that move")
    )
    made = make(titled, out, workers=1)
    film = open_frames(out)
    assert (film.width, film.height) == (192, 108)
    assert [s.shot for s in made.timeline.slots] == [s.shot for s in first.timeline.slots]
    rows = json.loads((project.folder / "shots.json").read_text())["shots"]
    chosen = [s.shot == shot for s in made.timeline.slots]
    assert [r["fit"] == "pillarbox" for r in rows] == chosen
    assert [r["conform"] == "interpolate" for r in rows] == chosen
    assert all(r["mean_dust"] is not None for r in rows if r["treatment"] == "film")
    page = (project.folder / "report.html").read_text()
    assert page.count('alt="after"') == page.count('alt="before"') == len(rows)
    assert "http" not in page.replace("http-equiv", "")  # nothing from the network
    assert next(film.read(6, 7)).mean() < 45  # the card


def test_a_missing_network_is_named_before_anything_is_done(project, tmp_path, monkeypatch):
    monkeypatch.setenv("TREMENDO_MODELS", str(tmp_path / "none"))
    wanted = replace(project, film=replace(project.film, conform="rife"))
    with pytest.raises(ModelMissingError) as caught:
        make(wanted, tmp_path / "film.mp4", workers=1)
    assert caught.value.hint == "tremendo models pull rife"
    assert not list((project.folder / "store").glob("*"))
