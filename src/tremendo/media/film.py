"""Film files: what they are (:func:`probe`) and their frames by exact index."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from tremendo.errors import MediaError
from tremendo.media.container import open_container, reading
from tremendo.media.frames import Frame

__all__ = ["FilmInfo", "FilmReader", "probe"]

MAX_PIXELS = 180_000_000
"""Largest picture that is decoded; beyond it a header is taken for an attack."""

_FALLBACK_FPS = Fraction(24)


@dataclass(frozen=True)
class FilmInfo:
    """What a film file is, before any pixel is used.

    ``width`` and ``height`` are upright and square; ``fps`` is the container's rate.
    """

    path: Path
    width: int
    height: int
    fps: Fraction
    frames: int
    codec: str
    pixel_format: str
    rotation: int
    sample_aspect: Fraction
    interlaced: bool
    variable_rate: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Index:
    """Which picture stands at which frame number.

    ``pts[i]`` is the time stamp of frame ``i``, increasing but for held pictures; without time
    stamps it is the picture's number.
    """

    pts: tuple[int, ...]
    fps: Fraction
    has_times: bool
    variable: bool


def _sane_rate(stream: VideoStream) -> Fraction | None:
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate is not None and 1 <= rate <= 240:
            return Fraction(rate)
    return None


def _demux_times(container: av.container.InputContainer, stream: VideoStream) -> list[int | None]:
    return [
        packet.pts for packet in container.demux(stream) if packet.size and not packet.is_discard
    ]


def _decoded_times(container: av.container.InputContainer, stream: VideoStream) -> list[int | None]:
    times: list[int | None] = []
    try:
        times.extend(frame.pts for frame in container.decode(stream))
    except av.FFmpegError:
        if not times:
            raise
    return times


def _build_index(path: Path) -> _Index:
    with open_container(path) as container, reading(path):
        stream = container.streams.video[0]
        rate = _sane_rate(stream)
        times = _demux_times(container, stream)
        time_base = stream.time_base
    known = sorted({t for t in times if t is not None})
    if len(known) != len(times):  # no time stamps for all packets: decode to count
        with open_container(path) as container, reading(path):
            times = _decoded_times(container, container.streams.video[0])
        known = sorted({t for t in times if t is not None})
    if len(known) != len(times):
        return _Index(
            tuple(range(len(times))), rate or _FALLBACK_FPS, has_times=False, variable=False
        )
    if len(known) < 2 or time_base is None:
        return _Index(tuple(known), rate or _FALLBACK_FPS, has_times=True, variable=False)
    steps = np.diff(known)
    usual = float(np.median(steps))
    if rate is None:
        rate = Fraction(1 / (time_base * Fraction(usual))).limit_denominator(1001)
        rate = rate if 1 <= rate <= 240 else _FALLBACK_FPS
    if steps.max() <= 1.6 * usual:
        return _Index(tuple(known), rate, has_times=True, variable=False)
    return _hold_over_gaps(known, usual, time_base)


def _hold_over_gaps(known: list[int], usual: float, time_base: Fraction) -> _Index:
    """Put pictures of a variable rate on a constant grid: each is held until the next."""
    fps = Fraction(1 / (time_base * Fraction(usual))).limit_denominator(1001)
    fps = fps if 1 <= fps <= 240 else _FALLBACK_FPS
    step = 1 / (fps * time_base)
    count = min(int((known[-1] - known[0]) / step + Fraction(1, 2)) + 1, 40 * len(known))
    held = []
    position = 0
    for number in range(count):
        now = known[0] + (number + Fraction(1, 4)) * step
        while position + 1 < len(known) and known[position + 1] <= now:
            position += 1
        held.append(known[position])
    return _Index(tuple(held), fps, has_times=True, variable=True)


class FilmReader:
    """Frames of a film file by exact index: upright, square pixels, ``(H, W, 3) uint8 RGB``.

    Pictures that cannot be decoded are replaced by the one before and counted in ``bad_frames``.
    Interlaced film is shown from its first field, interpolated. Every ``read`` opens the file
    anew, so several may run at once; memory is one decoder.

    Raises:
        MediaError: no film, or not one picture of it can be decoded.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with open_container(path) as container, reading(path):
            if not container.streams.video:
                raise MediaError(
                    "there is no picture in this file (sound only)",
                    path=path,
                    hint="give it as --song, or leave it out",
                )
            stream = container.streams.video[0]
            context = stream.codec_context
            if context is None:
                raise MediaError("its codec is not known", path=path, hint="convert it with ffmpeg")
            self._check_size(context.width, context.height)
            frame = next(iter(container.decode(stream)), None)
            if frame is None:
                raise MediaError(
                    "not one picture can be decoded",
                    path=path,
                    hint="the file is damaged or encrypted",
                )
            self._check_size(frame.width, frame.height)
            aspect = Fraction(stream.sample_aspect_ratio or context.sample_aspect_ratio or 1)
            self._aspect = aspect if Fraction(1, 8) < aspect < 8 else Fraction(1)
            self._rotation = round(frame.rotation / 90) % 4
            self._interlaced = bool(frame.interlaced_frame)
            self.codec = context.name
            self.pixel_format = frame.format.name
            first = self._picture(frame)
        self.height, self.width = first.shape[:2]
        self._index = _build_index(self.path)
        if not self._index.pts:
            raise MediaError("the film has no frames", path=path, hint="the file is incomplete")
        self.fps = self._index.fps
        self.bad_frames = 0

    def _check_size(self, width: int, height: int) -> None:
        if width * height > MAX_PIXELS:
            raise MediaError(
                f"the picture claims {width} x {height} pixels",
                path=self.path,
                hint="scale it down first",
            )

    def __len__(self) -> int:
        """Number of frames."""
        return len(self._index.pts)

    @property
    def info(self) -> FilmInfo:
        """What the file is."""
        warnings = []
        if self._interlaced:
            warnings.append("interlaced: shown from the first field of each frame")
        if self._index.variable:
            warnings.append(f"variable frame rate: pictures are held on a grid of {self.fps} fps")
        return FilmInfo(
            path=self.path,
            width=self.width,
            height=self.height,
            fps=self.fps,
            frames=len(self),
            codec=self.codec,
            pixel_format=self.pixel_format,
            rotation=self._rotation * 90,
            sample_aspect=self._aspect,
            interlaced=self._interlaced,
            variable_rate=self._index.variable,
            warnings=tuple(warnings),
        )

    def _picture(self, frame: av.VideoFrame) -> Frame:
        picture = frame.reformat(format="rgb24", threads=1).to_ndarray()
        if self._interlaced and picture.shape[0] > 3:
            height, width = picture.shape[:2]
            picture = cv2.resize(picture[0::2], (width, height), interpolation=cv2.INTER_LINEAR)
        if self._aspect != 1:
            height, width = picture.shape[:2]
            if self._aspect > 1:
                width = max(1, round(width * self._aspect))
            else:
                height = max(1, round(height / self._aspect))
            picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
        if self._rotation:
            picture = np.rot90(picture, self._rotation)
        return np.ascontiguousarray(picture, dtype=np.uint8)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield frames ``start`` to ``stop`` (exclusive), exactly as many as asked for."""
        stop = len(self) if stop is None else min(stop, len(self))
        if start >= stop:
            return
        position = start
        last: Frame | None = None
        for number, frame in self._decode(start):
            ahead = last  # pictures lost before this one are shown as the one before them
            while position < stop and self._index.pts[position] < number:
                if ahead is None:
                    ahead = self._picture(frame)
                self.bad_frames += 1
                position += 1
                yield ahead
            if position < stop and self._index.pts[position] == number:
                last = self._picture(frame)
                while position < stop and self._index.pts[position] == number:
                    position += 1
                    yield last
            if position >= stop:
                return
        if last is None and position < stop:
            raise MediaError(
                f"no picture can be decoded from frame {start} on",
                path=self.path,
                hint="the file is damaged there",
            )
        while position < stop and last is not None:
            self.bad_frames += 1
            position += 1
            yield last

    def _decode(self, start: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """Decoded frames from ``start`` on (or earlier), with their time stamps."""
        index = self._index
        with open_container(self.path) as container, reading(self.path):
            stream = container.streams.video[0]
            if index.has_times and start > 0:
                container.seek(index.pts[start], stream=stream, backward=True)
            wanted = index.pts[start]
            count = -1
            for packet in container.demux(stream):
                try:
                    frames = packet.decode()
                except av.FFmpegError:
                    continue  # counted as bad by the caller, which misses its picture
                for frame in frames:
                    count += 1
                    number = frame.pts if index.has_times else count
                    if number is None or number < wanted:
                        continue
                    if index.has_times and not self._is_known(number):
                        continue
                    yield number, frame

    def _is_known(self, number: int) -> bool:
        place = bisect_left(self._index.pts, number)
        return place < len(self._index.pts) and self._index.pts[place] == number

    def close(self) -> None:
        """Nothing stays open between reads."""

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing stays open between reads."""


def probe(path: str | Path) -> FilmInfo:
    """Say what a film file is.

    Raises:
        MediaError: it is none, or broken beyond use.
    """
    return FilmReader(path).info
