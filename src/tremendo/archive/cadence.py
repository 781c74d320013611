"""The film's true speed: frames that a transfer doubled are found and left out.

Film ran at 12 to 26 pictures a second; to fill 24, 25 or 30 a transfer shows some pictures twice
or more (pull-up). Doubled pictures differ by compression noise only, and they come in a regular
pattern; a still scene or a held title is quiet too, but has no pattern, and is left alone.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tremendo.archive.pictures import Gray, Luma, gray_thumbnail
from tremendo.intervals import runs

__all__ = ["Cadence", "CadenceMeter", "find_cadence"]

_WINDOW = 6
"""Frames to either side that tell how lively the scene is; a picture is held shorter."""
_STILL = 0.6
"""Change in gray levels below which a scene is too still to show a pattern."""
_SAME = 0.35
"""A step this small beside its neighbors is a doubled frame."""
_MAYBE_SAME = 0.65
"""The same where the pattern demands one (key frames of the codec differ more)."""
_COMMON_RATES = (Fraction(24000, 1001), Fraction(30000, 1001), *map(Fraction, range(8, 61)))


@dataclass(frozen=True)
class Cadence:
    """How the file's frames carry the film.

    ``frame_map[i]`` is the file's frame that holds native frame ``i``; ``fps`` the native rate.
    """

    frame_map: tuple[int, ...]
    fps: Fraction
    warnings: tuple[str, ...] = ()


class CadenceMeter:
    """Collects how much each frame differs from the one before; holds one thumbnail."""

    def __init__(self) -> None:
        self._last: Gray | None = None
        self._steps: list[float] = []

    def add(self, luma: Luma) -> None:
        """Take the next frame of the file."""
        gray = gray_thumbnail(luma, 80, 60)
        self._steps.append(np.inf if self._last is None else _step(self._last, gray))
        self._last = gray

    def result(self, container_fps: Fraction) -> Cadence:
        """The cadence of all frames seen."""
        return find_cadence(np.array(self._steps), container_fps)


def _step(before: Gray, after: Gray) -> float:
    """Change between two thumbnails where it is largest, apart from flicker, in gray levels."""
    change = after - before
    change = np.abs(change - np.median(change))
    return float(np.sort(change, axis=None)[-change.size // 25 :].mean())


def find_cadence(steps: NDArray[np.float64], container_fps: Fraction) -> Cadence:
    """Find a regular pull-up in the changes from frame to frame.

    Args:
        steps: for each frame its difference from the frame before (the first: ``inf``).
        container_fps: the file's rate.

    Returns:
        The native frames and their rate: the identity and ``container_fps`` without a pattern.
    """
    total = len(steps)
    plain = Cadence(tuple(range(total)), container_fps)
    if total < 4 * _WINDOW:
        return plain
    level = _liveliness(steps)
    ratio = np.where(level > _STILL, steps / np.maximum(level, _STILL), 1.0)
    repeat = ratio < _SAME
    lively = level > _STILL
    share = repeat[lively].mean() if lively.any() else 0.0
    if share == 0.0:
        return plain
    if not _is_regular(repeat, lively):
        if share < 0.2:
            return plain
        message = f"{share:.0%} of the frames repeat without a regular pattern; all are kept"
        return Cadence(plain.frame_map, container_fps, (message,))
    repeat = _complete(repeat, lively, ratio)
    kept = tuple(int(i) for i in np.flatnonzero(~repeat))
    return Cadence(kept, _true_rate(container_fps, len(kept), total))


def _liveliness(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest step shortly before and shortly after each frame, whichever is smaller."""
    finite = np.where(np.isfinite(steps), steps, steps[np.isfinite(steps)].max())
    padded = np.pad(finite, _WINDOW, mode="reflect")
    largest = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW).max(axis=1)
    return np.asarray(np.minimum(largest[: len(steps)], largest[_WINDOW + 1 :]))


def _events(repeat: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The rarer of doubled and new frames: the ones whose spacing makes the pattern."""
    return np.flatnonzero(repeat if repeat.mean() <= 0.5 else ~repeat)


def _spacings(repeat: NDArray[np.bool_], lively: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Distances between neighboring events, where the scene is lively throughout."""
    events = _events(repeat)
    still = np.concatenate([[0], np.cumsum(~lively)])
    clear = still[events[1:] + 1] == still[events[:-1]] if len(events) > 1 else []
    return np.asarray(np.diff(events)[clear])


def _is_regular(repeat: NDArray[np.bool_], lively: NDArray[np.bool_]) -> bool:
    """True when most spacings are two neighboring numbers, as any change of rate makes them."""
    spacings = _spacings(repeat, lively)
    if len(spacings) < 4 or spacings.sum() < 0.5 * lively.sum():
        return False
    usual = int(np.median(spacings))
    slack = max(1, round(0.15 * usual))
    regular = max(
        np.mean((spacings >= low) & (spacings <= low + slack))
        for low in range(max(1, usual - slack), usual + 1)
    )
    return bool(regular >= 0.8)


def _complete(
    repeat: NDArray[np.bool_], lively: NDArray[np.bool_], ratio: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Add events that compression hid or a still scene cannot show."""
    repeat = repeat.copy()
    spacing = float(_spacings(repeat, lively).mean())
    doubled_is_rare = repeat.mean() <= 0.5
    if doubled_is_rare:
        _drop_strays(repeat, ratio, spacing)
        _add_hidden(repeat, lively, ratio, spacing)
    events = _events(repeat) if doubled_is_rare else np.flatnonzero(~repeat & lively)
    for start, stop in runs(~lively):
        before = events[events < start]
        position = float(before[-1] if len(before) else start - spacing) + spacing
        expected = []
        while position < stop - 0.5 * spacing:
            expected.append(max(start, round(position)))
            position += spacing
        repeat[start:stop] = not doubled_is_rare
        repeat[expected] = doubled_is_rare
    repeat[0] = False
    return repeat


def _drop_strays(repeat: NDArray[np.bool_], ratio: NDArray[np.float64], spacing: float) -> None:
    """Unmark quiet frames between two doubled ones that are already a regular distance apart."""
    events = np.flatnonzero(repeat)
    for before, event, after in zip(events[:-2], events[1:-1], events[2:], strict=True):
        if after - before <= spacing + 1 and ratio[event] > max(ratio[before], ratio[after]):
            repeat[event] = False


def _add_hidden(
    repeat: NDArray[np.bool_],
    lively: NDArray[np.bool_],
    ratio: NDArray[np.float64],
    spacing: float,
) -> None:
    """Mark, in gaps about twice as long as usual, the quietest frame near the expected place."""
    events = np.flatnonzero(repeat)
    for first, last in itertools.pairwise(events):
        missing = round((last - first) / spacing) - 1
        if not lively[first:last].all():
            continue
        for number in range(1, missing + 1):
            place = first + round((last - first) * number / (missing + 1))
            low, high = max(first + 1, place - 1), min(last, place + 2)
            quietest = low + int(np.argmin(ratio[low:high]))
            if ratio[quietest] < _MAYBE_SAME:
                repeat[quietest] = True


def _true_rate(container_fps: Fraction, kept: int, total: int) -> Fraction:
    """The simplest rate that the counts allow.

    A simple share of the file's rate first (the pattern's own), then a usual film rate, else the
    exact ratio. The counts are uncertain by one picture.
    """
    exact = container_fps * kept / total
    slack = container_fps / total
    for denominator in (1, 2, 3, 4, 5, 6, 25):
        share = Fraction(round(exact / container_fps * denominator), denominator)
        if share > 0 and abs(container_fps * share - exact) <= slack:
            return container_fps * share
    closest = min(_COMMON_RATES, key=lambda rate: abs(rate - exact))
    return closest if abs(closest - exact) <= slack else exact
