"""Colors of single frames made into colors of a shot.

What the network says about a few key frames is carried along the motion, forward and backward,
and averaged by confidence: every frame gets the opinion of many, and no color jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.motion import Link, Way, carry

__all__ = ["Chroma", "Look", "agree", "blend"]

_FADING = 0.985
"""What a frame's distance costs an opinion."""
_REVIVAL = 1.5


@dataclass(frozen=True)
class Chroma:
    """Colors and how much speaks for them.

    Attributes:
        planes: ``(h, w, 3) float32``: a, b and chroma. Where opinions on hue differ, their mean is
            paler than each of them; the mean chroma remembers how colorful they were. Opinions on
            other things, such as whose a place is, have planes of their own.
        weight: ``(h, w) float32``, 0 where nothing is known.
    """

    planes: NDArray[np.float32]
    weight: NDArray[np.float32]

    @classmethod
    def opinion(cls, ab: NDArray[np.float32], weight: NDArray[np.float32]) -> Self:
        """One view of a frame: ``ab (h, w, 2)`` and its weight ``(h, w)``."""
        return cls(np.dstack([ab, np.hypot(ab[..., 0], ab[..., 1])]), weight)

    def colors(self) -> NDArray[np.float32]:
        """``(h, w, 2) float32`` a and b, as colorful as the opinions were (up to 1.5 times)."""
        ab = self.planes[..., :2]
        pale = np.hypot(ab[..., 0], ab[..., 1])
        gain = np.clip(self.planes[..., 2] / np.maximum(pale, 1e-3), 1, _REVIVAL)
        return np.asarray(ab * gain[..., None], np.float32)


@dataclass(frozen=True)
class Look:
    """What is known about one frame.

    Attributes:
        lightness: ``(H, W) uint8``, L* times 2.55 with flicker taken out, short side 192.
        link: motion between this frame and the one before; None for the first.
        opinion: the network's colors at half the size of ``lightness``; None between key frames.
        tone: scale and shift that took the flicker out of the frame's lightness.
    """

    lightness: NDArray[np.uint8]
    link: Link | None
    opinion: Chroma | None
    tone: tuple[float, float] = (1.0, 0.0)


def agree(looks: Sequence[Look]) -> list[Chroma]:
    """The colors of each frame from the opinions on all frames of a window."""
    arriving = [look.link.from_before if look.link else None for look in looks]
    leaving = [look.link.to_before if look.link else None for look in looks[1:]]
    opinions = [look.opinion for look in looks]
    nothing = _nothing(opinions)
    forward = _passed(nothing, arriving, opinions)
    backward = _passed(nothing, [None, *leaving[::-1]], opinions[::-1])[::-1]
    return [
        _merged(came, own, late) for (came, own), (late, _) in zip(forward, backward, strict=True)
    ]


def blend(first: Chroma, second: Chroma, share: float) -> Chroma:
    """A mix with ``share`` of the second."""
    return Chroma(
        (1 - share) * first.planes + share * second.planes,
        (1 - share) * first.weight + share * second.weight,
    )


def _passed(
    state: Chroma, ways: Sequence[Way | None], opinions: Sequence[Chroma | None]
) -> list[tuple[Chroma, Chroma | None]]:
    """For each frame in passing order: what was carried to it, and its own opinion."""
    passed: list[tuple[Chroma, Chroma | None]] = []
    for way, opinion in zip(ways, opinions, strict=True):
        if way is not None:
            moved = carry(np.dstack([state.planes, state.weight]), way)
            state = Chroma(moved[..., :-1], moved[..., -1] * way.trust * np.float32(_FADING))
        passed.append((state, opinion))
        state = _merged(state, opinion)
    return passed


def _merged(*opinions: Chroma | None) -> Chroma:
    """The average by weight, with the sum of the weights."""
    said = [opinion for opinion in opinions if opinion is not None]
    weight = np.sum([opinion.weight for opinion in said], axis=0)
    total = np.sum([opinion.planes * opinion.weight[..., None] for opinion in said], axis=0)
    return Chroma(total / np.maximum(weight, 1e-6)[..., None], weight)


def _nothing(opinions: Sequence[Chroma | None]) -> Chroma:
    known = next(opinion for opinion in opinions if opinion is not None)
    return Chroma(np.zeros_like(known.planes), np.zeros_like(known.weight))
