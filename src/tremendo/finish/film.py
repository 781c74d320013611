"""A shot of film, or a photograph's color, finished as the project and the director wish."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tremendo.finish.record import ColorRecord
from tremendo.media import Frame, Frames, read_photo

if TYPE_CHECKING:
    from tremendo.finish.color.hint import Hint
    from tremendo.finish.color.options import ColorOptions
    from tremendo.finish.color.shot_stats import ShotColorStats
    from tremendo.finish.restore.changes import Change
    from tremendo.finish.restore.shot_analysis import ShotAnalysis

__all__ = ["FinishOptions", "color_photo", "finish_film"]


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

    def color_options(self) -> ColorOptions:
        """What is asked of the colors; hints are counted as in the clip."""
        from tremendo.finish.color.options import ColorOptions

        return ColorOptions(
            vividness=self.vividness,
            style=self.style,
            variant=self.variant,
            hints=self.hints,
            references=tuple(read_photo(path) for path in self.references),
        )

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
    analysis: ShotAnalysis | None = None,
    color_stats: ShotColorStats | None = None,
) -> Iterator[Frame]:
    """Restore and color the frames ``take`` of a film shot: the same frames as within the whole.

    Args:
        frames: the clip's native frames.
        shot: start and end (exclusive) of the whole shot: nothing outside is looked at.
        take: start and end (exclusive) of the wanted part.
        look: settings.
        colored: whether the film has color of its own.
        on_change: told what restoration did to each frame.
        analysis: of the shot, if it was made before by ``analyze_shot`` with the same preset.
        color_stats: of the shot, if they were made before.

    Yields:
        As many frames as the take has, at the clip's size. Memory: some 50 MB for colors, and
        about twelve frames, however long take and shot are.
    """
    restored = seen = frames
    if look.restore != "off":
        from tremendo.finish.restore.chain import analyze_shot

        start, stop = shot
        if analysis is None:
            analysis = analyze_shot(frames, start=start, stop=stop, preset=look.restore)
        restored = _Restored(frames, analysis, look.restore, on_change)
        seen = _Steady(frames, analysis, look.restore)
    if not look.colors(already_colored=colored):
        yield from restored.read(*take)
        return
    from tremendo.finish.color.engine import open_engine
    from tremendo.finish.color.film import colorize_film

    inside = tuple(hint for hint in look.hints if shot[0] <= hint.frame < shot[1])
    yield from colorize_film(
        restored,
        replace(look, hints=inside).color_options(),
        start=shot[0],
        stop=shot[1],
        part=take,
        engine=open_engine(look.engine),
        seen=seen,
        stats=color_stats,
    )


class _Steady:
    """Frames of one shot behind the steps that change place and tone."""

    def __init__(self, frames: Frames, analysis: ShotAnalysis, preset: str) -> None:
        self._frames, self._analysis, self._preset = frames, analysis, preset
        self.width, self.height, self.fps = frames.width, frames.height, frames.fps

    def __len__(self) -> int:
        """Number of frames of the whole film."""
        return len(self._frames)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield frames ``start`` to ``stop`` of the film, which lie in the shot."""
        from tremendo.finish.restore.chain import steady_film
        from tremendo.finish.restore.options import preset_options

        part = (start, len(self) if stop is None else stop)
        yield from steady_film(self._frames, self._analysis, preset_options(self._preset), part)

    def close(self) -> None:
        """Close the film."""
        self._frames.close()


class _Restored(_Steady):
    """Frames of one shot behind all steps."""

    def __init__(
        self,
        frames: Frames,
        analysis: ShotAnalysis,
        preset: str,
        on_change: Callable[[Change], None],
    ) -> None:
        super().__init__(frames, analysis, preset)
        self._on_change = on_change

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield frames ``start`` to ``stop`` of the film, which lie in the shot."""
        from tremendo.finish.restore.chain import restore_film

        yield from restore_film(
            self._frames,
            start=self._analysis.start,
            stop=self._analysis.stop,
            preset=self._preset,
            part=(start, len(self) if stop is None else stop),
            analysis=self._analysis,
            on_change=self._on_change,
        )


def color_photo(photo: Frame, look: FinishOptions, *, colored: bool) -> Frame:
    """The photograph in color, or as it is when it has color already."""
    if not look.colors(already_colored=colored):
        return photo
    from tremendo.finish.color.engine import open_engine
    from tremendo.finish.color.photo import colorize_photo

    return colorize_photo(photo, look.color_options(), engine=open_engine(look.engine))
