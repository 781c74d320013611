"""The calls that run in worker processes: each makes one result in the store and is idempotent."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from tremendo.archive import Clip, Shot, clip_frames, describe_clip
from tremendo.errors import MediaError
from tremendo.finish.film import FinishOptions, color_photo, finish_film
from tremendo.finish.restore.changes import Change, Changes
from tremendo.finish.take import Motion, move_photo
from tremendo.media import FilmWriter, Frame, read_photo, write_photo
from tremendo.music import Song, listen
from tremendo.music.corrections import parse_taps
from tremendo.project import BeatCorrections
from tremendo.store import Store

__all__ = ["animate", "color", "film", "ingest", "understand"]


def ingest(path: Path, kind: str, tags: tuple[str, ...], store: Path, key: str) -> Clip:
    """Describe one film or photograph."""
    clip = describe_clip(path, kind, tags)
    Store(store).put_record(key, clip)
    return clip


def understand(song: Path, hearing: BeatCorrections, store: Path, key: str) -> Song:
    """Listen to the song."""
    heard = listen(
        song,
        tempo=hearing.tempo or None,
        shift=hearing.shift,
        tracker=hearing.tracker,
        nudge=hearing.nudge_ms / 1000,
        meter=hearing.meter,
        taps=_taps(hearing),
    )
    Store(store).put_record(key, heard)
    return heard


def _taps(hearing: BeatCorrections) -> tuple[float, ...]:
    try:
        return parse_taps(hearing.taps)
    except ValueError as error:
        raise MediaError(
            f"music.taps: {error}", hint="seconds with blanks between, like '1.02 1.51 2.0 2.5'"
        ) from error


def film(
    clip: Clip, shot: Shot, take: tuple[int, int], look: FinishOptions, store: Path, key: str
) -> None:
    """Finish a take of a film shot."""
    changes: list[Change] = []
    finished = finish_film(
        clip_frames(clip),
        (shot.start, shot.end),
        take,
        look,
        colored=clip.colored,
        on_change=changes.append,
    )
    kept = Store(store)
    left, top, right, bottom = clip.crop
    _write_film(kept, key, finished, (right - left, bottom - top), clip.fps)
    kept.put_record(key, Changes(tuple(changes)))


def color(clip: Clip, look: FinishOptions, store: Path, key: str) -> None:
    """Color a photograph."""
    left, top, right, bottom = clip.crop
    photo = read_photo(clip.path)[top:bottom, left:right]
    colored = color_photo(photo, look, colored=clip.colored)
    Store(store).put(key, ".png", lambda part: _write_photo(part, colored))


def animate(photo: Path, motion: Motion, store: Path, key: str) -> str:
    """Set a colored photograph in motion; returns what was done in words."""
    frames, said = move_photo(read_photo(photo), motion)
    _write_film(Store(store), key, frames, (motion.width, motion.height), motion.fps)
    return said


def _write_film(
    store: Store, key: str, frames: Iterable[Frame], size: tuple[int, int], fps: Fraction
) -> None:
    def write(part: Path) -> None:
        with FilmWriter(part, *size, fps) as out:
            for frame in frames:
                out.write(frame)

    store.put(key, ".mkv", write)


def _write_photo(part: Path, photo: Frame) -> None:
    write_photo(part, photo)
