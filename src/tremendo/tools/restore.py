"""``tremendo restore``: a film restored, beside how it was, with a table of every change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tremendo.archive import describe_clip
from tremendo.errors import NothingUsableError
from tremendo.finish.restore.chain import restore_film, scale_of
from tremendo.finish.restore.changes import Change, as_csv, repairs
from tremendo.finish.restore.options import RestoreOptions
from tremendo.media import Frame, Frames, write_text
from tremendo.media.inventory import Item
from tremendo.tools.film import process_film

__all__ = ["restore_file"]


def restore_file(
    item: Item,
    output: Path,
    *,
    options: RestoreOptions | None = None,
    compare: Path | None = None,
    changes: Path | None = None,
) -> str | None:
    """Restore a film; see :func:`tremendo.finish.restore.chain.restore_film`.

    Args:
        item: the film.
        output: the file to write.
        options: of the steps; default: the preset ``gentle``.
        compare: also write a film whose left half is as it was.
        changes: also write a table of what was done to each native frame (CSV).

    Returns:
        What was rebuilt and what is missing, in words; None when nothing is.

    Raises:
        ModelMissingError: a network is asked for and PyTorch or spandrel is not installed.
        UsageError: a bad suffix.
        NothingUsableError: a photograph (film restoration needs neighbors in time).
        MediaError: the film cannot be read, or is smaller than 64 pixels.
    """
    if item.kind == "photo":
        raise NothingUsableError(
            "restoration works on film",
            path=item.path,
            hint="photographs can be colorized and animated",
        )
    done: list[Change] = []

    def process(frames: Frames, start: int, stop: int) -> Iterator[Frame]:
        return restore_film(frames, start=start, stop=stop, options=options, on_change=done.append)

    clip = describe_clip(item.path, "film", ())
    scale = 1.0 if options is None else scale_of(options)
    notes = process_film(clip, output, process, compare=compare, scale=scale)
    if changes is not None:
        write_text(changes, as_csv(done))
    told = [*repairs(done, [join for shot in clip.shots for join in shot.joins]), *notes]
    return f"{item.path}: {'; '.join(told)}" if told else None
