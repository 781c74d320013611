"""A photograph or a film goes in, the same in color comes out: what ``colorize`` does."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tremendo.archive import Clip, describe_clip
from tremendo.archive.describe import has_real_color
from tremendo.archive.mount import print_chroma
from tremendo.media import Frame, Frames, write_photo
from tremendo.media.frames import LUMA, AnyFrame, DeepFrame, in_eight_bits
from tremendo.media.inventory import Item
from tremendo.media.photo import DEEP_SUFFIXES, WRITTEN_SUFFIXES, load_photo
from tremendo.media.photo_metadata import read_metadata
from tremendo.tools.film import need_suffix, process_film

if TYPE_CHECKING:
    from tremendo.finish.color.engine import ColorEngine
    from tremendo.finish.color.hint import Hint
    from tremendo.finish.color.options import ColorOptions


__all__ = ["colorize_file", "with_fine_steps"]

_NOTE = "tremendo (colors are an interpretation)"


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
        deep = output.suffix.lower() in DEEP_SUFFIXES
        photo = load_photo(item.path, 16 if deep else 8)
        frame = in_eight_bits(photo.pixels)
        colors = colorize_photo(frame, options, engine=engine)
        picture = with_fine_steps(colors, photo.pixels) if deep and photo.bits > 8 else colors
        write_photo(output, picture, metadata=read_metadata(item.path), note=_NOTE)
        colored = has_real_color(print_chroma(frame))
        lost = photo.bits > 8 and not deep
        depth = [f"{photo.bits} bits a sample become 8: {output.suffix} holds no more"] * lost
        return _told(item.path, colored=colored, notes=[*photo.notes, *depth])
    from tremendo.finish.color.film import colorize_film

    clip = describe_clip(item.path, "film", ())
    wishes = replace(options, hints=tuple(_in_picture(hint, clip) for hint in options.hints))

    def process(frames: Frames, start: int, stop: int) -> Iterator[Frame]:
        return colorize_film(frames, wishes, start=start, stop=stop, engine=engine)

    notes = process_film(clip, output, process)
    return _told(item.path, colored=clip.colored, notes=notes)


def with_fine_steps(colors: Frame, source: AnyFrame) -> DeepFrame:
    """A colored picture of 8 bits with the steps of lightness that its 16-bit source has.

    Args:
        colors: ``(H, W, 3) uint8``, colored from the source rounded to 8 bits.
        source: ``(H, W, 3) uint16``.

    Returns:
        ``(H, W, 3) uint16``: what rounding took from the luma is added to each channel.
    """
    rest = (source.astype(np.float32) - in_eight_bits(source).astype(np.float32) * 257) @ LUMA
    deep = np.round(colors.astype(np.float32) * 257 + rest[..., None])
    return np.clip(deep, 0, 65535).astype(np.uint16)


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
