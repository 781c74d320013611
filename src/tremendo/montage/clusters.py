"""Shots that belong together: clusters of what they look like and what is known of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from tremendo.archive.types import Clip, Shot

__all__ = ["Cluster", "clusters_of"]

Cluster = tuple[str, list[Shot]]
"""Name and shots."""

_TAG_WEIGHT = 0.45
_ROUNDS = 25
_LEAST = 3
_SHOTS_EACH = 10
_PLAIN = frozenset({"wide", "still", "lively", "dark", "bright", "worn", "person"})
"""Tags that name a cluster only when there is no better one."""
_LIFT = 0.1
_COMMON = 0.5
"""Share of a cluster's shots that carry the tag it is named by."""

Array = NDArray[np.float64]


def clusters_of(clips: Sequence[Clip], most: int) -> list[Cluster]:
    """Up to ``most`` clusters of the archive's shots, named by the tags that set them apart.

    Spherical k-means (Dhillon and Modha 2001) on the embeddings, less the archive's mean look, and
    the tags; always the same for the same shots. Clusters of fewer than three shots go to the
    nearest other, and clusters that no tag sets apart are left out: their shots may stand anywhere.
    """
    shots = [(shot, clip) for clip in clips for shot in clip.shots]
    size = max((len(shot.embedding) for shot, _ in shots), default=0)
    count = min(most, len(shots) // _SHOTS_EACH)
    if count < 2:
        return []
    tags = [{*shot.tags, *clip.tags} for shot, clip in shots]
    label = _assigned(_features([shot for shot, _ in shots], tags, size), count)
    groups = [np.flatnonzero(label == k) for k in range(label.max() + 1)]
    groups = [group for group in groups if len(group)]
    found: dict[str, list[Shot]] = {}
    for group in sorted(groups, key=len, reverse=True):
        name = _name(group, tags, found)
        if name:
            found[name] = [shots[k][0] for k in group]
    return list(found.items())


def _features(shots: Sequence[Shot], tags: Sequence[set[str]], size: int) -> Array:
    """Unit rows: the look, and each tag that some but not all shots have."""
    look = np.zeros((len(shots), max(1, size)))
    for row, shot in enumerate(shots):
        if size and len(shot.embedding) == size:
            look[row] = shot.embedding
    look -= look.mean(axis=0)
    look /= np.maximum(np.linalg.norm(look, axis=1, keepdims=True), 1e-9)
    counts = Counter(tag for own in tags for tag in own)
    words = sorted(t for t, n in counts.items() if _LEAST <= n < len(shots) and t not in _PLAIN)
    known = np.array([[word in own for word in words] for own in tags], dtype=np.float64)
    rows = np.concatenate([look, _TAG_WEIGHT * known.reshape(len(shots), -1)], axis=1)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def _assigned(rows: Array, count: int) -> NDArray[np.int64]:
    """Cluster of each row; the first centers are rows as far apart as can be."""
    chosen = [int((rows @ rows.mean(axis=0)).argmax())]
    while len(chosen) < count:
        chosen.append(int((rows @ rows[chosen].T).max(axis=1).argmin()))
    centers = rows[chosen]
    for _ in range(_ROUNDS):
        label = np.asarray((rows @ centers.T).argmax(axis=1), dtype=np.int64)
        sizes = np.bincount(label, minlength=len(centers))
        if 0 < sizes[sizes > 0].min() < _LEAST and (sizes > 0).sum() > 1:
            centers = np.delete(centers, int(np.where(sizes > 0, sizes, len(rows)).argmin()), 0)
            continue
        sums = np.array([rows[label == k].sum(axis=0) for k in range(len(centers))])
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        centers = np.where(length > 0, sums / np.maximum(length, 1e-9), centers)
    return np.asarray((rows @ centers.T).argmax(axis=1), dtype=np.int64)


def _name(group: NDArray[np.int64], tags: Sequence[set[str]], taken: Collection[str]) -> str:
    """The tag that most sets the cluster apart, with a second one where that name is taken; empty
    when none does."""
    inside = Counter(tag for k in group for tag in tags[k])
    overall = Counter(tag for own in tags for tag in own)
    share = {tag: n / len(group) for tag, n in inside.items()}
    lift: dict[str, float] = {
        tag: n * math.log(n * len(tags) / overall[tag])
        for tag, n in share.items()
        if n >= _COMMON and tag not in _PLAIN and not tag.startswith("moves-")
    }
    order = sorted((t for t in lift if lift[t] > _LIFT), key=lambda t: (-lift[t], t))
    names = [*order[:1], *(f"{order[0]}, {tag}" for tag in order[1:])]
    return next((name for name in names if name not in taken), "")
