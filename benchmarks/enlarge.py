"""Enlarging against its truth: ``python benchmarks/enlarge.py PHOTO...``, twice and 1.5 times.

Each picture is brought to 1,000 pixels, made small by averaging (once after a blur, as a soft lens
or print would leave it), enlarged again and compared: decibels and SSIM of Lanczos and of ours.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np

from tremendo.evaluate.restore import compare_films
from tremendo.finish.restore.chain import restore_film
from tremendo.finish.restore.options import RestoreOptions
from tremendo.media import read_photo
from tremendo.media.frames import MemoryFrames

OFF = RestoreOptions().without(
    "deflicker", "stabilize", "mend", "scratch", "dust", "denoise", "tone", "grain"
)
SIDE = 996  # divides by 2 and by 1.5


def gray(plane):
    return cv2.merge([np.clip(np.rint(plane), 0, 255).astype(np.uint8)] * 3)


def truth(path):
    plane = cv2.cvtColor(read_photo(path), cv2.COLOR_RGB2GRAY).astype(np.float32)
    scale = SIDE / max(plane.shape)
    size = tuple(round(n * scale / 12) * 12 for n in plane.shape[::-1])
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def main() -> None:
    figures = {}
    for path in map(Path, sys.argv[1:]):
        large = truth(path)
        size = large.shape[::-1]
        for factor in (1.5, 2.0):
            for blur in (0.0, 1.0):
                seen = cv2.GaussianBlur(large, (0, 0), blur) if blur else large
                less = tuple(round(n / factor) for n in size)
                small = gray(cv2.resize(seen, less, interpolation=cv2.INTER_AREA))
                plain = cv2.resize(small, size, interpolation=cv2.INTER_LANCZOS4)
                (ours,) = restore_film(
                    MemoryFrames([small]),
                    options=RestoreOptions(**vars(OFF) | {"upscale": factor}),
                )
                for name, made in (("lanczos", plain), ("ours", ours)):
                    found = compare_films([made] * 3, [gray(large)] * 3)  # three have a jitter
                    key = f"{factor:g} times, blur {blur:g}, {name}"
                    figures.setdefault(key, []).append((found.psnr, found.ssim))
    means = {key: np.mean(rows, axis=0).round(3).tolist() for key, rows in figures.items()}
    print(json.dumps(means, indent=2))


if __name__ == "__main__":
    main()
