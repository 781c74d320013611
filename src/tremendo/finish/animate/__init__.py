"""A photograph goes in, frames in which it moves and a record of what was done come out.

Four doors, for a single photograph and for a film alike: it is analyzed once, its motion is
planned once, the plan is rendered, and what was really done is recorded::

    analysis = PhotoAnalysis(photo)
    plan = plan_motion(analysis, options, cues, form)
    frames, record = render(analysis, plan, form)

`animate_photo` walks through all of them. A map of the room:

- ``options.py``, ``cues.py``: what a user and what the music ask for; ``record.py``: what was done;
- ``analysis/``: what is seen in it: people, outlines, composition, depth, what may flow;
- ``plan.py``: what is to move, with the reason; ``render.py``: the frames;
- ``face/``: faces that perform; ``people/``: bodies that stir; ``flow/``: water and leaves;
- ``camera/``: the moves of a virtual camera over layers of depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tremendo.errors import NothingUsableError
from tremendo.finish.animate.cues import MusicCues
from tremendo.finish.animate.options import MotionOptions, ShotFormat
from tremendo.finish.animate.record import MotionRecord

if TYPE_CHECKING:
    from tremendo.finish.animate.render import Rendered
    from tremendo.media.frames import Frame

__all__ = ["MotionOptions", "MotionRecord", "MusicCues", "ShotFormat", "animate_photo"]


def animate_photo(
    photo: Frame,
    options: MotionOptions,
    cues: MusicCues,
    form: ShotFormat,
    *,
    faces: Sequence[tuple[float, float, float, float]] | None = None,
) -> Rendered:
    """Set a photograph in motion; where no face can perform, the camera moves instead.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        options: what is asked for.
        cues: what the music gives.
        form: of the frames.
        faces: boxes that are known, as fractions of the picture: left, top, width, height; None
            where nobody has looked.

    Raises:
        MediaError: the photograph is too small to be filmed.
        UsageError: there is no such face, engine or performance.
        ModelMissingError: a network that is needed is not on this machine.
    """
    from tremendo.finish.animate.analysis.photo import PhotoAnalysis
    from tremendo.finish.animate.plan import plan_motion
    from tremendo.finish.animate.render import render

    analysis = PhotoAnalysis(photo, faces)
    plan = plan_motion(analysis, options, cues, form)
    try:
        return render(analysis, plan, form)
    except NothingUsableError as error:  # a face does not turn as it is told
        plan = plan_motion(analysis, options, cues, form, refused=error.message)
        return render(analysis, plan, form)
