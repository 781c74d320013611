"""A critic that tells real eyes and mouths from made ones, so that these do not come out as means.

What is behind parting lips cannot be known: the mean of all that may be is grey. The critic
(hinge loss, Lim and Ye 2017) looks at three patches of a close-up, and its features serve as a
measure of likeness too (Wang et al. 2018).
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional

from tremendo.finish.animate.closeup import CHANNELS

__all__ = ["Critic", "critic_loss", "patches", "persuasion"]

_SIDE = 56
_SEEN = ("photograph", "opening", "eyes", "lids")
"""What the critic sees beside the picture."""


class Critic(nn.Module):  # type: ignore[misc]
    """Three strided convolutions and a verdict for each place of the last."""

    def __init__(self) -> None:
        super().__init__()
        widths = (1 + len(_SEEN), 32, 64, 96)
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in itertools.pairwise(widths)
        )
        self.verdict = nn.Conv2d(widths[-1], 1, 3, padding=1)

    def forward(self, seen: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Verdicts ``(N, 1, h, w)``, positive for real, and the features on the way."""
        features = []
        for layer in self.layers:
            seen = functional.leaky_relu(layer(seen), 0.2)
            features.append(seen)
        return self.verdict(seen), features


def patches(picture: Tensor, maps: Tensor) -> Tensor:
    """Both eyes and the mouth of each close-up: ``(3 N, 5, 56, 56)``, differentiable.

    Args:
        picture: ``(N, 1, S, S)`` luma.
        maps: ``(N, 16, S, S)``, see `closeup.CHANNELS`.
    """
    beside = [CHANNELS.index(name) for name in _SEEN]
    whole = torch.cat([picture, maps[:, beside]], dim=1)
    mouth = maps[:, [CHANNELS.index("opening"), CHANNELS.index("lips")]].sum(dim=1)
    eyes = maps[:, [CHANNELS.index("eyes"), CHANNELS.index("lids")]].sum(dim=1)
    half = picture.shape[-1] // 2
    right, left = eyes.clone(), eyes.clone()
    right[..., half:], left[..., :half] = 0, 0
    cuts = []
    for place in (right, left, mouth):
        for number, (row, column) in enumerate(_corners(place)):
            cuts.append(whole[number, :, row : row + _SIDE, column : column + _SIDE])
    return torch.stack(cuts)


def _corners(weights: Tensor) -> list[tuple[int, int]]:
    """Upper left corners of patches around the middle of ``(N, S, S)`` weights."""
    side = weights.shape[-1]
    total = weights.sum(dim=(1, 2)).clamp_min(1e-6)
    along = torch.arange(side, device=weights.device, dtype=weights.dtype)
    rows = (weights.sum(dim=2) * along).sum(dim=1) / total
    columns = (weights.sum(dim=1) * along).sum(dim=1) / total
    corners = torch.stack([rows, columns], dim=1) - _SIDE / 2
    return [
        (int(row), int(column)) for row, column in corners.round().clamp(0, side - _SIDE).tolist()
    ]


def critic_loss(critic: Critic, real: Tensor, made: Tensor) -> Tensor:
    """What the critic strives for: real above 1, made below -1."""
    yes, _ = critic(real)
    no, _ = critic(made.detach())
    return functional.relu(1 - yes).mean() + functional.relu(1 + no).mean()


def persuasion(critic: Critic, real: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
    """What the renderer strives for: to be taken for real, and the features' likeness."""
    verdict, ours = critic(made)
    with torch.no_grad():
        _, theirs = critic(real)
    likeness = torch.stack([(a - b).abs().mean() for a, b in zip(ours, theirs, strict=True)]).mean()
    return -verdict.mean(), likeness
