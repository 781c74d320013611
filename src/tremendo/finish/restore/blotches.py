"""Departures from both neighbors in, connected blotches out, with evidence for and against dust.

What moves can look like dust where its motion is misjudged: a hand is in neither neighbor *here*.
But it is in them somewhere near, and dust is not: see :mod:`.blotch_tracks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from tremendo.finish.restore.blotch_tracks import BlotchPatch, BlotchTracker
from tremendo.finish.restore.picture import Mask, Plane

__all__ = ["Blotch", "NeighborViews", "find_blotches", "is_dust"]

_LEAST_MASS = 12.0
"""Least contrast, summed over the blotch's pixels in units of the needed contrast."""
_REACH = 8
"""Pixels around a blotch that are looked at."""
_PRIOR = 2.5
"""Fitted 2.4; here recall and precision are even."""
_SPATIAL_WEIGHTS = {
    "unexplained around": -2.13,
    "goes on": -3.81,
    "clearness": 1.27,
    "unusual size": -1.15,
}
_TEMPORAL_WEIGHTS = {
    "found again": 2.48,
    "found framed": 1.73,
    "gone": -0.70,
}
"""Weights of the evidence that a blotch is dust: ``benchmarks/dust.py fit``."""
_UNDERSTOOD = 1.4
"""Grains by which the neighbors miss a quarter of a frame whose motion is understood."""
_LOST = -8.0
"""Weight of the logarithm of what goes beyond that; not fitted, made scenes have no such frames."""
_CLEAR_ENOUGH = 12.0
"""More grains of contrast than these make no blotch likelier: on clean film limbs have them too."""
_USUAL = 1.4e-4
"""Usual size of a blotch as a share of the picture, ..."""
_LEAST_USUAL = 24
"""... but at least so many pixels."""
_SEEN = 0.03
"""BlotchTracker below this are as good as none."""

Box = tuple[slice, slice]


@dataclass(frozen=True)
class Blotch:
    """Something that neither neighbor shows here.

    Attributes:
        box: the part of the picture that it lies in, with 8 pixels around.
        own: its pixels in the box.
        area: their number.
        sign: 1 brighter than the neighbors, -1 darker.
        level: its mean luma.
        gap: by how much that departs from what the neighbors show.
    """

    box: Box
    own: Mask
    area: int
    sign: int
    level: float
    gap: float


@dataclass(frozen=True)
class NeighborViews:
    """The frame and what its neighbors say of it, all ``(H, W)`` but the last.

    Attributes:
        here: the frame, softened.
        past: the earlier neighbor, brought here.
        future: the later one.
        unexplained: by how many grains the neighbors miss the frame.
        grain: standard deviation of a difference of two frames.
        tracker: searches the neighbors themselves.
    """

    here: Plane
    past: Plane
    future: Plane
    unexplained: Plane
    grain: Plane
    tracker: BlotchTracker

    @cached_property
    def lost(self) -> float:
        """How far the motion of the whole picture is from understood, as a logarithm."""
        missed = float(np.quantile(self.unexplained[::4, ::4], 0.75))
        return float(np.log(max(1.0, missed / _UNDERSTOOD)))


def find_blotches(
    weak: Mask, depart: Plane, sign: int, views: NeighborViews, largest: float
) -> Iterator[Blotch]:
    """The blotches of ``weak`` that are clear somewhere.

    Args:
        weak: where something departs from both neighbors.
        depart: by how much, in units of the needed contrast.
        sign: 1 for bright blotches, -1 for dark ones.
        views: see :class:`NeighborViews`.
        largest: greatest area, pixels.
    """
    count, marks, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        weak.view(np.uint8),
        8,
        cv2.CV_32S,
        cv2.CCL_GRANA,  # the fastest for few small spots
    )
    clear = np.bincount(marks[weak & (depart > 1)], minlength=count)
    mass = np.bincount(marks[weak], depart[weak], minlength=count)
    area = stats[:, cv2.CC_STAT_AREA]
    for mark in np.flatnonzero((clear >= 2) & (mass > _LEAST_MASS) & (area <= largest)):
        x, y, width, height = stats[mark, :4]
        box = (
            slice(max(0, y - _REACH), y + height + _REACH),
            slice(max(0, x - _REACH), x + width + _REACH),
        )
        own = marks[box] == mark
        level = float(views.here[box][own].mean())
        beneath = float((views.past[box][own] + views.future[box][own]).mean()) / 2
        yield Blotch(box, own, int(area[mark]), sign, level, abs(level - beneath) + 1e-3)


def is_dust(blotch: Blotch, views: NeighborViews) -> bool:
    """Whether the evidence is for dust and not for misjudged motion."""
    odds = _PRIOR + _LOST * views.lost
    odds += sum(
        _SPATIAL_WEIGHTS[name] * value for name, value in spatial_evidence(blotch, views).items()
    )
    nothing = np.log(_SEEN) * _TEMPORAL_WEIGHTS["gone"]  # the most that having no trace can add
    if odds + nothing < 0:
        return False
    odds += sum(
        _TEMPORAL_WEIGHTS[name] * value for name, value in temporal_evidence(blotch, views).items()
    )
    return bool(odds > 0)


def spatial_evidence(blotch: Blotch, views: NeighborViews) -> dict[str, float]:
    """Evidence in the frame itself.

    Against dust speak: the neighbors do not explain the surroundings either; the surroundings go
    on in the blotch's own brightness, as the rest of a limb does; the blotch is faint, or much
    larger or smaller than usual.
    """
    here, unexplained, grain = (p[blotch.box] for p in (views.here, views.unexplained, views.grain))
    around, beside = _ring(blotch.own, 7, 13), _ring(blotch.own, 5, 9)
    size = blotch.area / max(_LEAST_USUAL, _USUAL * views.here.size)
    clearness = min(blotch.gap / float(grain[blotch.own].mean()), _CLEAR_ENOUGH)
    like = np.abs(here[beside] - blotch.level) < 0.4 * blotch.gap
    return {
        "unexplained around": float(np.log(unexplained[around].mean() + 0.05)),
        "goes on": float(like.mean()),
        "clearness": float(np.log(clearness + 0.05)),
        "unusual size": float(np.log(size) ** 2),
    }


def temporal_evidence(blotch: Blotch, views: NeighborViews) -> dict[str, float]:
    """Evidence in the neighbors, as logarithms.

    For dust speaks that neither shows anything like the blotch nearby; against it, that both show
    matter of its brightness nearby that is gone here.
    """
    trace = views.tracker.track(_place(blotch))
    return {
        "found again": float(np.log(trace.alike + _SEEN)),
        "found framed": float(np.log(trace.framed + _SEEN)),
        "gone": float(np.log(trace.gone + _SEEN)),
    }


def _place(blotch: Blotch) -> BlotchPatch:
    """The blotch at half size."""
    height, width = blotch.own.shape
    size = ((width + 1) // 2, (height + 1) // 2)
    share = cv2.resize(blotch.own.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    rows, columns = (np.flatnonzero(share.any(axis=axis)) for axis in (1, 0))
    top, left = max(int(rows[0]) - 1, 0), max(int(columns[0]) - 1, 0)
    share = share[top : rows[-1] + 2, left : columns[-1] + 2]
    return BlotchPatch(
        y=blotch.box[0].start // 2 + top,
        x=blotch.box[1].start // 2 + left,
        mask=(share >= min(0.5, share.max())).astype(np.float32),
        frame=cv2.dilate((share > 0.3).astype(np.float32), np.ones((3, 3), np.uint8)),
        area=blotch.area / 4,
        sign=blotch.sign,
        level=blotch.level,
        gap=blotch.gap,
    )


def _ring(own: Mask, inner: int, outer: int) -> Mask:
    """Pixels outside a square dilation by ``inner`` and inside one by ``outer``."""
    blotch = own.view(np.uint8)
    near = cv2.dilate(blotch, np.ones((inner, inner), np.uint8))
    far = cv2.dilate(blotch, np.ones((outer, outer), np.uint8))
    return np.asarray((far > 0) & (near == 0))
