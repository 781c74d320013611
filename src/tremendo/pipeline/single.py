"""One step alone, on a photograph, a film or a folder: what ``restore``, ``colorize`` and
``shots`` do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from tremendo.archive import Clip, clip_frames, describe_clip
from tremendo.archive.describe import has_real_color
from tremendo.archive.exposure import chroma_beyond_tint
from tremendo.errors import MediaError, NothingUsableError, TremendoError, UsageError
from tremendo.executor import Failure, Task, run_tasks
from tremendo.media import (
    FilmWriter,
    Frame,
    Frames,
    FrameSelection,
    discover,
    open_frames,
    read_audio,
    read_photo,
    write_photo,
)
from tremendo.media.audio import Samples, audio_rate
from tremendo.media.inventory import Item
from tremendo.media.photo import PHOTO_SUFFIXES
from tremendo.pipeline.progress import Progress

if TYPE_CHECKING:
    from tremendo.finish.color.engine import ColorEngine
    from tremendo.finish.color.hint import Hint
    from tremendo.finish.color.options import ColorOptions

__all__ = ["codec_of", "colorize_file", "describe", "each_file", "file_sound", "process_film"]

_CODEC_OF = {".mp4": "h264", ".mkv": "ffv1", ".mov": "prores", ".mxf": "dnxhr"}

Step = Callable[..., str | None]
"""Writes one file from another, and says what the user should know."""


def describe(
    inputs: list[Path], *, workers: int = 0, progress: Progress | None = None
) -> tuple[list[Clip], list[str]]:
    """Describe films and photographs without a project; broken ones are named in warnings."""
    progress = progress or Progress()
    items, warnings = discover(inputs)
    order = {str(item.path): number for number, item in enumerate(items)}
    tasks = [
        Task(item.path.name, describe_clip, (item.path, item.kind, item.tags), path=str(item.path))
        for item in items
    ]
    progress.act("looking at the material", len(tasks))
    clips = []
    for task, result in run_tasks(tasks, workers):
        progress.advance()
        if isinstance(result, Failure):
            if result.details:
                raise TremendoError(result.error.message, path=task.path, hint=result.details)
            warnings.append(f"{task.path}: {result.error.message}")
        else:
            clips.append(result)
    for text in warnings:
        progress.warn(text)
    return sorted(clips, key=lambda clip: order[str(clip.path)]), warnings


def each_file(
    step: Step,
    source: Path,
    output: Path,
    options: dict[str, object],
    *,
    progress: Progress | None = None,
) -> tuple[list[Path], list[str]]:
    """Apply a step to a file, or to each of a folder, mirrored under ``output``.

    Returns:
        What was written, and warnings; in a folder a broken file does not stop the others.

    Raises:
        TremendoError: the single file cannot be done, or none of the folder.
    """
    progress = progress or Progress()
    items, warnings = discover([source])
    if not items:
        raise NothingUsableError("no film or photograph here", path=source)
    single = not source.is_dir() or items[0].path == source.resolve()
    written: list[Path] = []
    progress.act(source.name, len(items))
    for item in items:
        target = output if single else _mirrored(item, source.resolve(), output)
        if target.resolve() == item.path:
            raise UsageError("the output is the input", path=target, hint="choose another name")
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


def _mirrored(item: Item, source: Path, output: Path) -> Path:
    """Where the result of a file in a folder goes: its own name, plus a suffix that can be written
    where its own cannot.
    """
    target = output / item.path.relative_to(source)
    known, usual = (_CODEC_OF, ".mkv") if item.kind == "film" else (PHOTO_SUFFIXES, ".png")
    return target if target.suffix.lower() in known else target.with_name(target.name + usual)


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

        _need_suffix(output, PHOTO_SUFFIXES)
        photo = read_photo(item.path)
        write_photo(output, colorize_photo(photo, options, engine=engine))
        return _of_color(item.path, colored=has_real_color(chroma_beyond_tint(photo)))
    from tremendo.finish.color.film import colorize_film

    clip = describe_clip(item.path, "film", ())
    wishes = replace(options, hints=tuple(_in_picture(hint, clip) for hint in options.hints))

    def process(frames: Frames, start: int, stop: int) -> Iterator[Frame]:
        return colorize_film(frames, wishes, start=start, stop=stop, engine=engine)

    process_film(clip, output, process)
    return _of_color(item.path, colored=clip.colored)


def _of_color(path: Path, *, colored: bool) -> str | None:
    return f"{path}: has color of its own; only its lightness was used" if colored else None


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


def file_sound(path: Path | None, seconds: Fraction | None = None) -> tuple[Samples, int] | None:
    """The sound of a file, all of it or its beginning; None if it has none."""
    if path is None:
        return None
    try:
        rate = audio_rate(path)
        samples = read_audio(path, rate, mono=False)
    except MediaError:
        return None
    return (samples if seconds is None else samples[: round(seconds * rate)]), rate


Process = Callable[[Frames, int, int], Iterator[Frame]]
"""Finishes the frames of one shot: the clip's native frames, start and end (exclusive)."""


def process_film(
    clip: Clip, output: Path, process: Process, *, compare: Path | None = None, scale: float = 1
) -> None:
    """Process a film shot by shot: same frames, rate, size and sound out as in.

    Frames that a transfer doubled are processed once and doubled again; what lies outside the
    picture (film edges, bars) stays as it is.

    Args:
        clip: the film.
        output: the file to write.
        process: what is done to each shot.
        compare: a second file, whose left half shows the film as it was.
        scale: how many times larger the finished pictures are.

    Raises:
        UsageError: the output's suffix does not fit.
    """
    source = open_frames(clip.path)
    shape = (round(scale * source.width), round(scale * source.height), source.fps)
    sound = file_sound(clip.path if clip.path.is_file() else None)
    with ExitStack() as open_films:
        film = open_films.enter_context(FilmWriter(output, *shape, codec_of(output), audio=sound))
        split = compare and open_films.enter_context(
            FilmWriter(compare, *shape, codec_of(compare), audio=sound)
        )
        for before, after, times in _processed(clip, source, process, scale):
            for _ in range(times):
                film.write(after)
                if split:
                    split.write(_halves(before, after))


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
    _need_suffix(output, frozenset(_CODEC_OF))
    return _CODEC_OF[output.suffix.lower()]


def _need_suffix(output: Path, suffixes: frozenset[str]) -> None:
    if output.suffix.lower() not in suffixes:
        raise UsageError(
            f"cannot write to a file named '{output.name}'",
            path=output,
            hint="end it with " + ", ".join(sorted(suffixes)),
        )
