"""A hinted point in, a soft mask of its object out, in that picture and in others.

Two judges: the cheapest warp from the hinted point, in the picture where it was given; and likeness
to the places that were the object's and to those that were not, in every other picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.engine import ColorEngine

__all__ = [
    "FeatureMap",
    "MatchResult",
    "NearestNeighborMatcher",
    "extract_features",
    "geodesic_mask",
]

_FEATURES, _LIGHTNESS, _POSITION = 6.0, 9.0, 0.6
"""Weight of features of length 1; steps of L* and of the short side that count as one."""
_DIRECTIONS = 24
_TWIN = 2.0
"""Squared distance, place aside, of places that look alike."""
_INSIDE, _OUTSIDE = 0.85, 0.1
_FAR = 100.0
"""Squared distance to the nearest place where none is known."""
_KEPT, _LEARNED = (300, 800), (120, 300)
"""How many places of the object and of the rest are remembered, of the first picture and later."""


@dataclass(frozen=True)
class FeatureMap:
    """One picture as it is matched with others.

    Attributes:
        lightness: ``(h, w) float32`` CIE L* at half the given size.
        ab: ``(h, w, 2) float32`` the engine's colors.
        features: ``(h2, w2, D) float32`` of length 1.
    """

    lightness: NDArray[np.float32]
    ab: NDArray[np.float32]
    features: NDArray[np.float32]


def extract_features(lightness: NDArray[np.float32], engine: ColorEngine) -> FeatureMap:
    """A picture ``(H, W)`` CIE L* in, what it is compared by out."""
    seen = engine.predict(lightness)
    size = _half(lightness)
    lengths = np.maximum(np.linalg.norm(seen.features, axis=2, keepdims=True), 1e-6)
    return FeatureMap(_resized(lightness, size), _resized(seen.ab, size), seen.features / lengths)


def geodesic_mask(feature_map: FeatureMap, x: float, y: float) -> NDArray[np.float32]:
    """How much each place belongs to the object at a point, ``(h, w)``, 0 to 1.

    The cheapest warp there from the point decides (geodesic distance): across even ground it is
    cheap, across edges and into places of another lightness, color or meaning it is dear.

    Args:
        feature_map: the picture.
        x, y: the point, as shares of width and height.
    """
    from skimage.graph import MCP_Geometric

    lightness, features = feature_map.lightness, feature_map.features
    row, column = _place(lightness, x, y)
    near = (slice(max(0, row - 1), row + 2), slice(max(0, column - 1), column + 2))
    smooth = np.asarray(cv2.GaussianBlur(lightness, (0, 0), 0.7))
    slope = np.hypot(cv2.Scharr(smooth, -1, 1, 0), cv2.Scharr(smooth, -1, 0, 1)) / 32
    other = (smooth - np.median(smooth[near])) / 16
    strange = (
        np.linalg.norm(feature_map.ab - np.median(feature_map.ab[near], axis=(0, 1)), axis=2) / 14
    )
    unlike = 1 - features @ features[_place(features, x, y)]
    foreign = np.maximum(_resized(unlike, lightness.shape[::-1]), 0) / 0.35
    cost = 0.3 + (slope / 2) ** 2 + 3 * (other**4 + strange**4 + foreign**4)
    step = 1 / min(lightness.shape)
    costs, _ = MCP_Geometric(np.minimum(step * cost, 0.5)).find_costs([(row, column)])
    return np.asarray(1 / (1 + np.exp(np.minimum((costs - 0.5) / 0.06, 50))), np.float32)


@dataclass(frozen=True)
class MatchResult:
    """A picture whose places have been matched with the known ones.

    Attributes:
        evidence: ``(h, w) float32``, how much more each place is like the object than like the
            rest, as a difference of squared distances; above 0 it is the object's.
        places: ``(n, D)`` its places at half the size.
        plain: ``(n,)`` what the places of the first picture alone say of them.
    """

    evidence: NDArray[np.float32]
    places: NDArray[np.float32]
    plain: NDArray[np.float32]


class NearestNeighborMatcher:
    """Tells an object's places from others by the nearest places whose owner is known.

    The places of the first picture are remembered for good, and those of the last two pictures in
    which the answer was clear (in the manner of Oh et al. 2019, with nearest neighbors). Places
    beyond the object that look like it decide nothing: the lawn goes on behind the man.

    Args:
        feature_map: the picture in which the object was hinted at.
        mask: ``(h, w)`` its places there, 0 to 1.
        others: pictures and places of other hinted objects: these are surely not its own.
    """

    def __init__(
        self,
        feature_map: FeatureMap,
        mask: NDArray[np.float32],
        others: Sequence[tuple[FeatureMap, NDArray[np.float32]]] = (),
    ) -> None:
        flat = feature_map.features.reshape(-1, feature_map.features.shape[2])
        self._mean = flat.mean(axis=0)
        directions = np.linalg.svd(flat - self._mean, full_matrices=False)[2]
        self._directions = directions[:_DIRECTIONS].T
        places, owned = self._places(feature_map), _coarse(mask)
        own = _thinned(places[owned > _INSIDE], _KEPT[0])
        rest = places[owned < _OUTSIDE]
        rest = rest[_nearest(rest[:, :-2], own[:, :-2]) > _TWIN]
        theirs = [self._places(seen)[_coarse(places) > _INSIDE] for seen, places in others]
        strange = [_thinned(rest, _KEPT[1]), *(_thinned(their, _KEPT[0]) for their in theirs)]
        self._first = (own, np.concatenate(strange))
        self._recent: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []

    def compare(self, feature_map: FeatureMap) -> MatchResult:
        """Every place of a picture beside the nearest known ones."""
        places = self._places(feature_map)
        own, rest = (_nearest(places, known) for known in self._first)
        plain = _finite(rest) - _finite(own)
        for recent_own, recent_rest in self._recent:
            own = np.minimum(own, _nearest(places, recent_own))
            rest = np.minimum(rest, _nearest(places, recent_rest))
        shape = _half(feature_map.lightness)[::-1]
        more = (_finite(rest) - _finite(own)).reshape(shape)
        return MatchResult(_resized(more, feature_map.lightness.shape[::-1]), places, plain)

    def learn(self, matched: MatchResult, mask: NDArray[np.float32]) -> None:
        """Remember places of a picture, where the first picture's alone would say the same."""
        owned = _coarse(mask)
        own = matched.places[(owned > _INSIDE) & (matched.plain > 0)]
        rest = matched.places[(owned < _OUTSIDE) & (matched.plain < 0)]
        new = (_thinned(own, _LEARNED[0]), _thinned(rest, _LEARNED[1]))
        self._recent = [*self._recent, new][-2:]

    def _places(self, feature_map: FeatureMap) -> NDArray[np.float32]:
        """``(n, D)`` what is matched: features, lightness, and last the place itself."""
        width, height = _half(feature_map.lightness)
        meaning = (feature_map.features - self._mean) @ self._directions
        y, x = np.mgrid[:height, :width] / np.float32(_POSITION * min(height, width))
        light = _resized(feature_map.lightness, (width, height)) / _LIGHTNESS
        planes = [_resized(meaning, (width, height)) * _FEATURES, light, x, y]
        return np.dstack(planes).astype(np.float32).reshape(height * width, -1)


def _coarse(mask: NDArray[np.float32]) -> NDArray[np.float32]:
    """A mask at the size at which places are matched, ``(n,)``."""
    return _resized(mask, _half(mask)).ravel()


def _nearest(places: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared distance ``(n,)`` to the nearest known place; infinite where none is known."""
    if not len(known):
        return np.full(len(places), np.inf, np.float32)
    squares = (places**2).sum(axis=1)[:, None] + (known**2).sum(axis=1)[None]
    return np.asarray(np.maximum((squares - 2 * places @ known.T).min(axis=1), 0), np.float32)


def _finite(distance: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.nan_to_num(distance, posinf=_FAR)


def _thinned(places: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """At most so many of the places, evenly taken."""
    return places[:: max(1, -(-len(places) // count))]


def _half(plane: NDArray[np.float32]) -> tuple[int, int]:
    """Width and height at half the size."""
    return max(1, plane.shape[1] // 2), max(1, plane.shape[0] // 2)


def _place(grid: NDArray[np.float32], x: float, y: float) -> tuple[int, int]:
    """Row and column of a point given as shares."""
    height, width = grid.shape[:2]
    return min(height - 1, int(y * height)), min(width - 1, int(x * width))


def _resized(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    method = cv2.INTER_AREA if size[0] < plane.shape[1] else cv2.INTER_LINEAR
    planes = np.asarray(plane, np.float32)
    if planes.ndim == 3 and planes.shape[2] > 4:  # more than OpenCV takes when it averages
        return np.dstack(
            [_resized(np.ascontiguousarray(p), size) for p in np.moveaxis(planes, 2, 0)]
        )
    return np.asarray(cv2.resize(planes, size, interpolation=method), np.float32)
