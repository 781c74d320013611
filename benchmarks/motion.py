"""Cost of a photograph in motion at 640 pixels: reading it once, then each frame, on one core.

    python benchmarks/motion.py [PHOTO...]      # prints a table; by default a picture of skimage

Processor time, so that a busy machine gives the same figures. The unit is decoding and encoding
the same frames (FFV1, one thread).
"""

from __future__ import annotations

import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from skimage import data as pictures

from tremendo.finish.animate import MotionOptions, MusicCues, ShotFormat, animate_photo
from tremendo.media import FilmWriter, open_frames, read_photo

FRAMES = 24
FPS = Fraction(24)


def shrunk(photo):
    scale = 640 / max(photo.shape[:2])
    size = tuple(round(side * scale / 2) * 2 for side in photo.shape[1::-1])
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA))


def copied(frames):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mkv"
        with FilmWriter(path, frames[0].shape[1], frames[0].shape[0], FPS) as out:
            for frame in frames:
                out.write(frame)
        return len(list(open_frames(path).read()))


def main() -> None:
    cv2.setNumThreads(1)
    photos = {Path(name).stem: read_photo(Path(name)) for name in sys.argv[1:]}
    print(f"{'photograph':30} {'read, s':>8} {'ms a frame':>11} {'copying':>8}  what moves")
    for name, whole in (photos or {"astronaut": pictures.astronaut()}).items():
        photo = shrunk(whole)
        high, wide = photo.shape[:2]
        start = time.process_time()
        form = ShotFormat(wide, high, FPS, FRAMES + 1)
        options = MotionOptions("scene", move="orbit", proposed=True)
        moving = animate_photo(photo, options, MusicCues(), form)
        made = [next(moving.frames)]
        read = time.process_time()
        made += list(moving.frames)
        done = time.process_time()
        copied(made)
        copying = time.process_time() - done
        each = 1000 * (done - read) / FRAMES
        unit = 1000 * copying / len(made)
        said = moving.record.statement
        print(f"{name[:30]:30} {read - start:8.1f} {each:11.0f} {unit:8.1f}  {said}")


if __name__ == "__main__":
    main()
