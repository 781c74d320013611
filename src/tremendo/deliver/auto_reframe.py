"""Where the crop window stands in each frame of a shot: on faces and motion, eased.

What matters in a frame is laid out along the axis that the crop may move on: faces (found in a few
frames a second, carried in between) and motion (what differs from the frames around). A window is
then led through the shot by dynamic programming, which weighs what it shows against how far it
moves, and its path is smoothed; a camera that would hardly move stands still. (In the spirit of Liu
and Gleicher, *Video retargeting*, ACM Multimedia 2006.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import ModelMissingError
from tremendo.media import Frame

__all__ = ["FacesSeen", "action_along", "follow_action", "lead_window"]

_BINS = 96
_FACE = 6.0
"""A face that fills a third of the picture's height weighs as much as so many times all motion."""
_MISSED = 0.7
"""A face that was found half a second before or after is taken to be there, with this weight."""
_MOVE = 0.6
"""Cost of moving the window by its own width in one second, as a share of all that is seen."""
_CENTER = 0.3
"""How much it counts that things stand in the middle half of the window."""
_PULL = 0.15
"""How much the usual place counts beside all that is seen."""
_STILL = 0.06
"""A path that strays less than this share of the picture is a locked camera's."""
_EASE = 0.4
"""Standard deviation of the smoothing, seconds."""
_LOOKS = 2
"""In so many frames a second faces are looked for."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class FacesSeen:
    """Faces of a frame: rows of left, top, right, bottom as fractions of the picture."""

    frame: int
    boxes: Values


def follow_action(
    frames: Sequence[Frame] | Iterable[Frame],
    fps: Fraction,
    shape: float,
    usual: tuple[float, float] = (0.5, 0.42),
) -> Values:
    """Centers of a crop window of ``shape`` (width / height), ``(frames, 2)``, as fractions.

    Args:
        frames: of one shot, all of one size; read once, two small ones are held.
        fps: their rate.
        shape: of the window; it is as large as the picture allows.
        usual: where the window stands when nothing happens.
    """
    seen, actions, count, share, across = [], [], 0, 1.0, True
    before: NDArray[np.float32] | None = None
    every = max(1, round(fps / _LOOKS))
    for count, frame in enumerate(frames, start=1):
        height, width = frame.shape[:2]
        across = width / height > shape
        share = shape * height / width if across else width / shape / height
        if count % every == 1 or every == 1:
            seen.append(FacesSeen(count - 1, _faces(frame)))
        small = _small(frame)
        actions.append(_motion(small, before, across=across))
        before = small
    if len(actions) > 1:
        actions[0] = actions[1]
    weights = action_along(np.array(actions), seen, across=across)
    path = lead_window(weights, share, float(fps), usual[0 if across else 1])
    still = np.full(count, 0.5)
    return np.stack([path, still] if across else [still, path], axis=1)


def _small(frame: Frame) -> NDArray[np.float32]:
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_BINS, _BINS), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.2), np.float32)


def _motion(
    here: NDArray[np.float32], before: NDArray[np.float32] | None, *, across: bool
) -> Values:
    """Motion along the axis that stands out from that of the whole picture (the camera's)."""
    if before is None:
        return np.zeros(_BINS)
    change = np.abs(here - before)
    change = np.maximum(change - 1.5 * np.median(change) - 2.0, 0)
    return np.asarray(change.sum(axis=0 if across else 1), np.float64)


def _faces(frame: Frame) -> Values:
    from tremendo.archive.faces import faces_in

    try:
        found = faces_in([frame], thorough=True)[0]
    except ModelMissingError:  # motion alone leads then
        found = ()
    boxes = [(f.x, f.y, f.x + f.width, f.y + f.height) for f in found]
    return np.array(boxes, np.float64).reshape(-1, 4)


def action_along(motion: Values, seen: Sequence[FacesSeen], *, across: bool) -> Values:
    """What matters along the axis in each frame, ``(frames, bins)``; each row sums to one or less.

    Args:
        motion: ``(frames, bins)``.
        seen: faces in some of the frames.
        across: whether the window moves sideways.
    """
    count = len(motion)
    calm = _smooth(motion, 3.0)
    total = calm.sum(axis=1, keepdims=True)
    rows: Values = calm / np.maximum(total, max(1e-6, float(total.max()) * 0.25))
    if not seen:
        return rows
    centers = (np.arange(_BINS) + 0.5) / _BINS
    looks = np.zeros((len(seen), _BINS))
    for place, look in enumerate(seen):
        for left, top, right, bottom in look.boxes:
            low, high = (left, right) if across else (top, bottom)
            inside = (centers >= low) & (centers <= high)
            weight = _FACE * (3 * (bottom - top)) ** 1.5
            looks[place] += inside * (weight / max(1, inside.sum()))
    beside = np.pad(looks, ((1, 1), (0, 0)))  # a face is not always found
    looks = np.maximum(looks, _MISSED * np.maximum(beside[:-2], beside[2:]))
    times = [look.frame for look in seen]
    for place in range(_BINS):
        rows[:, place] += np.interp(np.arange(count), times, looks[:, place])
    return np.asarray(rows / max(1.0, float(rows.sum(axis=1).max())), np.float64)


def lead_window(weights: Values, share: float, fps: float, usual: float) -> Values:
    """Center of the window in each frame, 0..1.

    Args:
        weights: ``(frames, bins)``: what matters along the axis.
        share: width of the window as a share of the axis.
        fps: frames a second.
        usual: where it stands when nothing happens.
    """
    low, high = share / 2, 1 - share / 2
    if share >= 1 or not len(weights):
        return np.full(len(weights), 0.5)
    places = np.linspace(low, high, 33)
    summed = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights, axis=1)], axis=1)
    edges = np.linspace(0, 1, weights.shape[1] + 1)

    def within(width: float) -> Values:
        high, low = (
            np.array([np.interp(places + side * width / 2, edges, row) for row in summed])
            for side in (1, -1)
        )
        return np.asarray(high - low, np.float64)

    gain = (1 - _CENTER) * within(share) + _CENTER * within(share / 2)
    gain += _PULL * max(float(gain.max()), 1e-3) * (1 - np.abs(places - usual))
    cost = _MOVE * fps * np.abs(places[:, None] - places[None, :]) / share / 4
    best, back = gain[0].copy(), np.zeros(gain.shape, int)
    for number in range(1, len(gain)):
        through = best[None, :] - cost
        back[number] = through.argmax(axis=1)
        best = through.max(axis=1) + gain[number]
    path = np.empty(len(gain), int)
    path[-1] = int(best.argmax())
    for number in range(len(gain) - 1, 0, -1):
        path[number - 1] = back[number, path[number]]
    course = places[path]
    if np.ptp(course) < _STILL:
        return np.full(len(course), float(np.median(course)))
    return np.clip(_smooth(course[:, None], _EASE * fps)[:, 0], low, high)


def _smooth(values: Values, sigma: float) -> Values:
    """Gaussian along time; the ends go on as they are."""
    side = max(1, int(3 * sigma))
    weight = np.exp(-0.5 * (np.arange(-side, side + 1) / sigma) ** 2)
    padded = np.pad(values, ((side, side), (0, 0)), mode="edge")
    columns = [np.convolve(c, weight / weight.sum(), mode="valid") for c in padded.T]
    return np.stack(columns, axis=1)
