"""What in a photograph is to move: proposed with a reason; the director has the last word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tremendo.errors import ModelMissingError
from tremendo.finish.animate.analysis.appearance import Appearance
from tremendo.finish.animate.analysis.composition import Face, tallest
from tremendo.finish.animate.analysis.depth import Depth, estimate_depth
from tremendo.finish.animate.analysis.flow_regions import FlowRegion, find_flow_regions
from tremendo.media.frames import Frame

__all__ = ["FACE_HEIGHT", "MOTIONS", "Choice", "Space", "propose_motion", "read_space"]

MOTIONS = ("face", "figures", "loop", "camera")
"""A face; people who stir before a moving camera; water or leaves in a loop; the camera alone."""

FACE_HEIGHT = 0.12
"""Height of a face, as a share of the picture's, from which on it carries a picture alone."""
_MUCH = 0.1
"""Least share of the picture that must flow for this to be what the picture is about."""


@dataclass(frozen=True)
class Space:
    """What has been read in a photograph: its depth with its figures, and what may flow."""

    depth: Depth
    loops: tuple[FlowRegion, ...]

    @property
    def people(self) -> int:
        """How many people stand free."""
        return sum(figure.person for figure in self.depth.cut)


@dataclass(frozen=True)
class Choice:
    """One of `MOTIONS`, and why."""

    motion: str
    reason: str


def read_space(photo: Frame, faces: Sequence[Face]) -> Space:
    """Depth, figures and loops of a photograph; takes seconds, once.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        faces: boxes as fractions of the picture.
    """
    try:
        look = Appearance.of(photo)
    except ModelMissingError:
        return Space(estimate_depth(photo, faces), ())
    depth = estimate_depth(photo, faces, look)
    return Space(depth, tuple(find_flow_regions(photo, faces, depth.matte, look)))


def propose_motion(faces: Sequence[Face], space: Space | None = None) -> Choice:
    """How a photograph is to move.

    Args:
        faces: boxes as fractions of the picture.
        space: what has been read in it; not needed where a large face decides.
    """
    largest = tallest(faces)
    if largest >= FACE_HEIGHT:
        return Choice("face", f"a face as high as {largest:.0%} of the picture")
    loops, people = (space.loops, space.people) if space is not None else ((), 0)
    flowing = [loop for loop in loops if loop.area.mean() > _MUCH]
    found = ", ".join(f"{loop.kind}, {loop.confidence:.0%} sure" for loop in flowing)
    if any(loop.kind == "sea" for loop in flowing):
        return Choice("loop", found)
    if len(faces) > 1:
        return Choice("figures", f"a group of {len(faces)} faces")
    if people:
        return Choice("figures", f"people who stand free of the background: {people}")
    if flowing:
        return Choice("loop", found)
    return Choice("camera", "nobody in it who could stir, and little that surely flows")
