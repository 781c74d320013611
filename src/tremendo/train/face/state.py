"""What a run of the face renderer's training holds, and its way to disk and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch

from tremendo.errors import MediaError
from tremendo.train.face.loss import LossWeights
from tremendo.train.face.network import FaceNet

__all__ = ["Recipe", "State", "load_state", "new_state", "save_state"]


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


@dataclass
class State:
    """Everything that a checkpoint holds."""

    network: FaceNet
    average: FaceNet
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    terms: dict[str, float] = field(default_factory=dict)
    """Loss terms, averaged over about fifty steps."""
    log: list[dict[str, float]] = field(default_factory=list)


def new_state(recipe: Recipe, device: torch.device) -> State:
    """A run at its first step."""
    layout = torch.channels_last
    network = FaceNet().to(device, memory_format=layout)
    average = FaceNet().to(device, memory_format=layout).eval()
    average.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=0.0, weight_decay=recipe.weight_decay, betas=(0.9, 0.99)
    )
    return State(network, average, optimizer)


def save_state(state: State, path: Path) -> None:
    """Write a checkpoint, atomically."""
    part = path.with_name(path.name + ".part")
    torch.save(
        {
            "network": state.network.state_dict(),
            "average": state.average.state_dict(),
            "optimizer": state.optimizer.state_dict(),
            "step": state.step,
            "seconds": state.seconds,
            "terms": state.terms,
            "log": state.log,
        },
        part,
    )
    part.replace(path)


def load_state(path: Path, recipe: Recipe, device: torch.device) -> State:
    """Read a checkpoint; weights only, no code.

    Raises:
        MediaError: the file is no checkpoint of this network.
    """
    state = new_state(recipe, device)
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        state.network.load_state_dict(saved["network"])
        state.average.load_state_dict(saved["average"])
        state.optimizer.load_state_dict(saved["optimizer"])
        state.step, state.seconds = saved["step"], saved["seconds"]
        state.terms, state.log = saved["terms"], saved["log"]
    except (OSError, KeyError, RuntimeError, ValueError, EOFError) as error:
        raise MediaError("not a checkpoint of the face renderer", path=path) from error
    except Exception as error:  # pickle errors have no common base
        raise MediaError("the checkpoint holds more than weights", path=path) from error
    return state
