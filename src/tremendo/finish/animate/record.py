"""What was really done to set a photograph in motion: the record that reports and credits tell."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MotionRecord"]


@dataclass(frozen=True)
class MotionRecord:
    """What moves in a take of a photograph, and why not more.

    Attributes:
        technique: ``face`` (a face performs) or ``parallax`` (a virtual camera moves), as done.
        refused: why no face performs though one was asked for; empty if none was, or if it does.
        statement: all of it in words.
        engine: what moved faces; empty where none moves.
        performance: what they perform.
        faces: how many perform.
        people: whether small figures stir while the camera moves.
        flows: what flows in a loop (``water``...).
        move: the camera's move.
        reason: why this move.
    """

    technique: str
    refused: str = ""
    statement: str = ""
    engine: str = ""
    performance: str = ""
    faces: int = 0
    people: bool = False
    flows: tuple[str, ...] = ()
    move: str = ""
    reason: str = ""

    @property
    def moves_people(self) -> bool:
        """Whether anybody in the photograph moves who did not."""
        return self.faces > 0 or self.people
