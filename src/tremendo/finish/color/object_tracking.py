"""Hints in, masks of their objects in the key frames of a shot out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.analysis import small_lightness
from tremendo.finish.color.engine import ColorEngine
from tremendo.finish.color.hint import Hint
from tremendo.finish.color.lab import code_values
from tremendo.finish.color.motion import WarpField, estimate_warps, warp_planes
from tremendo.finish.color.object_mask import (
    FeatureMap,
    NearestNeighborMatcher,
    extract_features,
    geodesic_mask,
)
from tremendo.finish.color.size import SIDE, reduced_size
from tremendo.media.frames import Frames

__all__ = ["track_objects"]

_BLOCK = 32
_MOTION, _APPEARANCE, _APPEARING, _DISTANCE = 5.0, 6.0, 0.4, 8.0
"""Logarithms of odds: motion's word at most, likeness's at most, against what appears, and against
places a whole picture's height from where the object was last."""
_THERE, _PATIENCE = 0.3, 3
"""Share of its first extent at which an object counts as seen; key frames without it after which
motion and distance count half: it may come back anywhere."""
_HABIT = 0.25
"""How much more motion's word counts after each key frame in which a place was in feature_map."""
_FORGETTING = 0.985
_UNCLEAR = 3.0
"""Difference of squared distances at which likeness has half its say."""
_EDGE = 6.0
"""Step of lightness, in code values of 255, at which a mask ends."""


def track_objects(
    frames: Frames,
    shot: tuple[int, int],
    hints: Sequence[Hint],
    *,
    engine: ColorEngine,
    spacing: int,
    span: tuple[int, int] | None = None,
) -> list[dict[int, NDArray[np.uint8]]]:
    """Follow each hint's object from the hint's frame to both ends of the span.

    Motion carries its places from frame to frame; in key frames likeness to what the object and
    the rest looked like corrects them, and finds again what was hidden.

    Args:
        frames: the film.
        shot: first frame and end (exclusive) of the shot.
        hints: points of objects, in frames of the shot.
        engine: who looks at the key frames.
        spacing: every how many frames of the shot there is a key frame.
        span: first frame and end of what is asked for; by default the shot. Masks are the same
            for any span; frames beyond it are read only on the way from a hint.

    Returns:
        For each hint, by key frame counted from the shot's start: how much each place is the
        object's, ``(h, w) uint8`` at a short side of 96. Memory: these and 32 reduced frames.
    """
    first, end = shot if span is None else span
    views = _hinted_views(frames, hints, engine)
    found: list[dict[int, NDArray[np.uint8]]] = [{} for _ in hints]
    for frame in sorted({hint.frame for hint in hints}):
        together = [number for number, hint in enumerate(hints) if hint.frame == frame]
        ways = (
            _onward(frames, frame, end, shot[0]),
            _backward(frames, frame, first, shot[0]),
        )
        for pictures in ways:
            trackers = [_ObjectTracker(views, number) for number in together]
            for at, masks in _tracked(trackers, pictures, engine, spacing):
                for number, mask in zip(together, masks, strict=True):
                    found[number][at] = mask
    return found


@dataclass(frozen=True)
class _HintedView:
    """What was seen of the picture in which an object was hinted at, and the object's places."""

    feature_map: FeatureMap
    mask: NDArray[np.float32]


def _hinted_views(frames: Frames, hints: Sequence[Hint], engine: ColorEngine) -> list[_HintedView]:
    feature_maps = {
        frame: extract_features(next(_small_lightnesses(frames, frame, frame + 1)), engine)
        for frame in sorted({hint.frame for hint in hints})
    }
    size = frames.width, frames.height
    return [
        _HintedView(
            feature_maps[hint.frame], geodesic_mask(feature_maps[hint.frame], *hint.shares(*size))
        )
        for hint in hints
    ]


def _tracked(
    trackers: Sequence[_ObjectTracker],
    pictures: Iterable[tuple[int, NDArray[np.float32]]],
    engine: ColorEngine,
    spacing: int,
) -> Iterator[tuple[int, list[NDArray[np.uint8]]]]:
    """Claims of objects hinted at in one frame in the key frames of one direction, that frame
    among them if it is one."""
    before: NDArray[np.uint8] | None = None
    for number, picture in pictures:
        now = code_values(picture)
        if before is not None:
            warp = estimate_warps(before, now).from_before
            for tracker in trackers:
                tracker.propagate(warp)
        before = now
        if number % spacing == 0:
            feature_map = extract_features(picture, engine)
            for tracker in trackers:
                tracker.correct(feature_map)
            yield number, [np.asarray((c.mask * 255).round(), np.uint8) for c in trackers]


class _ObjectTracker:
    """The places of one of several hinted objects on their warp through the shot."""

    def __init__(self, views: Sequence[_HintedView], number: int) -> None:
        view = views[number]
        others = [(one.feature_map, one.mask) for one in views if one is not view]
        self.mask, self._matcher = (
            view.mask,
            NearestNeighborMatcher(view.feature_map, view.mask, others),
        )
        self._trust = np.ones_like(view.mask)
        self._seen, self._extent, self._missing = view.mask, float(view.mask.mean()), 0

    def propagate(self, warp: WarpField) -> None:
        """On to the next frame."""
        moved = warp_planes(np.dstack([self.mask, self._trust]), warp)
        self.mask, self._trust = moved[..., 0], moved[..., 1] * warp.trust

    def correct(self, feature_map: FeatureMap) -> None:
        """Weigh motion, likeness and distance in a key frame."""
        matched = self._matcher.compare(feature_map)
        evidence = matched.evidence
        appearance = _APPEARANCE * evidence / (np.abs(evidence) + _UNCLEAR)
        away = (self._seen < 0.5).astype(np.uint8)
        distance = cv2.distanceTransform(away, cv2.DIST_L2, 3) / min(away.shape)
        hold = 1 / (1 + self._missing / _PATIENCE)
        odds = hold * (_MOTION * self._trust * (2 * self.mask - 1) - _DISTANCE * distance)
        odds += appearance - (1 - self._trust) * _APPEARING
        share = np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), np.float32)
        guide = code_values(feature_map.lightness)
        within = cv2.ximgproc.fastGlobalSmootherFilter(guide, share, 6.0, _EDGE)
        self.mask = np.clip((np.asarray(within, np.float32) - 0.5) * 1.6 + 0.5, 0, 1)
        self._trust = np.minimum(self._trust + np.float32(_HABIT), 1)
        self._missing = 0 if self.mask.mean() > _THERE * self._extent else self._missing + 1
        self._seen = np.maximum(self.mask, self._seen * np.float32(_FORGETTING))
        self._matcher.learn(matched, self.mask)


def _small_lightnesses(frames: Frames, start: int, stop: int) -> Iterator[NDArray[np.float32]]:
    size = reduced_size(frames.width, frames.height, SIDE)
    for frame in frames.read(start, stop):
        yield small_lightness(frame, size)


def _onward(
    frames: Frames, frame: int, end: int, origin: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Frames from ``frame`` to ``end``, numbered from ``origin``."""
    return enumerate(_small_lightnesses(frames, frame, max(frame, end)), frame - origin)


def _backward(
    frames: Frames, frame: int, first: int, origin: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Frames from ``frame`` down to ``first``, numbered from ``origin``, read in blocks."""
    for end in range(frame + 1, first, -_BLOCK):
        start = max(first, end - _BLOCK)
        numbered = enumerate(_small_lightnesses(frames, start, end), start - origin)
        yield from reversed(list(numbered))
