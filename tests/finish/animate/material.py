"""Photographs in motion, asked for in one call."""

from fractions import Fraction

from tremendo.finish.animate.analysis.photo import PhotoAnalysis
from tremendo.finish.animate.camera.moves import choose_move
from tremendo.finish.animate.camera.parallax import CameraSettings, film_photo
from tremendo.finish.animate.cues import MusicCues
from tremendo.finish.animate.face.performance import perform
from tremendo.finish.animate.options import MotionOptions, ShotFormat
from tremendo.finish.animate.plan import face_performance


def known(photo, faces=None, **parts):
    """The analysis of a photograph of which some parts are known."""
    analysis = PhotoAnalysis(photo, faces)
    vars(analysis).update(parts)
    return analysis


def performed(photo, finder, *, frames, fps=Fraction(24), **asked):
    """The frames in which faces of a photograph perform.

    Raises:
        NothingUsableError: none can.
    """
    analysis = PhotoAnalysis(photo, finder=finder)
    form = ShotFormat(photo.shape[1], photo.shape[0], fps, frames)
    options = MotionOptions(**{"proposed": True, **asked})
    plan = face_performance(analysis, options, MusicCues(), form)
    moving, _ = perform(
        photo, plan.faces, plan.motions, finder=finder, engine=plan.engine, seed=plan.seed
    )
    return moving


def filmed(photo, faces=(), living=None, depth=None, **asked):
    """The frames of a camera move; small ones where nothing else is asked for."""
    given = {"frames": 9, "fps": Fraction(8), "width": 256, "height": 144, "move": "auto"} | asked
    size = [given.pop(name) for name in ("width", "height", "fps", "frames")]
    analysis = known(photo, faces, **({} if depth is None else {"depth": depth}))
    if given["move"] == "auto" and photo.ndim == 3:
        given["move"] = choose_move(analysis, aspect=256 / 144, seed=given.get("seed", 0))[0]
    return list(film_photo(analysis, CameraSettings(**given), ShotFormat(*size), living))
