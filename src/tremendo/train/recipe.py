"""The choices of a training run."""

from __future__ import annotations

from dataclasses import dataclass, field

from tremendo.train.loss import LossWeights

__all__ = ["FINISH", "Recipe"]


@dataclass(frozen=True)
class Recipe:
    """The choices of a training run.

    Attributes:
        side: short side of the crops in pixels, a multiple of 32.
        batch: pictures per step.
        views: degraded views of each, 1 or 2; two can be held to agree.
        decoder_rate: learning rate of decoder, attention and head.
        encoder_rate: learning rate of the encoder's deeper half; its first half gets a quarter.
        frozen_blocks: this many first blocks of the encoder, and its stem, stay as they are.
        warm_up: steps until the full rate.
        decay: share of the run, at its end, in which the rate falls to nothing (half a cosine).
        ema: how slowly the averaged weights, which are what is exported, follow.
        source_cap: most pictures of one source (see ``load_pictures``).
        rebalance: power of the weights that make rare colors count, 0 (none) to 1 (full).
        dropout: share of the deep features that is left out in each step, against learning by
            heart.
        weight_decay: of AdamW.
        held_out: pictures kept aside for validation.
        loss: shares of the loss terms.
        finish: only the decoder learns, toward what a viewer sees (``SeenLoss``), sources count by
            the root of their size; the last touch to a network that has been trained otherwise.
    """

    side: int = 160
    batch: int = 20
    views: int = 1
    decoder_rate: float = 2.5e-4
    encoder_rate: float = 1e-4
    frozen_blocks: int = 3
    warm_up: int = 100
    decay: float = 0.6
    ema: float = 0.999
    source_cap: int = 2000
    rebalance: float = 0.5
    dropout: float = 0.15
    weight_decay: float = 0.02
    held_out: int = 48
    loss: LossWeights = field(default_factory=LossWeights)
    finish: bool = False


FINISH = Recipe(
    batch=10,
    decoder_rate=2e-4,
    warm_up=50,
    decay=0.7,
    ema=0.998,
    source_cap=1_000_000,
    dropout=0.1,
    weight_decay=0.0,
    held_out=240,
    finish=True,
)
"""The last touch."""
