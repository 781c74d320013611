"""One photograph set in motion on its own: what ``animate`` does."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tremendo.consent import DECLARATIONS, Consent
from tremendo.deliver.provenance import Action, Ingredient, can_be_signed, sign
from tremendo.errors import NothingUsableError, UsageError
from tremendo.media import FilmWriter, Frame, open_frames, read_photo
from tremendo.media.atomic import atomic_path
from tremendo.media.inventory import FILM_SUFFIXES
from tremendo.pipeline.single import codec_of, file_sound
from tremendo.store import digest_file

if TYPE_CHECKING:
    from tremendo.finish.animate.flow import Way

__all__ = ["animate_file"]

_LOOP = 4.0
"""Seconds of a loop without a song."""


def animate_file(
    photo: Path,
    output: Path,
    *,
    driver: str | dict[int, str] = "idle",
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
) -> str | None:
    """Set a photograph in motion at its own size; returns a note when a face could not move.

    Args:
        photo: the photograph.
        output: the film.
        driver: a film of a face or a preset, for all faces or for each by its number from 1.
        song: beats, accents and voice for the presets; its beginning becomes the film's sound.
        face: number of the face from 1 in reading order, or ``all``.
        box: left, top, right, bottom in pixels of a face that is not found by itself.
        seconds: length; a driver film gives its own length and rate.
        fps: frames a second.
        strength: 0..1, of the head's motion or of the camera's.
        expression: 0..1, of the expression; None follows ``strength``.
        neutral: resting frame of a driver film.
        move: camera move of a photograph without a usable face.
        loop: a mask of the photograph's size, white where water, smoke, flags or leaves move; the
            loop lasts a bar of the song, or four seconds.
        way: pixels a second to the right and down, or ``sway``.
        consent: ``historic``, ``self`` or ``permission``: goes into the provenance record of
            outputs that can carry one (mp4, mov).

    Raises:
        MediaError: the photograph or the driver cannot be read.
        UsageError: there is no such preset or face.
    """
    from tremendo.finish.animate.face import animate_face
    from tremendo.finish.animate.flow import Flow
    from tremendo.finish.take import Motion, move_photo

    if consent is not None and consent not in DECLARATIONS:
        raise UsageError(f"--consent {consent}", hint="one of " + ", ".join(DECLARATIONS))
    said = Consent({} if consent is None else {"*": consent})
    picture = read_photo(photo)
    height, width = picture.shape[:2]
    frames = max(1, round(seconds * fps))
    named = driver if isinstance(driver, dict) else {0: driver}
    motions = {number: _performance(one, neutral) for number, one in named.items()}
    filmed = [(motion, rate) for motion, rate in motions.values() if rate is not None]
    if filmed:
        frames, fps = max(len(motion) for motion, _ in filmed), filmed[0][1]
    cues = _cues(song)
    players = {number - 1: motion for number, (motion, _) in motions.items()}
    note: str | None = None
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    try:
        moving = animate_face(
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
        )
        first = next(moving)
    except NothingUsableError as error:
        if loop is not None:
            note = f"{error.message}: only the painted area moves"
            moving = repeat(picture, frames)
        else:
            shape = Motion("parallax", frames, fps, width, height, cues.beats, move=move)
            boxes = _boxes(picture)  # the faces may stir
            moving, done = move_photo(picture, replace(shape, faces=boxes, strength=strength))
            note = f"{error.message}: {done}"
        first = next(moving)
    played: Iterator[Frame] = chain([first], moving)
    if loop is not None:
        flow = Flow(picture, read_photo(loop)[..., 0] / 255, way, period=cues.bar)
        played = (flow.frame(frame, float(n / fps)) for n, frame in enumerate(played))
    sound = file_sound(song, frames / fps)
    codec = codec_of(output)
    with atomic_path(output) as part:
        signed = can_be_signed(output)
        plain = part.with_name(f"{part.stem}-plain{part.suffix}") if signed else part
        try:
            with FilmWriter(plain, width, height, fps, codec, audio=sound) as film:
                for frame in played:
                    film.write(frame)
            if signed:
                _sign(
                    plain,
                    part,
                    photo,
                    said,
                    moved=note is None or bool(boxes),
                    looped=loop is not None,
                )
        finally:
            if signed:
                plain.unlink(missing_ok=True)
    return note


_CAMERA = "a photograph filmed by a virtual camera; parts hidden in the original made up"
_FACE = "a face in a photograph set in motion: nobody moved like this"
_LOOPED = "water, smoke, cloth or leaves in a photograph set in motion"


def _sign(
    plain: Path, output: Path, photo: Path, consent: Consent, *, moved: bool, looped: bool
) -> None:
    """Record in the film what was done to the photograph, and who allowed it."""
    done = [f"{_FACE}; {consent.statement([photo])}"] if moved else []
    done += [_LOOPED] if looped else [] if moved else [_CAMERA]
    digest = digest_file(photo)
    sign(
        plain,
        output,
        photo.stem,
        [Action("c2pa.edited", what, generated=moved) for what in done],
        [Ingredient(photo.name, digest)],
    )


def _boxes(picture: Frame) -> tuple[tuple[float, float, float, float], ...]:
    """Faces as fractions of the picture: left, top, width, height."""
    from tremendo.models.face import FaceFinder

    height, width = picture.shape[:2]
    return tuple(
        (face.box[0] / width, face.box[1] / height, face.width / width, face.height / height)
        for face in FaceFinder().find(picture)
    )


def _performance(driver: str, neutral: str) -> tuple[Any, Fraction | None]:
    """A preset's name, or the motion in a film with the film's rate."""
    if Path(driver).suffix.lower() not in FILM_SUFFIXES:
        return driver, None
    from tremendo.finish.animate.driver import film_motion
    from tremendo.models.face import FaceFinder

    if neutral not in {"auto", "first"} and not neutral.isdigit():
        raise UsageError(f"--neutral {neutral}", hint="auto, first or a frame's number")
    resting: Any = int(neutral) if neutral.isdigit() else neutral
    film = open_frames(driver)
    return film_motion(film, FaceFinder(), neutral=resting), film.fps


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
    from tremendo.finish.animate.voice import song_voice
    from tremendo.music import listen

    heard = listen(song)
    return _Cues(
        tuple(beat.time for beat in heard.beats),
        tuple(accent.time for accent in heard.accents),
        tuple(song_voice(song).tolist()),
        statistics.median(bar.end - bar.start for bar in heard.bars) if heard.bars else _LOOP,
    )
