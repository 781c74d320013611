"""How little two pictures have in common: matching of blocks that may have moved."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from tremendo.archive.pictures import Gray, correlation

__all__ = ["HEIGHT", "WIDTH", "mixing", "scene_change", "unlikeness"]

WIDTH, HEIGHT = 64, 48
"""Size of the thumbnails."""
_BLOCK = 16
_REACH = 6
_AROUND = _BLOCK + 2 * _REACH
_FLAT = 0.1
"""Standard deviation below which a block has nothing to match."""
_MIXED = 0.3
"""Share of a block's variance that a mixture may leave unexplained."""


def unlikeness(first: Gray, second: Gray) -> float:
    """0 for pictures of the same content (even when it moved a little) to about 1.

    Each block of ``first`` is searched in ``second`` by normalized cross-correlation; the mean of
    what is missing, weighted by the blocks' contrast. 0 for nearly featureless pictures.

    Args:
        first: normalized thumbnail, ``(48, 64) float32``.
        second: the other.
    """
    padded = _padded(second)
    missing, weights = [], []
    for top, left, block in _blocks(first):
        contrast = float(block.std())
        if contrast < _FLAT:
            continue
        around = padded[top : top + _AROUND, left : left + _AROUND]
        match = cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED)
        missing.append(1.0 - float(match.max()))
        weights.append(min(contrast, 0.5))
    return float(np.average(missing, weights=weights)) if len(missing) > 2 else 0.0


def scene_change(before: Gray, after: Gray) -> float:
    """0 to about 1: how surely two pictures show different scenes.

    Blocks of the one that the other has nowhere near, and the coarse distribution of light, which
    an actor's jump within a scene leaves alone. Arguments as in :func:`unlikeness`.
    """
    content = max(unlikeness(before, after), unlikeness(after, before))
    layout = 1.0 - max(0.0, correlation(_coarse(before), _coarse(after), reach=1))
    return 0.6 * content + 0.4 * layout


def mixing(middle: Gray, before: Gray, after: Gray) -> float:
    """Share 0..0.5 of the weaker of two pictures in a mixture of them; 0 when it is none.

    Every block of ``middle`` is fitted as a sum of the best matching blocks of both pictures; the
    median over the blocks counts, so that what moves does not matter. Arguments as in
    :func:`unlikeness`.
    """
    sides = [_padded(before), _padded(after)]
    shares, rests = [], []
    for top, left, block in _blocks(middle):
        if block.std() < _FLAT:
            continue
        terms = [np.ones(block.size, np.float32)]
        for side in sides:
            around = side[top : top + _AROUND, left : left + _AROUND]
            match = cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED)
            *_, (x, y) = cv2.minMaxLoc(match)
            terms.append(around[y : y + _BLOCK, x : x + _BLOCK].ravel())
        basis = np.stack(terms, axis=1)
        weights, *_ = np.linalg.lstsq(basis, block.ravel(), rcond=None)
        rests.append(float(np.mean((block.ravel() - basis @ weights) ** 2) / block.var()))
        shares.append(float(min(weights[1:]) / max(weights[1:].sum(), 1e-6)))
    if len(rests) < 3 or np.median(rests) > _MIXED:
        return 0.0
    return max(0.0, float(np.median(shares)))


def _coarse(picture: Gray) -> Gray:
    size = (WIDTH // 4, HEIGHT // 4)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _padded(picture: Gray) -> Gray:
    return np.asarray(
        cv2.copyMakeBorder(picture, _REACH, _REACH, _REACH, _REACH, cv2.BORDER_REFLECT)
    )


def _blocks(picture: Gray) -> Iterator[tuple[int, int, Gray]]:
    """Top, left and content of every block."""
    for top in range(0, HEIGHT, _BLOCK):
        for left in range(0, WIDTH, _BLOCK):
            yield top, left, picture[top : top + _BLOCK, left : left + _BLOCK]
