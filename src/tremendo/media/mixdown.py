"""Frames of sound of any layout and rate, mixed to two channels and put where their stamps say.

FFmpeg's own resampler takes one layout, mixes six channels to two without looking at peaks, makes
one channel 3 dB quieter and knows no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

__all__ = ["EQUAL_POWER", "HOLE", "Mixdown", "Samples", "SoundStretch"]

Samples = NDArray[np.float32]
"""``(n,)`` mono or ``(n, 2)``, float32 in -1..1."""

EQUAL_POWER = 1 / sqrt(2)
"""3 dB less: a channel heard from two loudspeakers (ITU-R BS.775)."""
_GAINS = {
    "FL": (1.0, 0.0), "FR": (0.0, 1.0), "DL": (1.0, 0.0), "DR": (0.0, 1.0),
    "FC": (EQUAL_POWER, EQUAL_POWER), "LFE": (0.0, 0.0), "LFE2": (0.0, 0.0),
    "BL": (EQUAL_POWER, 0.0), "BR": (0.0, EQUAL_POWER),
    "SL": (EQUAL_POWER, 0.0), "SR": (0.0, EQUAL_POWER),
    "BC": (0.5, 0.5), "FLC": (1.0, 0.0), "FRC": (0.0, 1.0),
}  # fmt: skip
"""Share of each channel in left and right (ITU-R BS.775-3, annex 4)."""
_USUAL = {
    3: ("FL", "FR", "FC"), 4: ("FL", "FR", "BL", "BR"), 5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"), 7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}  # fmt: skip
"""Channels of files that do not name them."""
HOLE = 0.03
"""Seconds by which stamps may waver (containers round them to milliseconds); more is a hole."""
_LONGEST_HOLE = 10.0
"""A jump of more seconds is another recording's clock (FFmpeg's threshold too), not a hole."""
_ANOTHER_CLOCK = 1.0
"""A jump of fewer seconds is the carelessness of a writer and not worth a word."""
_BLOCK = 32_768
"""Samples that are mixed and resampled at a time."""


@dataclass
class Mixdown:
    """Frames in; two channels at one rate, placed by the frames' stamps, out.

    Args:
        rate: of the output in Hz.
        beginning: second of the stamps that is second 0.
        alone: there is no picture: nothing is put before the first sample.
    """

    rate: int
    beginning: float
    alone: bool = True
    jumps: list[float] = field(default_factory=list)
    """Seconds after which the stamps went on from another clock."""
    end: float = 0.0
    """Second at which the sound given so far ends."""
    silence: float = 0.0
    """Seconds of holes."""
    _shift: float = 0.0
    """Added to the stamps, once their clock has jumped."""
    _stretch: SoundStretch | None = None
    _done: list[SoundStretch] = field(default_factory=list)
    _several: bool = False
    """Whether more than two channels were mixed."""

    def add(self, frame: AudioFrame) -> None:
        """Take the next frame."""
        begins = self.end
        if frame.pts is not None and frame.time_base is not None:
            begins = self._placed(float(frame.pts * frame.time_base) - self.beginning)
        if (
            self._stretch is None
            or self._stretch.rate != frame.sample_rate
            or abs(begins - self.end) > HOLE
        ):
            self._close()
            self.silence += max(0.0, begins - self.end) if self._done else 0.0
            at = round(begins * self.rate)
            self._stretch = SoundStretch(frame.sample_rate, self.rate, at)
            self.end = begins
        channels = _channels(frame)
        self._several |= len(channels) > 2
        self._stretch.add(_two(channels, _names(frame)))
        seconds = frame.samples / frame.sample_rate
        self.end += seconds

    def _placed(self, stamp: float) -> float:
        """Second of the output for a stamp; one of another clock goes on where the last ended."""
        if self.alone and self._stretch is None:
            self._shift = -max(0.0, stamp)
        begins = stamp + self._shift
        if self._stretch is not None and not -HOLE <= begins - self.end <= _LONGEST_HOLE:
            if abs(begins - self.end) > _ANOTHER_CLOCK:
                self.jumps.append(self.end)
            self._shift += self.end - begins
            return self.end
        return begins

    def _close(self) -> None:
        if self._stretch is not None:
            self._stretch.finish()
            self._done.append(self._stretch)

    def samples(self) -> Samples | None:
        """``(n, 2)`` float32; None when there was not one frame."""
        self._close()
        if not self._done:
            return None
        whole = np.zeros((max(s.at + s.made.shape[1] for s in self._done), 2), np.float32)
        for stretch in self._done:
            first, skipped = max(0, stretch.at), max(0, -stretch.at)
            part = stretch.made.T[skipped:]
            whole[first : first + len(part)] = part
        peak = float(np.abs(whole).max(initial=0.0))
        if self._several and peak > 1:
            whole /= np.float32(peak)
        return np.nan_to_num(whole, copy=False)


class SoundStretch:
    """Sound without a hole, of one rate, resampled in blocks.

    Args:
        rate: of what comes in, in Hz.
        wanted: of what goes out, in Hz.
        at: output sample at which it begins.
    """

    def __init__(self, rate: int, wanted: int, at: int) -> None:
        self.rate, self.at = rate, at
        self.made: NDArray[np.float32] = np.zeros((2, 0), np.float32)
        self._waiting: list[NDArray[np.float32]] = []
        self._count = 0
        self._parts: list[NDArray[np.float32]] = []
        self._resampler = (
            None
            if rate == wanted
            else av.AudioResampler(format="fltp", layout="stereo", rate=wanted)
        )

    def add(self, channels: NDArray[np.float32]) -> None:
        """Take ``(2, n)`` samples."""
        self._waiting.append(channels)
        self._count += channels.shape[1]
        if self._count >= _BLOCK:
            self._convert()

    def _convert(self) -> None:
        if not self._waiting:
            return
        block = np.ascontiguousarray(np.concatenate(self._waiting, axis=1), np.float32)
        self._waiting, self._count = [], 0
        if self._resampler is None:
            self._parts.append(block)
            return
        frame = AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate = self.rate
        self._take(self._resampler.resample(frame))

    def _take(self, frames: list[AudioFrame]) -> None:
        self._parts += [np.asarray(frame.to_ndarray(), np.float32) for frame in frames]

    def finish(self) -> NDArray[np.float32]:
        """All of it, ``(2, n)``."""
        self._convert()
        if self._resampler is not None and self._parts:
            self._take(self._resampler.resample(None))
        if self._parts:
            self.made = np.concatenate(self._parts, axis=1)
            self._parts = []
        return self.made


def _channels(frame: AudioFrame) -> NDArray[np.float32]:
    """A frame's samples, ``(channels, n)`` float32."""
    given: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        given = given.reshape(-1, frame.layout.nb_channels).T
    if given.dtype.kind == "f":
        return given.astype(np.float32)
    if given.dtype == np.uint8:
        return np.asarray((given.astype(np.float32) - 128) / 128)
    return np.asarray(given * (1.0 / -float(np.iinfo(given.dtype).min)), np.float32)


def _names(frame: AudioFrame) -> tuple[str, ...]:
    """Names of the channels; the usual ones where the file gives none."""
    names = tuple(channel.name for channel in frame.layout.channels)
    known = all(name in _GAINS for name in names)
    return names if known else _USUAL.get(len(names), names)


def _two(channels: NDArray[np.float32], names: tuple[str, ...]) -> NDArray[np.float32]:
    """Left and right, ``(2, n)``: copied, kept, or mixed down."""
    if len(channels) == 1:
        return np.repeat(channels, 2, axis=0)
    if len(channels) == 2:
        return channels
    gains = np.array([_GAINS.get(name, (0.5, 0.5)) for name in names], np.float32)
    return np.asarray(gains.T @ channels, np.float32)
