"""Film files: what they are (:func:`probe`) and their frames by exact index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import cv2
import numpy as np

from tremendo.errors import MediaError
from tremendo.media.container import open_container, reading
from tremendo.media.frames import Frame
from tremendo.media.index import build_index
from tremendo.media.seek import decode_from

__all__ = ["FilmInfo", "FilmReader", "probe"]

MAX_PIXELS = 180_000_000
"""Largest picture that is decoded; beyond it a header is taken for an attack."""
_TIMECODE = re.compile(r"\d\d:\d\d:\d\d[:;.]\d\d")


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


def _timecode(container: av.container.InputContainer) -> str:
    """The timecode of the first frame, ``hh:mm:ss:ff``; empty where the file has none."""
    video = container.streams.video[0]
    for metadata in (video.metadata, container.metadata, *(s.metadata for s in container.streams)):
        text = metadata.get("timecode", "")
        if _TIMECODE.fullmatch(text):
            return str(text)
    return ""


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
            self.start_timecode = _timecode(container)
            self.codec = context.name
            self.pixel_format = frame.format.name
            first = self._picture(frame)
        self.height, self.width = first.shape[:2]
        self._index = build_index(self.path)
        if not self._index.frames:
            raise MediaError("the film has no frames", path=path, hint="the file is incomplete")
        self.fps = self._index.rate
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
        return len(self._index.frames)

    @property
    def info(self) -> FilmInfo:
        """What the file is."""
        warnings = []
        if self._interlaced:
            warnings.append("interlaced: shown from the first field of each frame")
        if self._index.variable:
            warnings.append(f"variable frame rate: pictures are held on a grid of {self.fps} fps")
        if self._index.joined > 1:
            warnings.append(
                f"{self._index.joined} recordings joined in one file: they follow without the gaps "
                "between their time stamps"
            )
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
        frames = self._index.frames
        position = start
        last: Frame | None = None
        for rank, frame in decode_from(self.path, self._index, frames[start]):
            ahead = last  # pictures lost before this one are shown as the one before them
            while position < stop and frames[position] < rank:
                if ahead is None:
                    ahead = self._picture(frame)
                self.bad_frames += 1
                position += 1
                yield ahead
            if position < stop and frames[position] == rank:
                last = self._picture(frame)
                while position < stop and frames[position] == rank:
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
