"""What in a photograph is to move: decided once, with a reason; the director has the last word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tremendo.errors import NothingUsableError, UsageError
from tremendo.finish.animate.analysis.flow_regions import FlowRegion
from tremendo.finish.animate.camera.framing import PhotoWindow, place_window
from tremendo.finish.animate.camera.moves import choose_move
from tremendo.finish.animate.camera.parallax import CameraSettings
from tremendo.finish.animate.cues import MusicCues
from tremendo.finish.animate.face.engine import face_engine
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.performance import fitted_to, usable_faces
from tremendo.finish.animate.face.presets import preset_motion
from tremendo.finish.animate.options import MotionOptions, ShotFormat
from tremendo.media import read_photo
from tremendo.perception.faces import Face

if TYPE_CHECKING:
    from tremendo.finish.animate.analysis.photo import PhotoAnalysis

__all__ = [
    "FACE_HEIGHT",
    "CameraShot",
    "FacePerformance",
    "MotionChoice",
    "MotionPlan",
    "face_performance",
    "plan_motion",
    "propose_motion",
]

FACE_HEIGHT = 0.12
"""Height of a face, as a share of the picture's, from which on it carries a picture alone."""
_MUCH = 0.1
"""Least share of the picture that must flow for this to be what the picture is about."""
_SMALLEST_ALIVE = 34
"""Height in pixels of the smallest face that stirs in a group."""
_STIR = 0.8
"""How far small faces move, as a share of what portraits do."""
_RESTING = 0.4
"""How far the camera moves before water, as a share of what it does elsewhere."""
_SILENT = ("look-round", "smile", "nod")
"""What a face in a film does by itself, with ``sing`` where somebody sings; one by the seed."""


@dataclass(frozen=True)
class MotionChoice:
    """What suits a photograph."""

    motion: str
    """``face``, ``figures``, ``loop`` or ``camera``."""
    reason: str


@dataclass(frozen=True)
class FacePerformance:
    """Faces perform; the rest of the picture stands still but for what flows."""

    faces: tuple[Face, ...]
    motions: tuple[HeadMotion, ...]
    """Of each face, as many frames as the shot has."""
    performance: str
    """In words."""
    engine: str
    seed: int
    reason: str
    window: PhotoWindow | None = None
    """The part of the photograph that a close-up fills the frame with; None shows all of it."""
    flows: tuple[FlowRegion, ...] = ()
    bar: float = 4.0
    """Seconds after which what flows is where it was."""


@dataclass(frozen=True)
class CameraShot:
    """The camera moves, or rests; people stir, and water or leaves flow."""

    motion: str
    """``figures``, ``loop`` or ``camera``: what the shot is about."""
    reason: str
    camera: CameraSettings | None
    """None where it rests: then the frame must have the photograph's size."""
    move_reason: str = ""
    faces: FacePerformance | None = None
    """Small faces that look about and blink, each in its own time."""
    people: bool = False
    """Whether people who stand free of the background stir."""
    still: str = ""
    """What keeps still though it has a face: a drawing, a sculpture."""
    flows: tuple[FlowRegion, ...] = ()
    bar: float = 4.0
    refused: str = ""
    """Why no face performs, though one was asked for."""


MotionPlan = FacePerformance | CameraShot


def propose_motion(analysis: PhotoAnalysis) -> MotionChoice:
    """What suits a photograph, and why."""
    largest = analysis.tallest
    if largest >= FACE_HEIGHT:
        return MotionChoice("face", f"a face as high as {largest:.0%} of the picture")
    flowing = [region for region in analysis.flow_regions if region.area.mean() > _MUCH]
    found = ", ".join(f"{region.kind}, {region.confidence:.0%} sure" for region in flowing)
    if any(region.kind == "sea" for region in flowing):
        return MotionChoice("loop", found)
    if len(analysis.boxes) > 1:
        return MotionChoice("figures", f"a group of {len(analysis.boxes)} faces")
    if people := analysis.depth.people:
        return MotionChoice("figures", f"people who stand free of the background: {people}")
    if flowing:
        return MotionChoice("loop", found)
    return MotionChoice("camera", "nobody in it who could stir, and little that surely flows")


def plan_motion(
    analysis: PhotoAnalysis,
    options: MotionOptions,
    cues: MusicCues,
    form: ShotFormat,
    *,
    refused: str = "",
) -> MotionPlan:
    """How a photograph is to move.

    Args:
        analysis: of the photograph.
        options: what is asked for.
        cues: what the music gives.
        form: of the frames.
        refused: why no face can perform, if that is known: then the camera moves.

    Raises:
        UsageError: there is no such face, engine or performance.
        ModelMissingError: a network that is needed is not on this machine.
    """
    if not refused and _face_performs(analysis, options):
        try:
            return _performance(analysis, options, cues, form)
        except NothingUsableError as error:
            refused = error.message
    if options.mask is not None:
        reason = "only the painted area moves"
        flows = _painted(options)
        return CameraShot("loop", reason, None, flows=flows, bar=cues.bar, refused=refused)
    return replace(_camera_shot(analysis, options, cues, form), refused=refused)


def _face_performs(analysis: PhotoAnalysis, options: MotionOptions) -> bool:
    if options.asks_for_face:
        return True
    return options.motion == "auto" and propose_motion(analysis).motion == "face"


def _performance(
    analysis: PhotoAnalysis, options: MotionOptions, cues: MusicCues, form: ShotFormat
) -> FacePerformance:
    """Faces that perform: in a close-up of them, or on the whole photograph.

    Raises:
        NothingUsableError: none can bear it.
    """
    face_engine(options.engine)
    window, picture = None, analysis
    if form.close_up:
        window = place_window(analysis.photo, analysis.boxes, form.aspect, analysis.composition)
        picture = analysis.close_up(window.part, form.size)
    driver = options.driver or _by_itself(options, cues, form)
    plan = face_performance(picture, replace(options, driver=driver), cues, form)
    return replace(plan, window=window, flows=_painted(options), bar=cues.bar)


def _by_itself(options: MotionOptions, cues: MusicCues, form: ShotFormat) -> str:
    """What a face does that nobody has told: alone it idles, in a film each does another thing."""
    if not form.close_up:
        return "idle"
    able = (*_SILENT, "sing") if cues.voice else _SILENT
    return able[options.seed % len(able)]


def face_performance(
    analysis: PhotoAnalysis,
    options: MotionOptions,
    cues: MusicCues,
    form: ShotFormat,
    *,
    least: float | None = None,
) -> FacePerformance:
    """The faces of a picture that can bear it, each with its motion.

    Args:
        analysis: of the picture.
        options: who performs what; a face that nobody has told anything idles.
        cues: what the music gives.
        form: of the frames.
        least: height in pixels of the smallest face to move, see `usable_faces`.

    Raises:
        NothingUsableError: none can; says why.
        UsageError: there is no face of that number.
    """
    found = analysis.faces if options.box is None else analysis.face_at(options.box)
    drivers = _drivers(options, len(found))
    usable, reason = usable_faces(found, analysis.size, least=least)
    numbers = [n for n, one in enumerate(found) if n in drivers and any(one is u for u in usable)]
    if not numbers:
        raise NothingUsableError(
            f"no face here can be animated: {reason}", hint="let the camera move instead"
        )
    if not options.explicitly_requested:
        media = analysis.depicted([found[number] for number in numbers])
        numbers = [n for n, one in zip(numbers, media, strict=True) if one == "photograph"]
        if not numbers:
            raise NothingUsableError(
                f"no face here can be animated: it looks like a {media[0]}",
                hint="to move it all the same: --motion face",
            )
    played = [drivers[number] for number in numbers]
    names = sorted({one if isinstance(one, str) else "a driver" for one in played})
    motions = tuple(
        _motion(one, analysis, cues, form, options.seed + 1000 * place).scaled(
            options.strength, options.expression
        )
        for place, one in enumerate(played)
    )
    chosen = tuple(found[number] for number in numbers)
    return FacePerformance(chosen, motions, ", ".join(names), options.engine, options.seed, reason)


def _drivers(options: MotionOptions, found: int) -> dict[int, HeadMotion | str]:
    """What each face performs, by its number from 0."""
    driver = options.driver or "idle"
    if isinstance(driver, Mapping):
        drivers = {number - 1: one for number, one in driver.items()}
    else:
        drivers = dict.fromkeys(range(found), driver)
    if options.face != "all":
        drivers = {options.face - 1: drivers.get(options.face - 1, "idle")}
    if found and any(not 0 <= number < found for number in drivers):
        raise UsageError(f"the photograph has only {found} face(s)")
    return drivers


def _motion(
    driver: HeadMotion | str, analysis: PhotoAnalysis, cues: MusicCues, form: ShotFormat, seed: int
) -> HeadMotion:
    if isinstance(driver, HeadMotion):
        return fitted_to(driver, form.frames)
    return preset_motion(
        driver,
        analysis.finder.canonical,
        frames=form.frames,
        fps=form.fps,
        beats=cues.beats,
        accents=cues.accents,
        voice=cues.voice,
        seed=seed,
    )


def _painted(options: MotionOptions) -> tuple[FlowRegion, ...]:
    """What a user has painted to flow."""
    if options.mask is None:
        return ()
    area = np.asarray(read_photo(options.mask)[..., 0] / 255, np.float32)
    return (FlowRegion("the painted area", area, options.way, 1.0),)


def _camera_shot(
    analysis: PhotoAnalysis, options: MotionOptions, cues: MusicCues, form: ShotFormat
) -> CameraShot:
    """A camera move, with its reason, over what stirs and flows in the photograph."""
    named = options.motion if options.motion in ("figures", "loop", "camera") else ""
    choice = propose_motion(analysis)
    reason = "as told" if named else choice.reason
    if choice.motion == "face" and not named:  # it does not perform here, see `plan_motion`
        choice, reason = MotionChoice("camera", ""), ""
    motion = named or choice.motion
    move, why = options.move, "as told"
    if move == "auto":
        move, why = choose_move(analysis, aspect=form.aspect, seed=options.seed)
    stir, still = options.strength if named in ("", "figures") else 0.0, ""
    if stir and not options.explicitly_requested and analysis.depiction != "photograph":
        stir, still = 0.0, analysis.depiction
    resting = _RESTING if motion == "loop" else 1.0
    return CameraShot(
        motion,
        reason,
        CameraSettings(move, options.strength * resting, "auto", stir, cues.beats, options.seed),
        move_reason=why,
        faces=_alive(analysis, replace(options, strength=_STIR * stir), cues, form),
        people=bool(stir) and analysis.depth.people > 0,
        still=still,
        flows=analysis.flow_regions if named in ("", "loop") else (),
        bar=cues.bar,
    )


def _alive(
    analysis: PhotoAnalysis, options: MotionOptions, cues: MusicCues, form: ShotFormat
) -> FacePerformance | None:
    """The small faces of a picture looking about; None where there is none that can."""
    if not options.strength:
        return None
    idle = replace(options, driver="idle", face="all", box=None, engine="mesh", expression=None)
    try:
        return face_performance(analysis, idle, MusicCues(cues.beats), form, least=_SMALLEST_ALIVE)
    except NothingUsableError:
        return None
