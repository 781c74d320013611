"""One file of the archive, fully understood: a film, an image sequence or a photograph."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from tremendo.archive.cadence import Cadence, CadenceMeter
from tremendo.archive.describe import (
    FilmMeasures,
    describe_photo,
    describe_shot,
    has_real_color,
    measure,
    sample_frames,
)
from tremendo.archive.edges import EdgeMeter, Edges
from tremendo.archive.faces import embed, faces_in
from tremendo.archive.mount import print_chroma
from tremendo.archive.pictures import luma_of
from tremendo.archive.subjects import subjects_in
from tremendo.archive.types import Clip, FaceBox, Shot
from tremendo.errors import MediaError, ModelMissingError
from tremendo.media import FrameSelection, open_frames
from tremendo.media.film import FilmReader
from tremendo.media.frames import Frame, Frames
from tremendo.media.photo import load_photo
from tremendo.media.sequence import SequenceReader
from tremendo.store import digest_file

__all__ = ["clip_frames", "describe_clip"]

_SMALLEST = 64
_PHOTO_SIDE = 1600


def describe_clip(path: Path, kind: str, tags: tuple[str, ...]) -> Clip:
    """Understand one file: its digest, true speed, picture area, shots and what they show.

    A film is read three times: for speed and edges, for cuts and measures, and a few frames per
    shot for faces. Memory does not grow with its length but for some numbers per frame.

    Args:
        path: film file, image-sequence folder or photograph.
        kind: ``film`` or ``photo``.
        tags: the user's tags (from folder names).

    Raises:
        MediaError: it cannot be read, or is too small or too short to use.
    """
    return _photo(path, tags) if kind == "photo" else _film(path, tags)


def clip_frames(clip: Clip) -> FrameSelection:
    """The clip's native frames inside its crop.

    Raises:
        MediaError: a photograph was given, or the film can no longer be read.
    """
    if clip.kind != "film":
        raise MediaError("a photograph has no frames to play", path=clip.path)
    return FrameSelection(
        open_frames(clip.path), clip.frame_map or None, fps=clip.fps, crop=clip.crop
    )


def _photo(path: Path, tags: tuple[str, ...]) -> Clip:
    digest = _digest(path)
    photo = load_photo(path)
    frame = photo.pixels
    height, width = frame.shape[:2]
    _check_size(path, width, height)
    warnings = list(photo.notes)
    shrink = min(1.0, _PHOTO_SIDE / max(height, width))
    view = np.asarray(
        cv2.resize(frame, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        if shrink < 1
        else frame,
        dtype=np.uint8,
    )
    faces = _look_for_faces([view], warnings, thorough=True)[0]
    shot = describe_photo(
        view,
        clip=digest[:16],
        faces=faces,
        embedding=_look(view, warnings),
        subjects=_name_subjects([view], faces, warnings),
    )
    return Clip(
        id=digest[:16],
        path=path,
        digest=digest,
        kind="photo",
        width=width,
        height=height,
        fps=Fraction(1),
        container_fps=Fraction(1),
        frames=1,
        crop=(0, 0, width, height),
        colored=has_real_color(print_chroma(view)),
        tags=tags,
        shots=(shot,),
        warnings=tuple(warnings),
    )


def _film(path: Path, tags: tuple[str, ...]) -> Clip:
    digest = _digest(path)
    source = open_frames(path)
    _check_size(path, source.width, source.height)
    cadence, edges = _survey(source)
    warnings = [*_complaints(source), *cadence.warnings, *edges.warnings]
    native = FrameSelection(source, cadence.frame_map, fps=cadence.fps, crop=edges.crop)
    measures = measure(native)
    shots = tuple(_shots(native, measures, digest[:16], warnings))
    native.close()
    if not shots:
        warnings.append("nothing but blank frames")
    return Clip(
        id=digest[:16],
        path=path,
        digest=digest,
        kind="film",
        width=source.width,
        height=source.height,
        fps=cadence.fps,
        container_fps=source.fps,
        frames=len(native),
        frame_map=() if len(native) == len(source) else cadence.frame_map,
        crop=edges.crop,
        colored=has_real_color(measures.chroma),
        tags=tags,
        shots=shots,
        warnings=tuple(dict.fromkeys(warnings)),
        start_timecode=getattr(source, "start_timecode", ""),
    )


def _survey(source: Frames) -> tuple[Cadence, Edges]:
    """First reading: the film's true speed and the picture inside its edges."""
    cadence = CadenceMeter()
    edges = EdgeMeter(source.width, source.height)
    for frame in source.read():
        luma = luma_of(frame)
        cadence.add(luma)
        edges.add(luma)
    return cadence.result(source.fps), edges.result()


def _complaints(source: FilmReader | SequenceReader) -> Iterator[str]:
    """What the first reading of the file had to put up with."""
    yield from source.warnings if isinstance(source, SequenceReader) else source.info.warnings
    if source.bad_frames:
        yield f"{source.bad_frames} of {len(source)} frames are damaged: the one before is shown"


def _shots(
    native: FrameSelection, measures: FilmMeasures, clip: str, warnings: list[str]
) -> Iterator[Shot]:
    """Last reading: a closer look at a few frames of every shot."""
    spans = measures.cuts.shots
    wanted = [sample_frames(measures, start, end) for start, end in spans]
    closer = FrameSelection(native, [number for sample in wanted for number in sample]).read()
    for span, sample in zip(spans, wanted, strict=True):
        frames = list(itertools.islice(closer, len(sample)))
        faces = _look_for_faces(frames, warnings, thorough=False)
        if not any(faces):
            faces = _look_for_faces(frames, warnings, thorough=True)
        key = max(range(len(sample)), key=lambda i: (len(faces[i]), measures.clarity(sample[i])))
        yield describe_shot(
            measures,
            span,
            clip=clip,
            fps=native.fps,
            key_frame=sample[key],
            faces=faces[key],
            embedding=_look(frames[key], warnings),
            subjects=_name_subjects(frames, faces[key], warnings),
        )


def _look_for_faces(
    frames: list[Frame], warnings: list[str], *, thorough: bool
) -> list[tuple[FaceBox, ...]]:
    try:
        return faces_in(frames, thorough=thorough)
    except ModelMissingError:
        warnings.append("faces were not looked for: run `tremendo models pull face`")
        return [()] * len(frames)


def _look(frame: Frame, warnings: list[str]) -> tuple[float, ...]:
    try:
        return embed(frame)
    except ModelMissingError:
        warnings.append("likeness is not known: run `tremendo models pull color`")
        return ()


def _check_size(path: Path, width: int, height: int) -> None:
    if max(width, height) < _SMALLEST or min(width, height) < _SMALLEST // 2:
        raise MediaError(
            f"the picture is too small to use ({width} x {height} pixels)",
            path=path,
            hint=f"leave it out, or find a larger scan ({_SMALLEST} pixels at the very least)",
        )


def _digest(path: Path) -> str:
    try:
        return digest_file(path)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise MediaError(
            f"the file cannot be opened ({reason})", path=path, hint="check name and permissions"
        ) from error


def _name_subjects(
    frames: list[Frame], faces: tuple[FaceBox, ...], warnings: list[str]
) -> dict[str, float]:
    tallest = max((face.height for face in faces), default=0.0)
    try:
        return subjects_in(frames, tallest_face=tallest)
    except ModelMissingError:
        warnings.append("subjects are not named: run `tremendo models pull sight subjects`")
        return {}
