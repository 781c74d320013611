"""Face engines: a photograph and the motions of its faces go in, frames that move come out.

*Why.* Engines differ in how they make a frame and in what they can read: a driver's film may tell
one of them more than landmarks do, and another has motion templates of its own. Both are questions
to the engine's class, so that nobody else knows engines by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import ClassVar, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from tremendo.errors import UsageError
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.paint import Region
from tremendo.finish.animate.face.registry import FACE_ENGINES
from tremendo.media.frames import Frame, Frames
from tremendo.perception.face_geometry import CanonicalFace
from tremendo.perception.faces import Face

__all__ = ["FaceEngine", "face_engine"]


class FaceEngine(Protocol):
    """Sets the heads of one photograph in motion.

    The background stays as it is by the bit, and a head that is told nothing looks as photographed.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        faces: those of its faces that move.
        canonical: the face model's mean face.
        seed: of the grain.
    """

    templates: ClassVar[tuple[str, ...]] = ()
    """Suffixes of its own motion templates."""
    region: Region
    """Pixels outside it never change."""

    def __init__(
        self, photo: Frame, faces: Sequence[Face], canonical: CanonicalFace, *, seed: int
    ) -> None:
        """Fit the engine to some faces of a photograph."""

    def frame(self, motions: Sequence[HeadMotion], number: int) -> Frame:
        """Frame ``number`` of the motions, one a face: all of the photograph."""

    def flow(self, motions: Sequence[HeadMotion], number: int) -> NDArray[np.float32] | None:
        """Where the pixels of `region` come from, minus the pixel itself: ``(h, w, 2)``.

        None where an engine paints instead of bending.
        """

    @classmethod
    def need_models(cls) -> None:
        """See that what the engine needs is here.

        Raises:
            ModelMissingError: it is not on this machine.
        """
        return

    @classmethod
    def follow_film(
        cls,
        motion: HeadMotion,
        film: Frames,
        faces: Sequence[Face | None],
        neutral: Literal["auto", "first"] | int,
    ) -> HeadMotion:
        """The motion of a driver film with what this engine itself reads in it.

        Args:
            motion: of the tracked faces.
            film: the driver, to be read once more.
            faces: the face in each of its frames; None where it is not seen.
            neutral: which frame is the resting face.
        """
        del film, faces, neutral
        return motion

    @classmethod
    def read_template(cls, file: Path, canonical: CanonicalFace) -> tuple[HeadMotion, Fraction]:
        """The motion in one of the engine's own templates, and its frames a second.

        Raises:
            MediaError: it is none.
        """
        del canonical
        raise UsageError(f"{file} is a template of no face engine that is asked for")


def face_engine(name: str) -> type[FaceEngine]:
    """The class of an engine of that name, or of a path ``package.module:attribute``.

    Raises:
        UsageError: there is none.
        ModelMissingError: what it needs is not on this machine.
    """
    made: Callable[..., FaceEngine] = FACE_ENGINES.factory(name)
    engine = cast("type[FaceEngine]", made)
    engine.need_models()
    return engine
