"""``propose``, ``export`` and ``render``: the cut and the master of a project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from tremendo.cli.output import Json, Quiet, Workers, answer, guarded, shown_progress
from tremendo.errors import UsageError

__all__ = ["register"]

Folder = Annotated[Path, typer.Argument(help="A project folder.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(propose)
    app.command()(export)
    app.command()(render)


def propose(
    folder: Folder,
    count: Annotated[int, typer.Option(help="How many different cuts.", min=1, max=20)] = 3,
    why: Annotated[int | None, typer.Option(help="Explain this slot (counted from 1).")] = None,
    workers: Workers = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Propose different cuts, each with its score and reasons."""
    with guarded(as_json=as_json):
        from tremendo.montage import explain
        from tremendo.pipeline.acts import proposals
        from tremendo.project import Project
        from tremendo.serial import to_plain

        with shown_progress(quiet=quiet) as progress:
            cuts, clips = proposals(Project.load(folder), count, workers=workers, progress=progress)
        if why is not None:
            if not 1 <= why <= len(cuts[0].slots):
                raise UsageError(
                    f"there is no slot {why}", hint=f"slots are numbered 1 to {len(cuts[0].slots)}"
                )
            text = explain(cuts[0], why - 1, clips)
            answer({"slot": why, "why": text}, as_json=as_json, text=text)
            return
        lines = []
        for number, cut in enumerate(cuts, start=1):
            lines.append(f"{number}: score {cut.score:.2f}, {len(cut.slots)} shots")
            lines += [f"   {reason}" for reason in cut.reasons]
        lines.append(f"choose with: tremendo make {folder} --proposal N")
        answer({"proposals": [to_plain(c) for c in cuts]}, as_json=as_json, text="\n".join(lines))


def export(
    folder: Folder,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file for the editor.")],
    kind: Annotated[str, typer.Option("--format", help="otio, fcp7, edl or mlt.")] = "otio",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the cut for an editor."""
    with guarded(as_json=as_json):
        from tremendo.montage.interchange import WRITERS
        from tremendo.pipeline import make
        from tremendo.project import Project

        if kind not in WRITERS:
            raise UsageError(f"there is no export '{kind}'", hint="one of " + ", ".join(WRITERS))
        project = Project.load(folder)
        with shown_progress(quiet=quiet) as progress:
            made = make(project, None, progress=progress)
        assert made.timeline is not None
        WRITERS[kind](made.timeline, made.clips, project.song, output, music=made.song)
        answer({"output": str(output)}, as_json=as_json, text=str(output))


def render(
    folder: Folder,
    output: Annotated[Path, typer.Option("--output", "-o", help="The master.")],
    codec: Annotated[str, typer.Option(help="h264, hevc, av1, prores, dnxhr or ffv1.")] = "h264",
    workers: Workers = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the master of a project."""
    with guarded(as_json=as_json):
        from tremendo.media.writer import CODECS
        from tremendo.pipeline import make
        from tremendo.project import Project

        if codec not in CODECS:
            raise UsageError(f"unknown codec '{codec}'", hint="one of " + ", ".join(CODECS))
        project = Project.load(folder)
        project = replace(project, film=replace(project.film, codec=codec))
        with shown_progress(quiet=quiet) as progress:
            made = make(project, output, workers=workers, progress=progress)
        answer(
            {"output": str(output), "warnings": made.warnings}, as_json=as_json, text=str(output)
        )
