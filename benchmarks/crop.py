"""Faces under the moving crop, 9:16: ``python benchmarks/crop.py [FILM...]``; default the demo's.

Prints for each film the share of the area of all faces (found in every fourth frame, also those too
small to lead the crop) that the window keeps, that the best window for each frame alone could keep,
and that a window in the middle keeps.
"""

from __future__ import annotations

import json
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from tremendo.archive import clip_frames, describe_clip
from tremendo.archive.faces import faces_in
from tremendo.archive.types import FaceBox
from tremendo.deliver.auto_reframe import follow_action
from tremendo.demo import make_material

SHAPE = 9 / 16
EVERY = 4
FILMS = {".mkv", ".mp4"}


def areas(path: Path) -> np.ndarray:
    """Area of all faces, and what the three windows keep of it."""
    clip = describe_clip(path, "film", ())
    total = np.zeros(4)
    for shot in clip.shots:
        frames = list(clip_frames(clip).read(shot.start, shot.end))
        window = follow_action(frames, clip.fps, SHAPE)[:, 0]
        half = SHAPE * frames[0].shape[0] / frames[0].shape[1] / 2
        places = np.linspace(half, 1 - half, 60)
        for place, frame in list(zip(window, frames, strict=True))[::EVERY]:
            faces = faces_in([frame], thorough=True)[0]

            inside = partial(kept, faces, half)
            whole = sum(f.width * f.height for f in faces)
            total += [whole, inside(place), max(inside(p) for p in places), inside(0.5)]
    return total


def kept(faces: tuple[FaceBox, ...], half: float, x: float) -> float:
    """Area of the faces in a window around ``x``."""
    return sum(
        max(0.0, min(x + half, f.x + f.width) - max(x - half, f.x)) * f.height for f in faces
    )


def main() -> None:
    result, sums = {}, np.zeros(4)
    with tempfile.TemporaryDirectory() as folder:
        films = [Path(a) for a in sys.argv[1:]]
        if not films:
            make_material(Path(folder), seed=0)
            films = sorted(p for p in Path(folder).rglob("*") if p.suffix in FILMS)
        for film in films:
            found = areas(film)
            sums += found
            if found[0]:
                result[film.name] = shares(found)
    print(json.dumps({**result, "all": shares(sums)}, indent=2))


def shares(found: np.ndarray) -> dict[str, float]:
    named = zip(("kept", "possible", "middle"), found[1:] / max(found[0], 1e-9), strict=True)
    return {name: round(float(share), 3) for name, share in named}


if __name__ == "__main__":
    main()
