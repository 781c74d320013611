"""The command ``tremendo``: parse, call the library, print."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from tremendo.cli import cut, film, look, machine, pictures, restore, train
from tremendo.core.interrupts import Obedience, deafen
from tremendo.core.paths import cache_folder

__all__ = ["app", "main"]

app = typer.Typer(
    name="tremendo",
    help="Old film, period photographs and a song into a finished music video.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        sys.stdout.write(f"tremendo {version('tremendo')}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version)
    ] = False,
) -> None:
    pass


for group in (film, look, cut, restore, pictures, machine, train):
    group.register(app)


def main() -> None:
    """Run the command line; a polite kill is the same as Ctrl-C."""
    Obedience().install()
    # matplotlib makes itself a folder: in our cache, not in the user's configuration
    os.environ.setdefault("MPLCONFIGDIR", str(cache_folder() / "matplotlib"))
    try:
        app()
    except KeyboardInterrupt:
        sys.stderr.write("error: stopped\n")
        sys.exit(130)
    finally:  # a wish that comes while the program ends would end it by the signal
        deafen()
