"""Estimates of key frames in, colors of every frame out, steady along the motion.

The estimates are warped along the optical flow, forward and backward, and averaged by confidence:
every frame gets the mean of many, and no color jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.motion import BidirectionalWarp, WarpField, warp_planes

__all__ = ["KeyFrameState", "WeightedChroma", "crossfade", "fuse_bidirectional"]

_DECAY = 0.985
"""Factor on an estimate's weight for each frame that it travels."""
_MAX_RESATURATION = 1.5
"""Most by which a fused color is made as colorful as its estimates were."""


@dataclass(frozen=True)
class WeightedChroma:
    """Colors of a frame's places, with weights.

    Attributes:
        planes: ``(h, w, 3) float32``: a, b and chroma. Where estimates on hue differ, their mean is
            paler than each of them; the mean chroma remembers how colorful they were. Estimates on
            other things, such as whose a place is, have planes of their own.
        weight: ``(h, w) float32``, 0 where nothing is known.
    """

    planes: NDArray[np.float32]
    weight: NDArray[np.float32]

    @classmethod
    def from_estimate(cls, ab: NDArray[np.float32], weight: NDArray[np.float32]) -> Self:
        """Of one estimate: ``ab (h, w, 2)`` and its weight ``(h, w)``."""
        return cls(np.dstack([ab, np.hypot(ab[..., 0], ab[..., 1])]), weight)

    def colors(self) -> NDArray[np.float32]:
        """``(h, w, 2) float32`` a and b, as colorful as the estimates were (up to 1.5 times)."""
        ab = self.planes[..., :2]
        pale = np.hypot(ab[..., 0], ab[..., 1])
        gain = np.clip(self.planes[..., 2] / np.maximum(pale, 1e-3), 1, _MAX_RESATURATION)
        return np.asarray(ab * gain[..., None], np.float32)


@dataclass(frozen=True)
class KeyFrameState:
    """What fusion knows of one frame, of the colors only where it is a key frame.

    Attributes:
        lightness: ``(H, W) uint8``, L* times 2.55 with flicker taken out, short side 192.
        warp: motion between this frame and the one before; None for the first.
        estimate: the network's colors at half the size of ``lightness``; None between key frames.
        tone: scale and shift that took the flicker out of the frame's lightness.
    """

    lightness: NDArray[np.uint8]
    warp: BidirectionalWarp | None
    estimate: WeightedChroma | None
    tone: tuple[float, float] = (1.0, 0.0)


def fuse_bidirectional(states: Sequence[KeyFrameState]) -> list[WeightedChroma]:
    """Consecutive frames in, the fused colors of each out: two passes along the motion."""
    arriving = [state.warp.from_before if state.warp else None for state in states]
    leaving = [state.warp.to_before if state.warp else None for state in states[1:]]
    estimates = [state.estimate for state in states]
    nothing = _nothing(estimates)
    forward = _passed(nothing, arriving, estimates)
    backward = _passed(nothing, [None, *leaving[::-1]], estimates[::-1])[::-1]
    return [
        _merged(came, own, late) for (came, own), (late, _) in zip(forward, backward, strict=True)
    ]


def crossfade(first: WeightedChroma, second: WeightedChroma, share: float) -> WeightedChroma:
    """A mix with ``share`` of the second."""
    return WeightedChroma(
        (1 - share) * first.planes + share * second.planes,
        (1 - share) * first.weight + share * second.weight,
    )


def _passed(
    state: WeightedChroma,
    warps: Sequence[WarpField | None],
    estimates: Sequence[WeightedChroma | None],
) -> list[tuple[WeightedChroma, WeightedChroma | None]]:
    """For each frame in passing order: what was carried to it, and its own estimate."""
    passed: list[tuple[WeightedChroma, WeightedChroma | None]] = []
    for warp, estimate in zip(warps, estimates, strict=True):
        if warp is not None:
            moved = warp_planes(np.dstack([state.planes, state.weight]), warp)
            state = WeightedChroma(
                moved[..., :-1], moved[..., -1] * warp.trust * np.float32(_DECAY)
            )
        passed.append((state, estimate))
        state = _merged(state, estimate)
    return passed


def _merged(*estimates: WeightedChroma | None) -> WeightedChroma:
    """The average by weight, with the sum of the weights."""
    said = [estimate for estimate in estimates if estimate is not None]
    weight = np.sum([estimate.weight for estimate in said], axis=0)
    total = np.sum([estimate.planes * estimate.weight[..., None] for estimate in said], axis=0)
    return WeightedChroma(total / np.maximum(weight, 1e-6)[..., None], weight)


def _nothing(estimates: Sequence[WeightedChroma | None]) -> WeightedChroma:
    known = next(estimate for estimate in estimates if estimate is not None)
    return WeightedChroma(np.zeros_like(known.planes), np.zeros_like(known.weight))
