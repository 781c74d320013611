"""``propose``, ``export`` and ``render``: the cut and the master of a project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tremendo.cli.output import Force, Json, Quiet, Workers, answer, guarded, shown_progress
from tremendo.errors import UsageError
from tremendo.montage.interchange import EXPORTERS, exporter_of

if TYPE_CHECKING:
    from tremendo.pipeline.proposals import Proposed
    from tremendo.project import Project

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
    instead: Annotated[
        int | None, typer.Option(help="Other shots for this slot of the first cut.")
    ] = None,
    more_like: Annotated[
        int | None, typer.Option(help="Cuts with more like what this slot shows.")
    ] = None,
    like: Annotated[
        Path | None, typer.Option(help="Cut in the manner of this film (pace, beats).")
    ] = None,
    boards: Annotated[
        bool, typer.Option("--boards/--no-boards", help="Draw a storyboard of each cut (PNG).")
    ] = True,
    preview: Annotated[
        bool, typer.Option("--preview", help="Ten seconds of each cut as a small film.")
    ] = False,
    workers: Workers = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Propose different cuts, each with its score, reasons and storyboard."""
    with guarded(as_json=as_json):
        from tremendo.pipeline.proposals import proposals, write_boards
        from tremendo.project import Project
        from tremendo.serialization import to_plain
        from tremendo.tools.reference import style_of

        project = Project.load(folder)
        single = why is not None or instead is not None
        with shown_progress(quiet=quiet) as progress:
            style = None if like is None else style_of(like, workers=workers, progress=progress)
            found = proposals(
                project,
                1 if single else count,
                like=style,
                more_like=more_like,
                workers=workers,
                progress=progress,
            )
        if why is not None:
            _say_why(found, why, as_json=as_json)
            return
        if instead is not None:
            _say_others(found, instead, project, as_json=as_json)
            return
        files = write_boards(found, folder / "proposals", boards=boards, preview=preview)
        lines = [] if style is None else [f"{like}: {style}"]
        for number, (cut, drawn) in enumerate(zip(found.cuts, files, strict=True), start=1):
            lines.append(f"{number}: score {cut.score:.2f}, {len(cut.slots)} shots")
            lines += [f"   {reason}" for reason in (*cut.reasons, *cut.warnings)]
            lines += [f"   {file}" for file in drawn]
        lines.append(f"choose with: tremendo make {folder} --proposal N")
        result = {
            "proposals": [to_plain(c) for c in found.cuts],
            "files": [[str(f) for f in drawn] for drawn in files],
            "style": None if style is None else str(style),
        }
        answer(result, as_json=as_json, text="\n".join(lines))


def _say_why(found: Proposed, number: int, *, as_json: bool) -> None:
    from tremendo.montage import explain
    from tremendo.pipeline.proposals import slot_index

    text = explain(found.cuts[0], slot_index(found.cuts[0], number), found.clips)
    answer({"slot": number, "why": text}, as_json=as_json, text=text)


def _say_others(found: Proposed, number: int, project: Project, *, as_json: bool) -> None:
    """Other shots for one slot, each with its reasons and in the form of a lock."""
    from tremendo.montage import alternatives, explain
    from tremendo.pipeline.proposals import slot_index
    from tremendo.serialization import to_plain

    first = found.cuts[0]
    index = slot_index(first, number)
    others = alternatives(
        first,
        index,
        found.clips,
        found.song,
        vetoes=project.decisions().vetoes,
        treatment=found.treatment,
    )
    slots = [(*first.slots[:index], other, *first.slots[index + 1 :]) for other in others]
    said = [explain(replace(first, slots=each), index, found.clips) for each in slots]
    plain = {"slot": number, "instead": [to_plain(o) for o in others], "why": said}
    answer(plain, as_json=as_json, text="\n\n".join(said) or "every usable shot is in the cut")


def export(
    folder: Folder,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file for the editor.")],
    kind: Annotated[
        str, typer.Option("--format", help=f"{', '.join(EXPORTERS.names())}; by the suffix of -o.")
    ] = "",
    media: Annotated[
        str, typer.Option(help="original: the archive's files; finished: the shots as ProRes.")
    ] = "original",
    workers: Workers = 0,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the cut for an editor."""
    with guarded(as_json=as_json):
        from tremendo.core.outputs import Output
        from tremendo.pipeline.export import hand_over
        from tremendo.project import Project

        kind = kind or exporter_of(output)
        EXPORTERS.factory(kind)  # refused before anything is computed
        project = Project.load(folder)
        with shown_progress(quiet=quiet) as progress:
            written = hand_over(
                project,
                kind,
                Output(output, force=force),
                media=media,
                workers=workers,
                progress=progress,
            )
        answer(
            {"output": str(output), "media": [str(file) for file in written[1:]]},
            as_json=as_json,
            text=str(output),
        )


def render(
    folder: Folder,
    output: Annotated[Path, typer.Option("--output", "-o", help="The master.")],
    codec: Annotated[str, typer.Option(help="h264, hevc, av1, prores, dnxhr or ffv1.")] = "h264",
    preview: Annotated[
        bool, typer.Option("--preview", help="Half the size, encoded fast, unsigned.")
    ] = False,
    workers: Workers = 0,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the master of a project."""
    with guarded(as_json=as_json):
        from tremendo.core.outputs import Output
        from tremendo.media.writer import CODECS
        from tremendo.pipeline import make
        from tremendo.project import Project

        if codec not in CODECS:
            raise UsageError(f"unknown codec '{codec}'", hint="one of " + ", ".join(CODECS))
        if preview and codec != "h264":
            raise UsageError("a preview is H.264", hint="leave --codec or --preview out")
        project = Project.load(folder)
        project = replace(project, film=replace(project.film, codec=codec))
        with shown_progress(quiet=quiet) as progress:
            made = make(
                project,
                Output(output, force=force),
                workers=workers,
                preview=preview,
                progress=progress,
            )
        answer(
            {"output": str(output), "warnings": made.warnings}, as_json=as_json, text=str(output)
        )
