"""How a head moves: the one thing that drivers make and animation engines follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["LIMITS", "HeadMotion", "soft_clip"]

LIMITS = np.array([18.0, 12.0, 12.0])
"""Largest yaw, pitch and roll in degrees away from the photograph that one picture can bear."""


@dataclass(frozen=True)
class HeadMotion:
    """The motion of one head over n frames, relative to the photograph (all zero = the still).

    Attributes:
        turn: ``(n, 3)`` degrees of yaw (nose to the picture's right +), pitch (up +) and roll
            (clockwise +).
        shift: ``(n, 2)`` centimeters of the canonical head, to the right and down.
        lids: ``(n, 2)`` closing of the person's right and left eye: 0 as photographed, 1 closed,
            slightly negative for wide eyes.
        gaze: ``(n, 2)`` shift of the irises in widths of the eye, to the right and down.
        expression: ``(n, 478, 3) float32`` centimeters by which the landmarks leave the
            photographed expression, in the head's own axes (x to its left ear when upright in the
            picture = right, y down, z to the back). About 6 kB a frame.
        breath: ``(n,)`` -1 (out) to 1 (in).
        points: ``(n, 21, 3) float32`` the expression as LivePortrait's networks read it in a
            driver: how far its key points leave those of the neutral frame. Only its engine looks
            at them, and then not at ``lids``, ``gaze`` and ``expression``.
    """

    turn: NDArray[np.float64]
    shift: NDArray[np.float64]
    lids: NDArray[np.float64]
    gaze: NDArray[np.float64]
    expression: NDArray[np.float32]
    breath: NDArray[np.float64]
    points: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.turn)

    @classmethod
    def still(cls, frames: int) -> HeadMotion:
        """No motion at all."""
        return cls(
            turn=np.zeros((frames, 3)),
            shift=np.zeros((frames, 2)),
            lids=np.zeros((frames, 2)),
            gaze=np.zeros((frames, 2)),
            expression=np.zeros((frames, 478, 3), np.float32),
            breath=np.zeros(frames),
        )

    def at(self, frames: NDArray[np.intp]) -> HeadMotion:
        """The motion of these frames only, in this order."""
        return HeadMotion(
            turn=self.turn[frames],
            shift=self.shift[frames],
            lids=self.lids[frames],
            gaze=self.gaze[frames],
            expression=self.expression[frames],
            breath=self.breath[frames],
            points=None if self.points is None else self.points[frames],
        )

    def scaled(self, strength: float, expression: float | None = None) -> HeadMotion:
        """Weaker (0..1) head motion within what a photograph bears; the expression weakens late.

        The head's angles are multiplied by ``strength`` and held softly inside `LIMITS` times
        ``strength``; the expression keeps its size down to a strength of 2/3, since half a smile
        is another smile; blinks always close the eye. ``expression`` 0..1, when given, is the
        strength of the expression on its own, straight from none to all of it.
        """
        room = np.maximum(LIMITS * strength, 1e-9)
        mien = min(1.0, 1.5 * strength) if expression is None else expression
        return replace(
            self,
            turn=room * soft_clip(self.turn * strength / room),
            shift=2.0 * strength * soft_clip(self.shift / 2.0),
            gaze=self.gaze * mien,
            expression=(self.expression * np.float32(mien)),
            breath=self.breath * mien,
            points=None if self.points is None else self.points * np.float32(mien),
        )

    def turning(self, gains: NDArray[np.float64]) -> HeadMotion:
        """The same with yaw, pitch and roll multiplied by ``gains (2, 3)``, negative ones first."""
        return replace(self, turn=self.turn * np.where(self.turn < 0, *gains))


def soft_clip(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Identity up to a size of 0.8, then bending smoothly toward 1."""
    size = np.abs(x)
    bent = 0.8 + 0.2 * np.tanh((size - 0.8) / 0.2)
    return np.sign(x) * np.where(size < 0.8, size, bent)
