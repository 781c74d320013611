"""A file or a folder and a tool go in, the tool's results come out, mirrored under the output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tremendo.core.outputs import Output, check_outputs
from tremendo.core.progress import Progress
from tremendo.errors import MediaError, NothingUsableError
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
    output: Path | Output,
    options: dict[str, object],
    *,
    also: Sequence[Output] = (),
    reads: Sequence[Path] = (),
    progress: Progress | None = None,
) -> tuple[list[Path], list[str]]:
    """Apply a step to a file, or to each of a folder, mirrored under ``output``.

    Args:
        step: what is done.
        source: the file or folder.
        output: the file or folder to write.
        options: of the step.
        also: what the step writes besides.
        reads: what it reads besides.
        progress: told about each file.

    Returns:
        What was written, and warnings; in a folder a broken file does not stop the others.

    Raises:
        UsageError: an output would replace what must not be (before anything is done).
        TremendoError: the single file cannot be done, or none of the folder.
    """
    progress = progress or Progress()
    items, warnings = discover([source])
    if not items:
        raise NothingUsableError("no film or photograph here", path=source)
    single = not source.is_dir() or items[0].path == source.resolve()
    output = Output.of(output)
    targets = [_target(item, output, None if single else source.resolve()) for item in items]
    check_outputs([*targets, *also], [source, *reads])
    written: list[Path] = []
    progress.act(source.name, len(items))
    for item, target in zip(items, (each.path for each in targets), strict=True):
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


def _target(item: Item, output: Output, folder: Path | None) -> Output:
    """Where a file's result goes; in a folder its own name, plus a suffix that can be written
    where its own cannot.
    """
    known, usual = (CODEC_OF, ".mkv") if item.kind == "film" else (WRITTEN_SUFFIXES, ".png")
    if folder is None:
        return replace(output, suffixes=known)
    target = output.path / item.path.relative_to(folder)
    if target.suffix.lower() not in known:
        target = target.with_name(target.name + usual)
    return replace(output, path=target)
