"""One photograph set in motion on its own: what ``animate`` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from tremendo.consent import DECLARATIONS, Consent
from tremendo.core.outputs import Output, check_outputs
from tremendo.deliver.provenance import Action, Ingredient, signed_path
from tremendo.errors import UsageError
from tremendo.finish.animate import (
    MotionOptions,
    MotionRecord,
    MusicCues,
    ShotFormat,
    animate_photo,
)
from tremendo.media import FilmWriter, Frame, read_photo
from tremendo.store import digest_file
from tremendo.tools.film import CODEC_OF, codec_of, file_sound

__all__ = ["animate_file"]

_CAMERA = "a photograph filmed by a virtual camera; parts hidden in the original made up"
_PEOPLE = "people in a photograph set in motion: nobody moved like this"
_FACE = "a face in a photograph set in motion: nobody moved like this"
_LOOPED = "water, smoke, cloth or leaves in a photograph set in motion"


def animate_file(
    photo: Path,
    output: Path | Output,
    options: MotionOptions | None = None,
    *,
    song: Path | None = None,
    seconds: float = 6.0,
    fps: Fraction = Fraction(24),
    neutral: str = "auto",
    consent: str | None = None,
) -> MotionRecord:
    """Set a photograph in motion at its own size; returns what was really done.

    Args:
        photo: the photograph.
        output: the film; with ``force`` a file that is there already is replaced.
        options: what is asked for; drivers may be films of a face, or motion templates of the
            engine.
        song: beats, accents and voice for the performance; its beginning becomes the film's sound.
        seconds: length; a driver film gives its own length and rate.
        fps: frames a second.
        neutral: resting frame of a driver film: ``auto``, ``first`` or its number.
        consent: ``historic``, ``self`` or ``permission``: goes into the provenance record of
            outputs that can carry one (mp4, mov).

    Raises:
        MediaError: the photograph or the driver cannot be read.
        UsageError: the film would replace what it must not, or there is no such performance, engine
            or face.
        ModelMissingError: a network that is needed is not on this machine.
    """
    if consent is not None and consent not in DECLARATIONS:
        raise UsageError(f"--consent {consent}", hint="one of " + ", ".join(DECLARATIONS))
    options = options or MotionOptions()
    target = replace(Output.of(output), suffixes=CODEC_OF)
    output = target.path
    check_outputs([target], [photo, *_read_besides(options, song)])
    options, filmed = _with_drivers(options, neutral)
    picture = read_photo(photo)
    frames = max(1, round(seconds * fps))
    if filmed:
        frames, fps = max(length for length, _ in filmed), filmed[0][1]
    cues = MusicCues() if song is None else MusicCues.listen(song)
    form = ShotFormat(picture.shape[1], picture.shape[0], fps, frames)
    moving = animate_photo(picture, options, cues, form)
    actions = _actions(moving.record, Consent({} if consent is None else {"*": consent}), photo)
    sources = [Ingredient(photo.name, digest_file(photo))]
    with signed_path(output, photo.stem, actions, sources) as part:
        _write(part, output, moving.frames, form, song)
    return moving.record


def _read_besides(options: MotionOptions, song: Path | None) -> list[Path]:
    """The files that are read beside the photograph: drivers that are files, song and mask."""
    given = options.driver
    named = given.values() if isinstance(given, Mapping) else [given]
    maybe = [*(one for one in named if isinstance(one, str | Path)), song, options.mask]
    return [Path(one) for one in maybe if isinstance(one, str | Path)]


def _with_drivers(
    options: MotionOptions, neutral: str
) -> tuple[MotionOptions, list[tuple[int, Fraction]]]:
    """The options with films and templates read, and the length and rate of each of these."""
    from tremendo.finish.animate.face.drivers import read_driver
    from tremendo.finish.animate.face.engine import face_engine
    from tremendo.finish.animate.face.motion import HeadMotion

    face_engine(options.engine)  # refused before anything is read
    given = options.driver
    if given is None or isinstance(given, HeadMotion):
        return options, []
    named = given if isinstance(given, Mapping) else {0: given}
    read = {
        number: (one, None)
        if isinstance(one, HeadMotion)
        else read_driver(one, engine=options.engine, neutral=neutral)
        for number, one in named.items()
    }
    filmed = [(len(played), rate) for played, rate in read.values() if rate is not None]
    drivers = {number: played for number, (played, _) in read.items()}
    return replace(options, driver=drivers if isinstance(given, Mapping) else drivers[0]), filmed


def _actions(record: MotionRecord, consent: Consent, photo: Path) -> list[Action]:
    """What was done to the photograph, for its provenance."""
    done = []
    if record.moves_people:
        done.append(f"{_FACE if record.faces else _PEOPLE}; {consent.statement([photo])}")
    if record.flows:
        done.append(_LOOPED)
    if record.move:
        done.append(_CAMERA)
    return [Action("c2pa.edited", one, generated=record.moves_people) for one in done]


def _write(
    part: Path, output: Path, frames: Iterator[Frame], form: ShotFormat, song: Path | None
) -> None:
    sound = file_sound(song, form.frames / form.fps)
    with FilmWriter(part, *form.size, form.fps, codec_of(output), audio=sound) as writer:
        for frame in frames:
            writer.write(frame)
