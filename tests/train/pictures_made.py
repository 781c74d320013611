"""Made photographs for training: green below, blue above, an orange disk."""

import tarfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def picture(seed: int, height: int = 96, width: int = 128) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    horizon = int(rng.integers(height // 3, height * 2 // 3))
    image = np.empty((height, width, 3), np.float32)
    image[:horizon] = (120, 160, 230)
    image[horizon:] = (60, 130, 40)
    center = (int(rng.integers(20, width - 20)), int(rng.integers(20, height - 20)))
    cv2.circle(image, center, 14, (230, 150, 60), -1)
    noise = cv2.GaussianBlur(rng.normal(0, 30, (height, width)).astype(np.float32), (0, 0), 1.5)
    return np.clip(image + noise[..., None], 0, 255).astype(np.uint8)


def folder(path: Path, count: int) -> Path:
    path.mkdir(parents=True)
    for number in range(count):
        cv2.imwrite(str(path / f"{number:03d}.png"), picture(number)[..., ::-1])
    return path


def tar(path: Path, source: Path) -> Path:
    with tarfile.open(path, "w") as archive:
        for file in sorted(source.iterdir()):
            archive.add(file, file.name)
    return path
