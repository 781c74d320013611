"""A film file, its index and a picture's rank in; that picture and those after it out.

Decoding begins at the last key packet that will do. If it shows too late a picture (a group that
refers to the one before it, a refresh spread over many pictures), at the key before that, and so
on to the beginning of the file: slow, and right.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TypeAlias

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from tremendo.media.container import open_container, reading
from tremendo.media.index import FrameIndex, Key

__all__ = ["decode_from"]

_PATIENCE = 400
"""Packets after a seek among which the key must be found."""
_STEPS_BACK = 3
"""Keys tried before a picture is taken for lost."""
_FINGERPRINT = 6
"""Packets whose sizes tell a place in a file."""


class _NotFoundError(Exception):
    """After a seek the key did not turn up."""


Packet: TypeAlias = "av.Packet[VideoStream]"
Shown = Iterator[tuple[int, av.VideoFrame]]


def decode_from(path: Path, index: FrameIndex, rank: int) -> Shown:
    """Pictures from a rank on, with their ranks, which rise; lost ones are missing.

    Raises:
        MediaError: the file cannot be read.
    """
    place = index.key_before(rank)
    for again in range(_STEPS_BACK, -1, -1):
        key = index.keys[place] if place > 0 else None
        stream = (item for item in _decoded(path, index, key) if item[0] >= rank)
        try:
            first = next(stream, None)
        except _NotFoundError:
            place = 0
            continue
        right = first is not None and first[0] == rank
        if key is None or right or again == 0:
            return iter(()) if first is None else _rising(chain([first], stream))
        place -= 1
    return _rising(item for item in _decoded(path, index, None) if item[0] >= rank)


def _rising(stream: Shown) -> Shown:
    last = -1
    for rank, frame in stream:
        if rank > last:
            last = rank
            yield rank, frame


def _decoded(path: Path, index: FrameIndex, key: Key | None) -> Shown:
    """Pictures from a key packet on, or all of them, with their ranks; none if it is not found."""
    with open_container(path) as container, reading(path):
        stream = container.streams.video[0]
        packets = _numbered(container, stream, index, key)
        counter: _Counter | None = None
        for number, packet in packets:
            if number is not None:
                packet.pts = number
                counter = counter or _Counter(index, number)
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue  # its picture will be missed by the reader, who counts it
            for frame in frames:
                rank = None if counter is None else counter.rank(frame.pts)
                if rank is not None:
                    yield rank, frame


class _Counter:
    """From a picture's packet to its rank."""

    def __init__(self, index: FrameIndex, start: int) -> None:
        self._shown, self._keys = index.shown, {key.number for key in index.keys}
        self._start = start
        self._next = None if start else 0
        self._since_key: list[int] = []

    def rank(self, number: int | None) -> int | None:
        """The rank; None for a picture that is not shown, or not known yet."""
        if self._shown is None:
            return self._counted(number)
        known = number is not None and 0 <= number < len(self._shown)
        rank = self._shown[number] if known and number is not None else -1
        return rank if rank >= 0 else None

    def _counted(self, number: int | None) -> int | None:
        """The file says no order. Of all packets before a key the pictures are shown before its
        own; those of packets after it that are shown before it have just come out of the decoder.
        """
        if number in self._keys and number != self._start and number is not None:
            self._next = number + sum(other > number for other in self._since_key)
            self._since_key.clear()
        elif number is not None:
            self._since_key.append(number)
        if self._next is None:
            return None
        self._next += 1
        return self._next - 1


def _numbered(
    container: InputContainer, stream: VideoStream, index: FrameIndex, key: Key | None
) -> Iterator[tuple[int | None, Packet]]:
    """Packets from the key on with their numbers, and at the end the empty one that flushes."""
    packets = iter(container.demux(stream))
    number = 0
    if key is not None:
        _seek(container, stream, index, key)
        packets = iter(container.demux(stream))
        number, ahead = _found(packets, index, key)
        packets = chain(ahead, packets)
    for packet in packets:
        if packet.size:
            yield number, packet
            number += 1
        else:
            yield None, packet


def _found(packets: Iterator[Packet], index: FrameIndex, key: Key) -> tuple[int, list[Packet]]:
    """The number of the first key packet after a seek that is known, and the packets read for it.

    It is known by its place in the file; where the demuxer does not tell that (program streams),
    by its size and those of the packets after it.

    Raises:
        _NotFoundError: none is known, or only later ones.
    """
    ahead: list[Packet] = []
    for packet in islice(packets, _PATIENCE):
        ahead.append(packet)
        while ahead and not ahead[0].is_keyframe:
            ahead.pop(0)
        if not ahead:
            continue
        place = (-1 if ahead[0].pos is None else ahead[0].pos, ahead[0].size)
        number = index.places.get(place)
        if number is None and (len(ahead) > _FINGERPRINT or not packet.size):
            number = index.find([one.size for one in ahead if one.size], key.number)
            if number is None:
                ahead.pop(0)
        if number is not None:
            if number > key.number:
                break
            return number, ahead
    raise _NotFoundError


def _seek(container: InputContainer, stream: VideoStream, index: FrameIndex, key: Key) -> None:
    if index.by_position and key.position >= 0:
        container.seek(key.position, stream=stream, unsupported_byte_offset=True)
    elif key.stamp is not None:
        container.seek(key.stamp, stream=stream, backward=True)
