"""A song's sound, decoded and measured once for everything that listens to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError
from tremendo.media import read_audio
from tremendo.music.features import SoundFeatures, sound_features
from tremendo.music.onsets import onset_curve

__all__ = ["RATE", "Sound", "hear"]

RATE = 22050

_LOW = 400.0
_SHORTEST = 0.5
_SILENCE = 1e-4  # -80 dB of full scale


@dataclass(frozen=True)
class Sound:
    """Mono ``samples`` at 22,050 Hz, their ``level`` (RMS) and what was measured on them.

    ``curve`` is the onset curve of all, ``low`` that of bass and drums without cymbals.
    """

    path: Path
    samples: NDArray[np.float32]
    level: float
    curve: NDArray[np.float64]
    low: NDArray[np.float64]
    features: SoundFeatures
    warnings: tuple[str, ...] = ()
    """What is damaged, missing or odd in the file."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / RATE


def hear(path: Path) -> Sound:
    """Decode a song and measure it.

    Raises:
        MediaError: no sound in the file, or it cannot be decoded.
        NothingUsableError: the song is silent or shorter than 0.5 s.
    """
    warnings: list[str] = []
    samples = read_audio(path, RATE, on_warning=warnings.append)
    seconds = len(samples) / RATE
    if seconds < _SHORTEST:
        raise NothingUsableError(
            f"The song lasts only {seconds:.2f} s",
            path=path,
            hint="give a song of at least a few bars",
        )
    level = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
    if level < _SILENCE:
        raise NothingUsableError(
            "The song is silent", path=path, hint="check the file, or that its sound is not muted"
        )
    return Sound(
        path,
        samples,
        level,
        onset_curve(samples),
        onset_curve(samples, highest=_LOW),
        sound_features(samples),
        tuple(warnings),
    )
