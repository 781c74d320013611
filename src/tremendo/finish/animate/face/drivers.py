"""What a user names as a driver goes in; the motion to be performed, and its rate, come out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from tremendo.errors import UsageError
from tremendo.finish.animate.face.engine import face_engine
from tremendo.finish.animate.face.film_driver import film_motion
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.registry import FACE_ENGINES
from tremendo.finish.animate.options import PERFORMANCES
from tremendo.media import open_frames
from tremendo.media.inventory import FILM_SUFFIXES
from tremendo.perception.faces import face_finder

__all__ = ["read_driver"]


def read_driver(
    driver: str, *, engine: str = "mesh", neutral: str = "auto"
) -> tuple[HeadMotion | str, Fraction | None]:
    """A performance's name as it is, or the motion in a film or template with its frames a second.

    Args:
        driver: one of `tremendo.finish.animate.options.PERFORMANCES`, a film of a face, or one of
            the engine's own motion templates.
        engine: which face engine will follow it.
        neutral: the resting frame of a film: ``auto``, ``first`` or its number.

    Raises:
        MediaError: the film or template cannot be read.
        NothingUsableError: the film shows no face.
        UsageError: there is no such performance or frame, or the template is another engine's.
    """
    suffix = Path(driver).suffix.lower()
    made = face_engine(engine)
    if driver in PERFORMANCES:
        return driver, None
    if suffix in made.templates:
        return made.read_template(Path(driver), face_finder().canonical)
    if suffix in FILM_SUFFIXES:
        if neutral not in {"auto", "first"} and not neutral.isdigit():
            raise UsageError(f"neutral {neutral}", hint="auto, first or a frame's number")
        resting: Any = int(neutral) if neutral.isdigit() else neutral
        film = open_frames(driver)
        return film_motion(film, face_finder(), neutral=resting, engine=engine), film.fps
    for name in FACE_ENGINES.names():
        if suffix and suffix in getattr(FACE_ENGINES.factory(name), "templates", ()):
            raise UsageError(f"{driver} is a template of {name}'s", hint=f"--engine {name}")
    raise UsageError(
        f"there is no performance '{driver}'", hint="a film, or one of " + ", ".join(PERFORMANCES)
    )
