"""A run of the face renderer's training: its choices, its first step, or where it was left."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch

from tremendo.train.face.loss import LossWeights
from tremendo.train.face.network import FaceNet
from tremendo.train.run import State, read_checkpoint, resume

__all__ = ["Recipe", "load_state", "new_state"]


@dataclass(frozen=True)
class Recipe:
    """The choices of a run.

    Attributes:
        batch: pairs per step.
        rate: learning rate at its highest.
        warm_up: steps until then.
        decay: share of the run, at its end, in which it falls to nothing.
        ema: how slowly the averaged weights, which are what is exported, follow.
        damaged: share of the pairs that are shown as an old plate.
        weight_decay: of AdamW.
        held_out: people kept aside for validation.
        loss: shares of the loss terms.
    """

    batch: int = 8
    rate: float = 6e-4
    warm_up: int = 100
    decay: float = 0.7
    ema: float = 0.998
    damaged: float = 0.8
    weight_decay: float = 0.01
    held_out: int = 1
    loss: LossWeights = field(default_factory=LossWeights)


def new_state(recipe: Recipe, device: torch.device) -> State[FaceNet]:
    """A run at its first step."""
    layout = torch.channels_last
    network = FaceNet().to(device, memory_format=layout)
    average = FaceNet().to(device, memory_format=layout).eval()
    average.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=0.0, weight_decay=recipe.weight_decay, betas=(0.9, 0.99)
    )
    return State(network, average, optimizer)


def load_state(path: Path, recipe: Recipe, device: torch.device) -> State[FaceNet]:
    """Go on from a checkpoint.

    Raises:
        MediaError: the file is no checkpoint of this network.
    """
    state = new_state(recipe, device)
    resume(state, read_checkpoint(path), path)
    return state
