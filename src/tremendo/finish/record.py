"""What was really done to the shots of a film: later acts tell of it from these records alone.

*Why.* The plan is not what happens: a face that cannot bear motion keeps still, a network that is
not here is not asked. Reports, credits and the signed record must say what was done.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tremendo.finish.animate.record import MotionRecord
from tremendo.finish.restore.changes import Change

__all__ = ["ColorRecord", "ShotRecord"]


@dataclass(frozen=True)
class ColorRecord:
    """How a picture got its colors; all empty when it kept its own.

    Attributes:
        engine: who said what colors are likely; empty where a dye was laid on.
        style: of the color.
        models: weights that were opened for it, by name.
    """

    engine: str = ""
    style: str = ""
    models: tuple[str, ...] = ()

    @property
    def colored(self) -> bool:
        """Whether the picture got colors that it did not have."""
        return bool(self.style)


@dataclass(frozen=True)
class ShotRecord:
    """What was done to one take of a shot.

    Attributes:
        technique: ``film``, ``face`` or ``parallax``, as done.
        restored: preset of the restoration; empty where nothing was restored.
        changes: what restoration did to each frame.
        damaged: frames that could not be decoded (the one before is shown), from the take's
            shot as far as it was read.
        color: how it got its colors.
        motion: how a photograph moves; None for film.
        models: weights that were opened for it, by name.
    """

    technique: str = "film"
    restored: str = ""
    changes: tuple[Change, ...] = ()
    damaged: int = 0
    color: ColorRecord = field(default_factory=ColorRecord)
    motion: MotionRecord | None = None
    models: tuple[str, ...] = ()

    @property
    def moves_people(self) -> bool:
        """Whether anybody in a photograph moves who did not."""
        return self.motion is not None and self.motion.moves_people
