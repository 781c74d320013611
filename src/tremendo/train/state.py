"""A run of the color network at its first step, or where a checkpoint left it."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from tremendo.errors import MediaError
from tremendo.train.network import ColorNet
from tremendo.train.recipe import Recipe
from tremendo.train.run import State, read_checkpoint, resume

__all__ = ["load_state", "new_state"]


_DECODER = ("u4.", "a4.", "u3.", "u2.", "head.")
"""What learns where a network is finished."""


def new_state(network: ColorNet, recipe: Recipe, device: torch.device) -> State[ColorNet]:
    """Network, its running average and the optimizer."""
    network.drop.p = recipe.dropout
    if not recipe.finish:
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
        if recipe.finish and not name.startswith(_DECODER):
            parameter.requires_grad_(False)
        elif depth is None:
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


def load_state(path: Path, recipe: Recipe, device: torch.device) -> State[ColorNet]:
    """Go on from a checkpoint.

    Raises:
        MediaError: the file is no checkpoint of this network.
    """
    saved = read_checkpoint(path)
    try:
        network = ColorNet(saved["network"]["grid"])
        network.load_state_dict(saved["network"])
    except (KeyError, RuntimeError, AttributeError) as error:
        raise MediaError("not a checkpoint of the color network", path=path) from error
    state = new_state(network, recipe, device)
    resume(state, saved, path)
    return state


def _depth(name: str) -> int | None:
    """The encoder's block that a parameter is in, -1 for its stem, None outside the encoder."""
    if not name.startswith("e."):
        return None
    return int(name.split(".")[2]) if name.startswith("e._blocks.") else -1
