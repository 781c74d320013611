"""``colorize`` and ``animate``: one step alone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

import typer

from tremendo.cli.output import Force, Json, Quiet, answer, apply_each, guarded, warn
from tremendo.errors import UsageError
from tremendo.finish.animate.face.registry import FACE_ENGINES
from tremendo.finish.animate.options import MOTIONS, MOVES, PERFORMANCES
from tremendo.finish.color.registry import COLOR_ENGINES

__all__ = ["register"]

_MOTIONS = "; ".join(f"{name}: {line}" for name, line in MOTIONS.items()) + "."
_MOVES = "Camera move where no face performs: auto, " + ", ".join(MOVES) + "."
_FACE_ENGINES = "; ".join(f"{name}: {line}" for name, line in FACE_ENGINES.describe().items())
_ENGINES = "; ".join(f"{name}: {line}" for name, line in COLOR_ENGINES.describe().items())

Input = Annotated[Path, typer.Argument(help="A photograph, a film or a folder of them.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="Where to; a folder for a folder.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(colorize)
    app.command()(animate)


def colorize(
    source: Input,
    output: Output,
    engine: Annotated[str, typer.Option(help=_ENGINES)] = "embedded",
    model: Annotated[Path | None, typer.Option(help="The engine's network (ONNX file).")] = None,
    reference: Annotated[
        list[Path] | None, typer.Option(help="A picture in color, of this scene or a like one.")
    ] = None,
    hint: Annotated[
        list[str] | None, typer.Option(help="x,y,#rrggbb or x,y,#rrggbb@frame: an object's color.")
    ] = None,
    vividness: Annotated[float, typer.Option(help="0 = muted, 1 = vivid.", min=0, max=1)] = 0.5,
    style: Annotated[
        str, typer.Option(help="natural, hand-tinted, stencil, unreal, tint, tone-blue...")
    ] = "natural",
    seed: Annotated[int, typer.Option(help="0 = likeliest; others: other colorings.", min=0)] = 0,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Color photographs and films; luma, frames, rate and sound stay as they are."""
    with guarded(as_json=as_json):
        from tremendo.core.outputs import Output
        from tremendo.finish.color.engine import open_engine
        from tremendo.finish.color.hint import parse_hint
        from tremendo.finish.color.options import ColorOptions
        from tremendo.finish.color.style import find_style
        from tremendo.media import read_photo
        from tremendo.tools.colorize import colorize_file

        wanted = ColorOptions(
            vividness=vividness,
            style=style,
            variant=seed,
            hints=tuple(map(parse_hint, hint or [])),
            references=tuple(map(read_photo, reference or [])),
        )
        find_style(style)
        options: dict[str, object] = {"options": wanted, "engine": open_engine(engine, model)}
        apply_each(
            colorize_file,
            source,
            Output(output, force=force),
            options,
            reads=[*(reference or []), *([] if model is None else [model])],
            as_json=as_json,
            quiet=quiet,
        )


def animate(
    photo: Annotated[Path, typer.Argument(help="A photograph.")],
    output: Output,
    motion: Annotated[str, typer.Option(help=_MOTIONS)] = "auto",
    driver: Annotated[
        list[str] | None,
        typer.Option(
            help=f"A film of a face, or {', '.join(PERFORMANCES)}, or a template of the engine's; "
            "N=... for face N alone (give it several times)."
        ),
    ] = None,
    song: Annotated[Path | None, typer.Option(help="Nod and sing to this song.")] = None,
    face: Annotated[
        str, typer.Option(help="Which face, counted from 1 in reading order, or all.")
    ] = "all",
    box: Annotated[
        str, typer.Option(help="A face that is not found: left,top,right,bottom in pixels.")
    ] = "",
    seconds: Annotated[float, typer.Option(help="Length.", min=0.1, max=600)] = 6.0,
    fps: Annotated[str, typer.Option(help="Frames a second.")] = "24",
    strength: Annotated[
        float, typer.Option(help="Head or camera: 0 = still, 1 = strong.", min=0, max=1)
    ] = 0.6,
    expression: Annotated[
        float | None, typer.Option(help="Expression alone, 0 to 1.", min=0, max=1)
    ] = None,
    move: Annotated[str, typer.Option(help=_MOVES)] = "auto",
    loop: Annotated[
        Path | None,
        typer.Option(help="A mask: water, smoke, flags, leaves painted white move in a loop."),
    ] = None,
    flow: Annotated[
        str, typer.Option(help="How they move: sway, or RIGHT,DOWN in pixels a second.")
    ] = "sway",
    consent: Annotated[
        str | None, typer.Option(help="Of the people: historic, self or permission.")
    ] = None,
    neutral: Annotated[
        str, typer.Option(help="Resting frame of the driver: auto, first, N.")
    ] = "auto",
    engine: Annotated[
        str,
        typer.Option(help=_FACE_ENGINES),
    ] = "mesh",
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Set a photograph in motion, at the photograph's size."""
    with guarded(as_json=as_json):
        from tremendo.core.outputs import Output
        from tremendo.finish.animate import MotionOptions
        from tremendo.tools.animate import animate_file

        if face != "all" and not (face.isdigit() and int(face) >= 1):
            raise UsageError(f"--face {face}", hint="a number counted from 1, or all")
        try:
            rate = Fraction(fps)
        except (ValueError, ZeroDivisionError) as error:
            raise UsageError(f"'{fps}' is no frame rate", hint="24, 25 or 24000/1001") from error
        options = MotionOptions(
            motion,
            driver=_drivers(driver) if driver else None,
            face="all" if face == "all" else int(face),
            box=_box(box),
            strength=strength,
            expression=expression,
            engine=engine,
            move=move,
            mask=loop,
            way=_way(flow),
        )
        record = animate_file(
            photo,
            Output(output, force=force),
            options,
            song=song,
            seconds=seconds,
            fps=rate,
            neutral=neutral,
            consent=consent,
        )
        note = None if record.technique == "face" else record.statement
        if note:
            warn(note, quiet=quiet)
        answer({"output": str(output), "note": note}, as_json=as_json, text=str(output))


def _drivers(given: list[str]) -> str | dict[int, str]:
    """One driver for all faces, or ``N=DRIVER`` for each."""
    if len(given) == 1 and "=" not in given[0]:
        return given[0]
    drivers = {}
    for one in given:
        number, _, driver = one.partition("=")
        if not (number.isdigit() and int(number) >= 1 and driver):
            raise UsageError(f"--driver {one}", hint="several drivers: 1=smile, 2=film.mp4...")
        drivers[int(number)] = driver
    return drivers


def _way(text: str) -> tuple[float, float] | Literal["sway"]:
    if text == "sway":
        return "sway"
    try:
        right, down = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"--flow {text}", hint="sway, or two numbers like 20,-5") from error
    return right, down


def _box(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"--box {text}", hint="left,top,right,bottom in pixels") from error
    if right - left < 2 or bottom - top < 2:
        raise UsageError(f"--box {text} holds nothing", hint="left,top,right,bottom in pixels")
    return left, top, right, bottom
