"""Bodies that stir: a gentle puppet for each person in a photograph, feet on the ground.

Every bone turns by a few degrees about its joint and every pixel follows the bones it is near
(linear blend skinning, after Magnenat-Thalmann et al. 1988; at these angles as good as rigid).
The bones hang in a chain from the feet: the weight shifts, the trunk sways and breathes, arms and
head follow late. With a song all of it keeps the beat, each person at a side of its own; a person
without a known pose sways about its foot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.analysis.figures import Figure
from tremendo.finish.animate.analysis.people import BONES

__all__ = ["Puppets"]

_GRID = 96
"""Points along the picture's long side at which the motion is computed."""
_TRUNK, _HEAD, _ARM, _FOREARM = 1.1, 1.6, 3.2, 4.0
"""Largest turn in degrees at strength 1."""
_SWAY = 0.7
"""The same for a person without a known pose."""
_SHIFT, _BREATH = 0.012, 0.006
"""Shift of the weight and lift of the shoulders, as a share of the body's reach."""
_SEEN = 0.5
_SHARP = 1.5
"""How sharply a pixel prefers the nearest bone."""

Matrix = NDArray[np.float64]
"""``(3, 3)`` motion of the plane."""


@dataclass(frozen=True)
class _Moment:
    """Where a person is in its rhythm: all values -1..1."""

    weight: float
    breath: float
    head: float
    arm: tuple[float, float]
    forearm: tuple[float, float]


class Puppets:
    """The people of a photograph, ready to stir.

    Args:
        figures: of a picture of ``size``.
        size: width and height of the small picture the figures lie in.
        free: ``(h, w)`` 0..1: how freely its places may move; by default all of it.
        beats: seconds at which the music beats.
        strength: 0..1.
        seed: gives everybody a rhythm of their own.
    """

    def __init__(
        self,
        figures: Sequence[Figure],
        size: tuple[int, int],
        free: NDArray[np.float32] | None = None,
        *,
        beats: Sequence[float] = (),
        strength: float = 0.6,
        seed: int = 0,
    ) -> None:
        people = [figure for figure in figures if figure.person]
        scale = min(1.0, _GRID / max(size))
        self._size = max(2, round(size[0] * scale)), max(2, round(size[1] * scale))
        self._beats, self._strength = np.asarray(beats, np.float64), strength
        rng = np.random.default_rng([seed, len(people)])
        self._rhythms = [_Rhythm(rng) for _ in people]
        self._rigs = [_rig(figure) for figure in people]
        room = np.ones(size[::-1], np.float32) if free is None else free
        room = np.asarray(cv2.resize(room, self._size, interpolation=cv2.INTER_AREA))
        self._basis = self._weights(people, size) * room.reshape(-1, 1)

    def __bool__(self) -> bool:
        """Whether anybody is there to stir."""
        return bool(self._rigs)

    def field(self, seconds: float) -> NDArray[np.float32]:
        """How far the picture moves at a time: ``(h, w, 2)``, to the right and down.

        In pixels of the small picture, on a coarse grid over all of it.
        """
        moves = [
            move - np.eye(3)
            for rig, rhythm in zip(self._rigs, self._rhythms, strict=True)
            for move in rig.moves(rhythm.at(seconds, self._beats), self._strength)
        ]
        table = np.concatenate([move[:2].T for move in moves]).astype(np.float32)
        return (self._basis @ table).reshape(self._size[1], self._size[0], 2)

    def _weights(self, people: Sequence[Figure], size: tuple[int, int]) -> NDArray[np.float32]:
        """``(h * w, 3 * bones)``: each bone's share of a pixel, times x, y and 1."""
        if not people:
            return np.zeros((self._size[0] * self._size[1], 0), np.float32)
        step = size[0] / self._size[0], size[1] / self._size[1]
        x, y = np.meshgrid(
            (np.arange(self._size[0]) + 0.5) * step[0] - 0.5,
            (np.arange(self._size[1]) + 0.5) * step[1] - 0.5,
        )
        at = np.stack([x.ravel(), y.ravel()], axis=1)
        shares = _shares([figure.matte for figure in people], self._size)
        columns = []
        for rig, share in zip(self._rigs, shares, strict=True):
            planted = np.clip((rig.foot - at[:, 1]) / max(0.25 * rig.reach, 1.0), 0, 1)
            still = share.ravel() * planted * planted * (3 - 2 * planted)
            for weight in rig.weights(at).T:
                mine = weight * still
                columns += [mine * at[:, 0], mine * at[:, 1], mine]
        return np.stack(columns, axis=1).astype(np.float32)


def _shares(
    mattes: Sequence[NDArray[np.float32]], size: tuple[int, int]
) -> Iterator[NDArray[np.float64]]:
    """Whose a pixel is, 0..1 each: 1 on a person alone, passing over softly where people touch."""
    soft = []
    for matte in mattes:
        small = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
        near = [cv2.GaussianBlur(small, (0, 0), sigma) for sigma in (0.02 * _GRID, 0.08 * _GRID)]
        soft.append(near[0] + 0.02 * near[1])
    total = np.sum(soft, axis=0) + 1e-4
    for one in soft:
        yield np.asarray(one / total, np.float64)


class _Rhythm:
    """One person's own time."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._side = float(rng.choice([-1.0, 1.0]))
        self._late = rng.uniform(0.0, 0.12, 6)
        self._rate = rng.uniform(0.8, 1.25, 6)
        self._phase = rng.uniform(0, 2 * np.pi, 6)

    def at(self, seconds: float, beats: NDArray[np.float64]) -> _Moment:
        """The moment of a time: on the beat where there is one, drifting where there is none."""

        def turn(n: int, period: float) -> float:
            if len(beats) >= 2:
                # to one side on one beat, to the other on the next
                count = _count(seconds - self._late[n], beats)
                return self._side * float(np.sin(np.pi * count + np.pi / 2))
            angle = 2 * np.pi * seconds * self._rate[n] / period + self._phase[n]
            return float(np.sin(angle) + 0.35 * np.sin(1.7 * angle + 1.0)) / 1.35

        breath = np.sin(2 * np.pi * seconds * self._rate[0] / 4.2 + self._phase[0])
        return _Moment(
            turn(1, 5.0),
            float(breath),
            turn(2, 4.1),
            (turn(3, 4.6), turn(4, 5.3)),
            (turn(4, 3.7), turn(5, 4.4)),
        )


def _count(seconds: float, beats: NDArray[np.float64]) -> float:
    """How many beats have gone by; before the first and after the last at the same pace."""
    pace = float(np.median(np.diff(beats)))
    if seconds < beats[0]:
        return (seconds - float(beats[0])) / pace
    if seconds > beats[-1]:
        return len(beats) - 1 + (seconds - float(beats[-1])) / pace
    return float(np.interp(seconds, beats, np.arange(len(beats))))


@dataclass(frozen=True)
class _Rig:
    """Bones of one person: ends ``(n, 2, 2)`` in small pixels, and where it stands."""

    ends: NDArray[np.float64]
    names: tuple[str, ...]
    foot: float
    reach: float
    joints: dict[str, NDArray[np.float64]]

    def weights(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """``(points, bones)`` shares that add up to 1."""
        start, along = self.ends[:, 0], self.ends[:, 1] - self.ends[:, 0]
        length = np.maximum((along**2).sum(axis=1), 1e-6)
        offset = at[:, None] - start
        t = np.clip((offset * along).sum(axis=2) / length, 0, 1)
        away = ((offset - t[..., None] * along) ** 2).sum(axis=2)
        near = (away / self.reach**2 + 0.0025) ** -_SHARP
        return np.asarray(near / near.sum(axis=1, keepdims=True))

    def moves(self, moment: _Moment, strength: float) -> list[Matrix]:
        """The motion of each bone."""
        if self.names == ("whole",):
            return [_turn(_SWAY * strength * moment.weight, self.joints["foot"])]
        k = strength
        hips, neck = self.joints["hips"], self.joints["neck"]
        shift = _slide(_SHIFT * self.reach * k * moment.weight, 0.0)
        breath = _slide(0.0, -_BREATH * self.reach * k * moment.breath)
        trunk = breath @ shift @ _turn(-_TRUNK * k * moment.weight, hips)
        made = {
            "leg": shift,
            "trunk": trunk,
            "head": trunk @ _turn(_HEAD * k * moment.head, neck),
        }
        for n, side in enumerate(("left", "right")):
            if f"{side} shoulder" in self.joints:
                shoulder, elbow = self.joints[f"{side} shoulder"], self.joints[f"{side} elbow"]
                made[f"{side} arm"] = trunk @ _turn(_ARM * k * moment.arm[n], shoulder)
                bent = _turn(_FOREARM * k * moment.forearm[n], elbow)
                made[f"{side} forearm"] = made[f"{side} arm"] @ bent
        return [made[name] for name in self.names]


def _rig(figure: Figure) -> _Rig:
    """Bones for a figure: a whole chain where the pose is known, otherwise one."""
    rows, columns = np.nonzero(figure.matte > 0.5)
    if len(rows) == 0:
        rows, columns = np.array([0]), np.array([0])
    body = figure.body
    if body is None or min(body.seen[11], body.seen[12]) < _SEEN:
        x, top = float(columns.mean()), float(rows.min())
        foot = np.array([x, figure.foot])
        ends = np.array([[foot, (x, top)]])
        high = max(figure.foot - top, 1.0)
        return _Rig(ends, ("whole",), figure.foot, high / 2, {"foot": foot})
    joints, seen = body.joints.astype(np.float64), body.seen
    hips, neck = joints[23:25].mean(axis=0), joints[11:13].mean(axis=0)
    head = neck + 1.6 * (joints[:11].mean(axis=0) - neck)
    bones = [("trunk", hips, neck), ("trunk", joints[11], joints[12]), ("head", neck, head)]
    places = {"hips": hips, "neck": neck}
    for one, other in BONES:
        if min(seen[one], seen[other]) < _SEEN or (one, other) == (11, 12):
            continue
        name = _NAMES.get((one, other), "trunk" if one < 23 else "leg")
        if name.endswith(" arm"):
            side = name.removesuffix(" arm")
            places |= {f"{side} shoulder": joints[one], f"{side} elbow": joints[other]}
        elif name.endswith("forearm") and name.removesuffix("forearm") + "elbow" not in places:
            continue
        bones.append((name, joints[one], joints[other]))
    return _Rig(
        np.array([(start, end) for _, start, end in bones]),
        tuple(name for name, _, _ in bones),
        figure.foot,
        body.reach,
        places,
    )


_NAMES = {
    (11, 13): "left arm",
    (13, 15): "left forearm",
    (12, 14): "right arm",
    (14, 16): "right forearm",
}


def _turn(degrees: float, about: NDArray[np.float64]) -> Matrix:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    x, y = about
    return np.array(
        [[cos, -sin, x - cos * x + sin * y], [sin, cos, y - sin * x - cos * y], [0, 0, 1]]
    )


def _slide(right: float, down: float) -> Matrix:
    return np.array([[1, 0, right], [0, 1, down], [0, 0, 1.0]])
