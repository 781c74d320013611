"""Colors of single frames made into colors of a shot.

What the network says about a few key frames is carried along the motion, forward and backward,
and averaged by confidence: every frame gets the opinion of many, and no color jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tremendo.finish.color.motion import Link, Way, carry

__all__ = ["Chroma", "Look", "agree", "blend"]

_FADING = 0.985
"""What a frame's distance costs an opinion."""


@dataclass(frozen=True)
class Chroma:
    """Colors and how much speaks for them.

    Attributes:
        ab: ``(h, w, 2) float32``.
        weight: ``(h, w) float32``, 0 where nothing is known.
    """

    ab: NDArray[np.float32]
    weight: NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """What is known about one frame.

    Attributes:
        lightness: ``(H, W) uint8``, L* times 2.55 with flicker taken out, short side 192.
        link: motion between this frame and the one before; None for the first.
        opinion: the network's colors at half the size of ``lightness``; None between key frames.
    """

    lightness: NDArray[np.uint8]
    link: Link | None
    opinion: Chroma | None


def agree(looks: Sequence[Look]) -> list[Chroma]:
    """The colors of each frame from the opinions on all frames of a window."""
    arriving = [look.link.from_before if look.link else None for look in looks]
    leaving = [look.link.to_before if look.link else None for look in looks[1:]]
    opinions = [look.opinion for look in looks]
    nothing = _nothing(looks[0])
    forward = _passed(nothing, arriving, opinions)
    backward = _passed(nothing, [None, *leaving[::-1]], opinions[::-1])[::-1]
    return [
        _merged(came, own, late) for (came, own), (late, _) in zip(forward, backward, strict=True)
    ]


def blend(first: Chroma, second: Chroma, share: float) -> Chroma:
    """A mix with ``share`` of the second."""
    return Chroma(
        (1 - share) * first.ab + share * second.ab,
        (1 - share) * first.weight + share * second.weight,
    )


def _passed(
    state: Chroma, ways: Sequence[Way | None], opinions: Sequence[Chroma | None]
) -> list[tuple[Chroma, Chroma | None]]:
    """For each frame in passing order: what was carried to it, and its own opinion."""
    passed: list[tuple[Chroma, Chroma | None]] = []
    for way, opinion in zip(ways, opinions, strict=True):
        if way is not None:
            planes = carry(np.dstack([state.ab, state.weight]), way)
            state = Chroma(planes[..., :2], planes[..., 2] * way.trust * np.float32(_FADING))
        passed.append((state, opinion))
        state = _merged(state, opinion)
    return passed


def _merged(*opinions: Chroma | None) -> Chroma:
    """The average by weight, with the sum of the weights."""
    said = [opinion for opinion in opinions if opinion is not None]
    weight = np.sum([opinion.weight for opinion in said], axis=0)
    total = np.sum([opinion.ab * opinion.weight[..., None] for opinion in said], axis=0)
    return Chroma(total / np.maximum(weight, 1e-6)[..., None], weight)


def _nothing(look: Look) -> Chroma:
    height, width = (max(1, side // 2) for side in look.lightness.shape)
    return Chroma(np.zeros((height, width, 2), np.float32), np.zeros((height, width), np.float32))
