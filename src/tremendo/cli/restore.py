"""``restore``: old film made fit to be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tremendo.cli.output import Json, Quiet, answer, guarded, shown_progress
from tremendo.errors import UsageError

__all__ = ["register"]

_STEPS = "deflicker, stabilize, mend, scratch, dust, denoise, tone, grain"


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
    compare: Annotated[
        Path | None, typer.Option(help="Also a film with the left half as it was.")
    ] = None,
    changes: Annotated[
        Path | None, typer.Option(help="Also a table (CSV) of what was done to each frame.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Restore film: flicker, unsteadiness, scratches, dust; same frames, rate and sound out."""
    with guarded(as_json=as_json):
        from tremendo.finish.restore.settings import preset_settings
        from tremendo.pipeline.restoring import restore_file
        from tremendo.pipeline.single import each_file

        if source.is_dir() and (compare or changes) and not _is_film(source):
            raise UsageError("--compare and --changes are for one film", path=source)
        settings = preset_settings(preset).without(*(without or []))
        options: dict[str, object] = {
            "settings": settings,
            "compare": compare,
            "changes": changes,
        }
        with shown_progress(quiet=quiet) as progress:
            written, warnings = each_file(restore_file, source, output, options, progress=progress)
        written += [path for path in (compare, changes) if path]
        answer(
            {"output": [str(p) for p in written], "warnings": warnings},
            as_json=as_json,
            text="\n".join(map(str, written)),
        )


def _is_film(folder: Path) -> bool:
    from tremendo.media.sequence import is_sequence

    return is_sequence(folder)
