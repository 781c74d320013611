"""``restore``: old film made fit to be seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from tremendo.cli.output import Force, Json, Quiet, apply_each, guarded
from tremendo.errors import UsageError
from tremendo.finish.restore.registry import SWITCHABLE

__all__ = ["register"]

_STEPS = ", ".join(SWITCHABLE)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(restore)


def restore(
    source: Annotated[Path, typer.Argument(help="A film, an image sequence or a folder of them.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to; a folder for a folder.")
    ],
    preset: Annotated[str, typer.Option(help="archival, gentle or music-video.")] = "gentle",
    without: Annotated[list[str] | None, typer.Option(help=f"Leave a step out: {_STEPS}.")] = None,
    extra: Annotated[
        list[str] | None,
        typer.Option("--with", help="Also a step of another package: its name, or module:factory."),
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="Also a film with the left half as it was.")
    ] = None,
    changes: Annotated[
        Path | None, typer.Option(help="Also a table (CSV) of what was done to each frame.")
    ] = None,
    network: Annotated[
        Path | None,
        typer.Option(help="Your own restoration network (a checkpoint that spandrel knows)."),
    ] = None,
    upscale: Annotated[float, typer.Option(help="Enlarge 1, 1.5 or 2 times.")] = 1.0,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Restore film: flicker, unsteadiness, scratches, dust; same frames, rate and sound out."""
    with guarded(as_json=as_json):
        from tremendo.core.outputs import Output
        from tremendo.finish.restore.enlarge import LearnedOptions
        from tremendo.finish.restore.options import preset_options
        from tremendo.media.sequence import is_sequence
        from tremendo.tools.film import CODEC_OF
        from tremendo.tools.restore import restore_file

        if source.is_dir() and (compare or changes) and not is_sequence(source):
            raise UsageError("--compare and --changes are for one film", path=source)
        wanted = replace(
            preset_options(preset).without(*(without or [])),
            learned=None if network is None else LearnedOptions(network),
            upscale=upscale,
            extra=tuple(extra or ()),
        )
        options: dict[str, object] = {
            "options": wanted,
            "compare": compare,
            "changes": changes,
        }
        also = []
        if compare is not None:
            also.append(Output(compare, "--compare", frozenset(CODEC_OF), force=force))
        if changes is not None:
            also.append(Output(changes, "--changes", (".csv", ".txt"), force=force))
        apply_each(
            restore_file,
            source,
            Output(output, force=force),
            options,
            also=also,
            reads=[] if network is None else [network],
            as_json=as_json,
            quiet=quiet,
        )
