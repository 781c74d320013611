"""A file or a folder and a tool go in, the tool's results come out, mirrored under the output."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tremendo.core.progress import Progress
from tremendo.errors import MediaError, NothingUsableError, UsageError
from tremendo.media import discover
from tremendo.media.inventory import Item
from tremendo.media.photo import WRITTEN_SUFFIXES
from tremendo.tools.film import CODEC_OF

__all__ = ["Step", "each_file"]

Step = Callable[..., str | None]
"""Writes one file from another, and says what the user should know."""


def each_file(
    step: Step,
    source: Path,
    output: Path,
    options: dict[str, object],
    *,
    progress: Progress | None = None,
) -> tuple[list[Path], list[str]]:
    """Apply a step to a file, or to each of a folder, mirrored under ``output``.

    Returns:
        What was written, and warnings; in a folder a broken file does not stop the others.

    Raises:
        TremendoError: the single file cannot be done, or none of the folder.
    """
    progress = progress or Progress()
    items, warnings = discover([source])
    if not items:
        raise NothingUsableError("no film or photograph here", path=source)
    single = not source.is_dir() or items[0].path == source.resolve()
    written: list[Path] = []
    progress.act(source.name, len(items))
    for item in items:
        target = output if single else _mirrored(item, source.resolve(), output)
        if target.resolve() == item.path:
            raise UsageError("the output is the input", path=target, hint="choose another name")
        try:
            note = step(item, target, **options)
            written.append(target)
            if note:
                warnings.append(note)
                progress.warn(note)
        except (MediaError, NothingUsableError) as error:
            if single:
                raise
            warnings.append(f"{item.path}: {error.message}")
            progress.warn(warnings[-1])
        progress.advance()
    if not written:
        raise NothingUsableError("nothing in the folder could be done", path=source)
    return written, warnings


def _mirrored(item: Item, source: Path, output: Path) -> Path:
    """Where the result of a file in a folder goes: its own name, plus a suffix that can be written
    where its own cannot.
    """
    target = output / item.path.relative_to(source)
    known, usual = (CODEC_OF, ".mkv") if item.kind == "film" else (WRITTEN_SUFFIXES, ".png")
    return target if target.suffix.lower() in known else target.with_name(target.name + usual)
