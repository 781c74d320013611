"""Numbered image sequences (DPX, TIFF, PNG, JPEG folders) as film."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from tremendo.errors import MediaError
from tremendo.media.frames import Frame
from tremendo.media.photo import PHOTO_SUFFIXES, read_photo

__all__ = ["SequenceReader", "is_sequence", "sequence_files"]

_NUMBER = re.compile(r"^(.*?)(\d+)$")
_LEAST = 8
"""A folder with fewer equally named, numbered pictures is taken for a box of photographs."""

DEFAULT_FPS = Fraction(16)
"""Speed of a sequence that does not say it: usual for hand-cranked film."""


def sequence_files(folder: str | Path) -> list[tuple[int, Path]]:
    """Pictures of the folder's numbered sequence as (number, path), sorted; empty if it has none.

    A sequence is at least eight pictures whose names differ only in a final number, without large
    holes (photographs named by year are none).
    """
    groups: dict[tuple[str, str], list[tuple[int, Path]]] = {}
    for path in sorted(Path(folder).iterdir()):
        match = _NUMBER.match(path.stem)
        if match and path.suffix.lower() in PHOTO_SUFFIXES and path.is_file():
            key = (match[1], path.suffix.lower())
            groups.setdefault(key, []).append((int(match[2]), path))
    if not groups:
        return []
    best = sorted(groups[max(groups, key=lambda key: len(groups[key]))])
    span = best[-1][0] - best[0][0] + 1
    return best if len(best) >= _LEAST and span <= 2 * len(best) else []


def is_sequence(folder: str | Path) -> bool:
    """Whether a folder holds a numbered image sequence."""
    return Path(folder).is_dir() and bool(sequence_files(folder))


class SequenceReader:
    """Frames of an image sequence by exact index.

    A missing number and an unreadable picture show the picture before (``bad_frames`` counts
    them, ``warnings`` names them); pictures of another size are scaled to the first one's.

    Raises:
        MediaError: no numbered sequence, or its first picture cannot be read.
    """

    def __init__(self, folder: str | Path, fps: Fraction = DEFAULT_FPS) -> None:
        self.path = Path(folder)
        files = sequence_files(folder)
        if not files:
            raise MediaError(
                "no numbered image sequence here",
                path=folder,
                hint=f"at least {_LEAST} pictures named like take_0001.png",
            )
        self.warnings: list[str] = []
        self._files: list[Path | None] = []
        for number, path in files:
            place = number - files[0][0]
            if place < len(self._files):
                self.warnings.append(f"frame number {number} occurs twice: {path.name} left out")
                continue
            if place > len(self._files):
                self.warnings.append(
                    f"{place - len(self._files)} pictures missing before {path.name}"
                )
                self._files.extend([None] * (place - len(self._files)))
            self._files.append(path)
        first = read_photo(files[0][1])
        self.height, self.width = first.shape[:2]
        self.fps = fps
        self.bad_frames = 0

    def __len__(self) -> int:
        """Number of frames, missing ones counted."""
        return len(self._files)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield frames ``start`` to ``stop`` (exclusive)."""
        last: Frame | None = None
        for place in range(start, len(self) if stop is None else min(stop, len(self))):
            frame = self._load(place)
            if frame is None:
                self.bad_frames += 1
                frame = last if last is not None else self._before(place)
            last = frame
            yield frame

    def _load(self, place: int) -> Frame | None:
        path = self._files[place]
        if path is None:
            return None
        try:
            frame = read_photo(path)
        except MediaError as error:
            self.warnings.append(f"{path.name}: {error.message}")
            return None
        if frame.shape[:2] != (self.height, self.width):
            frame = np.asarray(
                cv2.resize(frame, (self.width, self.height), interpolation=cv2.INTER_AREA),
                dtype=np.uint8,
            )
        return frame

    def _before(self, place: int) -> Frame:
        for earlier in range(place - 1, -1, -1):
            frame = self._load(earlier)
            if frame is not None:
                return frame
        return np.zeros((self.height, self.width, 3), np.uint8)

    def close(self) -> None:
        """Nothing stays open between reads."""
