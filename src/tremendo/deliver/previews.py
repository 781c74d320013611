"""Proposals to look at: a storyboard and ten seconds of low-resolution preview for each cut.

Both show the material as it lies in the archive: nothing is restored, colored or animated, so they
cost seconds. Photographs are pushed in on, slowly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from tremendo.archive import Clip, Shot, clip_frames
from tremendo.deliver.framing import fit_frame, focus_of
from tremendo.deliver.retime import Presentation, play_course
from tremendo.deliver.storyboard import draw_storyboard
from tremendo.errors import MediaError
from tremendo.media import FilmWriter, Frame, Frames, read_audio, read_photo
from tremendo.montage import Slot, Timeline
from tremendo.montage.beat_grid import frame_of
from tremendo.music import Song

__all__ = ["storyboard", "write_preview"]

_PREVIEW_SECONDS = 10
_THUMBNAIL = 160
_PREVIEW_HEIGHT = 180
_PUSH = 0.08
_RATE = 44_100


def storyboard(
    timeline: Timeline, song: Song, clips: Sequence[Clip], output: Path, *, title: str
) -> Path:
    """Draw the storyboard of a cut; each shot by the middle frame of what it shows.

    Raises:
        MediaError: the song cannot be read (shots that cannot are left empty).
        ResourceError: it cannot be written.
    """
    owner = {shot.id: (clip, shot) for clip in clips for shot in clip.shots}
    seen: dict[tuple[str, int], Frame | None] = {}
    pictures = []
    for slot in timeline.slots:
        middle = slot.source_frame((slot.start + slot.end) // 2, timeline.fps)
        key = (slot.shot, middle if slot.technique == "film" else 0)
        if key not in seen:
            seen[key] = _picture(*owner[slot.shot], key[1], timeline.width / timeline.height)
        pictures.append(seen[key])
    return draw_storyboard(timeline, song, pictures, output, title=title)


def write_preview(
    timeline: Timeline,
    song: Song,
    clips: Sequence[Clip],
    output: Path,
) -> Path:
    """Ten seconds of a cut as a small film (180 lines, H.264, the song under it).

    They lie around the most energetic beginning of a section, so that a change is seen and heard.

    Raises:
        MediaError: a file of the cut, or the song, can no longer be read.
        ResourceError: it cannot be written.
    """
    owner = {shot.id: (clip, shot) for clip in clips for shot in clip.shots}
    first, last = _stretch(timeline, song)
    width = 2 * round(_PREVIEW_HEIGHT * timeline.width / timeline.height / 2)
    with FilmWriter(
        output,
        width,
        _PREVIEW_HEIGHT,
        timeline.fps,
        "h264",
        audio=_sound(timeline, first, last),
        options={"preset": "veryfast", "crf": "28"},
    ) as film:
        for slot in timeline.slots:
            if slot.start >= last or slot.end <= first:
                continue
            clip, shot = owner[slot.shot]
            with closing(_material(clip, slot)) as frames:
                shown = play_course(
                    slot,
                    frames,
                    timeline.fps,
                    (width, _PREVIEW_HEIGHT),
                    Presentation(focus=focus_of(shot)),
                )
                for number, frame in enumerate(shown, start=slot.start):
                    if first <= number < last:
                        film.write(frame)
    return output


def _picture(clip: Clip, shot: Shot, native: int, aspect: float) -> Frame | None:
    """A frame in the film's shape; None when the file can no longer be read."""
    try:
        if clip.kind == "photo":
            frame = _cropped_photo(clip)
        else:
            with closing(clip_frames(clip)) as frames:
                frame = next(frames.read(native, native + 1))
    except (MediaError, StopIteration):
        return None
    return fit_frame(frame, round(_THUMBNAIL * aspect), _THUMBNAIL, focus=focus_of(shot))


def _cropped_photo(clip: Clip) -> Frame:
    left, top, right, bottom = clip.crop
    photo = read_photo(clip.path)
    return photo[top:bottom, left:right] if right > left and bottom > top else photo


def _material(clip: Clip, slot: Slot) -> Frames:
    return clip_frames(clip) if clip.kind == "film" else _Push(_cropped_photo(clip), slot)


class _Push:
    """A photograph as a film: the camera comes slowly nearer."""

    def __init__(self, photo: Frame, slot: Slot) -> None:
        factor = min(1.0, 2 * _PREVIEW_HEIGHT / photo.shape[0])
        small = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        self._photo = np.asarray(small, dtype=np.uint8)
        self.height, self.width = self._photo.shape[:2]
        self.fps: Fraction = slot.fps
        self._length = slot.duration

    def __len__(self) -> int:
        return self._length

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield frames ``start`` (inclusive) to ``stop`` (exclusive)."""
        for number in range(start, self._length if stop is None else stop):
            zoom = 1 + _PUSH * number / self._length
            center = (0.5 * self.width, 0.42 * self.height)
            nearer = cv2.getRotationMatrix2D(center, 0, zoom)
            moved = cv2.warpAffine(self._photo, nearer, (self.width, self.height))
            yield np.asarray(moved, dtype=np.uint8)

    def close(self) -> None:
        """Nothing to release."""


def _stretch(timeline: Timeline, song: Song) -> tuple[int, int]:
    """First output frame of the preview and the one after its last."""
    length = min(timeline.frames, round(_PREVIEW_SECONDS * timeline.fps))
    starts = [
        (section.energy, -frame)
        for section in song.sections
        for frame in [frame_of(section.start, timeline.fps, timeline.song_start)]
        if 0 < frame < timeline.frames
    ]
    edge = -max(starts)[1] if starts else timeline.frames // 2
    first = min(max(0, edge - length // 3), timeline.frames - length)
    return first, first + length


def _sound(timeline: Timeline, first: int, last: int) -> tuple[np.ndarray, int]:
    whole = read_audio(timeline.song, _RATE, mono=False)
    start, end = (
        round((timeline.song_start + frame / timeline.fps) * _RATE) for frame in (first, last)
    )
    part = whole[start:end]
    return np.pad(part, ((0, end - start - len(part)), (0, 0))), _RATE
