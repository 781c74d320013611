"""A photograph or a film goes in, the same in color comes out: what ``colorize`` does."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tremendo.archive import Clip, describe_clip
from tremendo.archive.describe import has_real_color
from tremendo.archive.exposure import chroma_beyond_tint
from tremendo.media import Frame, Frames, read_photo, write_photo
from tremendo.media.inventory import Item
from tremendo.media.photo import WRITTEN_SUFFIXES
from tremendo.tools.film import need_suffix, process_film

if TYPE_CHECKING:
    from tremendo.finish.color.engine import ColorEngine
    from tremendo.finish.color.hint import Hint
    from tremendo.finish.color.options import ColorOptions


__all__ = ["colorize_file"]


def colorize_file(
    item: Item, output: Path, *, options: ColorOptions, engine: ColorEngine
) -> str | None:
    """Color a photograph or a film.

    Args:
        item: the photograph or film.
        output: the file to write.
        options: what is asked; places and frames of hints are those of the file.
        engine: who says what colors are likely.

    Returns:
        What the user should know about this file.

    Raises:
        UsageError: the output's suffix or a hint does not fit.
    """
    if item.kind == "photo":
        from tremendo.finish.color.photo import colorize_photo

        need_suffix(output, WRITTEN_SUFFIXES)
        photo = read_photo(item.path)
        write_photo(output, colorize_photo(photo, options, engine=engine))
        return _told(item.path, colored=has_real_color(chroma_beyond_tint(photo)))
    from tremendo.finish.color.film import colorize_film

    clip = describe_clip(item.path, "film", ())
    wishes = replace(options, hints=tuple(_in_picture(hint, clip) for hint in options.hints))

    def process(frames: Frames, start: int, stop: int) -> Iterator[Frame]:
        return colorize_film(frames, wishes, start=start, stop=stop, engine=engine)

    notes = process_film(clip, output, process)
    return _told(item.path, colored=clip.colored, notes=notes)


def _told(path: Path, *, colored: bool, notes: Sequence[str] = ()) -> str | None:
    said = ["has color of its own; only its lightness was used"] if colored else []
    return f"{path}: {'; '.join([*said, *notes])}" if said or notes else None


def _in_picture(hint: Hint, clip: Clip) -> Hint:
    """A hint in the file's pixels and frames, in those of the picture without its edges."""
    left, top, right, bottom = clip.crop
    x, y = (
        min(max(n, low), high - 1) - low
        for n, low, high in ((hint.x, left, right), (hint.y, top, bottom))
    )
    places = clip.frame_map or range(clip.frames)
    frame = max(0, bisect_right(places, hint.frame) - 1)
    return replace(hint, x=x, y=y, frame=frame)
