"""Asking once who allows the people in photographs to be set in motion."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from tremendo.cli.output import warn

__all__ = ["settle_consent"]


def settle_consent(folder: Path, inputs: Sequence[Path], given: str | None, *, quiet: bool) -> None:
    """Record the declaration that was given, or ask for it once where somebody can answer.

    Raises:
        UsageError: no such declaration.
        MediaError: ``consent.toml`` is damaged.
    """
    from tremendo.consent import DECLARATIONS, Consent
    from tremendo.media import discover

    known = Consent.load(folder)
    if given is not None:
        known.declare(folder, given)
        return
    if known.declared or not any(item.kind == "photo" for item in discover(list(inputs))[0]):
        return
    if quiet or not (sys.stdin.isatty() and sys.stderr.isatty()):
        warn(
            "faces in photographs may be set in motion without a declaration: "
            "--consent historic, self or permission records one",
            quiet=quiet,
        )
        return
    question = f"Faces in photographs will move. The people in them: {', '.join(DECLARATIONS)}?"
    said = typer.prompt(question, err=True)
    while said not in DECLARATIONS:
        said = typer.prompt(f"One of {', '.join(DECLARATIONS)}", err=True)
    known.declare(folder, said)
