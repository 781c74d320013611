"""Where a point of an object goes through a shot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.lab import frame_lightness
from tremendo.media.frames import Frames

__all__ = ["follow"]

_SIDE = 192
_PATCH = 10
_REACH, _LONG_REACH = 3, 14
_SAME, _FOUND_AGAIN, _GONE = 0.55, 0.75, 0.3
_TONE = 40
_PATIENCE = 6
_BLOCK = 32


@dataclass(frozen=True)
class _Sight:
    """The point in one frame.

    Attributes:
        x, y: pixels of the reduced frame.
        unseen: frames since something like it was there.
        hidden: whether something of another brightness is there now.
    """

    x: float
    y: float
    unseen: int = 0
    hidden: bool = False

    @property
    def lost(self) -> bool:
        return self.unseen > _PATIENCE


def follow(
    frames: Frames, shot: tuple[int, int], point: tuple[int, int], frame: int
) -> NDArray[np.float32]:
    """Follow a point from one frame of a shot to both its ends.

    Optical flow carries the point (Kroeger et al. 2016), and comparison with how its surroundings
    looked at first corrects the drift. An object that hides is looked for where it went.

    Args:
        frames: the film.
        shot: first frame and end (exclusive) of the shot.
        point: x and y in pixels in ``frame``.
        frame: a frame of the shot.

    Returns:
        ``(shot length, 2) float32`` x and y as shares of width and height; NaN where it is lost.
        Memory: 32 reduced frames.
    """
    start, stop = shot
    places = np.full((stop - start, 2), np.nan, np.float32)
    first = _reduced_frames(frames, frame, frame + 1)
    home = next(iter(first))
    height, width = home.shape
    begin = _Sight(point[0] * width / frames.width, point[1] * height / frames.height)
    pattern = _patch(home, begin)
    onward = _reduced_frames(frames, frame + 1, stop)
    backward = _reversed(frames, start, frame)
    for numbers, pictures in (
        (range(frame, stop), onward),
        (range(frame, start - 1, -1), backward),
    ):
        for number, sight in zip(numbers, _sights(home, begin, pattern, pictures), strict=True):
            if not (sight.lost or sight.hidden):
                places[number - start] = (sight.x + 0.5) / width, (sight.y + 0.5) / height
    return np.clip(places, 0, 1)


def _sights(
    home: NDArray[np.uint8],
    begin: _Sight,
    pattern: NDArray[np.uint8],
    pictures: Iterable[NDArray[np.uint8]],
) -> Iterator[_Sight]:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    before, sight = home, begin
    yield sight
    for now in pictures:
        flow = np.asarray(search.calc(before, now, None))
        sight = _found(now, _moved(sight, flow), pattern)
        yield sight
        before = now


def _moved(sight: _Sight, flow: NDArray[np.float32]) -> _Sight:
    height, width = flow.shape[:2]
    x, y = round(sight.x), round(sight.y)
    around = flow[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].reshape(-1, 2)
    dx, dy = np.median(around, axis=0) if len(around) else (0.0, 0.0)
    return replace(
        sight,
        x=float(np.clip(sight.x + dx, 0, width - 1)),
        y=float(np.clip(sight.y + dy, 0, height - 1)),
    )


def _found(now: NDArray[np.uint8], sight: _Sight, pattern: NDArray[np.uint8]) -> _Sight:
    """The place near the expected one that looks most like the point did at first."""
    reach = _LONG_REACH if sight.lost else _REACH
    window = _patch(now, sight, _PATCH + reach)
    likeness = cv2.matchTemplate(window, pattern, cv2.TM_CCOEFF_NORMED)
    y, x = np.unravel_index(int(np.argmax(likeness)), likeness.shape)
    best = float(likeness[y, x])
    there = window[y : y + len(pattern), x : x + len(pattern)]
    if abs(_core(there) - _core(pattern)) > _TONE:
        best = min(best, _GONE)
    if best >= (_FOUND_AGAIN if sight.lost else _SAME):
        return _Sight(sight.x + int(x) - reach, sight.y + int(y) - reach)
    hidden = abs(_core(_patch(now, sight)) - _core(pattern)) > _TONE
    unseen = sight.unseen + 1 if best < _GONE or sight.lost else sight.unseen
    return replace(sight, unseen=unseen, hidden=hidden)


def _core(patch: NDArray[np.uint8]) -> float:
    """Brightness of the very point: its surroundings may be another object's."""
    middle = len(patch) // 2
    return float(np.median(patch[middle - 2 : middle + 3, middle - 2 : middle + 3]))


def _patch(picture: NDArray[np.uint8], sight: _Sight, radius: int = _PATCH) -> NDArray[np.uint8]:
    """A square around the point, continued beyond the picture's edges by repetition."""
    padded = cv2.copyMakeBorder(picture, radius, radius, radius, radius, cv2.BORDER_REPLICATE)
    x, y = round(sight.x), round(sight.y)
    x, y = min(max(x, 0), picture.shape[1] - 1), min(max(y, 0), picture.shape[0] - 1)
    return np.asarray(padded[y : y + 2 * radius + 1, x : x + 2 * radius + 1], np.uint8)


def _reduced_frames(frames: Frames, start: int, stop: int) -> Iterator[NDArray[np.uint8]]:
    scale = min(1.0, _SIDE / min(frames.width, frames.height))
    size = (max(1, round(frames.width * scale)), max(1, round(frames.height * scale)))
    for frame in frames.read(start, stop):
        light = np.clip(frame_lightness(frame) * 2.55, 0, 255).astype(np.uint8)
        yield np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA), np.uint8)


def _reversed(frames: Frames, start: int, stop: int) -> Iterator[NDArray[np.uint8]]:
    """Frames from ``stop - 1`` down to ``start``, read forward in blocks."""
    for end in range(stop, start, -_BLOCK):
        yield from reversed(list(_reduced_frames(frames, max(start, end - _BLOCK), end)))
