"""A film goes in and is processed shot by shot: same frames, rate, size and sound come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from tremendo.archive import Clip, clip_frames
from tremendo.errors import MediaError, UsageError
from tremendo.media import (
    FilmWriter,
    Frame,
    Frames,
    FrameSelection,
    open_frames,
    read_audio,
)
from tremendo.media.audio import Samples, audio_rate, audio_tracks

__all__ = [
    "CODEC_OF",
    "Process",
    "codec_of",
    "file_sound",
    "film_sound",
    "need_suffix",
    "process_film",
]

CODEC_OF = {".mp4": "h264", ".mkv": "ffv1", ".mov": "prores", ".mxf": "dnxhr"}
"""What a film is written in, by the suffix of its name."""


def file_sound(path: Path | None, seconds: Fraction) -> tuple[Samples, int] | None:
    """The beginning of a song in stereo and its rate; None without a song.

    Raises:
        MediaError: it has no sound, or none of it can be decoded.
    """
    if path is None:
        return None
    rate = audio_rate(path)
    return read_audio(path, rate, mono=False)[: round(seconds * rate)], rate


def film_sound(path: Path, notes: list[str]) -> tuple[Samples, int] | None:
    """The first sound track of a film in stereo, and its rate; None if it has none.

    What is mixed down, left out, damaged or cannot be read is added to ``notes``.
    """
    tracks = audio_tracks(path) if path.is_file() else ()
    if not tracks:
        return None
    if tracks[0].channels > 2:
        notes.append(f"sound {tracks[0]} is mixed to stereo")
    notes += [f"sound {track} is left out" for track in tracks[1:]]
    try:
        rate = audio_rate(path)
        return read_audio(path, rate, mono=False, on_warning=notes.append), rate
    except MediaError as error:
        notes.append(f"the sound is left out: {error.message}")
        return None


Process = Callable[[Frames, int, int], Iterator[Frame]]
"""Finishes the frames of one shot: the clip's native frames, start and end (exclusive)."""


def process_film(
    clip: Clip, output: Path, process: Process, *, compare: Path | None = None, scale: float = 1
) -> list[str]:
    """Process a film shot by shot: same frames, rate, size and sound out as in.

    Frames that a transfer doubled are processed once and doubled again; what lies outside the
    picture (film edges, bars) stays as it is.

    Args:
        clip: the film.
        output: the file to write.
        process: what is done to each shot.
        compare: a second file, whose left half shows the film as it was.
        scale: how many times larger the finished pictures are.

    Returns:
        What of the film's sound is not as it was, in words.

    Raises:
        UsageError: the output's suffix does not fit.
    """
    source = open_frames(clip.path)
    shape = (round(scale * source.width), round(scale * source.height), source.fps)
    notes: list[str] = []
    sound = film_sound(clip.path, notes)
    with ExitStack() as open_films:
        film = open_films.enter_context(FilmWriter(output, *shape, codec_of(output), audio=sound))
        notes += film.notes
        split = compare and open_films.enter_context(
            FilmWriter(compare, *shape, codec_of(compare), audio=sound)
        )
        for before, after, times in _processed(clip, source, process, scale):
            for _ in range(times):
                film.write(after)
                if split:
                    split.write(_halves(before, after))
    return notes


def _halves(before: Frame, after: Frame) -> Frame:
    """The left half of one and the right half of the other, a line between them."""
    halves = after.copy()
    middle = after.shape[1] // 2
    halves[:, :middle] = before[:, :middle]
    halves[:, middle - 1 : middle + 1] = 230
    return halves


def _processed(
    clip: Clip, source: Frames, process: Process, scale: float
) -> Iterator[tuple[Frame, Frame, int]]:
    """Each native frame before and after, and how often the file shows it."""
    places = list(clip.frame_map or range(len(source)))
    holds = [after - place for place, after in zip(places, [*places[1:], len(source)], strict=True)]
    holds[0] += places[0]
    native = FrameSelection(source, places, fps=clip.fps)
    left, top, *_ = (round(scale * edge) for edge in clip.crop)
    for start, stop in _segments(clip, len(places)):
        done = process(clip_frames(clip), start, stop)
        for number, (whole, part) in enumerate(
            zip(native.read(start, stop), done, strict=True), start=start
        ):
            before = _enlarged(whole, scale)
            frame = before.copy()
            height, width = part.shape[:2]
            frame[top : top + height, left : left + width] = part[
                : frame.shape[0] - top, : frame.shape[1] - left
            ]
            yield before, frame, holds[number]


def _enlarged(frame: Frame, scale: float) -> Frame:
    """What lies outside the picture, as large as what is finished."""
    if scale == 1:
        return frame
    size = (round(scale * frame.shape[1]), round(scale * frame.shape[0]))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LANCZOS4), np.uint8)


def _segments(clip: Clip, frames: int) -> Iterator[tuple[int, int]]:
    """The shots, and what lies between them, without a gap."""
    position = 0
    for shot in sorted(clip.shots, key=lambda shot: shot.start):
        if shot.start > position:
            yield position, shot.start
        yield max(position, shot.start), shot.end
        position = shot.end
    if position < frames:
        yield position, frames


def codec_of(output: Path) -> str:
    """The codec for a film's name.

    Raises:
        UsageError: there is none for its suffix.
    """
    need_suffix(output, frozenset(CODEC_OF))
    return CODEC_OF[output.suffix.lower()]


def need_suffix(output: Path, suffixes: frozenset[str]) -> None:
    """Refuse an output whose name does not end as it must.

    Raises:
        UsageError: it does not.
    """
    if output.suffix.lower() not in suffixes:
        raise UsageError(
            f"cannot write to a file named '{output.name}'",
            path=output,
            hint="end it with " + ", ".join(sorted(suffixes)),
        )
