"""Photographs and films in, faces photographed from life, drawn after those, and carved out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError
from tremendo.media import open_frames, read_photo
from tremendo.media.photo import PHOTO_SUFFIXES
from tremendo.perception.depiction import MEDIA, around
from tremendo.perception.faces import face_finder
from tremendo.train.core.degradation import period_gray
from tremendo.train.core.pictures import listed_pictures
from tremendo.train.tasks.depiction.drawings import draw
from tremendo.train.tasks.tagging.words import SCENES

__all__ = ["MOST", "SIDE", "FaceExamples", "load_faces"]

Floats = NDArray[np.float32]
Found = tuple[str, int, NDArray[np.uint8], tuple[float, float, float, float]]
"""Source, medium, picture and box of a face."""
_PHOTOGRAPH, _DRAWING, _SCULPTURE = range(len(MEDIA))
SIDE = 224
_SEEN_AT = 320
"""Longer side in pixels at which faces are looked for in photographs."""
_LEAST = 28
"""Pixels that a face must have there."""
MOST = 600
"""Faces of photographs that are enough, found in about a third of the training photographs."""
_FROM_FILM = 24
_LIVING, _DRAWN, _CARVED = 5, 6, 8
"""Views of each face."""


@dataclass(frozen=True)
class FaceExamples:
    """``n`` faces.

    Attributes:
        gray: ``(n, SIDE, SIDE) uint8``.
        medium: ``(n,)`` index into :data:`tremendo.perception.depiction.MEDIA`.
        source: ``(n,)`` picture or film: those of one are learned from or held out together.
        origin: ``(n,)`` 0 from a tar, 1 from a film, 2 from a single photograph.
    """

    gray: NDArray[np.uint8]
    medium: NDArray[np.int64]
    source: NDArray[np.str_]
    origin: NDArray[np.int64]

    def part(self, marks: NDArray[np.bool_]) -> FaceExamples:
        """Those marked."""
        return FaceExamples(
            self.gray[marks], self.medium[marks], self.source[marks], self.origin[marks]
        )


def load_faces(
    data: Sequence[Path], *, seed: int = 0, most: int = MOST, log: Callable[[str], None]
) -> FaceExamples:
    """Find the faces of photographs and films and make views of them; about .1 s a photograph.

    Args:
        data: tars of photographs with a ``manifest.csv`` beside them, films of faces, and single
            photographs of living people, best of the kind that is to be told.
        seed: of all chance.
        most: faces of photographs, over all tars.
        log: receives a line now and then.

    Raises:
        MediaError: a path cannot be read.
        NothingUsableError: no face, or none that is carved.
    """
    gray, medium, source, origin = [], [], [], []
    tars = [path for path in data if path.suffix == ".tar"]
    count = 0
    for path in data:
        if path.suffix == ".tar":
            place, faces = 0, _photographed(path, most // len(tars))
        elif path.suffix.lower() in PHOTO_SUFFIXES:
            place, faces = 2, _living(path.name, [read_photo(path)])
        else:
            place, faces = 1, _living(path.name, _stills(path))
        for name, kind, picture, box in faces:
            rng = np.random.default_rng([seed, count])
            views = list(_views(kind, picture, box, rng))
            gray += [_sized(view) for view, _ in views]
            medium += [is_now for _, is_now in views]
            source += [name] * len(views)
            origin += [place] * len(views)
            count += 1
            if count % 50 == 0:
                log(f"{count} faces")
    examples = FaceExamples(np.array(gray), np.array(medium), np.array(source), np.array(origin))
    if len(set(medium)) < len(MEDIA):
        raise NothingUsableError(
            "no faces to learn from, or none that is carved",
            hint="give the tars of photographs whose manifest.csv has a class 'buddha'",
        )
    return examples


def _photographed(path: Path, most: int) -> Iterator[Found]:
    """Faces of a tar: so many of people, and all of its statues; paintings hang in galleries."""
    found = 0

    def wanted(row: dict[str, str]) -> bool:
        person = found < most and row["class"] not in SCENES["gallery"]
        return person or row["class"] in SCENES["statue"]

    for row, rgb in listed_pictures(path, wanted):
        carved = row["class"] in SCENES["statue"]
        scale = _SEEN_AT / max(rgb.shape[:2])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        picture = np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=method))
        for box in _boxes(picture):
            found += not carved
            yield row["file"], _SCULPTURE if carved else _PHOTOGRAPH, picture, box


def _stills(path: Path) -> Iterator[NDArray[np.uint8]]:
    frames = open_frames(path)
    for number in np.linspace(0, len(frames) - 1, _FROM_FILM).astype(int):
        yield from frames.read(int(number), int(number) + 1)


def _living(name: str, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[Found]:
    for picture in pictures:
        for box in _boxes(picture):
            yield name, _PHOTOGRAPH, picture, box


def _boxes(picture: NDArray[np.uint8]) -> Iterator[tuple[float, float, float, float]]:
    """Of the faces that can be seen well enough."""
    for face in face_finder().find(picture):
        if face.fitted and face.height > _LEAST:
            yield face.box


def _views(
    kind: int,
    picture: NDArray[np.uint8],
    box: tuple[float, float, float, float],
    rng: np.random.Generator,
) -> Iterator[tuple[Floats, int]]:
    """A face as it is, aged, reproduced, and (where it lives) as artists might have seen it."""

    def cut(*, aged: bool = False) -> Floats:
        part = around(picture, box, rng.uniform(0.85, 1.2))
        part = np.asarray(cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
        if aged:
            return period_gray(part, rng, 0.9)
        return np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.float32)

    for number in range(_CARVED if kind == _SCULPTURE else _LIVING):
        view = cut(aged=number % 2 == 1)
        yield (_reproduced(_developed(view, rng), rng) if number > 2 else view), kind
    for number in range(0 if kind == _SCULPTURE else _DRAWN):
        drawn = draw(cut(), rng)
        if number % 3 == 1:
            rgb = np.repeat(np.clip(drawn, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
            drawn = period_gray(rgb, rng, 0.9)
        yield (_reproduced(_developed(drawn, rng), rng) if 1 < number < 4 else drawn), _DRAWING


def _developed(gray: Floats, rng: np.random.Generator) -> Floats:
    """Another gradation, perhaps sharpened."""
    tone = 255 * (np.clip(gray, 0, 255) / 255) ** rng.uniform(0.6, 1.6)
    tone = (tone - 128) * rng.uniform(0.7, 1.3) + 128 + rng.uniform(-15, 15)
    if rng.random() < 0.3:
        soft = cv2.GaussianBlur(tone, (0, 0), rng.uniform(1, 3))
        tone = tone + rng.uniform(0.5, 2) * (tone - soft)
    return np.asarray(tone, np.float32)


def _reproduced(gray: Floats, rng: np.random.Generator) -> Floats:
    """Small once, perhaps as JPEG, and enlarged again."""
    height, width = gray.shape
    share = rng.uniform(0.25, 1)
    small = cv2.resize(gray, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 95))]
        _, encoded = cv2.imencode(".jpg", np.clip(small, 0, 255).astype(np.uint8), quality)
        small = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    back = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(back, np.float32)


def _sized(gray: Floats) -> NDArray[np.uint8]:
    method = cv2.INTER_AREA if min(gray.shape) > SIDE else cv2.INTER_CUBIC
    sized = cv2.resize(gray, (SIDE, SIDE), interpolation=method)
    return np.asarray(np.clip(sized, 0, 255), np.uint8)
