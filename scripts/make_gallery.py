"""A finished project and its film go in, the pictures of ``docs/gallery.md`` come out.

    python scripts/make_gallery.py demo/demo.tremendo demo/demo.mp4 docs/images

*Why*: a gallery that is drawn by hand shows what the program once did. Everything here is read
from the film itself and from what the project says of it; nothing is done to a picture but to
scale it and to lay it beside others.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

import tremendo as tr
from tremendo.archive import Clip, Shot, clip_frames
from tremendo.deliver.storyboard import draw_storyboard
from tremendo.media import Frame, Frames, read_photo, write_photo
from tremendo.montage import Slot, Timeline
from tremendo.music import plot_song

ROOM = 150_000
"""Bytes of a picture: pages stay quick."""

GAP = 6
"""Pixels between pictures that are laid side by side."""

PAPER = (21, 18, 15)
"""The page's own dark."""


def scaled(picture: Frame, height: int) -> Frame:
    """The picture at another height, its shape kept."""
    width = round(picture.shape[1] * height / picture.shape[0])
    way = cv2.INTER_AREA if height < picture.shape[0] else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(picture, (width, height), interpolation=way), np.uint8)


def tiled(pictures: Sequence[Frame], columns: int, height: int) -> Frame:
    """Pictures of one shape in rows, with a gap of the page's color between them."""
    tiles = [scaled(picture, height) for picture in pictures]
    width = tiles[0].shape[1]
    rows = -(-len(tiles) // columns)
    shape = (rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3)
    sheet = np.full(shape, PAPER, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // columns * (height + GAP), number % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = tile
    return sheet


def beside(pictures: Sequence[Frame], height: int) -> Frame:
    """Pictures of any shapes in one row."""
    strip: list[Frame] = []
    for picture in pictures:
        strip += [scaled(picture, height), np.full((height, GAP, 3), PAPER, np.uint8)]
    return np.hstack(strip[:-1])


def save(path: Path, picture: Frame, width: int = 1280) -> None:
    """Write a JPEG of at most `ROOM` bytes, as fine as fits.

    Raises:
        ValueError: it does not fit however coarse it is.
    """
    if picture.shape[1] > width:
        picture = scaled(picture, round(picture.shape[0] * width / picture.shape[1]))
    for quality in range(92, 40, -4):
        write_photo(path, picture, quality=quality)
        if path.stat().st_size <= ROOM:
            return
    raise ValueError(f"{path.name} does not fit into {ROOM} bytes")


def one(film: Frames, number: int) -> Frame:
    """A single frame."""
    return next(iter(film.read(number, number + 1)))


def sources(clips: Sequence[Clip]) -> dict[str, tuple[Clip, Shot]]:
    """Shots by their id, with the clip that each is in."""
    return {shot.id: (clip, shot) for clip in clips for shot in clip.shots}


def before(clip: Clip, slot: Slot, frame: int, timeline: Timeline) -> Frame:
    """What the source shows where the film stands at ``frame``."""
    if clip.kind == "photo":
        return read_photo(clip.path)
    return one(clip_frames(clip), slot.source_frame(frame, timeline.fps))


def middle(slot: Slot) -> int:
    """The frame halfway through a slot."""
    return (slot.start + slot.end) // 2


def main(project: Path, film_path: Path, out: Path) -> None:
    """Draw all pictures of the gallery."""
    out.mkdir(parents=True, exist_ok=True)
    if tr.make(tr.Project.load(project), None, dry_run=True).planned:
        sys.exit(f"{project}: its film is of another cut or program; make it again first")
    made = tr.make(tr.Project.load(project), None)
    timeline, song = made.timeline, made.song
    if timeline is None or song is None:
        raise TypeError("make gave no cut")
    film, known = tr.open_frames(film_path), sources(made.clips)
    shown = [one(film, middle(slot)) for slot in timeline.slots]
    longest = sorted(timeline.slots, key=lambda slot: -slot.duration)

    save(out / "film.jpg", tiled(shown[:12], 4, 180))
    with tempfile.TemporaryDirectory() as folder:
        board, plot = Path(folder) / "board.png", Path(folder) / "song.png"
        draw_storyboard(timeline, song, shown, board, title="The demo, shot by shot")
        save(out / "storyboard.jpg", read_photo(board), 1600)
        plot_song(song, Path(timeline.song), plot)
        save(out / "song.jpg", read_photo(plot), 1600)

    plain = [slot for slot in longest if slot is not timeline.slots[-1]]  # there stand the credits
    reel = next(slot for slot in plain if known[slot.shot][0].kind == "film")
    frame = middle(reel)
    pair = [before(known[reel.shot][0], reel, frame, timeline), one(film, frame)]
    save(out / "before-after.jpg", beside(pair, 400))

    face = next(slot for slot in longest if slot.technique == "face")
    steps = np.linspace(face.start + 6, face.end - 7, 4).astype(int)
    moments = tiled([one(film, int(step)) for step in steps], 2, 240)
    print_ = before(known[face.shot][0], face, face.start, timeline)
    save(out / "photograph.jpg", beside([print_, moments], moments.shape[0]))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: make_gallery.py PROJECT FILM OUT")
    main(*(Path(word) for word in sys.argv[1:]))
