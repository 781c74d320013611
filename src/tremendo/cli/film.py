"""``make``, ``demo`` and ``new``: the whole film."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tremendo.cli.consent import settle_consent
from tremendo.cli.output import (
    Force,
    Json,
    Quiet,
    Workers,
    answer,
    existing,
    guarded,
    shown_progress,
)
from tremendo.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from tremendo.pipeline import RunResult
    from tremendo.project import Project

__all__ = ["register"]

Song = Annotated[Path | None, typer.Option(help="The song that the film is cut to.")]
Size = Annotated[str | None, typer.Option(help="Size of the film, e.g. 1280x720.")]
Fps = Annotated[str | None, typer.Option(help="Frames a second, e.g. 24 or 24000/1001.")]
Seed = Annotated[
    int | None,
    typer.Option(help="0: the best cut; any other: another one of at least 97 % of its score."),
]
Seconds = Annotated[
    float | None, typer.Option(help="Length of the film; default: the song.", min=0.5)
]
Inputs = Annotated[list[Path], typer.Argument(help="Films, photographs, or folders of them.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(make)
    app.command()(demo)
    app.command()(new)


def make(
    inputs: Annotated[
        list[Path], typer.Argument(help="Films, photographs, folders; or one project folder.")
    ],
    song: Song = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The film.")] = None,
    project: Annotated[
        Path | None, typer.Option(help="Project folder; default: OUT's name + .tremendo")
    ] = None,
    treatment: Annotated[Path | None, typer.Option(help="Chapters of the film (TOML).")] = None,
    seed: Seed = None,
    fps: Fps = None,
    size: Size = None,
    proposal: Annotated[int | None, typer.Option(help="Which of the cuts.", min=1)] = None,
    seconds: Seconds = None,
    fit: Annotated[str | None, typer.Option(help="crop, pillarbox, surround or tint.")] = None,
    conform: Annotated[
        str | None,
        typer.Option(help="Film to the frame rate: repeat, speed-up, interpolate or rife."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Half the size, encoded fast, unsigned.")
    ] = False,
    consent: Annotated[
        str | None,
        typer.Option(help="Of people in photographs: historic, self or permission."),
    ] = None,
    workers: Workers = 0,
    engine: Annotated[str, typer.Option(help="Where tasks run: local or ray.")] = "local",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what is stale and why.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """From raw material to the signed film; done work is not done again."""
    with guarded(as_json=as_json):
        from tremendo.core.outputs import Output
        from tremendo.media.writer import CODECS
        from tremendo.pipeline import make as run
        from tremendo.project import Project

        is_project = len(inputs) == 1 and (inputs[0] / "project.toml").is_file()
        if is_project:
            known = Project.load(inputs[0])
            output = output or _film_of(known)
        else:
            known, output = _new_project(inputs, song, output, project, treatment)
        known = changed(
            known,
            seed=seed,
            fps=fps,
            size=size,
            proposal=proposal,
            seconds=seconds,
            fit=fit,
            conform=conform,
        )
        if preview and output.suffix.lower() not in CODECS["h264"].suffixes:
            raise UsageError("a preview is H.264", path=output, hint="name it *.mp4")

        def prepare() -> None:
            known.save()
            settle_consent(known.folder, known.inputs, consent, quiet=quiet or as_json)

        with shown_progress(quiet=quiet) as progress:
            made = run(
                known,
                Output(output, force=force),
                workers=workers,
                engine=engine,
                dry_run=dry_run,
                preview=preview,
                progress=progress,
                prepare=prepare,
            )
        if dry_run:
            _say_plan(made, as_json=as_json)
        else:
            _say_made(made, known, as_json=as_json)


def _film_of(project: Project) -> Path:
    """Where an existing project's film goes: beside the folder, under its name."""
    folder = project.folder.absolute()
    return folder.with_suffix(".mp4") if folder.suffix == ".tremendo" else folder / "film.mp4"


def _new_project(
    inputs: list[Path],
    song: Path | None,
    output: Path | None,
    folder: Path | None,
    treatment: Path | None,
) -> tuple[Project, Path]:
    from tremendo.project import Project

    if song is None:
        raise UsageError("there is no song", hint="add --song SONG")
    if output is None:
        raise UsageError("there is no place for the film", hint="add -o OUT.mp4")
    folder = (folder or output.with_suffix(".tremendo")).absolute()
    _need_own(folder)
    paths = tuple(existing(inputs))
    treatment = None if treatment is None else treatment.absolute()
    if (folder / "project.toml").is_file():
        from dataclasses import replace

        known = Project.load(folder)
        return replace(
            known, inputs=paths, song=song.absolute(), treatment=treatment or known.treatment
        ), output
    return Project(folder, paths, song.absolute(), treatment=treatment), output


_OURS = frozenset({".lock", "store", "state.json", "consent.toml", "decisions.json"})


def _need_own(folder: Path) -> None:
    """A project's folder is a project, new, or empty but for what may lie there before it.

    Raises:
        UsageError: it holds other things, which a report or a table could replace.
    """
    if not folder.is_dir() or (folder / "project.toml").is_file():
        return
    others = sorted(each.name for each in folder.iterdir() if each.name not in _OURS)
    if others:
        raise UsageError(
            f"this folder is no project and holds other things ('{others[0]}')",
            path=folder,
            hint="choose another --project",
        )


def changed(
    project: Project,
    *,
    seed: int | None,
    fps: str | None,
    size: str | None,
    proposal: int | None,
    seconds: float | None = None,
    fit: str | None = None,
    conform: str | None = None,
) -> Project:
    """The project with what was given on the command line."""
    from tremendo.core.rates import parse_rate
    from tremendo.project import parse_size

    changes: dict[str, object] = {}
    if fps is not None:
        changes["fps"] = parse_rate(fps)
    if size is not None:
        changes["width"], changes["height"] = parse_size(size)
    plain = {
        "seed": seed,
        "proposal": proposal,
        "seconds": seconds,
        "fit": fit,
        "conform": conform,
    }
    changes |= {name: value for name, value in plain.items() if value is not None}
    try:
        return project.with_film(**changes)
    except ConfigError as error:
        raise UsageError(f"--{error.message}", hint=error.hint) from error


def _say_plan(made: RunResult, *, as_json: bool) -> None:
    plain = [vars(step) for step in made.planned]
    text = "\n".join(f"{step.act}: {step.name}: {step.why}" for step in made.planned)
    answer(
        {"stale": plain, "warnings": made.warnings}, as_json=as_json, text=text or "nothing to do"
    )


def _say_made(made: RunResult, project: Project, *, as_json: bool) -> None:
    timeline = made.timeline
    assert timeline is not None
    result = {
        "output": None if made.output is None else str(made.output),
        "project": str(project.folder),
        "frames": timeline.frames,
        "fps": str(timeline.fps),
        "shots": len(timeline.slots),
        "seed": timeline.seed,
        "warnings": made.warnings,
    }
    seconds = float(timeline.frames / timeline.fps)
    answer(
        result,
        as_json=as_json,
        text=f"{made.output}: {seconds:.2f} s, {len(timeline.slots)} shots\n"
        f"{project.folder / 'report.html'}",
    )


def demo(
    folder: Annotated[Path, typer.Option("--output", "-o", help="Where to.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Another seed, another film.")] = 0,
    size: Annotated[str, typer.Option(help="Size of the film.")] = "1280x720",
    workers: Workers = 0,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a small film from material that tremendo makes itself; no network."""
    with guarded(as_json=as_json):
        from tremendo.core.outputs import Output
        from tremendo.demo import make_material
        from tremendo.pipeline import make as run
        from tremendo.project import Credits, Project

        place = folder.absolute() / "material"
        ours = folder / "demo.tremendo"
        if place.exists() and not (ours.is_dir() or force):
            raise UsageError(
                "there is material already that no demo made",
                path=place,
                hint="choose another folder, or add --force to write into it",
            )
        ours.mkdir(parents=True, exist_ok=True)
        if not quiet:
            sys.stderr.write("making reels, photographs and a song ...\n")
        material = make_material(place, seed=seed)
        project = Project(
            ours.absolute(),
            (material.footage,),
            material.song,
            credits=Credits(
                title="Tremendo",
                text="Imaginary reels of 1896, restored, colored and animated with AI",
            ),
        )
        project = changed(project, seed=seed, fps=None, size=size, proposal=None)
        with shown_progress(quiet=quiet) as progress:
            made = run(
                project,
                Output(folder.absolute() / "demo.mp4", force=force),
                workers=workers,
                progress=progress,
                prepare=project.save,
            )
        _say_made(made, project, as_json=as_json)


def new(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")],
    inputs: Inputs,
    song: Annotated[Path, typer.Option(help="The song that the film is cut to.")],
    as_json: Json = False,
) -> None:
    """Set up a project without running it."""
    with guarded(as_json=as_json):
        from tremendo.errors import MediaError
        from tremendo.project import Project

        _need_own(folder)
        if (folder / "project.toml").exists():
            raise UsageError(
                "there is a project already",
                path=folder,
                hint="edit its project.toml, or choose another folder",
            )
        for path in (*inputs, song):
            if not path.exists():
                raise MediaError("there is no such file or folder", path=path)
        project = Project(folder.absolute(), tuple(existing(inputs)), song.absolute())
        with project.locked():
            project.save()
        answer({"project": str(project.file)}, as_json=as_json, text=str(project.file))
