"""``models``, ``verify`` and ``doctor``: what is on this machine and in a file."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tremendo.cli.output import Json, answer, guarded, need_torch
from tremendo.errors import UsageError

__all__ = ["register"]

models_app = typer.Typer(help="Weights: what they are for, whence they come.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(models_app, name="models")
    app.command()(verify)
    app.command()(doctor)


@models_app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the weights that tremendo knows."""
    with guarded(as_json=as_json):
        from tremendo import models

        known = models.catalog().values()
        rows = [
            {
                "name": m.name,
                "purpose": m.purpose,
                "source": m.source,
                "license": m.license,
                "sha256": m.sha256,
                "present": m.present,
            }
            for m in known
        ]
        text = "\n".join(
            f"{'+' if m.present else '-'} {m.name:12} {m.purpose}\n    {m.source}; {m.license}"
            for m in known
        )
        answer({"models": rows}, as_json=as_json, text=text)


@models_app.command("pull")
def pull_models(
    names: Annotated[list[str] | None, typer.Argument(help="Which; default: all defaults.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Even if it is there.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch weights and verify them."""
    with guarded(as_json=as_json):
        from tremendo import models

        wanted = names or [m.name for m in models.catalog().values() if m.default]
        places = {}
        for name in wanted:
            model = models.find(name)
            sys.stderr.write(f"{name}: {model.license}\n")
            if model.converted:
                need_torch()
            fetched = models.pull(name, again=again)
            if model.converted and (again or not model.present):
                from tremendo.models.convert import convert_rife

                convert_rife(fetched, model.place)
            places[name] = str(model.place)
        answer(
            {"pulled": places},
            as_json=as_json,
            text="\n".join(f"{n}: {p}" for n, p in places.items()),
        )


@models_app.command("add")
def add_model(
    name: Annotated[str, typer.Argument(help="A name for it.")],
    file: Annotated[Path, typer.Argument(help="The weights; of LivePortrait their folder.")],
    purpose: Annotated[str, typer.Option(help="What it is for.")] = "user's own weights",
    license_: Annotated[str, typer.Option("--license", help="Its license.")] = "unknown",
    as_json: Json = False,
) -> None:
    """Add weights of your own; DDColor, DeOldify and LivePortrait become ONNX on the way."""
    with guarded(as_json=as_json), TemporaryDirectory() as folder:
        from tremendo import models

        weights = _as_onnx(name, file, Path(folder))
        model = models.add(name, weights, purpose=purpose, license_=license_, origin=file)
        answer(
            {"added": model.name, "path": str(model.place), "sha256": model.sha256},
            as_json=as_json,
            text=f"{model.name}: {model.place}",
        )


def _as_onnx(name: str, file: Path, folder: Path) -> Path:
    """The file itself, or where known networks' checkpoints, converted, lie."""
    if name == "liveportrait" and file.suffix != ".zip":
        if not file.is_dir():
            raise UsageError(f"{file} is no folder", hint="give the folder of LivePortrait's files")
        need_torch()
        from tremendo.models.convert import convert_liveportrait

        convert_liveportrait(file, folder / "liveportrait.zip")
        return folder / "liveportrait.zip"
    if name not in {"ddcolor", "deoldify"} or file.suffix == ".onnx":
        return file
    need_torch()
    from tremendo.models.convert import convert

    output = folder / f"{file.stem}.onnx"
    convert(name, file, output)
    return output


def verify(
    file: Annotated[Path, typer.Argument(help="A film or picture that tremendo made.")],
    as_json: Json = False,
) -> None:
    """Say what was altered in a film, from which sources, and whether it is intact."""
    with guarded(as_json=as_json):
        from tremendo.deliver.provenance import verify as check

        verdict = check(file)
        lines = [f"{file}: {verdict.state}"]
        lines += [f"  {a.get('description') or a['action']}" for a in verdict.actions]
        lines += [f"  from {i['title']}" for i in verdict.ingredients]
        lines += [f"  note: {p}" for p in verdict.problems]
        answer(verdict.as_json(), as_json=as_json, text="\n".join(lines))
        if verdict.state not in {"Valid", "Trusted"}:
            raise typer.Exit(3)


def doctor(as_json: Json = False) -> None:
    """Say what works on this machine, what is missing and how to mend it."""
    with guarded(as_json=as_json):
        from tremendo.cli.checkup import examine

        findings = examine()
        text = "\n".join(
            f"{'ok ' if f.good else 'NO '} {f.what}: {f.state}"
            + ("" if f.good else f"\n      mend: {f.remedy}")
            for f in findings
        )
        answer({"findings": [vars(f) for f in findings]}, as_json=as_json, text=text)
        if not all(f.good for f in findings):
            raise typer.Exit(5)
