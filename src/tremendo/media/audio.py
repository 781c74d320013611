"""Sound: any file FFmpeg reads, as float samples that stand where the file's clock puts them.

*Why.* Sound is not one run of equal samples. It may begin after the picture or before it, have
holes, change from two channels to six in the middle (television, joined files), and be damaged.
FFmpeg's resampler takes one layout, mixes six channels to two without looking at peaks, and knows
no clock. So frames are mixed here by their own layout, resampled in stretches, and placed by their
time stamps; what lies between is silence (:mod:`tremendo.media.mixdown`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition

from tremendo.errors import MediaError
from tremendo.media.container import open_container, reading
from tremendo.media.mixdown import EQUAL_POWER, HOLE, Mixdown, Samples, SoundStretch

__all__ = [
    "AudioTrack",
    "Samples",
    "audio_rate",
    "audio_tracks",
    "fitting_rate",
    "read_audio",
    "resample",
]

OnWarning = Callable[[str], None]

_MISSING = 0.5
"""Seconds by which the sound may end before the length that the file states."""
_RAW = frozenset({"mp3", "aac", "ac3", "eac3", "dts", "mp2"})
"""Formats without a container: their length is guessed from the bit rate, unless a Xing header
states it, and all their bytes are packets but for tags."""
_MORE_THAN_GUESSED = 1.1
"""A stated length so much above what the bytes hold was meant for a longer file."""
_LEAST_UNREAD = 50_000
"""Bytes behind the first packet that are no packets: more than the tags of most songs."""


@dataclass(frozen=True)
class AudioTrack:
    """A sound track of a file."""

    index: int
    """0 for the first, which is the one that :func:`read_audio` reads."""
    language: str
    """ISO 639-2 code; empty when the file does not say."""
    title: str
    codec: str
    rate: int
    """Samples a second."""
    channels: int
    layout: str
    """FFmpeg's name: ``mono``, ``stereo``, ``5.1``..."""

    def __str__(self) -> str:
        """As in ``track 2 (deu, 5.1, ac3, 48 kHz)``."""
        said = [self.language, self.title, self.layout, self.codec, f"{self.rate / 1000:g} kHz"]
        return f"track {self.index + 1} ({', '.join(s for s in said if s)})"


def audio_tracks(path: str | Path) -> tuple[AudioTrack, ...]:
    """The sound tracks of a film or song; empty without sound.

    Raises:
        MediaError: not a media file.
    """
    with open_container(path) as container, reading(path):
        return tuple(
            AudioTrack(
                index=number,
                language=stream.language or "",
                title=stream.metadata.get("title", ""),
                codec=stream.codec_context.name,
                rate=int(stream.rate),
                channels=stream.channels,
                layout=stream.layout.name,
            )
            for number, stream in enumerate(container.streams.audio)
        )


def audio_rate(path: str | Path) -> int:
    """Sampling rate of the file in Hz.

    Raises:
        MediaError: no sound in it.
    """
    with open_container(path) as container, reading(path):
        return int(_track(container, path).rate)


def read_audio(
    path: str | Path,
    rate: int | None = 22_050,
    *,
    mono: bool = True,
    on_warning: OnWarning | None = None,
) -> Samples:
    """Decode the sound of a file from its beginning: of a film, from its first picture.

    Args:
        path: song or film.
        rate: wanted sampling rate in Hz; None keeps the file's.
        mono: mix to ``(n,)``, the sum at equal power, or the difference where that is louder
            (channels out of phase); otherwise ``(n, 2)``: one channel is copied to both, more
            than two are mixed down, and made quieter as a whole where the mix would pass 1.
        on_warning: told what is damaged, missing or odd.

    Damaged stretches and holes are silent; after the last sample that decodes the sound ends.

    Raises:
        MediaError: no sound, or none of it can be decoded.
    """
    with open_container(path) as container, reading(path):
        stream = _track(container, path)
        pictures = _moving(container)
        beginning = _beginning(container, pictures, path)
        mixdown = Mixdown(rate or int(stream.rate), beginning, alone=not pictures)
        stated = _stated(container, stream, alone=not pictures)
        damage = _decode(container, stream, mixdown)
        raw = container.format.name in _RAW
        unread = container.size - (damage.first or 0) - damage.size if raw else 0
    samples = mixdown.samples()
    if samples is None:
        raise MediaError(
            "not one sample of the sound can be decoded",
            path=path,
            hint="the file is damaged: copy it again or convert it to WAV",
        )
    if on_warning is not None:
        for said in damage.said(mixdown, stated, unread):
            on_warning(f"{Path(path).name}: {said}")
    return _one_channel(samples, path, on_warning) if mono else samples


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """``(n, 2)`` samples at another rate, in Hz; the length in seconds stays."""
    if rate == wanted:
        return samples
    stretch = SoundStretch(rate, wanted, at=0)
    stretch.add(samples.T)
    made = stretch.finish().T[: round(len(samples) * wanted / rate)]
    return np.ascontiguousarray(made)


def fitting_rate(rate: int, encoder: str, suffix: str) -> int:
    """Rate in Hz at which sound of ``rate`` can be written by an encoder to a kind of file.

    Material Exchange Format carries 48 kHz only (SMPTE ST 382); AAC knows twelve rates up to
    96 kHz. Of those that are known the highest that divides ``rate`` is taken, or the highest.
    """
    known = {48_000} if suffix == ".mxf" else set(av.Codec(encoder, "w").audio_rates or ())
    if not known or rate in known:
        return rate
    even = [each for each in known if rate % each == 0]
    return max(even or [each for each in known if each <= max(rate, min(known))])


def _track(container: InputContainer, path: str | Path) -> Any:  # noqa: ANN401 - a stream of PyAV
    if not container.streams.audio:
        raise MediaError("there is no sound in this file", path=path, hint="give a song")
    return container.streams.audio[0]


def _moving(container: InputContainer) -> list[Any]:
    """The video streams that are no cover art."""
    return [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]


def _beginning(container: InputContainer, moving: list[Any], path: str | Path) -> float:
    """Second of the file's clock that is second 0: the first picture's, or the sound's own."""
    counted = container.format.name == "avi"  # frames without stamps, from 0 on in every stream
    if moving and not counted:
        try:
            with open_container(path) as film:
                picture = next(film.decode(film.streams[moving[0].index]))
                if isinstance(picture, av.VideoFrame) and picture.time is not None:
                    return float(picture.time)
        except (av.FFmpegError, StopIteration, ValueError):
            pass  # a film whose pictures cannot be read still has its sound
    stream = (moving or container.streams.audio)[0]
    return float((stream.start_time or 0) * (stream.time_base or 0))


def _decode(container: InputContainer, stream: Any, mixdown: Mixdown) -> _Damage:  # noqa: ANN401
    """Feed all frames that can be decoded; returns what could not be."""
    found = _Damage()
    if stream.codec_context.name == "flac":  # else a broken frame is a burst of noise
        stream.codec_context.options = {"err_detect": "crccheck+explode"}
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, ValueError):  # the container itself is broken from here
            found.cut_off = True
            return found
        if packet is None:
            return found
        found.count(packet)
        try:
            found.places += [mixdown.end] if packet.is_corrupt else []
            for frame in packet.decode():
                mixdown.add(frame)
        except (av.FFmpegError, ValueError):
            found.places.append(mixdown.end)


@dataclass
class _Damage:
    """What of a sound could not be read."""

    places: list[float] = field(default_factory=list)
    """Seconds at which a packet could not be decoded."""
    cut_off: bool = False
    """Whether the container broke off."""
    first: int | None = None
    """Byte of the file at which the first packet lies."""
    size: int = 0
    """Bytes of all packets."""

    def count(self, packet: av.Packet[Any]) -> None:
        """Count the bytes of a packet."""
        self.size += packet.size
        if self.first is None and packet.pos is not None:
            self.first = packet.pos

    def said(self, mixdown: Mixdown, stated: float, unread: int) -> list[str]:
        """In words: damage inside, holes, and a sound that ends before its stated length."""
        said = []
        if mixdown.jumps:
            said.append(f"the clock of the sound jumps after {mixdown.jumps[0]:.1f} s")
        inside = [second for second in self.places if second < mixdown.end - HOLE]
        if inside:
            count = f"in {len(inside)} places, the first" if len(inside) > 1 else "in a place"
            said.append(f"the sound is damaged {count} at {inside[0]:.1f} s")
        if mixdown.silence > _MISSING:
            said.append(f"the sound has holes of {mixdown.silence:.1f} s in all, which are silent")
        if stated - mixdown.end > _MISSING:
            said.append(f"the sound ends after {mixdown.end:.1f} s of {stated:.1f} s")
        elif self.cut_off or len(inside) < len(self.places) or unread > _LEAST_UNREAD:
            said.append(f"after {mixdown.end:.1f} s nothing of the sound can be decoded")
        return said


def _stated(container: InputContainer, stream: Any, *, alone: bool) -> float:  # noqa: ANN401
    """Seconds that the file says it has; 0 where it does not say or FFmpeg has guessed them."""
    seconds = float((stream.duration or 0) * (stream.time_base or 0))
    if not seconds and alone:
        seconds = (container.duration or 0) / av.time_base
    if container.format.name in _RAW:
        guess = 8 * container.size / (stream.bit_rate or 1)
        return seconds if seconds > _MORE_THAN_GUESSED * guess else 0.0
    return seconds


def _one_channel(samples: Samples, path: str | Path, on_warning: OnWarning | None) -> Samples:
    """The sum of both channels, or their difference where that is louder."""
    left, right = samples[:, 0], samples[:, 1]
    if np.array_equal(left, right):
        return np.ascontiguousarray(left)
    middle, side = EQUAL_POWER * (left + right), EQUAL_POWER * (left - right)
    if float(np.square(side).mean()) <= float(np.square(middle).mean()):
        return middle
    if on_warning is not None:
        on_warning(f"{Path(path).name}: left and right are out of phase: their difference is heard")
    return side
