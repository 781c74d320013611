"""Camera moves over a still photograph: which move, and where the camera stands at each frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tremendo.errors import UsageError
from tremendo.finish.animate.options import MOVES

if TYPE_CHECKING:
    from tremendo.finish.animate.analysis.photo import PhotoAnalysis

__all__ = ["Pose", "choose_move", "ease", "path"]

_CROWD = 9
_CLOSE_FACE = 0.16
_TALL = 0.85


@dataclass(frozen=True)
class Pose:
    """Where the virtual camera stands.

    A point ``p`` of the photograph with disparity ``d`` (0 far, 1 near) appears at
    ``center + zoom * (1 + depth * (d - d0)) * (p - aim) + shift * (d - d0)``, where ``d0`` is the
    disparity of the subject: the subject keeps its place, the rest moves around it.
    """

    along: float
    """0..1: how far the aim has moved from where it starts to where it ends."""
    zoom: float = 1.0
    depth: float = 0.0
    """Perspective of a camera that travels forward: near things grow faster than far ones."""
    shift_x: float = 0.0
    """Parallax of a camera that travels sideways, as a fraction of the frame's width."""
    shift_y: float = 0.0


def ease(t: float) -> float:
    """Minimum-jerk easing of ``t`` in 0..1 (Flash and Hogan 1985), softened to start at once.

    A pure minimum-jerk curve stands still for the first fifth of a short shot; a share of the
    straight line keeps the picture alive at both cuts.
    """
    return 0.6 * t**3 * (10 - 15 * t + 6 * t * t) + 0.4 * t


def path(move: str, t: float, strength: float) -> Pose:
    """The camera of a named move at time ``t`` in 0..1.

    Args:
        move: one of :data:`~tremendo.finish.animate.options.MOVES`.
        t: 0 at the first frame, 1 at the last.
        strength: 0 (nothing moves) to 1.

    Raises:
        UsageError: the move is unknown.
    """
    e = ease(t)
    middle = 2 * e - 1
    poses = {
        "push": Pose(e, zoom=1 + 0.16 * strength * e, depth=0.30 * strength * e),
        "pull": Pose(1 - e, zoom=1 + 0.16 * strength * (1 - e), depth=0.30 * strength * (1 - e)),
        "pan-left": Pose(e, zoom=1.02, shift_x=0.035 * strength * middle),
        "pan-right": Pose(e, zoom=1.02, shift_x=-0.035 * strength * middle),
        "tilt-up": Pose(e, zoom=1.01, shift_y=0.03 * strength * middle),
        "orbit": Pose(
            e,
            zoom=1.02 + 0.04 * strength * e,
            shift_x=0.04 * strength * middle,
            shift_y=0.012 * strength * (1 - middle * middle),
        ),
        "dolly-zoom": Pose(e, zoom=1.02, depth=-0.38 * strength * e),
    }
    if move not in poses:
        hint = f"one of: auto, {', '.join(MOVES)}"
        raise UsageError(f"no camera move is called {move!r}", hint=hint)
    return poses[move]


def choose_move(
    analysis: PhotoAnalysis, *, aspect: float = 16 / 9, seed: int = 0
) -> tuple[str, str]:
    """The move that suits a photograph, and the reason in a few words.

    Args:
        analysis: of the photograph.
        aspect: width over height of the frame the photograph is shown in.
        seed: chooses between moves that suit equally well.
    """
    width, height = analysis.size
    faces = analysis.boxes
    rng = np.random.default_rng([seed, height, width, len(faces)])
    tall = width / height < _TALL and aspect > 1
    moves: tuple[str, ...]
    largest = analysis.tallest
    if largest >= _CLOSE_FACE:
        moves, reason = ("push", "push", "orbit"), "a face near the camera: it goes to the face"
    elif len(faces) >= _CROWD:
        moves, reason = ("pan-left", "pan-right", "pull"), f"a crowd of {len(faces)} faces"
    elif tall:
        moves, reason = ("tilt-up",), "a tall picture in a wide frame: the camera looks up along it"
    elif faces:
        moves, reason = ("push", "orbit"), "people: the camera draws nearer to them"
    elif analysis.composition.vanishing_point is not None:
        moves, reason = ("dolly-zoom", "push"), "lines run into the distance: the camera enters"
    elif width / height > 1.25:
        moves, reason = ("pan-left", "pan-right", "pull"), "a wide view: the camera looks along it"
    else:
        moves, reason = ("push", "pull", "orbit"), "nothing asks for a special move"
    return moves[int(rng.integers(len(moves)))], reason
