"""Pairs from still photographs: thousands of people, moved away by chance and driven back.

Our own engine first turns the head of a photograph, closes its lips, lowers its lids and shifts
its gaze. That picture then serves as the photograph, and the untouched one is the truth to which
it is driven: so the truth is always real, teeth and all.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError
from tremendo.finish.animate.face.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.face.film_driver import motion_of
from tremendo.finish.animate.face.mesh.engine import MeshEngine
from tremendo.finish.animate.face.mesh.topology import LOWER_LIP, UPPER_LIP
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.media.frames import Frame
from tremendo.perception.faces import Face, FaceFinder
from tremendo.train.face.pairs import LEAST_SCALE, Columns, Pairs, Shown, kept
from tremendo.train.pictures import decoded, sorted_members

__all__ = ["load_portraits"]

_SIDE = 160
_TIMES = 3
"""Pairs from one face."""
_FARTHEST_YAW, _FIRM = 30, 0.05


def load_portraits(
    origin: Path, cache: Path, finder: FaceFinder, say: Callable[[str], None]
) -> Pairs:
    """The pairs of a tar of photographs, made if the cache does not hold them.

    Raises:
        MediaError: no tar of photographs.
        NothingUsableError: no face of some size in it.
    """
    return kept(origin, cache, lambda: _make(origin, finder), say)


def _make(origin: Path, finder: FaceFinder) -> Pairs:
    basis = expression_basis(finder.canonical)
    columns = Columns()
    for number, (_, encoded) in enumerate(sorted_members(origin)):
        photo = decoded(encoded, _SIDE)
        if photo is None:
            continue
        for face in finder.find(photo, fast=True):
            fine = face.scale >= LEAST_SCALE and face.wobble < _FIRM
            if fine and abs(face.yaw) < _FARTHEST_YAW:
                rng = np.random.default_rng(number)
                for _ in range(_TIMES):
                    _add(columns, photo, face, finder, _away(face, basis, rng))
    if len(columns) == 0:
        raise NothingUsableError(f"{origin.name} shows no face of some size")
    return columns.stacked()


def _add(columns: Columns, photo: Frame, face: Face, finder: FaceFinder, away: HeadMotion) -> None:
    engine = MeshEngine(photo, [face], finder.canonical, seed=0)
    moved = engine.frame([away], 0)
    seen = finder.track(moved, face)
    if seen is None or seen.score < 0.9:
        return
    back = motion_of([seen, face], finder.canonical, 24.0, neutral=0).scaled(1.0)
    shown = Shown(moved, seen, finder)
    pair = shown.driven(back, 1, photo, face)
    if pair is not None:
        columns.begin(moved, shown)
        columns.add(pair)


def _away(face: Face, basis: NDArray[np.float32], rng: np.random.Generator) -> HeadMotion:
    """One frame of motion: lips closed if they are apart, the rest by chance."""
    weights = np.zeros(len(EXPRESSIONS))
    for name, reach in (("smile", 0.4), ("pucker", 0.4), ("stretch", 0.3), ("brows up", 0.4)):
        weights[EXPRESSIONS.index(name)] = rng.uniform(-reach, reach)
    jaw = EXPRESSIONS.index("jaw open")
    lips = face.landmarks[LOWER_LIP[-1, 4:7]] - face.landmarks[UPPER_LIP[-1, 4:7]]
    apart = float(np.linalg.norm(lips.mean(axis=0))) / face.scale
    full = float((basis[jaw, LOWER_LIP[-1, 5]] - basis[jaw, UPPER_LIP[-1, 5]])[1])
    weights[jaw] = -rng.uniform(0.3, 1.2) * apart / full
    still = HeadMotion.still(1)
    return HeadMotion(
        turn=rng.normal(0, (6.0, 4.0, 3.0), (1, 3)),
        shift=still.shift,
        lids=np.repeat(rng.uniform(-0.15, 0.4, (1, 1)), 2, axis=1),
        gaze=rng.normal(0, (0.06, 0.03), (1, 2)),
        expression=np.tensordot(weights.astype(np.float32), basis, axes=1)[None],
        breath=still.breath,
    )
