"""``train`` and ``evaluate``: networks of one's own, and figures."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tremendo.cli.output import Force, Json, answer, guarded, need_torch
from tremendo.finish.animate.face.registry import FACE_ENGINES
from tremendo.finish.color.registry import COLOR_ENGINES

if TYPE_CHECKING:
    from tremendo.train.core.trainer import RunConfig

__all__ = ["register"]

_ENGINES = "One of: " + ", ".join(COLOR_ENGINES.names()) + "."
_FACE_ENGINES = "One of: " + ", ".join(FACE_ENGINES.names()) + "."

train_app = typer.Typer(help="Train networks (needs the extra 'train').", no_args_is_help=True)
evaluate_app = typer.Typer(help="Figures against truth and baselines.", no_args_is_help=True)

Output = Annotated[Path, typer.Option("--output", "-o", help="The network (ONNX).")]
Resume = Annotated[Path | None, typer.Option(help="A checkpoint to go on from.")]
Minutes = Annotated[float, typer.Option(help="Length of the whole run.", min=0.1)]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Seed = Annotated[int, typer.Option(help="Of all chance.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(train_app, name="train")
    app.add_typer(evaluate_app, name="evaluate")


@train_app.command("color")
def train_color(
    data: Annotated[list[Path], typer.Argument(help="Folders or tars of color photographs.")],
    output: Output,
    resume: Resume = None,
    start: Annotated[Path | None, typer.Option(help="Weights to start from.")] = None,
    minutes: Minutes = 60.0,
    fine_tune: Annotated[
        bool, typer.Option("--fine-tune", help="Only the decoder of a trained network.")
    ] = False,
    finish: Annotated[bool, typer.Option("--finish", hidden=True)] = False,
    device: Device = "auto",
    seed: Seed = 0,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Train a color network on your own photographs."""
    with guarded(as_json=as_json):
        need_torch()
        from tremendo.train.tasks.colorization.task import FINE_TUNE, ColorRecipe
        from tremendo.train.tasks.colorization.task import train_color as run

        _check(output, _RUN, [*data, *([] if start is None else [start])], resume, force)
        recipe = FINE_TUNE if fine_tune or finish else ColorRecipe()
        path = run(data, _run(output, resume, minutes, device, seed), recipe, start=start)
        answer({"output": str(path)}, as_json=as_json, text=str(path))


@train_app.command("face")
def train_face(
    films: Annotated[list[Path], typer.Argument(help="Films of one face each, a person a film.")],
    output: Output,
    photos: Annotated[
        list[Path] | None, typer.Option(help="A folder or tar of photographs (several times).")
    ] = None,
    resume: Resume = None,
    minutes: Minutes = 90.0,
    device: Device = "auto",
    seed: Seed = 0,
    cache: Annotated[Path | None, typer.Option(help="Where pairs are kept.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Train the renderer that retouches moved faces on films of faces."""
    with guarded(as_json=as_json):
        need_torch()
        from tremendo.train.tasks.face_renderer.task import train_face as run

        _check(output, _RUN, [*films, *(photos or ())], resume, force)
        config = _run(output, resume, minutes, device, seed)
        path = run(films, config, photos=photos or (), cache=cache)
        answer({"output": str(path)}, as_json=as_json, text=str(path))


@train_app.command("tags")
def train_tags(
    data: Annotated[list[Path], typer.Argument(help="Tars with a manifest.csv beside them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The head (.npz).")],
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Train the words of tags: HEAD.npz, and HEAD.onnx, the network it stands on."""
    with guarded(as_json=as_json):
        need_torch()
        from tremendo.serialization import to_plain
        from tremendo.train.tasks.tagging.task import train_tags as run

        _check(output, (".npz", ".onnx"), data, None, force)
        figures = run(data, output, report=_progress)
        answer(
            {"output": str(output), "words": to_plain(figures)}, as_json=as_json, text=str(output)
        )


@train_app.command("medium", hidden=True)
@train_app.command("depiction")
def train_depiction(
    data: Annotated[
        list[Path],
        typer.Argument(help="Tars with a manifest.csv; films, photographs of people."),
    ],
    output: Output,
    resume: Resume = None,
    minutes: Minutes = 30.0,
    device: Device = "auto",
    seed: Seed = 0,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Train the network that tells photographed faces from drawn and carved ones."""
    with guarded(as_json=as_json):
        need_torch()
        from tremendo.train.tasks.depiction.task import train_depiction as run

        _check(output, _RUN, data, resume, force)
        path = run(data, _run(output, resume, minutes, device, seed))
        answer({"output": str(path)}, as_json=as_json, text=str(path))


def _run(output: Path, resume: Path | None, minutes: float, device: str, seed: int) -> RunConfig:
    from tremendo.train.core.trainer import RunConfig

    return RunConfig(
        output, minutes=minutes, resume=resume, device=device, seed=seed, log=_progress
    )


def _check(
    output: Path, suffixes: tuple[str, ...], reads: Sequence[Path], resume: Path | None, force: bool
) -> None:
    """Refuse to train onto the data, or onto another's network; a run goes on in its own place."""
    from tremendo.core.outputs import Output, check_outputs

    checkpoint = output.with_suffix(".ckpt")
    goes_on = resume is not None and os.path.realpath(resume) == os.path.realpath(checkpoint)
    places = [output.with_suffix(suffix) for suffix in suffixes[1:]]
    outputs = [Output(output, suffixes=suffixes[:1]), *(Output(place) for place in places)]
    outputs = [replace(each, force=force or goes_on) for each in outputs]
    check_outputs(outputs, [*reads, *([] if resume is None or goes_on else [resume])])


_RUN = (".onnx", ".ckpt", ".md", ".curves.png", ".samples.png")
"""What a run writes, by the endings of the names; the network first."""


def _progress(line: str) -> None:
    sys.stderr.write(line + "\n")


def _say(result: object, *, as_json: bool) -> None:
    from tremendo.serialization import to_plain

    figures = to_plain(result)
    answer(figures, as_json=as_json, text=json.dumps(figures, indent=1, ensure_ascii=False))


@evaluate_app.command("restore")
def evaluate_restore(as_json: Json = False) -> None:
    """Restoration against synthetic period damage, beside FFmpeg's filters."""
    with guarded(as_json=as_json):
        from tremendo.evaluate.restore import evaluate_restore as run

        _say(run(), as_json=as_json)


@evaluate_app.command("color")
def evaluate_color(
    truth: Annotated[Path, typer.Argument(help="Color photographs (folder, tar) or a color film.")],
    engine: Annotated[str, typer.Option(help=_ENGINES)] = "embedded",
    model: Annotated[Path | None, typer.Option(help="The engine's network (ONNX file).")] = None,
    vividness: Annotated[float, typer.Option(help="0 = muted, 1 = vivid.", min=0, max=1)] = 0.5,
    limit: Annotated[int | None, typer.Option(help="At most so many photographs.")] = None,
    plot: Annotated[Path | None, typer.Option(help="A folder for side-by-side sheets.")] = None,
    flicker: Annotated[float, typer.Option(help="Added to a film, 0 to 0.5.", max=0.5)] = 0.0,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Color against truth, beside grey, sepia and mean color; on film also its unrest."""
    with guarded(as_json=as_json):
        from tremendo.core.outputs import Output, check_outputs
        from tremendo.evaluate.color import evaluate_film, evaluate_photos
        from tremendo.finish.color.engine import open_engine
        from tremendo.finish.color.options import ColorOptions
        from tremendo.media.inventory import FILM_SUFFIXES

        if plot is not None:
            sheets = [plot / "hues.png", plot / "pairs-1.png"]
            places = [Output(sheet, "--plot", force=force) for sheet in sheets]
            check_outputs([Output(plot, "--plot", folder=True), *places], [truth])
        direction = ColorOptions(vividness=vividness)
        judged = open_engine(engine, model)
        if truth.suffix.lower() in FILM_SUFFIXES:
            found = evaluate_film(truth, engine=judged, options=direction, flicker=flicker)
        else:
            found = evaluate_photos(
                truth, engine=judged, options=direction, limit=limit, plots=plot
            )
        _say(found, as_json=as_json)


@evaluate_app.command("music")
def evaluate_music(
    folder: Annotated[Path, typer.Argument(help="Songs with NAME.beats.csv beside them.")],
    as_json: Json = False,
) -> None:
    """Beats, downbeats and sections against annotations."""
    with guarded(as_json=as_json):
        from tremendo.evaluate.music import evaluate_music as run

        _say(run(folder), as_json=as_json)


@evaluate_app.command("animate")
def evaluate_animate(
    films: Annotated[list[Path], typer.Argument(help="Films of one face each.")],
    every: Annotated[int, typer.Option(help="Measure every so many frames.", min=1)] = 5,
    photo: Annotated[
        list[Path] | None, typer.Option(help="Drive this photograph instead (several times).")
    ] = None,
    engine: Annotated[str, typer.Option(help=_FACE_ENGINES)] = "mesh",
    as_json: Json = False,
) -> None:
    """A film's first frame driven by the film, beside the still; or other people's photographs."""
    with guarded(as_json=as_json):
        from tremendo.finish.animate.face.engine import face_engine

        face_engine(engine)  # refused before anything is read
        if photo:
            _say(_transfers(films, photo, every, engine), as_json=as_json)
            return
        from tremendo.evaluate.animate import self_reenactment
        from tremendo.media import open_frames
        from tremendo.perception.faces import FaceFinder

        finder = FaceFinder()
        _say(
            {
                film.name: self_reenactment(open_frames(film), finder, engine=engine, every=every)
                for film in films
            },
            as_json=as_json,
        )


def _transfers(films: list[Path], photos: list[Path], every: int, engine: str) -> dict[str, object]:
    """Every photograph under every driver."""
    from tremendo.evaluate.transfer import dlib_embedding, transfer
    from tremendo.finish.animate.face.film_driver import track_film
    from tremendo.media import open_frames, read_photo
    from tremendo.perception.faces import FaceFinder

    finder, embedding = FaceFinder(), dlib_embedding()
    figures: dict[str, object] = {}
    for path in films:
        film = open_frames(path)
        tracked = track_film(film, finder)
        for photo in photos:
            figures[f"{path.name} > {photo.name}"] = transfer(
                read_photo(photo),
                tracked,
                float(film.fps),
                finder,
                engine=engine,
                every=every,
                embedding=embedding,
            )
    return figures


@evaluate_app.command("montage")
def evaluate_montage(
    folders: Annotated[list[Path], typer.Argument(help="Project folders.")],
    as_json: Json = False,
) -> None:
    """The cut against the music, beside a random shot per beat and a cut every four beats."""
    with guarded(as_json=as_json):
        from tremendo.evaluate.montage import as_table, evaluate_montage
        from tremendo.montage import read_treatment
        from tremendo.pipeline import make
        from tremendo.project import Project

        tables = {}
        for folder in folders:
            project = Project.load(folder)
            made = make(project, None)
            assert made.timeline is not None
            assert made.song is not None
            plan = None if project.treatment is None else read_treatment(project.treatment)
            tables[str(folder)] = evaluate_montage(
                made.timeline, made.clips, made.song, treatment=plan
            )
        text = "\n\n".join(f"{name}\n{as_table(table)}" for name, table in tables.items())
        figures = tables if len(tables) > 1 else next(iter(tables.values()))
        answer(figures, as_json=as_json, text=text)
