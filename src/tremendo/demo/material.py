"""The archive of the demo: a box of reels, photographs and a song, made on the spot."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.demo.damage import Wear
from tremendo.demo.instruments import RATE
from tremendo.demo.prints import make_prints
from tremendo.demo.reels.circus import flyers, strong_man, trapeze
from tremendo.demo.reels.dance import serpentine
from tremendo.demo.reels.moon import moon
from tremendo.demo.reels.railway import arrival
from tremendo.demo.reels.sea import boat
from tremendo.demo.reels.street import passers_by
from tremendo.demo.song import compose
from tremendo.demo.stage import HEIGHT, WIDTH, Canvas
from tremendo.media import FilmWriter, atomic_path

__all__ = ["REELS", "DemoShot", "Material", "Reel", "make_material", "make_reel"]

Render = Callable[[np.random.Generator, int, float], Iterator[Canvas]]


@dataclass(frozen=True)
class DemoShot:
    """One take of a reel."""

    render: Render
    frames: int
    view: tuple[float, float, float] = (WIDTH / 2, HEIGHT / 2, 1.0)
    """Center and magnification of a camera that stands nearer."""


@dataclass(frozen=True)
class Reel:
    """A film of one or more shots, at its own speed and in its own container."""

    path: str
    fps: int
    shots: tuple[DemoShot, ...]
    wear: float
    """0..1."""
    pulled_up: bool = False
    """Transferred at 24 frames a second by showing every second frame of 16 twice."""


REELS = (
    Reel(
        "acrobats/circus.mkv",
        16,
        (DemoShot(trapeze, 60), DemoShot(strong_man, 72)),
        0.6,
        pulled_up=True,
    ),
    Reel("acrobats/flyers.mp4", 16, (DemoShot(flyers, 56),), 0.55),
    Reel("dance/serpentine.mp4", 16, (DemoShot(serpentine, 64),), 0.5),
    Reel("dance/serpentine-near.mp4", 16, (DemoShot(serpentine, 54, (330, 205, 1.55)),), 0.5),
    Reel("fantasy/moon.mp4", 16, (DemoShot(moon, 80),), 0.6),
    Reel("railway/arrival.mkv", 16, (DemoShot(arrival, 70),), 0.8, pulled_up=True),
    Reel("sea/boat.mp4", 18, (DemoShot(boat, 76),), 0.45),
    Reel("street/passers-by.mp4", 16, (DemoShot(passers_by, 54),), 0.75),
    Reel("street/greetings.mp4", 16, (DemoShot(passers_by, 48, (320, 225, 1.5)),), 0.65),
)


@dataclass(frozen=True)
class Material:
    """Where everything lies."""

    footage: Path
    """Folder of films and photographs; its folders are subjects."""
    films: tuple[Path, ...]
    photos: tuple[Path, ...]
    song: Path


def make_material(folder: Path, seed: int = 0) -> Material:
    """Make the films, the photographs and the song of the demo; the same seed, the same files.

    Args:
        folder: made if it is not there; gets ``footage/<subject>/...`` and ``song.wav``.
        seed: of everything random in it.

    Raises:
        MediaError: scikit-image is installed without its pictures.
        ResourceError: a file cannot be written.
    """
    footage = folder / "footage"
    photos = make_prints(footage, seed)
    films = [make_reel(footage / reel.path, reel, seed) for reel in REELS]
    folder.mkdir(parents=True, exist_ok=True)
    song = _write_wav(folder / "song.wav", compose(seed))
    return Material(footage, tuple(films), tuple(photos), song)


def make_reel(path: Path, reel: Reel, seed: int) -> Path:
    """Paint a reel frame by frame, print it on worn stock and write it.

    Memory: one frame at a time.

    Raises:
        ResourceError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    key = sum(reel.path.encode())
    wear = Wear(seed + key, reel.wear, HEIGHT, WIDTH)
    rate = Fraction(24) if reel.pulled_up else Fraction(reel.fps)
    lossless = path.suffix == ".mkv"
    codec, options = ("ffv1", None) if lossless else ("h264", {"preset": "veryfast"})
    with FilmWriter(path, WIDTH, HEIGHT, rate, codec=codec, options=options) as film:
        number = 0
        for take, shot in enumerate(reel.shots):
            rng = np.random.default_rng([seed, key, take])
            for picture in shot.render(rng, shot.frames, reel.fps):
                frame = wear.apply(_nearer(picture, shot.view))
                for _ in range(1 + (reel.pulled_up and number % 2 == 0)):
                    film.write(frame)
                number += 1
    return path


def _nearer(picture: Canvas, view: tuple[float, float, float]) -> Canvas:
    """What a camera that stands nearer would have seen."""
    x, y, zoom = view
    if zoom == 1.0:
        return picture
    matrix = np.array([[zoom, 0, WIDTH / 2 - zoom * x], [0, zoom, HEIGHT / 2 - zoom * y]])
    return np.asarray(cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC))


def _write_wav(path: Path, samples: NDArray[np.float32]) -> Path:
    """16-bit stereo."""
    with atomic_path(path) as part, wave.open(str(part), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return path
