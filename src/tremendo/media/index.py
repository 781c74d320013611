"""A film file's packets in, which picture stands at which frame number out; nothing is decoded.

*Why.* Containers lie about time in many ways: no stamps at all (AVI), stamps of the order of
decoding given as stamps of showing (H.264 in AVI and MXF), stamps that jump where two recordings
were joined (broadcast streams), seeks that land one group of pictures late (program and transport
streams). What never lies is the order of the packets. So each packet is known by its number in
that order: before it is decoded its stamp is replaced by that number, and the picture that comes
out says which packet it was. Stamps serve for two things only: in which order the pictures are
shown, and how fast.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tremendo.media.container import open_container, reading

__all__ = ["FrameIndex", "Key", "build_index"]

_FALLBACK_RATE = Fraction(24)
_USUAL_RATES = (
    *map(Fraction, (8, 12, 15, 16, 18, 20, 22, 24, 25, 30, 48, 50, 60, 100, 120)),
    *(Fraction(1000 * whole, 1001) for whole in (12, 24, 30, 48, 60, 120)),
    Fraction(50, 3),
)
_SLOWEST, _FASTEST = Fraction(1), Fraction(1000)
_NEAR = 2e-4
"""Relative distance within which a measured rate is taken for a usual one; 24 and 23.976 are 1e-3
apart."""
_UNEVEN = 0.35
"""Largest distance of a stamp from an even grid, in frames, at which the rate counts as constant:
telecined film that is flagged (frames of two and of three fields in turn) stays below .25."""
_JUMP_AHEAD, _JUMP_BACK = 10.0, 1.0
"""Seconds: longer gaps and steps back are where two recordings were joined; in program streams,
where few packets bear stamps and the rest is guessed, they step back by less."""
_ONE_PICTURE_A_PACKET = {"mpeg1video", "mpeg2video", "mpeg4", "h264", "hevc"}
"""Codecs whose pictures can be counted without decoding all of them."""
_MOST_HELD = 40
"""Frames of a grid for each picture, at most: beyond it the stamps are not believed."""
_RAW_STREAMS = {"h264", "hevc", "mpegvideo", "m4v"}
"""Bare elementary streams: their demuxers number pictures at 25 a second, whatever is true."""
_BYTE_SEEK = {"mpeg", "mpegts"}
"""Formats in which the place of a packet in the file is a better address than its time."""

Times = NDArray[np.float64]


@dataclass(frozen=True)
class Key:
    """A packet that decoding may begin with.

    Attributes:
        number: its place in the order of packets.
        stamp: time to seek to, in units of the stream; None where there is none.
        position: byte in the file, -1 where it is not known.
        size: bytes of the packet.
    """

    number: int
    stamp: int | None
    position: int
    size: int


@dataclass(frozen=True)
class FrameIndex:
    """Which picture stands at which frame number.

    Attributes:
        shown: for each packet the rank of its picture in the order of showing; -1 for packets
            whose picture is not shown. None where the file does not say: pictures are then counted
            as they come out of the decoder.
        sizes: of all packets, in bytes.
        keys: where decoding may begin, in the order of packets.
        frames: for each frame number the rank of its picture, never falling.
        rate: frames a second.
        variable: pictures of a variable rate are held on a grid.
        joined: recordings that follow each other with jumping stamps, 1 in most files.
        by_position: seek by byte, not by time.
    """

    shown: tuple[int, ...] | None
    sizes: tuple[int, ...]
    keys: tuple[Key, ...]
    frames: tuple[int, ...]
    rate: Fraction
    variable: bool = False
    joined: int = 1
    by_position: bool = False

    @cached_property
    def places(self) -> dict[tuple[int, int], int]:
        """Key packets by byte position and size, where these are unambiguous."""
        found = Counter((key.position, key.size) for key in self.keys)
        return {
            (key.position, key.size): key.number
            for key in self.keys
            if key.position >= 0 and found[key.position, key.size] == 1
        }

    def find(self, sizes: Sequence[int], last: int) -> int | None:
        """Number of the key, at or before the one numbered ``last``, at which packets of these
        sizes follow each other; None where there is no such place or more than one.
        """
        found = [
            number
            for number in self._by_size.get(sizes[0], ())
            if number <= last and self.sizes[number : number + len(sizes)] == tuple(sizes)
        ]
        return found[0] if len(found) == 1 else None

    @cached_property
    def _by_size(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for key in self.keys:
            found.setdefault(key.size, []).append(key.number)
        return found

    @cached_property
    def _first_shown(self) -> tuple[int, ...]:
        if self.shown is None:  # a key's picture is shown no earlier than all packets before it
            return tuple(key.number for key in self.keys)
        return tuple(self.shown[key.number] for key in self.keys)

    def key_before(self, rank: int) -> int:
        """Place in ``keys`` of the last key from which the picture of that rank can be decoded.

        -1 where decoding has to begin with the file. Where the file does not say in which order
        pictures are shown, one key further back, so that what is shown before the next key's
        picture is seen to be.
        """
        place = bisect_right(self._first_shown, rank) - 1
        return place if self.shown is not None else place - 1


@dataclass(frozen=True)
class _Packets:
    """What the demuxer says of each packet, in their order."""

    pts: list[int | None]
    dts: list[int | None]
    durations: list[int]
    sizes: list[int]
    dropped: list[bool]
    keys: list[Key]


def build_index(path: Path) -> FrameIndex:
    """Read all packets of a film's first video stream; nothing is decoded.

    Raises:
        MediaError: the file cannot be read.
    """
    with open_container(path) as container, reading(path):
        stream = container.streams.video[0]
        packets = _demux(container, stream)
        kind = container.format.name.split(",")[0]
        claimed = _claimed_rate(stream, raw=kind in _RAW_STREAMS)
        base = stream.time_base
        context = stream.codec_context
        reorders = bool(context and context.has_b_frames)
        codec = context.name if context else ""
    shown, times, joined = _order(packets, base)
    lies = reorders and _rises(packets.pts)
    plain = tuple(range(len(packets.pts) - sum(packets.dropped)))
    if shown is None and codec not in _ONE_PICTURE_A_PACKET:
        shown = _counted(path, len(packets.pts))
        plain = tuple(range(max(shown, default=-1) + 1))
    if base is None or kind in _RAW_STREAMS:
        rate, frames, variable = claimed or _FALLBACK_RATE, plain, False
    elif not len(times):
        times = np.cumsum([0, *packets.durations], dtype=np.float64)
        even = min(packets.durations, default=0) > 0
        step = float(times[-1]) / max(len(packets.durations), 1)
        rate = _measured(times, step, base, claimed) if even else claimed or _FALLBACK_RATE
        frames, variable = plain, False
    else:
        rate, frames, variable = _rate_of(times, base, claimed)
    return FrameIndex(
        None if lies else shown,
        tuple(packets.sizes),
        tuple(packets.keys),
        frames,
        rate,
        variable,
        joined,
        kind in _BYTE_SEEK,
    )


def _counted(path: Path, packets: int) -> tuple[int, ...]:
    """Rank of each packet's picture where stamps are missing: all is decoded to see."""
    shown = [-1] * packets
    rank = 0
    with open_container(path) as container, reading(path):
        number = 0
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                packet.pts = number
                number += 1
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                if frame.pts is not None and 0 <= frame.pts < packets:
                    shown[frame.pts] = rank
                rank += 1
    return tuple(shown)


def _demux(container: av.container.InputContainer, stream: VideoStream) -> _Packets:
    found = _Packets([], [], [], [], [], [])
    for packet in container.demux(stream):
        if not packet.size:
            continue
        if packet.is_keyframe:
            stamps = [stamp for stamp in (packet.pts, packet.dts) if stamp is not None]
            position = -1 if packet.pos is None else packet.pos
            stamp = min(stamps, default=None)
            found.keys.append(Key(len(found.pts), stamp, position, packet.size))
        found.pts.append(packet.pts)
        found.dts.append(packet.dts)
        found.durations.append(packet.duration or 0)
        found.sizes.append(packet.size)
        found.dropped.append(packet.is_discard)
    return found


def _rises(stamps: list[int | None]) -> bool:
    """Whether stamps of showing only rise in the order of decoding."""
    known = [stamp for stamp in stamps if stamp is not None]
    return all(one < other for one, other in pairwise(known))


def _order(packets: _Packets, base: Fraction | None) -> tuple[tuple[int, ...] | None, Times, int]:
    """Rank of each packet's picture, their times in units of the stream, and joined recordings.

    Recordings are ordered one by one; the times of the later ones follow on, a step behind the
    earlier. The order is None where a stamp is missing or stands twice.
    """
    count = len(packets.pts)
    shown = np.full(count, -1, np.int64)
    times: list[float] = []
    known = True
    parts = _recordings(packets, base)
    for first, after in parts:
        numbers = [n for n in range(first, after) if not packets.dropped[n]]
        stamps = [packets.pts[n] for n in numbers]
        if None in stamps or len(set(stamps)) != len(stamps):
            known = False
            break
        order = sorted(range(len(numbers)), key=lambda place: stamps[place] or 0)
        there = np.array([stamps[place] or 0 for place in order], np.float64)
        if times and len(there):
            step = float(np.median(np.diff(there))) if len(there) > 1 else 1.0
            there += times[-1] + step - there[0]
        for rank, place in enumerate(order, start=len(times)):
            shown[numbers[place]] = rank
        times.extend(there.tolist())
    if not known:
        return None, np.array([]), len(parts)
    return tuple(shown.tolist()), np.array(times), len(parts)


def _recordings(packets: _Packets, base: Fraction | None) -> list[tuple[int, int]]:
    """First packet and end of each stretch in which the stamps of decoding rise without a jump."""
    starts = [0]
    last: int | None = None
    unit = 0.0 if base is None else float(base)
    for number, stamp in enumerate(packets.dts):
        if stamp is None:
            continue
        if last is not None and not -_JUMP_BACK <= (stamp - last) * unit <= _JUMP_AHEAD:
            starts.append(number)
        last = stamp
    return list(zip(starts, [*starts[1:], len(packets.dts)], strict=True))


# --- How fast -----------------------------------------------------------------------------------


def _claimed_rate(stream: VideoStream, *, raw: bool) -> Fraction | None:
    """What the file says of itself."""
    own = getattr(stream.codec_context, "framerate", None) if stream.codec_context else None
    said = (own,) if raw else (stream.average_rate, stream.guessed_rate, stream.base_rate)
    for rate in said:
        if rate and _SLOWEST <= rate <= _FASTEST:
            return _named(Fraction(rate), 0.0)
    return Fraction(25) if raw else None


def _rate_of(
    times: Times, base: Fraction, claimed: Fraction | None
) -> tuple[Fraction, tuple[int, ...], bool]:
    """Rate, frames (ranks) and whether they are held, of pictures at these times."""
    count = len(times)
    plain = tuple(range(count))
    if count < 2 or times[-1] <= times[0]:
        return claimed or _FALLBACK_RATE, plain, False
    step, start = np.polyfit(np.arange(count), times, 1)
    off = np.abs(times - (start + step * np.arange(count))).max() - 1.0  # stamps are rounded
    if step > 0 and off <= _UNEVEN * step:
        return _measured(times, float(step), base, claimed), plain, False
    return _held(times, base)


def _measured(times: Times, step: float, base: Fraction, claimed: Fraction | None) -> Fraction:
    """The rate of an even grid; the claimed one where the stamps do not speak against it."""
    rate = 1 / (step * float(base))
    doubt = 2.0 / float(times[-1] - times[0])
    if claimed is not None and abs(float(claimed) / rate - 1) <= doubt + _NEAR:
        return claimed
    exact = Fraction(rate).limit_denominator(1001)
    found = _named(exact, doubt) if _SLOWEST <= exact <= _FASTEST else None
    return found or claimed or _FALLBACK_RATE


def _named(rate: Fraction, doubt: float) -> Fraction:
    """The usual rate that a rate stands for, or itself."""
    nearest = min(_USUAL_RATES, key=lambda usual: abs(float(usual / rate) - 1))
    return nearest if abs(float(nearest / rate) - 1) <= doubt + _NEAR else rate


def _held(times: Times, base: Fraction) -> tuple[Fraction, tuple[int, ...], bool]:
    """Pictures of a variable rate on a constant grid: each is held until the next."""
    usual = float(np.median(np.diff(times)))
    exact = Fraction(1 / (usual * float(base))).limit_denominator(1001) if usual > 0 else None
    rate = _FALLBACK_RATE
    if exact is not None and _SLOWEST <= exact <= _FASTEST:
        rate = _named(exact, 1 / usual)
    step = 1 / (float(rate) * float(base))
    count = min(int((times[-1] - times[0]) / step + 0.5) + 1, _MOST_HELD * len(times))
    now = times[0] + (np.arange(count) + 0.25) * step
    ranks = np.searchsorted(times, now, side="right") - 1
    return rate, tuple(int(rank) for rank in ranks), True
