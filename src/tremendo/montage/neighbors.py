"""How well a take follows another across a cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tremendo.montage.match import trapezoid
from tremendo.montage.takes import Take
from tremendo.montage.transitions import SCALES, Table, TransitionMatrix, liveliness_classes

__all__ = ["PAIR_WEIGHTS", "TRANSITION_WEIGHTS", "pair_terms"]

Array = NDArray[np.float64]

PAIR_WEIGHTS = {
    "scale": 0.5,
    "light": 0.4,
    "direction": 0.3,
    "look": 0.4,
    "kind": 0.3,
    "match": 0.3,
}
"""Weights of the terms of two neighboring takes."""
TRANSITION_WEIGHTS = {"scale": 2.0, "pulse": 1.5}
"""Weights of the terms that follow a reference."""
_SCALES = {name: place for place, name in enumerate(SCALES)}
_MATCHED_FACE = 0.1


def pair_terms(
    takes: Sequence[Take], *, contrast: bool = False, transitions: TransitionMatrix | None = None
) -> dict[str, Array]:
    """How well the column's take follows the row's, by name, each ``(takes, takes)`` 0..1.

    ``contrast`` measures for the first shot of a section, where a change of look is wanted.
    With a ``transitions`` the framing, and a term ``pulse`` for the liveliness, follow its cuts.
    """
    shots = [t.shot for t in takes]
    scale = np.array([_SCALES.get(s.scale, 1) for s in shots])
    light = np.array([s.light for s in shots])
    step = np.abs(light[:, None] - light[None, :])
    kinds = np.array([t.technique for t in takes])
    same = kinds[:, None] == kinds[None, :]
    repeated = np.where(kinds == "face", 0.2, np.where(kinds == "film", 0.6, 0.5))
    alike = _alikeness(takes)
    look = 0.5 - 0.5 * alike if contrast else trapezoid(alike, (-0.9, -0.2, 0.6, 0.95))
    followed: dict[str, Array] = {}
    if transitions is not None:
        lively = liveliness_classes([float(np.mean(s.motion or (0.0,))) for s in shots])
        followed = {
            "scale": _as_often(transitions.scales, scale),
            "pulse": _as_often(transitions.liveliness, lively),
        }
    return {
        "scale": np.array([0.2, 0.8, 1.0])[np.abs(scale[:, None] - scale[None, :])],
        "light": np.ones_like(step) if contrast else 1 - np.clip((step - 0.12) / 0.35, 0, 1),
        "direction": _direction_flow([s.direction for s in shots]),
        "look": np.where(np.isnan(alike), 0.5, look),
        "kind": np.where(same, repeated[:, None], 1.0),
        "match": np.full_like(step, 0.5) if contrast else _answers(takes),
        **followed,
    }


def _as_often(table: Table, classes: NDArray[np.int64]) -> Array:
    """Worth of each class after each: 1 for what the reference does most, less for the rarer."""
    worth = np.array(table)
    worth /= worth.max(axis=1, keepdims=True)
    return np.asarray(worth[classes[:, None], classes[None, :]])


def _answers(takes: Sequence[Take]) -> Array:
    """1 where the largest faces stand in the same place at the same size, or two films move the
    same way in pictures that look alike; a half where nothing answers or differs much."""
    faces = [max(t.shot.faces, key=lambda f: f.height, default=None) for t in takes]
    place = np.array(
        [
            (f.x + f.width / 2, f.y + f.height / 2, np.log(max(f.height, 0.02)))
            if f and f.height > _MATCHED_FACE
            else (np.nan,) * 3
            for f in faces
        ]
    )
    apart = np.abs(place[:, None] - place[None, :])
    far = np.hypot(apart[..., 0], apart[..., 1]) / 0.15 + apart[..., 2] / 0.7
    same_face = 1 - np.clip(far, 0, 1)
    films = np.array([t.is_film for t in takes])
    flow = _direction_flow([t.shot.direction for t in takes])
    alike = np.nan_to_num(_alikeness(takes))
    run_on = films[:, None] & films[None, :] & (flow > 0.95) & (alike > 0.5)
    return np.asarray(0.5 + 0.5 * np.maximum(np.nan_to_num(same_face), 0.8 * run_on))


def _alikeness(takes: Sequence[Take]) -> Array:
    """Cosine of the embeddings, from the archive's mean look; NaN where one is missing."""
    size = max((len(t.shot.embedding) for t in takes), default=0)
    table = np.full((len(takes), max(1, size)), np.nan)
    for row, take in enumerate(takes):
        if size and len(take.shot.embedding) == size:
            table[row] = take.shot.embedding
    if np.isfinite(table).any():
        table = table - np.nanmean(table, axis=0)
    length = np.linalg.norm(table, axis=1, keepdims=True)
    table = table / np.maximum(length, 1e-9)
    return np.asarray(table @ table.T)


def _direction_flow(directions: Sequence[float | None]) -> Array:
    """1 when both move the same way, 0 when against each other, a half when either is mixed."""
    angles = np.radians([np.nan if d is None else d for d in directions])
    flow = 0.5 + 0.5 * np.cos(angles[:, None] - angles[None, :])
    return np.where(np.isnan(flow), 0.5, flow)
