"""Numbered pictures go in, and whether they are frames of a film or scans of photographs comes out.

*Why.* Every scanner and camera numbers its files, so names cannot tell. Frames have one size and
look like their neighbors, whatever the scenes; photographs do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import MediaError
from tremendo.media.frames import LUMA
from tremendo.media.photo import photo_size, read_photo

__all__ = ["look_like_film"]

_PROBES = 7
"""Pairs of neighbors that are looked at, spread over all."""
_VIEW = (48, 36)
_LIKE = 0.75
"""Least correlation of neighbors in the median of the probes. Measured: 14 films 0.98 and more; 45
unlike photographs, 500 draws, at most 0.37. Pictures of one sitting were not measured."""
_FLAT = 4.0
"""Contrast, in levels of 255, below which pictures are compared by brightness alone."""


def look_like_film(files: Sequence[Path]) -> bool:
    """Whether pictures in the order of their numbers have one size and neighbors look alike.

    Pictures that cannot be read are left out of account; without two that can, names are believed.
    """
    starts = np.unique(np.linspace(0, len(files) - 2, _PROBES).astype(int))
    sizes: set[tuple[int, int]] = set()
    likeness: list[float] = []
    for start in starts:
        try:
            pair = files[start], files[start + 1]
            sizes.update(photo_size(path) for path in pair)
            likeness.append(_likeness(*(_view(path) for path in pair)))
        except MediaError:
            continue
        if len(sizes) > 1:
            return False
    return not likeness or float(np.median(likeness)) >= _LIKE


def _view(path: Path) -> NDArray[np.float32]:
    small = cv2.resize(read_photo(path), _VIEW, interpolation=cv2.INTER_AREA)
    return np.asarray(small @ LUMA, dtype=np.float32)


def _likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Correlation of two views; of flat ones, 1 where they are equally bright, else 0."""
    spread = float(one.std()), float(other.std())
    if max(spread) < _FLAT:
        return 1.0
    if min(spread) < _FLAT / 4:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
