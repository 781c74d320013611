"""Sound: any file FFmpeg reads, as float samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import MediaError
from tremendo.media.container import open_container, reading

__all__ = ["Samples", "audio_rate", "read_audio"]

Samples = NDArray[np.float32]
"""``(n,)`` mono or ``(n, channels)``, float32 in -1..1."""


def audio_rate(path: str | Path) -> int:
    """Sampling rate of the file in Hz.

    Raises:
        MediaError: no sound in it.
    """
    with open_container(path) as container, reading(path):
        if not container.streams.audio:
            raise MediaError("there is no sound in this file", path=path, hint="give a song")
        return int(container.streams.audio[0].rate)


def read_audio(path: str | Path, rate: int | None = 22_050, *, mono: bool = True) -> Samples:
    """Decode the sound of a file.

    Args:
        path: song or film.
        rate: wanted sampling rate in Hz; None keeps the file's.
        mono: mix to ``(n,)``; otherwise ``(n, 2)``.

    A damaged tail is left out: what decodes is returned.

    Raises:
        MediaError: no sound, or none of it can be decoded.
    """
    rate = rate or audio_rate(path)
    chunks: list[NDArray[Any]] = []
    with open_container(path) as container, reading(path):
        if not container.streams.audio:
            raise MediaError("there is no sound in this file", path=path, hint="give a song")
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout="mono" if mono else "stereo", rate=rate)
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                chunks.extend(part.to_ndarray() for part in resampler.resample(frame))
        if chunks:
            chunks.extend(part.to_ndarray() for part in resampler.resample(None))
    if not chunks:
        raise MediaError(
            "not one sample of the sound can be decoded",
            path=path,
            hint="the file is damaged: copy it again or convert it to WAV",
        )
    samples = np.concatenate(chunks, axis=1).astype(np.float32)
    samples = np.nan_to_num(samples)
    return samples[0] if mono else np.ascontiguousarray(samples.T)
