"""A shot of film, or a photograph's color, finished as the project and the director wish."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tremendo.finish.record import ColorRecord
from tremendo.media import Frame, Frames, MemoryFrames, read_photo

if TYPE_CHECKING:
    from tremendo.finish.color.hint import Hint
    from tremendo.finish.color.options import ColorOptions
    from tremendo.finish.restore.changes import Change

__all__ = ["FinishOptions", "color_photo", "finish_film"]

_FOLLOWED = 240
"""Frames before or after a take from which a hint's point is still followed into it."""


@dataclass(frozen=True)
class FinishOptions:
    """How pictures are finished: what ``[look]`` in project.toml and the director say of a shot.

    Attributes:
        restore, color, engine, vividness, style: as in ``[look]``.
        variant: another plausible coloring.
        hints: colors of objects, in pixels and frames of the clip.
        references: pictures in color that the colors follow.
    """

    restore: str = "gentle"
    color: str = "auto"
    engine: str = "embedded"
    vividness: float = 0.5
    style: str = "natural"
    variant: int = 0
    hints: tuple[Hint, ...] = ()
    references: tuple[Path, ...] = ()

    def direction(self, first: int = 0) -> ColorOptions:
        """What is asked of the color of frames that begin with the clip's frame ``first``."""
        from tremendo.finish.color.options import ColorOptions

        return ColorOptions(
            vividness=self.vividness,
            style=self.style,
            variant=self.variant,
            hints=tuple(replace(hint, frame=hint.frame - first) for hint in self.hints),
            references=tuple(read_photo(path) for path in self.references),
        )

    def seen_from(
        self, shot: tuple[int, int], take: tuple[int, int]
    ) -> tuple[FinishOptions, int, int]:
        """The look with only those hints that a take can follow, and the frames it needs for it.

        A hint is given in a frame of the shot, which need not be one that is shown; the point is
        followed from there, over at most 240 frames before or after the take.

        Returns:
            The look; first and end of the frames, which include the take.
        """
        first, stop = take
        low, high = max(shot[0], first - _FOLLOWED), min(shot[1], stop + _FOLLOWED)
        near = tuple(hint for hint in self.hints if low <= hint.frame < high)
        seen = [hint.frame for hint in near]
        return replace(self, hints=near), min([first, *seen]), max([stop, *(n + 1 for n in seen)])

    def colors(self, *, already_colored: bool) -> bool:
        """Whether a picture gets new color."""
        return self.color == "always" or (self.color == "auto" and not already_colored)

    def color_record(self, *, already_colored: bool) -> ColorRecord:
        """How a picture gets its colors: by an engine, by a dye or not at all."""
        from tremendo.finish.color.style import find_style

        if not self.colors(already_colored=already_colored):
            return ColorRecord()
        dyed = find_style(self.style).dye is not None
        return ColorRecord("" if dyed else self.engine, self.style)


def finish_film(
    frames: Frames,
    shot: tuple[int, int],
    take: tuple[int, int],
    look: FinishOptions,
    *,
    colored: bool,
    on_change: Callable[[Change], None] = lambda _: None,
) -> Iterator[Frame]:
    """Restore and color the frames ``take`` of a film shot.

    Args:
        frames: the clip's native frames.
        shot: start and end (exclusive) of the whole shot: nothing outside is looked at.
        take: start and end (exclusive) of the wanted part.
        look: settings.
        colored: whether the film has color of its own.
        on_change: told what restoration did to each frame.

    Yields:
        As many frames as the take has, at the clip's size. Memory: the take's frames, and those
        to the hints that are given near it.
    """
    from tremendo.finish.color.engine import open_engine
    from tremendo.finish.color.film import colorize_film
    from tremendo.finish.restore.chain import restore_film

    colors = look.colors(already_colored=colored)
    look, first, stop = look.seen_from(shot, take) if colors else (look, *take)
    if look.restore == "off":
        restored = frames.read(first, stop)
    else:
        restored = restore_film(
            frames,
            start=shot[0],
            stop=shot[1],
            preset=look.restore,
            part=(first, stop),
            on_change=lambda change: (
                on_change(change) if take[0] <= change.frame < take[1] else None
            ),
        )
    if not colors:
        yield from restored
        return
    held = MemoryFrames(list(restored), frames.fps)  # color looks forward and back in the take
    part = (take[0] - first, take[1] - first)
    engine = open_engine(look.engine)
    yield from colorize_film(held, look.direction(first), part=part, engine=engine)


def color_photo(photo: Frame, look: FinishOptions, *, colored: bool) -> Frame:
    """The photograph in color, or as it is when it has color already."""
    if not look.colors(already_colored=colored):
        return photo
    from tremendo.finish.color.engine import open_engine
    from tremendo.finish.color.photo import colorize_photo

    return colorize_photo(photo, look.direction(), engine=open_engine(look.engine))
