"""Fitting a ranker: groups of described hypotheses with the right ones marked in, weights out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from tremendo.music.ranker import Ranker

__all__ = ["fit_ranker", "merged"]

Floats = NDArray[np.float64]

_LEAST_SPREAD = 1e-3
_FARTHEST = 4.0
_STEPS = 300


def fit_ranker(
    groups: Sequence[Floats],
    right: Sequence[NDArray[np.bool_]],
    *,
    units: int,
    decay: float,
    seed: int = 0,
) -> Ranker:
    """The ranker under which the right hypotheses of every group are the likeliest together.

    Args:
        groups: ``(hypotheses, values)`` for each song.
        right: ``(hypotheses,)`` which of them are right, at least one in each group.
        units: of the hidden layer; 0: a linear model.
        decay: half of it times the square of every weight is added to the loss.
        seed: of the first weights.
    """
    table = np.concatenate(groups)
    mean, spread = table.mean(axis=0), np.maximum(table.std(axis=0), _LEAST_SPREAD)
    x = np.clip((table - mean) / spread, -_FARTHEST, _FARTHEST)
    sizes = np.array([len(group) for group in groups])
    starts, group_of = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(sizes)), sizes)
    mask = np.where(np.concatenate(right), 0.0, -np.inf)
    values = x.shape[1]
    shapes = [(values, units), (units,), (units,), (values,)]

    def log_sums(scores: Floats) -> Floats:
        top = np.maximum.reduceat(scores, starts)
        return np.asarray(
            top + np.log(np.add.reduceat(np.exp(scores - top[group_of]), starts)), np.float64
        )

    def loss(flat: Floats) -> tuple[float, Floats]:
        hidden, bias, out, direct = _parts(flat, shapes)
        h = np.tanh(x @ hidden + bias)
        scores = h @ out + x @ direct
        every, marked = log_sums(scores), log_sums(scores + mask)
        pull = np.exp(scores - every[group_of]) - np.exp(scores + mask - marked[group_of])
        back = np.outer(pull, out) * (1 - h * h)
        gradient = [
            x.T @ back + decay * hidden, back.sum(axis=0), h.T @ pull + decay * out,
            x.T @ pull + decay * direct,
        ]  # fmt: skip
        weight = sum(float((part**2).sum()) for part in (hidden, out, direct))
        total = float((every - marked).sum()) + 0.5 * decay * weight
        return total, np.concatenate([part.ravel() for part in gradient])

    rng = np.random.default_rng(seed)
    first = [
        rng.normal(0, 0.3 / np.sqrt(values), shapes[0]),
        np.zeros(units),
        rng.normal(0, 0.3, units),
        np.zeros(values),
    ]
    flat = np.concatenate([part.ravel() for part in first])
    found = minimize(loss, flat, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return Ranker(mean, spread, *_parts(np.asarray(found.x, np.float64), shapes))


def merged(rankers: Sequence[Ranker]) -> Ranker:
    """One ranker whose scores are the mean of those of rankers fitted to the same groups."""
    return Ranker(
        rankers[0].mean,
        rankers[0].spread,
        np.hstack([ranker.hidden for ranker in rankers]),
        np.concatenate([ranker.bias for ranker in rankers]),
        np.concatenate([ranker.out for ranker in rankers]) / len(rankers),
        np.asarray(np.mean([ranker.direct for ranker in rankers], axis=0)),
    )


def _parts(flat: Floats, shapes: Sequence[tuple[int, ...]]) -> list[Floats]:
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [
        part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)
    ]
