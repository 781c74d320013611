"""One photograph set in motion on its own: what ``animate`` does."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tremendo.consent import DECLARATIONS, Consent
from tremendo.deliver.provenance import Action, Ingredient, signed_path
from tremendo.errors import NothingUsableError, UsageError
from tremendo.media import FilmWriter, Frame, open_frames, read_photo
from tremendo.media.inventory import FILM_SUFFIXES
from tremendo.store import digest_file
from tremendo.tools.film import codec_of, file_sound

if TYPE_CHECKING:
    from tremendo.finish.animate.flow.cinemagraph import Way
    from tremendo.finish.take import Motion

__all__ = ["animate_file"]

_LOOP = 4.0
"""Seconds of a loop without a song."""


def animate_file(
    photo: Path,
    output: Path,
    *,
    motion: str = "auto",
    driver: str | dict[int, str] | None = None,
    song: Path | None = None,
    face: int | Literal["all"] = "all",
    box: tuple[float, float, float, float] | None = None,
    seconds: float = 6.0,
    fps: Fraction = Fraction(24),
    strength: float = 0.6,
    expression: float | None = None,
    neutral: str = "auto",
    move: str = "auto",
    loop: Path | None = None,
    way: Way = "sway",
    consent: str | None = None,
    engine: str = "mesh",
) -> str | None:
    """Set a photograph in motion at its own size; returns what was done if it was not a face.

    Args:
        photo: the photograph.
        output: the film.
        motion: ``face``, ``figures`` (people stir before a moving camera), ``loop`` (water and
            leaves flow), ``camera`` alone; ``auto``: a face where one is asked for by a driver, a
            number, a box or a mask, otherwise what suits the photograph.
        driver: a film of a face, one of LivePortrait's motion templates or a preset, for all faces
            or for each by its number from 1; by default ``idle``.
        song: beats, accents and voice for the presets; its beginning becomes the film's sound.
        face: number of the face from 1 in reading order, or ``all``.
        box: left, top, right, bottom in pixels of a face that is not found by itself.
        seconds: length; a driver film gives its own length and rate.
        fps: frames a second.
        strength: 0..1, of the head's motion or of the camera's.
        expression: 0..1, of the expression; None follows ``strength``.
        neutral: resting frame of a driver film.
        move: the camera's move.
        loop: a mask of the photograph's size, white where water, smoke, flags or leaves move; the
            loop lasts a bar of the song, or four seconds.
        way: pixels a second to the right and down, or ``sway``.
        consent: ``historic``, ``self`` or ``permission``: goes into the provenance record of
            outputs that can carry one (mp4, mov).
        engine: what moves faces: ``mesh``, ``geometry`` without its network's retouching, or
            ``liveportrait`` with the user's own weights.

    Raises:
        MediaError: the photograph or the driver cannot be read.
        UsageError: there is no such preset or face.
    """
    from tremendo.finish.animate.choice import MOTIONS, propose_motion
    from tremendo.finish.animate.face.engine import face_engine
    from tremendo.finish.animate.face.performance import animate_face
    from tremendo.finish.animate.flow.cinemagraph import Cinemagraph
    from tremendo.finish.take import Motion

    face_engine(engine)  # refused before anything is read
    if consent is not None and consent not in DECLARATIONS:
        raise UsageError(f"--consent {consent}", hint="one of " + ", ".join(DECLARATIONS))
    if motion not in ("auto", *MOTIONS):
        raise UsageError(f"--motion {motion}", hint="auto, " + ", ".join(MOTIONS))
    said = Consent({} if consent is None else {"*": consent})
    picture = read_photo(photo)
    height, width = picture.shape[:2]
    frames = max(1, round(seconds * fps))
    named = driver if isinstance(driver, dict) else {0: driver or "idle"}
    performances = {number: _performance(one, neutral, engine) for number, one in named.items()}
    filmed = [(played, rate) for played, rate in performances.values() if rate is not None]
    if filmed:
        frames, fps = max(len(played) for played, _ in filmed), filmed[0][1]
    cues = _cues(song)
    players = {number - 1: played for number, (played, _) in performances.items()}
    asked = (driver, face, box, loop) != (None, "all", None, None)
    boxes = () if asked else _boxes(picture)
    told = motion != "auto" or box is not None
    if motion == "auto":
        motion = "face" if asked or propose_motion(boxes).motion == "face" else ""
    if loop is not None and motion in ("figures", "camera"):
        raise UsageError("a painted mask needs a resting camera", hint="--motion face or loop")
    perform = partial(
        animate_face,
        picture,
        driver=players if isinstance(driver, dict) else players[-1],
        frames=frames,
        fps=fps,
        face=face if face == "all" else face - 1,
        box=box,
        strength=strength,
        expression=expression,
        beats=cues.beats,
        accents=cues.accents,
        voice=cues.voice,
        engine=engine,
        told=told,
    )
    shot = Motion("parallax", frames, fps, width, height, cues.beats, bar=cues.bar)
    shot = replace(shot, faces=boxes, move=move, strength=strength, moving=motion, told=told)
    moving, note, stirring = _moving(picture, motion, perform, shot, masked=loop is not None)
    if loop is not None:
        flow = Cinemagraph(picture, read_photo(loop)[..., 0] / 255, way, period=cues.bar)
        moving = map(flow.frame, moving, (float(n / fps) for n in range(frames)))
    film = _Film(width, height, fps, codec_of(output), file_sound(song, frames / fps))
    done = [f"{_FACE}; {said.statement([photo])}"] if stirring else []
    done += [_LOOPED] if loop is not None else [] if stirring else [_CAMERA]
    _write(
        moving, film, output, photo, [Action("c2pa.edited", it, generated=stirring) for it in done]
    )
    return note


def _moving(
    picture: Frame,
    motion: str,
    perform: Callable[[], Iterator[Frame]],
    shot: Motion,
    *,
    masked: bool,
) -> tuple[Iterator[Frame], str | None, bool]:
    """The frames; what was done if no face moves alone; whether people in it move."""
    from tremendo.finish.take import move_photo

    why = ""
    if motion == "face":
        try:
            return _begun(perform()), None, True
        except NothingUsableError as error:
            shot, why = replace(shot, moving=""), f"{error.message}: "
    if masked:
        return repeat(picture, shot.frames), f"{why}only the painted area moves", False
    shot = replace(shot, faces=shot.faces or _boxes(picture))  # the faces may stir
    moving, done = move_photo(picture, shot)
    return _begun(moving), why + done.statement, done.moves_people


def _begun(frames: Iterator[Frame]) -> Iterator[Frame]:
    """The same frames, the first already made: what cannot be done is refused now."""
    return chain([next(frames)], frames)


_CAMERA = (
    "a photograph filmed by a virtual camera; parts hidden in the original made up; "
    "people, water and leaves in it may stir"
)
_FACE = "a face in a photograph set in motion: nobody moved like this"
_LOOPED = "water, smoke, cloth or leaves in a photograph set in motion"


@dataclass(frozen=True)
class _Film:
    """What is written."""

    width: int
    height: int
    fps: Fraction
    codec: str
    sound: tuple[Any, int] | None


def _write(
    frames: Iterator[Frame], film: _Film, output: Path, photo: Path, actions: list[Action]
) -> None:
    """Write the film, with a record of what was done to the photograph where it can hold one."""
    sources = [Ingredient(photo.name, digest_file(photo))]
    with signed_path(output, photo.stem, actions, sources) as part:
        shape = (film.width, film.height, film.fps, film.codec)
        with FilmWriter(part, *shape, audio=film.sound) as writer:
            for frame in frames:
                writer.write(frame)


def _boxes(picture: Frame) -> tuple[tuple[float, float, float, float], ...]:
    """Faces as fractions of the picture: left, top, width, height."""
    from tremendo.perception.faces import face_finder

    height, width = picture.shape[:2]
    return tuple(
        (face.box[0] / width, face.box[1] / height, face.width / width, face.height / height)
        for face in face_finder().find(picture)
    )


def _performance(driver: str, neutral: str, engine: str) -> tuple[Any, Fraction | None]:
    """A preset's name, or the motion in a film or a template with its rate."""
    from tremendo.finish.animate.face.engine import face_engine
    from tremendo.finish.animate.face.presets import PRESETS
    from tremendo.finish.animate.face.registry import FACE_ENGINES
    from tremendo.perception.faces import face_finder

    suffix = Path(driver).suffix.lower()
    if driver in PRESETS or not suffix:
        return driver, None
    if suffix not in FILM_SUFFIXES:
        made = face_engine(engine)
        if suffix in made.templates:
            return made.read_template(Path(driver), face_finder().canonical)
        for name in FACE_ENGINES.names():
            if suffix in getattr(FACE_ENGINES.factory(name), "templates", ()):
                raise UsageError(f"{driver} is a template of {name}'s", hint=f"--engine {name}")
        return driver, None
    from tremendo.finish.animate.face.film_driver import film_motion

    if neutral not in {"auto", "first"} and not neutral.isdigit():
        raise UsageError(f"--neutral {neutral}", hint="auto, first or a frame's number")
    resting: Any = int(neutral) if neutral.isdigit() else neutral
    film = open_frames(driver)
    return film_motion(film, face_finder(), neutral=resting, engine=engine), film.fps


@dataclass(frozen=True)
class _Cues:
    """What the presets take from a song."""

    beats: tuple[float, ...] = ()
    accents: tuple[float, ...] = ()
    voice: tuple[float, ...] = ()
    bar: float = _LOOP
    """Seconds of a bar."""


def _cues(song: Path | None) -> _Cues:
    if song is None:
        return _Cues()
    from tremendo.finish.animate.face.voice import song_voice
    from tremendo.music import listen

    heard = listen(song)
    return _Cues(
        tuple(beat.time for beat in heard.beats),
        tuple(accent.time for accent in heard.accents),
        tuple(song_voice(song).tolist()),
        statistics.median(bar.end - bar.start for bar in heard.bars) if heard.bars else _LOOP,
    )
