"""What a training run holds, and its way to disk and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from tremendo.errors import MediaError
from tremendo.train.network import ColorNet
from tremendo.train.recipe import Recipe

__all__ = ["State", "follow", "load_state", "new_state", "save_state"]


@dataclass
class State:
    """Everything that a checkpoint holds."""

    network: ColorNet
    average: ColorNet
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    terms: dict[str, float] = field(default_factory=dict)
    """Loss terms, averaged over about fifty steps."""
    log: list[dict[str, float]] = field(default_factory=list)


def new_state(network: ColorNet, recipe: Recipe, device: torch.device) -> State:
    """A run at its first step: network, its running average and the optimizer."""
    network.drop.p = recipe.dropout
    network.power.fill_(recipe.rebalance)
    layout = torch.channels_last
    network = network.to(device, memory_format=layout)
    average = ColorNet(network.grid.cpu()).to(device, memory_format=layout).eval()
    average.load_state_dict(network.state_dict())
    late: list[nn.Parameter] = []
    early: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        depth = _depth(name)
        if depth is None:
            rest.append(parameter)
        elif depth < recipe.frozen_blocks:
            parameter.requires_grad_(False)
        else:
            (late if depth >= 7 else early).append(parameter)
    groups = [
        {"params": rest, "full_rate": recipe.decoder_rate},
        {"params": late, "full_rate": recipe.encoder_rate},
        {"params": early, "full_rate": recipe.encoder_rate / 4},
    ]
    optimizer = torch.optim.AdamW(
        groups, lr=0.0, weight_decay=recipe.weight_decay, betas=(0.9, 0.99)
    )
    return State(network, average, optimizer)


def follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Let averaged weights take a step toward the network's."""
    means, news = average.state_dict().values(), network.state_dict().values()
    with torch.no_grad():
        for mean, new in zip(means, news, strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(new, 1 - keep)


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
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        network = ColorNet(saved["network"]["grid"])
        network.load_state_dict(saved["network"])
        state = new_state(network, recipe, device)
        state.average.load_state_dict(saved["average"])
        state.optimizer.load_state_dict(saved["optimizer"])
    except (OSError, KeyError, RuntimeError, ValueError, EOFError) as error:
        raise MediaError("not a checkpoint of the color network", path=path) from error
    except Exception as error:  # pickle errors have no common base
        raise MediaError("the checkpoint holds more than weights", path=path) from error
    state.step, state.seconds, state.log = saved["step"], saved["seconds"], saved["log"]
    state.terms = saved.get("terms", {})
    return state


def _depth(name: str) -> int | None:
    """The encoder's block that a parameter is in, -1 for its stem, None outside the encoder."""
    if not name.startswith("e."):
        return None
    return int(name.split(".")[2]) if name.startswith("e._blocks.") else -1
