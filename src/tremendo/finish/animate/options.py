"""What a user may ask of a photograph in motion, and the frame that it is made for.

*Why.* The command line, ``project.toml`` and ``decisions.json`` ask for the same things in the same
words, which stand here and nowhere else; they must be known without opening anything heavy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tremendo.errors import UsageError

if TYPE_CHECKING:
    from tremendo.finish.animate.face.motion import HeadMotion

__all__ = ["MOTIONS", "MOVES", "PERFORMANCES", "WORDS", "MotionOptions", "ShotFormat", "Way"]

MOTIONS = {
    "auto": "what suits the photograph",
    "face": "a face performs",
    "scene": "the camera moves, and all that can stir or flow does",
    "figures": "people stir before a moving camera",
    "loop": "water and leaves flow in a loop",
    "camera": "the camera alone",
}
"""What is to move."""
PERFORMANCES = ("idle", "look-round", "smile", "nod", "laugh", "sing")
"""What a face can do of itself, see `tremendo.finish.animate.face.presets`."""
MOVES = ("push", "pull", "pan-left", "pan-right", "tilt-up", "orbit", "dolly-zoom")
"""The moves of the camera; ``auto`` chooses one of them."""
WORDS = ("face", "figures", "loop", "camera", *PERFORMANCES, *MOVES)
"""What a director can say of a shot in one word."""

Way = tuple[float, float] | Literal["sway"]
"""How something flows: pixels a second to the right and down, or to and fro on the spot."""


@dataclass(frozen=True)
class MotionOptions:
    """How a photograph is to move.

    Raises:
        UsageError: a word that means nothing, a strength outside 0..1, a mask before a camera.
    """

    motion: str = "auto"
    """One of `MOTIONS`."""
    driver: HeadMotion | str | Mapping[int, HeadMotion | str] | None = None
    """What all faces perform, or each by its number from 1 in reading order (faces without one
    keep still). A motion shorter than the shot is played back and forth."""
    face: int | Literal["all"] = "all"
    """Number of the face that performs, from 1 in reading order."""
    box: tuple[float, float, float, float] | None = None
    """Left, top, right, bottom in pixels of a face that is not found by itself."""
    strength: float = 0.6
    """0..1: how far a head moves, or the camera; expressions weaken only below 2/3."""
    expression: float | None = None
    """0..1: how far the expression moves; None follows ``strength``."""
    engine: str = "mesh"
    """What moves faces, see `tremendo.finish.animate.face.registry`."""
    move: str = "auto"
    """One of `MOVES`, where no face performs."""
    mask: Path | None = None
    """A picture of the photograph's size, white where water, smoke, flags or leaves move."""
    way: Way = "sway"
    """How they move."""
    seed: int = 0
    """Another seed, another performance."""
    proposed: bool = False
    """Whether ``motion`` is the machine's own proposal and nobody's word."""

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if self.motion not in MOTIONS:
            raise UsageError(f"no motion is called '{self.motion}'", hint=", ".join(MOTIONS))
        if self.move not in ("auto", *MOVES):
            hint = f"auto, {', '.join(MOVES)}"
            raise UsageError(f"no camera move is called '{self.move}'", hint=hint)
        for name, value in (("strength", self.strength), ("expression", self.expression)):
            if value is not None and not 0 <= value <= 1:
                raise UsageError(f"{name} {value} is outside 0..1")
        if self.mask is not None and self.motion not in ("auto", "face", "loop"):
            raise UsageError("a painted mask needs a resting camera", hint="motion face or loop")

    @property
    def explicitly_requested(self) -> bool:
        """Whether somebody has named this motion: then even what is drawn or carved moves."""
        return not self.proposed and (self.motion != "auto" or self.box is not None)

    @property
    def asks_for_face(self) -> bool:
        """Whether a face is to perform, however small it is."""
        named = (self.driver, self.face, self.box, self.mask) != (None, "all", None, None)
        return self.motion == "face" or (self.motion == "auto" and named)

    @classmethod
    def of_choice(
        cls, word: str, *, technique: str, strength: float = 0.6, seed: int = 0
    ) -> MotionOptions:
        """What a director's word for a shot asks for.

        Args:
            word: one of `WORDS`; empty leaves it to the montage.
            technique: what the montage proposes: ``face``, or anything else for a moving camera.
            strength: see above.
            seed: see above.

        Raises:
            UsageError: the word is none of these.
        """
        if not word:
            motion = "face" if technique == "face" else "scene"
            return cls(motion, strength=strength, seed=seed, proposed=True)
        if word in PERFORMANCES:
            return cls("face", driver=word, strength=strength, seed=seed)
        if word in MOVES:
            return cls("scene", move=word, strength=strength, seed=seed)
        return cls(word, strength=strength, seed=seed)


@dataclass(frozen=True)
class ShotFormat:
    """The frames that a photograph in motion is made for."""

    width: int
    height: int
    fps: Fraction
    frames: int
    close_up: bool = False
    """Whether the frame may be filled with a performing face, and slowly near it; otherwise the
    whole photograph stands still around it, and the frame must have its size."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height
