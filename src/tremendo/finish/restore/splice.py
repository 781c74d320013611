"""The marks of a splice: cement bars, light leaks and torn edges that one frame alone shows.

They cross the picture from the top or the bottom, wider than any blotch. What both neighbors show
there, brought to this moment by the motion between *them*, which no mark on the center can disturb,
takes their place.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.restore.motion import middle, warp_half
from tremendo.finish.restore.picture import Mask, Picture, Plane, TemporalWindow

__all__ = ["Splice"]

_CONTRAST = 16.0
"""Grey levels by which a mark departs from both neighbors."""
_ACROSS = 0.5
"""A mark covers this share of each of its rows, ..."""
_FRAYED = 0.1
"""... and reaches as far as rows are covered by this share."""
_LEAST = 2
"""Rows (half size) that a mark has at least."""
_MOST = 0.6
"""Share of the height beyond which the frame is not understood."""
_CLOSE = 15
"""Gaps this wide (half size) within a mark belong to it."""


class Splice:
    """Takes out what a splice has left at the top or the bottom of one frame."""

    name = "splice"
    version = 1
    radius = 1

    def run(self, window: TemporalWindow, plan: None) -> Picture:  # noqa: ARG002 - the protocol's
        """Rebuild the marked part of the center; needs its flow to both neighbors."""
        picture = window.center
        before, after, across = window.at(-1), window.at(1), picture.across
        if before is None or after is None or across is None or picture.torn:
            return picture
        past = warp_half(before.small, np.negative(across))
        future = warp_half(after.small, across)
        mark = _mark(picture.small, past, future)
        if mark is None:
            return picture
        shape = picture.luma.shape[::-1]
        full = cv2.resize(mark.view(np.uint8), shape, interpolation=cv2.INTER_NEAREST)
        alpha = np.asarray(cv2.GaussianBlur(full.astype(np.float32), (0, 0), 2.0), np.float32)

        def rebuilt(here: Plane, earlier: Plane, later: Plane, share: Plane) -> Plane:
            instead = middle(earlier, later, across)
            return np.asarray(here + share * (instead - here), np.float32)

        chroma = picture.chroma
        if chroma is not None and before.chroma is not None and after.chroma is not None:
            chroma = rebuilt(chroma, before.chroma, after.chroma, alpha[..., None])
        return replace(
            picture,
            luma=rebuilt(picture.luma, before.luma, after.luma, alpha),
            chroma=chroma,
            mended=np.asarray(alpha > 0.5),
            back=_instead(picture.back, np.negative(across), mark),
            ahead=_instead(picture.ahead, across, mark),
        )


def _mark(
    here: NDArray[np.uint8], past: NDArray[np.uint8], future: NDArray[np.uint8]
) -> Mask | None:
    """Where a mark is, half size; None where there is none."""
    off = cv2.min(cv2.absdiff(here, past), cv2.absdiff(here, future)).astype(np.float32)
    agree = cv2.absdiff(past, future) < 0.5 * off + 4
    same_side = (here > past) == (here > future)
    bad = (off > _CONTRAST) & agree & same_side
    rows = bad.mean(axis=1)
    marked = np.zeros(len(rows), bool)
    for order in (slice(None), slice(None, None, -1)):
        length = _length(rows[order])
        if length > _MOST * len(rows):
            return None
        marked[order][:length] = True
    if not marked.any():
        return None
    closed = cv2.morphologyEx(
        (bad & marked[:, None]).view(np.uint8),
        cv2.MORPH_CLOSE,
        np.ones((3, _CLOSE), np.uint8),
    )
    return np.asarray(cv2.dilate(closed, np.ones((5, 5), np.uint8)) > 0)


def _length(rows: NDArray[np.float64]) -> int:
    """How many rows from the edge on are marked; the outermost may be hidden by a gate's edge."""
    full = np.flatnonzero(rows[: 2 * _LEAST] > _ACROSS)
    if not full.size:
        return 0
    covered = rows[full[0] :] > _ACROSS
    solid = covered.size if covered.all() else int(np.argmin(covered))
    if solid < _LEAST:
        return 0
    after = full[0] + solid
    frayed = rows[after:] > _FRAYED
    return int(after + (frayed.size if frayed.all() else np.argmin(frayed)))


def _instead(flow: Plane | None, other: Plane, mark: Mask) -> Plane | None:
    """A flow, and inside the mark another."""
    return None if flow is None else np.where(mark[..., None], other, flow)
