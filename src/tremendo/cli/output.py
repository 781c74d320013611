"""How the commands speak: results to stdout, progress and warnings to stderr, exit codes."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tremendo.core.paths import printable
from tremendo.errors import Interrupted, TremendoError

if TYPE_CHECKING:
    from tremendo.core.outputs import Output
    from tremendo.core.progress import Progress

__all__ = [
    "Force",
    "Json",
    "Quiet",
    "Workers",
    "answer",
    "apply_each",
    "existing",
    "guarded",
    "need_torch",
    "shown_progress",
    "warn",
]

Force = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and errors.")]
Workers = Annotated[int, typer.Option(help="Processes at a time; 0 = one for each core.", min=0)]


def answer(result: dict[str, Any], *, as_json: bool, text: str) -> None:
    """Print a result."""
    if as_json:
        sys.stdout.write(_json(result) + "\n")
    elif text:
        sys.stdout.write(_lines(text) + "\n")


def warn(text: str, *, quiet: bool = False) -> None:
    """Tell the user something on stderr."""
    if not quiet:
        sys.stderr.write(f"warning: {printable(text)}\n")


def _lines(text: str) -> str:
    """A text of several lines of ours, fit for a terminal."""
    return "\n".join(map(printable, text.split("\n")))


def _json(content: dict[str, Any]) -> str:
    """One JSON document; bytes of names that are no UTF-8 are escaped, all else stands as it is."""
    text = json.dumps(content, ensure_ascii=False)
    return "".join(c if not "\ud800" <= c <= "\udfff" else f"\\u{ord(c):04x}" for c in text)


@contextmanager
def guarded(*, as_json: bool) -> Iterator[None]:
    """Turn errors into the lines and the exit code that the contract promises."""
    try:
        yield
    except KeyboardInterrupt:
        _fail(Interrupted("stopped", hint="the same command goes on from there"), as_json=as_json)
    except TremendoError as error:
        if error.exit_code == 1:
            _defect(error, as_json=as_json)
        _fail(error, as_json=as_json)
    except (typer.Exit, typer.Abort):
        raise
    except MemoryError:
        from tremendo.errors import ResourceError

        _fail(ResourceError("not enough memory", hint="use a smaller --size"), as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last line of defense
        _defect(error, as_json=as_json)


def _fail(error: TremendoError, *, as_json: bool) -> None:
    path = None if error.path is None else printable(error.path)
    shown = TremendoError(printable(error.message), path=path, hint=error.hint)
    sys.stderr.write(f"error: {_lines(str(shown))}\n")
    if as_json:
        sys.stdout.write(_json({"error": error.as_json()}) + "\n")
    raise typer.Exit(error.exit_code)


def _defect(error: BaseException, *, as_json: bool) -> None:
    """A fault of tremendo itself: one line here, everything in a log file."""
    from tremendo.models.catalog import cache_folder

    log = cache_folder().parent / f"defect-{time.strftime('%Y%m%d-%H%M%S')}.log"
    details = "".join(traceback.format_exception(error)) + (getattr(error, "hint", None) or "")
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(details)
        place = str(log)
    except OSError:
        place = "(no place to write the log)"
    sys.stderr.write(f"error: a defect in tremendo ({type(error).__name__}); details: {place}\n")
    if as_json:
        content = {
            "code": "defect",
            "message": str(error),
            "path": place,
            "hint": "report it with the log",
        }
        sys.stdout.write(json.dumps({"error": content}) + "\n")
    raise typer.Exit(1)


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[Progress]:
    """A progress display on stderr: bars on a terminal, one line an act elsewhere."""
    from tremendo.core.progress import Progress

    if quiet:
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    bars = Bars(
        TextColumn("{task.description:32}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )

    class Shown(Progress):
        def __init__(self) -> None:
            self.task: Any = None

        def act(self, name: str, total: float) -> None:
            self.task = bars.add_task(name, total=total)
            if not console.is_terminal:
                sys.stderr.write(f"{name} ...\n")

        def advance(self, amount: float = 1.0) -> None:
            if self.task is not None:
                bars.advance(self.task, amount)

        def warn(self, text: str) -> None:
            console.print(
                f"warning: {printable(text)}", highlight=False, markup=False, soft_wrap=True
            )

    with bars:
        yield Shown()


def existing(paths: list[Path]) -> list[Path]:
    """Absolute paths of the inputs: a project must not depend on the current folder."""
    return [path.absolute() for path in paths]


def apply_each(
    step: Callable[..., str | None],
    source: Path,
    output: Output,
    options: dict[str, Any],
    *,
    also: Sequence[Output] = (),
    reads: Sequence[Path] = (),
    as_json: bool,
    quiet: bool,
) -> None:
    """Apply a step to a file or to each of a folder, and answer with what was written.

    Args:
        step: see :func:`tremendo.tools.batch.each_file`.
        source: the file or folder.
        output: where to.
        options: of the step.
        also: what the step writes besides.
        reads: what it reads besides.
        as_json: answer as JSON.
        quiet: show no progress.
    """
    from tremendo.tools.batch import each_file

    with shown_progress(quiet=quiet) as progress:
        written, warnings = each_file(
            step, source, output, options, also=also, reads=reads, progress=progress
        )
    written += [each.path for each in also]
    answer(
        {"output": [str(p) for p in written], "warnings": warnings},
        as_json=as_json,
        text="\n".join(printable(str(path)) for path in written),
    )


def need_torch() -> None:
    """Refuse kindly where the ``train`` extra is not installed.

    Raises:
        ModelMissingError: torch is not there.
    """
    from importlib.util import find_spec

    from tremendo.errors import ModelMissingError

    if find_spec("torch") is None:
        raise ModelMissingError(
            "this needs torch", hint="pip install 'tremendo[train]' (CPU build: torch==2.13.0)"
        )
