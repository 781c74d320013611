"""Cost of the steps as ratios taken in one run, so that the figure means the same on any machine.

    python benchmarks/steps.py            # prints a table

The unit is decoding and encoding the same frames (640x480, FFV1, one thread): what a film costs
when nothing is done to it.
"""

from __future__ import annotations

import tempfile
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from skimage import data as pictures

from tremendo.evaluate.period import damage_frames
from tremendo.evaluate.scene import render_scene
from tremendo.finish.animate import MotionOptions, MusicCues, ShotFormat, animate_photo
from tremendo.finish.color.engines.embedded import EmbeddedEngine
from tremendo.finish.color.film import colorize_film
from tremendo.finish.restore.chain import restore_film
from tremendo.media import FilmWriter, MemoryFrames, open_frames

FRAMES = 36


def seconds(work) -> float:
    start = time.process_time()
    for _ in work():
        pass
    return (time.process_time() - start) / FRAMES


def copied(frames):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mkv"
        with FilmWriter(path, 640, 480, Fraction(16)) as out:
            for frame in frames:
                out.write(frame)
        yield from open_frames(path).read()


def main() -> None:
    cv2.setNumThreads(1)
    clean = render_scene(FRAMES)
    frames = damage_frames(clean, seed=1).frames
    film = MemoryFrames(frames, 16)
    photo = np.ascontiguousarray(cv2.resize(pictures.astronaut(), (640, 640)))
    wide = ShotFormat(1280, 720, Fraction(24), FRAMES)
    whole = ShotFormat(640, 640, Fraction(24), FRAMES)
    network = EmbeddedEngine()
    luma = cv2.cvtColor(frames[0].astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[..., 0]
    network.predict(luma)
    unit = seconds(lambda: copied(frames))
    steps = {
        "decode and encode (the unit)": unit,
        "one pass of the color network": seconds(
            lambda: (network.predict(luma) for _ in range(FRAMES))
        ),
        "restore, gentle": seconds(lambda: restore_film(film)),
        "color": seconds(lambda: colorize_film(film, network=network)),
        "parallax to 1280x720": seconds(
            lambda: animate_photo(photo, MotionOptions("scene"), MusicCues(), wide, faces=()).frames
        ),
        "face, 640 px": seconds(
            lambda: animate_photo(photo, MotionOptions(driver="smile"), MusicCues(), whole).frames
        ),
    }
    print(f"{'step':32} {'ratio':>6} {'ms a frame, one core':>22}")
    for name, cost in steps.items():
        print(f"{name:32} {cost / unit:6.1f} {1000 * cost:22.1f}")


if __name__ == "__main__":
    main()
