"""Color photographs for training, decoded once and held small in memory."""

from __future__ import annotations

import csv
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import MediaError, NothingUsableError

__all__ = ["Pictures", "decoded", "listed_pictures", "load_pictures", "sorted_members", "split_off"]

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
_GREY_CHROMA = 5.0
_SEPIA_SPREAD = 0.7
_LONGEST = 2.0  # panoramas are cut to twice their short side


@dataclass(frozen=True)
class Pictures:
    """Photographs as ``(h, w, 3) uint8 RGB`` arrays of one short side.

    Attributes:
        images: the photographs.
        left_out: how many were left out, by reason.
        sources: where each comes from; empty where nothing is known.
    """

    images: tuple[NDArray[np.uint8], ...]
    left_out: dict[str, int]
    sources: tuple[str, ...] = ()

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """How often each is drawn where a source is to count by the root of its size."""
        names = self.sources or ("",) * len(self.images)
        sizes = Counter(names)
        weights = np.array([sizes[name] ** -0.5 for name in names])
        return np.asarray(weights / weights.sum())


def listed_pictures(
    path: Path, wanted: Callable[[dict[str, str]], object]
) -> Iterator[tuple[dict[str, str], NDArray[np.uint8]]]:
    """Row of the manifest and picture, in a fixed shuffled order, where the row is wanted.

    Args:
        path: a tar with a ``manifest.csv`` beside it.
        wanted: asked of each row just before its picture would be read.

    Yields:
        The row by its columns, and ``(H, W, 3) uint8 RGB``.

    Raises:
        MediaError: the tar or the manifest cannot be read, or a column is missing.
    """
    try:
        with (path.parent / "manifest.csv").open(newline="", encoding="utf-8") as lines:
            rows = [row for row in csv.DictReader(lines) if row["shard"] == path.name]
        with tarfile.open(path) as tar:
            for k in np.random.default_rng(0).permutation(len(rows)):
                stream = tar.extractfile(rows[k]["file"]) if wanted(rows[k]) else None
                if stream is None:
                    continue
                bgr = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_COLOR)
                if bgr is not None:
                    yield rows[k], np.ascontiguousarray(bgr[..., ::-1], np.uint8)
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        raise MediaError(
            "no tar of photographs with a manifest.csv (file, shard, repo, class) beside it",
            path=path,
        ) from error


def load_pictures(data: Sequence[Path], *, side: int = 160, source_cap: int = 2000) -> Pictures:
    """Read folders and tars of color photographs.

    Grey and sepia pictures teach nothing and are left out, and so are unreadable files. Beside a
    tar a ``manifest.csv`` with the columns ``file``, ``shard`` and ``repo`` may say where each
    picture comes from; then no source gives more than ``source_cap`` pictures, spread evenly over
    it, so that one large collection does not set the palette.

    Args:
        data: folders (searched deeply) and tar files.
        side: short side in pixels; larger pictures are reduced, smaller ones enlarged.
        source_cap: most pictures of one source.

    Raises:
        MediaError: a path is missing or no tar or folder.
        NothingUsableError: no color photograph is left.
    """
    images: list[NDArray[np.uint8]] = []
    sources: list[str] = []
    left_out: Counter[str] = Counter()
    for path in data:
        members = sorted_members(path)
        keep = _within_cap(path, source_cap)
        for name, encoded in members:
            if keep is not None and name not in keep:
                left_out["source cap"] += 1
                continue
            image = decoded(encoded, side)
            reason = "unreadable" if image is None else _unfit(image)
            if image is None or reason:
                left_out[reason] += 1
            else:
                images.append(image)
                sources.append(str(path) if keep is None else keep[name])
    if not images:
        raise NothingUsableError(
            "no color photographs to train on", hint="give folders or tars of color photographs"
        )
    return Pictures(tuple(images), dict(left_out), tuple(sources))


def split_off(pictures: Pictures, count: int, seed: int) -> tuple[Pictures, Pictures]:
    """Two disjoint parts, drawn by the seed: the rest and ``count`` pictures for validation."""
    order = np.random.default_rng(seed).permutation(len(pictures.images))

    def part(numbers: NDArray[np.intp], left_out: dict[str, int]) -> Pictures:
        sources = tuple(pictures.sources[i] for i in numbers) if pictures.sources else ()
        return Pictures(tuple(pictures.images[i] for i in numbers), left_out, sources)

    return part(order[count:], pictures.left_out), part(order[:count], {})


def sorted_members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and encoded pictures of a folder or tar, in the order of their names."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix.lower() in _SUFFIXES:
                yield str(file.relative_to(path)), file.read_bytes()
        return
    try:
        with tarfile.open(path) as tar:
            members = [m for m in tar.getmembers() if m.isfile()]
            for member in sorted(members, key=lambda m: m.name):
                stream = tar.extractfile(member)
                if stream and Path(member.name).suffix.lower() in _SUFFIXES:
                    yield member.name, stream.read()
    except (OSError, tarfile.TarError) as error:
        raise MediaError("neither a folder nor a tar of photographs", path=path) from error


def _within_cap(path: Path, cap: int) -> dict[str, str] | None:
    """A tar's members within the cap of their source, and that source; None without a manifest."""
    manifest = path.parent / "manifest.csv"
    if path.is_dir() or not manifest.is_file():
        return None
    with manifest.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    if not rows or not {"file", "shard", "repo"} <= rows[0].keys():
        return None
    return {row["file"]: row["repo"] for row in _thinned(rows, cap) if row["shard"] == path.name}


def _thinned(rows: Iterable[dict[str, str]], cap: int) -> Iterator[dict[str, str]]:
    rows = list(rows)
    totals = Counter(row["repo"] for row in rows)
    seen: Counter[str] = Counter()
    for row in rows:
        number, total = seen[row["repo"]], totals[row["repo"]]
        seen[row["repo"]] += 1
        if number * cap // total != (number - 1) * cap // total or total <= cap:
            yield row


def decoded(encoded: bytes, side: int) -> NDArray[np.uint8] | None:
    """A picture of that short side, ``(h, w, 3) uint8 RGB``; None where it is unreadable."""
    if not encoded:
        return None
    bgr = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None or min(bgr.shape[:2]) < 32:
        return None
    height, width = bgr.shape[:2]
    scale = side / min(height, width)
    if scale != 1.0:
        size = (max(side, round(width * scale)), max(side, round(height * scale)))
        bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    longest = int(side * _LONGEST)
    top, left = (max(0, n - longest) // 2 for n in bgr.shape[:2])
    bgr = bgr[top : top + longest, left : left + longest]
    return np.ascontiguousarray(bgr[..., ::-1])


def _unfit(image: NDArray[np.uint8]) -> str:
    """Why a picture does not serve, or an empty string."""
    small = cv2.resize(image, (48, 48), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    ab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 1:].reshape(-1, 2)
    if np.hypot(ab[:, 0], ab[:, 1]).mean() < _GREY_CHROMA:
        return "grey"
    spread = np.sqrt(np.maximum(np.linalg.eigvalsh(np.cov(ab.T)), 0))
    return "sepia" if spread[0] < _SEPIA_SPREAD else ""
