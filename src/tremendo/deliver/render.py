"""From the timeline and the finished shots to the film."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from tremendo.deliver.auto_reframe import follow_action
from tremendo.deliver.cards import Card, Cards
from tremendo.deliver.conform import RetimeStats, pairing_of
from tremendo.deliver.credits import Overlay
from tremendo.deliver.retime import Focus, Presentation, play_course
from tremendo.errors import TremendoError
from tremendo.media import FilmWriter, Frame, Frames, open_frames, read_audio
from tremendo.media.audio import Samples, audio_rate
from tremendo.montage.timeline import Slot, Timeline

__all__ = ["Finished", "RenderOptions", "render"]

_SAME_SHAPE = 0.02
"""Shapes that differ less need no moving crop."""


@dataclass(frozen=True)
class Finished:
    """A finished shot, and how it is to be shown.

    Attributes:
        path: a film file.
        first: native frame of the clip that its frame 0 is.
        focus: where the crop stands when nothing happens.
        fit: see :func:`tremendo.deliver.framing.fit_frame`.
        conform: ``interpolate`` or ``rife`` make up frames between the native ones.
        joins: native frames before which the film jumps.
    """

    path: Path
    first: int = 0
    focus: tuple[float, float] = (0.5, 0.42)
    fit: str = "crop"
    conform: str = "repeat"
    joins: tuple[int, ...] = ()


@dataclass(frozen=True)
class RenderOptions:
    """How a film is written.

    Attributes:
        codec: see ``media.writer.CODECS``.
        encoder: options of the encoder; None = the codec's own.
        credits_position: ``start``, ``end`` or ``off``.
        credits_lines: what the credits say.
        sources: credits of the material, before those lines at the film's end.
        cards: titles in place of pictures.
        metadata: container tags.
    """

    codec: str = "h264"
    encoder: dict[str, str] | None = None
    credits_position: str = "end"
    credits_lines: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()
    metadata: dict[str, str] | None = None


def render(
    timeline: Timeline,
    finished: Mapping[int, Finished],
    output: Path,
    options: RenderOptions | None = None,
    *,
    progress: Callable[[int], None] = lambda _: None,
    on_shot: Callable[[int, RetimeStats], None] = lambda _number, _stats: None,
    on_warning: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write the film: every cut on its exact frame, the song's sample 0 at frame 0.

    Args:
        timeline: the cut.
        finished: finished shot of each slot, by the slot's number.
        output: film file; its suffix fits the codec.
        options: how it is written.
        progress: called with the number of each frame written.
        on_shot: called with a slot's number, from 0, and how its frames came about.

    Memory: a few frames and the song.

    Raises:
        TremendoError: a finished file ends too early.
        ResourceError: disk full or no permission.
    """
    options = options or RenderOptions()
    size = (timeline.width, timeline.height)
    overlay = Overlay(
        *size,
        timeline.frames,
        timeline.fps,
        options.credits_position,
        list(options.credits_lines),
        options.sources,
    )
    titles = Cards(*size, timeline.fps, options.cards)
    with FilmWriter(
        output,
        *size,
        timeline.fps,
        options.codec,
        audio=_song(timeline, on_warning),
        options=options.encoder,
        metadata=options.metadata,
    ) as film:
        for note in film.notes:
            on_warning(note)
        for number, slot in enumerate(timeline.slots):
            stats = RetimeStats()
            for frame in _shown(slot, finished[number], timeline, stats):
                shown = titles.apply(frame, film.frames)
                film.write(overlay.apply(shown, film.frames))
                progress(film.frames)
            on_shot(number, stats)
        if film.frames != timeline.frames:
            raise TremendoError(
                f"{film.frames} frames rendered, {timeline.frames} expected", path=output
            )
    return output


def _shown(slot: Slot, source: Finished, timeline: Timeline, stats: RetimeStats) -> Iterator[Frame]:
    """The slot's frames at the film's rate and size.

    Raises:
        TremendoError: the finished file ends too early.
    """
    film = open_frames(source.path)
    try:
        yield from play_course(
            slot,
            film,
            timeline.fps,
            (timeline.width, timeline.height),
            Presentation(
                first=source.first,
                fit=source.fit,
                focus=_window(slot, film, source, timeline)
                if source.fit == "crop"
                else source.focus,
                between=pairing_of(source.conform),
                joins=source.joins,
            ),
            stats,
        )
    except EOFError as error:
        raise TremendoError(
            f"the finished shot is too short: {error}",
            path=source.path,
            hint="delete it and run the same command again",
        ) from error


def _window(
    slot: Slot, film: Frames, source: Finished, timeline: Timeline
) -> Focus | Callable[[Fraction], Focus]:
    """Where the crop stands, for the whole shot or at each native frame."""
    shape = timeline.width / timeline.height
    if slot.technique != "film" or abs(film.width / film.height / shape - 1) < _SAME_SHAPE:
        return source.focus
    start, end = slot.source_span(timeline.fps)
    part = film.read(start - source.first, end - source.first)
    path = follow_action(part, film.fps, shape, source.focus)
    places = np.arange(start, start + len(path))

    def stands(place: Fraction) -> Focus:
        x, y = (float(np.interp(float(place), places, along)) for along in path.T)
        return x, y

    return stands


def _song(timeline: Timeline, on_warning: Callable[[str], None]) -> tuple[Samples, int]:
    """The song's samples under the film, unchanged; an excerpt is faded in its last 0.4 s."""
    rate = audio_rate(timeline.song)
    whole = read_audio(timeline.song, rate, mono=False, on_warning=on_warning)
    start = round(timeline.song_start * rate)
    length = -int(-(timeline.frames / timeline.fps * rate) // 1)
    part = whole[start : start + length]
    if start + length < len(whole):
        part = part.copy()
        fade = min(len(part), int(0.4 * rate))
        part[len(part) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    if len(part) < length:
        part = np.pad(part, ((0, length - len(part)), (0, 0)))
    return part, rate
