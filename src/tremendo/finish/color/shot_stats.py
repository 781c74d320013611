"""A shot in, what its colors as a whole are made to agree with out: exemplars of a few frames.

*Why.* Colors must not depend on which part of a shot is asked for. So what is known of the shot as
a whole is taken from few frames at fixed places of the shot, at a cost that does not grow with its
length; it can be stored and shared by all parts.
"""

from __future__ import annotations

from dataclasses import dataclass

from tremendo.finish.color.analysis import small_lightness
from tremendo.finish.color.engine import ColorEngine
from tremendo.finish.color.exemplar import Exemplar
from tremendo.finish.color.guided import GuidedColorizer
from tremendo.finish.color.options import DEFAULT_OPTIONS, ColorOptions
from tremendo.finish.color.size import SIDE, reduced_size
from tremendo.media.frames import Frames

__all__ = ["ShotColorStats", "analyze_colors", "sample_frames"]

_MOST_SAMPLES = 8
_FRAMES_PER_SAMPLE = 32
"""A shot has one sample more for each so many frames."""


@dataclass(frozen=True)
class ShotColorStats:
    """What the colors of any part of a shot agree with; under a megabyte, can be pickled.

    It depends on the frames that were sampled, the engine, and the options but for their hints.

    Attributes:
        start: first frame of the shot.
        stop: its end, exclusive.
        exemplars: places and colors of sampled frames, none for a short shot.
    """

    start: int
    stop: int
    exemplars: tuple[Exemplar, ...]


def analyze_colors(
    frames: Frames,
    options: ColorOptions = DEFAULT_OPTIONS,
    *,
    start: int = 0,
    stop: int | None = None,
    engine: ColorEngine | None = None,
) -> ShotColorStats:
    """The color statistics of one shot: at most eight of its frames are read and estimated.

    Args:
        frames: the film, or a smaller version of it.
        options: as they will be given to ``colorize_film``; hints do not matter.
        start: the shot's first frame.
        stop: the shot's end, exclusive; by default the film's.
        engine: by default tremendo's own network.

    Raises:
        UsageError: a reference without color.
        ModelMissingError: the weights are not on this machine.
    """
    stop = len(frames) if stop is None else stop
    colorizer = GuidedColorizer(options, engine)
    return stats_by(colorizer, frames, start, stop)


def stats_by(colorizer: GuidedColorizer, frames: Frames, start: int, stop: int) -> ShotColorStats:
    """The same by a colorizer that is ready."""
    size = reduced_size(frames.width, frames.height, SIDE)
    exemplars = []
    for number in sample_frames(start, stop):
        frame = next(iter(frames.read(number, number + 1)))
        exemplars.append(colorizer.estimate(small_lightness(frame, size)).exemplar())
    return ShotColorStats(start, stop, tuple(exemplars))


def sample_frames(start: int, stop: int) -> tuple[int, ...]:
    """Frames in the middle of equal parts of a shot; none where flow reaches everywhere anyway."""
    count = stop - start
    parts = min(_MOST_SAMPLES, 1 + count // _FRAMES_PER_SAMPLE)
    if parts == 1:
        return ()
    return tuple(start + (2 * place + 1) * count // (2 * parts) for place in range(parts))
