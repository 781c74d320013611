"""FFmpeg's own filters on streams of frames: what restoration is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
import av.filter
import numpy as np

from tremendo.errors import MediaError, UsageError
from tremendo.media.frames import Frame

__all__ = ["filter_frames"]


def filter_frames(
    frames: Iterable[Frame], chain: str, *, fps: Fraction | int = 24
) -> Iterator[Frame]:
    """Run frames through a simple chain of FFmpeg filters.

    Args:
        frames: ``(H, W, 3) uint8 RGB``, all of one size.
        chain: filters separated by commas, e.g. ``"deflicker=mode=am,deshake"``.
        fps: the rate that filters see.

    Yields:
        ``(H, W, 3) uint8 RGB``; as many as the filters let through.

    Raises:
        UsageError: FFmpeg does not know a filter or one of its options.
        MediaError: a filter failed.
    """
    graph: av.filter.Graph | None = None
    for number, picture in enumerate(frames):
        if graph is None:
            graph = _build(picture, chain, Fraction(fps))
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts = number
        frame.time_base = 1 / Fraction(fps)
        try:
            graph.push(frame)
        except av.FFmpegError as error:
            raise MediaError(f"filter {chain!r} failed: {error}") from error
        yield from _pull(graph)
    if graph is not None:
        graph.push(None)
        yield from _pull(graph)


def _build(picture: Frame, chain: str, fps: Fraction) -> av.filter.Graph:
    graph = av.filter.Graph()
    height, width = picture.shape[:2]
    last = graph.add_buffer(
        width=width, height=height, format=av.VideoFormat("rgb24", width, height), time_base=1 / fps
    )
    try:
        for item in [*chain.split(","), "format=rgb24"]:
            name, _, options = item.partition("=")
            node = graph.add(name, options or None)
            last.link_to(node)
            last = node
        last.link_to(graph.add("buffersink"))
        graph.configure()
    except (ValueError, av.FFmpegError) as error:
        raise UsageError(f"FFmpeg cannot build the filters {chain!r}: {error}") from error
    return graph


def _pull(graph: av.filter.Graph) -> Iterator[Frame]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        if isinstance(frame, av.VideoFrame):
            yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
