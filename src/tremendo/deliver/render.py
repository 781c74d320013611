"""From the timeline and the finished shots to the film."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from tremendo.deliver.credits import Overlay
from tremendo.deliver.framing import fit_frame, show_as
from tremendo.errors import TremendoError
from tremendo.media import FilmWriter, Frame, open_frames, read_audio
from tremendo.media.audio import Samples, audio_rate
from tremendo.montage.timeline import Slot, Timeline

__all__ = ["Finished", "render"]


@dataclass(frozen=True)
class Finished:
    """A finished shot: a film file whose frame 0 is native frame ``first`` of the clip."""

    path: Path
    first: int = 0
    focus: tuple[float, float] = (0.5, 0.42)


def render(
    timeline: Timeline,
    finished: Mapping[int, Finished],
    output: Path,
    *,
    codec: str = "h264",
    fit: str = "crop",
    credits_position: str = "end",
    credits_lines: list[str] | None = None,
    metadata: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Path:
    """Write the film: every cut on its exact frame, the song's sample 0 at frame 0.

    Args:
        timeline: the cut.
        finished: finished shot of each slot, by the slot's number.
        output: film file; its suffix fits ``codec``.
        codec: see ``media.writer.CODECS``.
        fit: see :func:`tremendo.deliver.framing.fit_frame`.
        credits_position: ``start``, ``end`` or ``off``.
        credits_lines: what the credits say.
        metadata: container tags.
        options: encoder options.
        progress: called with the number of each frame written.

    Memory: a few frames and the song.
    """
    overlay = Overlay(
        timeline.width,
        timeline.height,
        timeline.frames,
        timeline.fps,
        credits_position,
        credits_lines or [],
    )
    with FilmWriter(
        output,
        timeline.width,
        timeline.height,
        timeline.fps,
        codec,
        audio=_song(timeline),
        options=options,
        metadata=metadata,
    ) as film:
        for number, slot in enumerate(timeline.slots):
            for frame in _conform(slot, finished[number], timeline, fit):
                film.write(overlay.apply(frame, film.frames))
                progress(film.frames)
        if film.frames != timeline.frames:
            raise TremendoError(
                f"{film.frames} frames rendered, {timeline.frames} expected", path=output
            )
    return output


def _conform(slot: Slot, source: Finished, timeline: Timeline, fit: str) -> Iterator[Frame]:
    """The slot's frames at the film's rate: each shows the native frame that is due then."""
    for move in slot.course:
        due = [move.source_frame(n, timeline.fps) - source.first for n in range(move.frames)]
        if move.picture == "black":
            for _ in due:
                yield np.zeros((timeline.height, timeline.width, 3), np.uint8)
            continue
        pictures = _pictures(source.path, due)
        fitted, shown = None, -1
        for number, frame in zip(due, pictures, strict=False):
            if fitted is None or number != shown:
                fitted = fit_frame(frame, timeline.width, timeline.height, fit, source.focus)
                fitted, shown = show_as(fitted, move.picture), number
            yield fitted


def _pictures(path: Path, due: list[int]) -> Iterator[Frame]:
    """The frames of a file in any order, each read once; backward ones are held in memory.

    Raises:
        TremendoError: the file ends too early.
    """
    first, last = min(due), max(due)
    frames = iter(open_frames(path).read(first, last + 1))
    held: dict[int, Frame] = {}
    backward = any(b < a for a, b in pairwise(due))
    position = first
    for wanted in due:
        while position <= wanted or (backward and position <= last):
            frame = next(frames, None)
            if frame is None:
                raise TremendoError(
                    f"the finished shot is {sum(d >= position for d in due)} frames short",
                    path=path,
                    hint="delete it and run the same command again",
                )
            if not backward:
                held.clear()
            held[position] = frame
            position += 1
        yield held[wanted]


def _song(timeline: Timeline) -> tuple[Samples, int]:
    """The song's samples under the film, unchanged; an excerpt is faded in its last 0.4 s."""
    rate = audio_rate(timeline.song)
    whole = read_audio(timeline.song, rate, mono=False)
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
