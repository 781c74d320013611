"""The choices of a training run."""

from __future__ import annotations

from dataclasses import dataclass, field

from tremendo.train.loss import LossWeights

__all__ = ["Recipe"]


@dataclass(frozen=True)
class Recipe:
    """The choices of a training run.

    Attributes:
        side: short side of the crops in pixels, a multiple of 32.
        batch: pictures per step; each is seen in two degraded views.
        decoder_rate: learning rate of decoder, attention and head.
        encoder_rate: learning rate of the encoder's deeper half; its first half gets a quarter.
        frozen_blocks: this many first blocks of the encoder, and its stem, stay as they are.
        warm_up: steps until the full rate.
        decay: share of the run, at its end, in which the rate falls to nothing (half a cosine).
        ema: how slowly the averaged weights, which are what is exported, follow.
        source_cap: most pictures of one source (see ``load_pictures``).
        held_out: pictures kept aside for validation.
        loss: shares of the loss terms.
    """

    side: int = 160
    batch: int = 12
    decoder_rate: float = 3e-4
    encoder_rate: float = 1e-4
    frozen_blocks: int = 3
    warm_up: int = 100
    decay: float = 0.3
    ema: float = 0.998
    source_cap: int = 2000
    held_out: int = 48
    loss: LossWeights = field(default_factory=LossWeights)
