"""A tiny archive and a song, made here, and a small quick film of them."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from tremendo import models
from tremendo.errors import ModelMissingError
from tremendo.media import FilmWriter, write_photo
from tremendo.project import Film, Project

RATE = 22_050


def _texture(rng, height, width):
    coarse = rng.uniform(20, 235, (height // 16, width // 16)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def write_reel(path: Path, seed: int, frames: int = 40, fps: int = 16) -> None:
    """A disc that moves over a textured ground."""
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    ground = _texture(rng, 144, 192)
    with FilmWriter(path, 192, 144, Fraction(fps)) as film:
        for n in range(frames):
            frame = ground.copy()
            x = 96 + 60 * np.sin(2 * np.pi * (n / 24 + seed / 7))
            cv2.circle(frame, (int(x), 70 + seed * 3 % 20), 16, 250.0, -1)
            frame += rng.normal(0, 3, frame.shape)
            film.write(np.repeat(np.clip(frame, 0, 255).astype(np.uint8)[..., None], 3, 2))


def write_song(path: Path, seconds: float = 12.0, tempo: float = 120.0) -> None:
    """Kick, snare and a bass at a steady tempo."""
    rng = np.random.default_rng(5)
    sound = np.zeros(int(seconds * RATE), np.float32)
    time = np.arange(int(0.2 * RATE)) / RATE
    kick = np.sin(2 * np.pi * (55 + 90 * np.exp(-40 * time)) * time) * np.exp(-14 * time)
    snare = rng.normal(0, 0.4, len(time)) * np.exp(-28 * time)
    for beat in range(int(seconds * tempo / 60)):
        start = int(beat * 60 / tempo * RATE)
        hit = (kick * (1.0 if beat % 4 == 0 else 0.7)) if beat % 2 == 0 else snare
        end = min(len(sound), start + len(hit))
        sound[start:end] += hit[: end - start].astype(np.float32)
    pcm = (np.clip(sound * 0.7, -1, 1) * 32767).astype(np.int16)
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(pcm.tobytes())


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Path:
    """Four reels and five photographs in tagged folders, and a song."""
    folder = tmp_path_factory.mktemp("archive")
    for number, tag in enumerate(("acrobats", "acrobats", "dancers", "crowds")):
        write_reel(folder / "footage" / tag / f"reel-{number}.mkv", number)
    rng = np.random.default_rng(9)
    for number in range(5):
        shades = _texture(rng, 240, 320)
        photo = np.repeat(np.clip(shades, 0, 255).astype(np.uint8)[..., None], 3, 2)
        write_photo(folder / "footage" / "streets" / f"photo-{number}.png", photo)
    write_song(folder / "song.wav")
    return folder


@pytest.fixture(scope="session")
def _beat_model() -> None:
    try:
        models.path("beatnet-1")
    except ModelMissingError as error:
        pytest.skip(f"{error.message}: {error.hint}")


@pytest.fixture
def project(archive, tmp_path, _beat_model) -> Project:
    """A film of eight seconds, small and quick."""
    return Project(
        tmp_path / "p.tremendo",
        (archive / "footage",),
        archive / "song.wav",
        film=Film(fps=Fraction(12), width=192, height=108, seconds=8.0),
    )
