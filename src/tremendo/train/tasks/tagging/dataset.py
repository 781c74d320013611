"""Training photographs in, what networks see in them in gray and in color out."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError
from tremendo.perception.tagger import SIGHT_AREA, sized
from tremendo.train.core.degradation import period_gray
from tremendo.train.core.pictures import listed_pictures
from tremendo.train.tasks.tagging.teacher import GrayClassifier

__all__ = ["TagExamples", "collect"]

Floats = NDArray[np.float32]
_MOST_OF_A_KIND = 110
_LABELED = "EliSchwartz/imagenet-sample-images"
"""Collection with one picture of each class of ImageNet, named by it."""


@dataclass(frozen=True)
class TagExamples:
    """``n`` pictures in ``v`` gray views (as they are; cropped and aged).

    Attributes:
        features: ``(n, v, 1280)`` of the gray views.
        seen: ``(n, v, 1000)`` probabilities of ImageNet's classes in the gray views.
        said: ``(n, 1000)`` the teacher's, of the color picture.
        kinds: folders of the pictures in their collection.
        classes: ``(n,)`` ImageNet's class where it is known, else -1.
        colors: ``(n, 16, 24, 3)`` CIE Lab by place.
        inside: ``(n,)`` 1 or 0 where somebody looked whether it is taken inside, else -1.
    """

    features: Floats
    seen: Floats
    said: Floats
    kinds: tuple[str, ...]
    classes: NDArray[np.int64]
    colors: Floats
    inside: NDArray[np.int64]


def collect(
    data: Sequence[Path], sight: GrayClassifier, report: Callable[[str], None] | None = None
) -> TagExamples:
    """Show every picture of some tars, in color and in gray; about 0.3 s a picture on one core.

    Raises:
        MediaError: a tar or its ``manifest.csv`` cannot be read.
        NothingUsableError: no picture.
    """
    told, names = _told_by_eye(), _class_numbers()
    features, seen, said, colors, kinds, classes, inside = [], [], [], [], [], [], []
    for row, rgb in _pictures(data):
        rng = np.random.default_rng(int(row["index"]))
        picture = sized(rgb)
        views = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), _aged(rgb, rng))
        looks = [sight.of_gray(np.asarray(view)) for view in views]
        features.append([look[0].astype(np.float16) for look in looks])
        seen.append([look[1].astype(np.float16) for look in looks])
        said.append(sight.of_color(picture))
        lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        colors.append(cv2.resize(lab, (24, 16), interpolation=cv2.INTER_AREA))
        kinds.append(row["class"] or row["repo"])
        classes.append(names.get(row["class"], -1) if row["repo"] == _LABELED else -1)
        inside.append(told.get(int(row["index"]), -1))
        if report and len(kinds) % 500 == 0:
            report(f"{len(kinds)} pictures seen")
    if not kinds:
        raise NothingUsableError("no pictures to learn from", hint="give tars with a manifest.csv")
    return TagExamples(
        np.array(features, np.float32),
        np.array(seen, np.float32),
        np.array(said, np.float32),
        tuple(kinds),
        np.array(classes),
        np.array(colors, np.float32),
        np.array(inside),
    )


def _told_by_eye() -> dict[int, int]:
    """Picture of the training collection: 1 taken inside, 0 outside (``places.csv``)."""
    text = files("tremendo.train.tasks.tagging").joinpath("places.csv").read_text(encoding="utf-8")
    return {int(row["index"]): int(row["inside"]) for row in csv.DictReader(text.splitlines())}


def _class_numbers() -> dict[str, int]:
    """Names of ImageNet's classes, as the labeled pictures carry them, to their numbers."""
    text = files("tremendo.train.tasks.tagging").joinpath("classes.csv").read_text(encoding="utf-8")
    return {row["name"]: int(row["number"]) for row in csv.DictReader(text.splitlines())}


def _pictures(data: Sequence[Path]) -> Iterator[tuple[dict[str, str], NDArray[np.uint8]]]:
    """Row of the manifest and picture, at most so many of a kind, in a fixed shuffled order."""
    count: Counter[str] = Counter()

    def wanted(row: dict[str, str]) -> bool:
        kind = row["class"] or row["repo"]
        count[kind] += 1
        return count[kind] <= _MOST_OF_A_KIND

    for path in data:
        yield from listed_pictures(path, wanted)


def _aged(rgb: NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """A part of the picture, perhaps mirrored, as an old camera and print give it, 0..255."""
    height, width = rgb.shape[:2]
    share = rng.uniform(0.7, 0.95)
    tall, wide = int(height * share), int(width * share)
    top, left = rng.integers(height - tall + 1), rng.integers(width - wide + 1)
    part = rgb[top : top + tall, left : left + wide]
    part = part[:, ::-1] if rng.random() < 0.5 else part
    return period_gray(sized(np.ascontiguousarray(part), SIGHT_AREA), rng, 0.9)
