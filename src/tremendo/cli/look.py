"""``shots`` and ``listen``: what the machine sees and hears."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tremendo.cli.output import Force, Json, Quiet, Workers, answer, guarded, shown_progress, warn
from tremendo.core.paths import printable
from tremendo.errors import NothingUsableError, UsageError
from tremendo.music.trackers import BEAT_TRACKERS

if TYPE_CHECKING:
    from tremendo.archive import Shot

__all__ = ["register"]
_TRACKERS = "; ".join(f"{name}: {line}" for name, line in BEAT_TRACKERS.describe().items())


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(shots)
    app.command()(listen)


def shots(
    inputs: Annotated[list[Path], typer.Argument(help="Films, photographs, or folders of them.")],
    sheet: Annotated[Path | None, typer.Option(help="Write a contact sheet (PNG).")] = None,
    workers: Workers = 0,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find and describe the shots of films and photographs."""
    with guarded(as_json=as_json):
        from tremendo.archive import contact_sheet
        from tremendo.core.outputs import Output, check_outputs
        from tremendo.media.photo import WRITTEN_SUFFIXES
        from tremendo.serialization import to_plain
        from tremendo.tools.describe import describe

        if sheet is not None:
            check_outputs([Output(sheet, "--sheet", WRITTEN_SUFFIXES, force=force)], inputs)
        with shown_progress(quiet=quiet) as progress:
            clips, warnings = describe(inputs, workers=workers, progress=progress)
        if not clips:
            raise NothingUsableError(
                "no film or photograph could be read",
                path=", ".join(map(str, inputs)),
                hint="see the warnings above",
            )
        if sheet is not None:
            contact_sheet(clips, sheet)
        lines = []
        for clip in clips:
            lines.append(
                f"{printable(str(clip.path))}: {clip.frames} frames at {float(clip.fps):.3g} fps"
            )
            lines += [
                f"  {s.start:6d} - {s.end:6d}  {s.scale:6}  {', '.join(_said(s))}"
                for s in clip.shots
            ]
        answer(
            {"clips": [to_plain(c) for c in clips], "warnings": warnings},
            as_json=as_json,
            text="\n".join(lines),
        )


def _said(shot: Shot) -> Iterator[str]:
    """Tags; those that a network saw with their likelihood."""
    for tag in shot.tags:
        likely = shot.likelihoods.get(tag)
        yield tag if likely is None else f"{tag} {likely:.0%}"


def listen(
    song: Annotated[Path, typer.Argument(help="The song.")],
    plot: Annotated[Path | None, typer.Option(help="Draw the song (PNG).")] = None,
    tempo: Annotated[str | None, typer.Option(help="half or double, when it was misheard.")] = None,
    shift: Annotated[int, typer.Option(help="Move the downbeat by so many beats.")] = 0,
    nudge: Annotated[int, typer.Option(help="Move all beats later by so many ms.")] = 0,
    meter: Annotated[int, typer.Option(help="Beats in a bar: 2, 3, 4 or 6; 0 = as heard.")] = 0,
    taps: Annotated[
        Path | None, typer.Option(help="A text file of seconds at which you tapped the beat.")
    ] = None,
    tracker: Annotated[str, typer.Option(help=f"auto; {_TRACKERS}.")] = "auto",
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hear beats, bars, sections and accents of a song."""
    with guarded(as_json=as_json):
        if tempo not in {None, "half", "double"}:
            raise UsageError(f"--tempo {tempo}", hint="half or double")
        from tremendo.core.outputs import Output, check_outputs
        from tremendo.music import listen as hear
        from tremendo.serialization import to_plain

        if plot is not None:
            given = [song] if taps is None else [song, taps]
            check_outputs([Output(plot, "--plot", (".png",), force=force)], given)
        tapped = () if taps is None else _read_taps(taps)
        heard = hear(
            song,
            tempo=tempo,
            shift=shift,
            tracker=tracker,
            nudge=nudge / 1000,
            meter=meter,
            taps=tapped,
        )
        for text in heard.warnings:
            warn(text, quiet=quiet)
        if plot is not None:
            from tremendo.music import plot_song

            plot_song(heard, song, plot)
        form = " ".join(s.label for s in heard.sections)
        other = f"; {heard.other_tempo}" if heard.other_tempo else ""
        answer(
            to_plain(heard),
            as_json=as_json,
            text=f"{printable(str(song))}: {heard.duration:.1f} s, "
            f"{heard.tempo:.1f} beats a minute, {heard.time_signature}, {len(heard.bars)} bars, "
            f"form {form} (confidence {heard.confidence:.0%}{other})",
        )


def _read_taps(file: Path) -> tuple[float, ...]:
    from tremendo.errors import MediaError
    from tremendo.music.corrections import parse_taps

    try:
        return parse_taps(file.read_text())
    except (OSError, ValueError) as error:
        raise MediaError(
            f"the taps cannot be read ({error})", path=file, hint="one number of seconds a line"
        ) from error
