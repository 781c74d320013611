"""What a picture shows, in words: a head on a network of ImageNet's classes that sees gray.

The teacher is EfficientNet-Lite2 looking at color photographs; where the class of a picture is
known, or its folder names the subject, that is believed. The pupil is the same network looking at
the pictures gray and aged (``train.core.degradation``). *Subjects* are groups of its classes: one
slope for all and an offset for each word turn the group's share into a likelihood, the offset
held near zero (a word with few examples is calibrated like the others) and never above it (that a
collection holds many elephants says nothing of an archive). *Scenes* and places are logistic
regressions on its features. Each word is judged on pictures held out; it is said from the lowest
likelihood on at which it was right often enough, and dropped when there is none.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError
from tremendo.media.atomic import atomic_path
from tremendo.perception.tagger import log_odds
from tremendo.train.tasks.tagging.dataset import TagExamples, collect
from tremendo.train.tasks.tagging.teacher import export_classifier, open_teacher
from tremendo.train.tasks.tagging.words import (
    INDOORS,
    OF_THE_PERIOD,
    OUTDOORS,
    SCENES,
    SUBJECTS,
    WATERS,
)

__all__ = ["Verdict", "fit_head", "place_targets", "subject_targets", "train_tags"]

Floats = NDArray[np.float32]
Marks = NDArray[np.bool_]
_FOLDS = 3
_RIGHT = 0.7
"""Share of the times said that a subject is to be right; of scenes and places see below."""
_RIGHT_OF = {"indoor": 0.9, "outdoor": 0.95}
_RIGHT_OF_SCENES = 0.85
_BARS = np.round(np.arange(0.5, 0.96, 0.05), 2)
_RAISED = {"indoor": 0.85, "outdoor": 0.9, "stage": 0.75}
"""Bars raised after looking at period photographs: studios were taken for meadows."""
_DOUBT = 4
"""A bar is judged as if so many more cases had been as right as their likelihood says; words with
few cases so rest on the calibration that all share."""
_LEAST_SAID = 6
_CONSIDERED = 0.02
"""Share of a subject's classes from which a picture counts for its calibration."""
_TIE = 0.5
_PERIOD_ODDS = math.log(5)
_STEPS, _RATE, _DECAY = 200, 0.02, 0.1


@dataclass(frozen=True)
class Verdict:
    """A word as it was on pictures held out: said from ``bar`` on, ``count`` times, a share
    ``precision`` of them right, a share ``recall`` of what there was to say."""

    bar: float
    count: int
    precision: float
    """NaN where it was never said."""
    recall: float


def train_tags(
    data: Sequence[Path], output: Path, *, report: Callable[[str], None] | None = None
) -> dict[str, Verdict]:
    """Train the head (``.npz``) and write the network that it stands on beside it (``.onnx``).

    About half an hour for 7,000 pictures on one core.

    Raises:
        MediaError: a tar or its ``manifest.csv`` cannot be read.
        ModelMissingError: the teacher's package is not installed.
        NothingUsableError: no picture, or no word can be told.
    """
    torch.set_num_threads(1)
    sight = open_teacher()
    verdicts = fit_head(collect(data, sight, report), output)
    export_classifier(sight, output.with_suffix(".onnx"))
    if report:
        for word, v in verdicts.items():
            report(f"{word:14s} bar {v.bar:.2f} precision {v.precision:.2f} recall {v.recall:.2f}")
    return verdicts


def fit_head(examples: TagExamples, output: Path) -> dict[str, Verdict]:
    """Fit and judge the words, and write those that can be told; see
    :class:`tremendo.perception.tagger.Head` for what the file holds.

    Raises:
        NothingUsableError: no word can be told well enough.
    """
    fold = np.random.default_rng(0).integers(0, _FOLDS, len(examples.kinds))
    truth = subject_targets(examples)
    shares = np.stack([examples.seen[..., list(c)].sum(axis=-1) for c in SUBJECTS.values()], axis=2)
    odds = log_odds(shares)
    names, scene_truth, known = place_targets(examples)
    held, held_scenes = np.zeros_like(odds), np.zeros((*odds.shape[:2], len(names)))
    for k in range(_FOLDS):
        rest, test = fold != k, fold == k
        slope, offset = _calibrate(odds[rest], truth[rest])
        held[test] = slope * odds[test] + offset
        weights, bias = _regress(examples.features[rest], scene_truth[rest], known[rest])
        held_scenes[test] = examples.features[test] @ weights + bias
    verdicts = {w: _judge(held[..., j], truth[:, j], _RIGHT) for j, w in enumerate(SUBJECTS)}
    verdicts |= {
        name: _judge_place(name, held_scenes[..., j], scene_truth[:, j], known[:, j], examples)
        for j, name in enumerate(names)
    }
    kept = {word: v for word, v in verdicts.items() if v is not None}
    if not kept:
        raise NothingUsableError("no word can be told from these pictures", hint="give more")
    slope, offset = _calibrate(odds, truth)
    offset += [_PERIOD_ODDS * (word in OF_THE_PERIOD) for word in SUBJECTS]
    weights, bias = _regress(examples.features, scene_truth, known)
    _write(output, kept, slope, dict(zip(SUBJECTS, offset, strict=True)), names, weights, bias)
    return kept


def _write(
    output: Path,
    verdicts: dict[str, Verdict],
    slope: float,
    offset: dict[str, float],
    names: Sequence[str],
    weights: Floats,
    bias: Floats,
) -> None:
    subjects = [word for word in SUBJECTS if word in verdicts]
    scenes = [j for j, name in enumerate(names) if name in verdicts]
    words = [*subjects, *(names[j] for j in scenes)]
    with atomic_path(output) as partial:
        content = io.BytesIO()
        np.savez_compressed(
            content,
            words=np.array(words),
            classes=np.concatenate([SUBJECTS[w] for w in subjects]).astype(np.int16),
            starts=np.cumsum([0, *(len(SUBJECTS[w]) for w in subjects)]),
            slope=np.float32(slope),
            weights=weights[:, scenes].astype(np.float16),
            offset=np.array([*(offset[w] for w in subjects), *bias[scenes]], np.float32),
            bar=np.array([verdicts[w].bar for w in words], np.float32),
            precision=np.array([verdicts[w].precision for w in words], np.float32),
            recall=np.array([verdicts[w].recall for w in words], np.float32),
        )
        partial.write_bytes(content.getvalue())


# --- What is true -------------------------------------------------------------------------------


def subject_targets(examples: TagExamples) -> Floats:
    """Likelihood ``(n, S)`` that a picture shows each subject: 0 or 1 where its class is known,
    else what the teacher says of the color picture."""
    columns = []
    for classes in SUBJECTS.values():
        said = examples.said[:, list(classes)].sum(axis=1)
        columns.append(np.where(examples.classes >= 0, np.isin(examples.classes, classes), said))
    return np.array(columns, np.float32).T


def place_targets(examples: TagExamples) -> tuple[tuple[str, ...], Floats, Marks]:
    """Names of scenes and places, their truth and where it is known, each ``(n, P)``."""
    kind = np.array(examples.kinds)
    columns: list[tuple[str, NDArray[Any], Marks]] = []
    for word, folders in SCENES.items():
        columns.append((word, np.isin(kind, folders), np.ones(len(kind), bool)))
    likely = _share(examples, kind, *WATERS)
    columns.append(("water", likely > 0.5, (likely > 0.75) | (likely < 0.1)))
    inside, outside = _sides(examples, kind)
    columns.append(("indoor", inside, inside | outside))
    columns.append(("outdoor", outside, inside | outside))
    light, a, b = examples.colors[:, :5, :, 0], examples.colors[..., 1], examples.colors[..., 2]
    blue = ((b[:, :5] < -4) & (light > 40)).mean(axis=(1, 2))
    white = (light > 80).mean(axis=(1, 2))
    sky = (blue > 0.5) & ~inside
    columns.append(("sky", sky, sky | inside | ((blue < 0.05) & (white < 0.2))))
    green = ((a < -5) & (b > 6)).mean(axis=(1, 2))
    columns.append(("foliage", green > 0.35, (green > 0.35) | (green < 0.04)))
    names, truth, known = zip(*columns, strict=True)
    return tuple(names), np.array(truth, np.float32).T, np.array(known).T


def _sides(examples: TagExamples, kind: NDArray[np.str_]) -> tuple[Marks, Marks]:
    """Taken inside; taken outside. What was told by eye comes before folder and teacher."""
    inside, outside = (_share(examples, kind, *side) for side in (INDOORS, OUTDOORS))
    told = examples.inside >= 0
    return (
        np.where(told, examples.inside == 1, (inside > 0.6) & (outside < 0.1)),
        np.where(told, examples.inside == 0, (outside > 0.6) & (inside < 0.1)),
    )


def _share(
    examples: TagExamples, kind: NDArray[np.str_], classes: Sequence[int], folders: Sequence[str]
) -> Floats:
    """Likelihood ``(n,)`` of any of the classes; 1 in the folders."""
    likely = examples.said[:, list(classes)].sum(axis=1)
    return np.asarray(np.maximum(likely, np.isin(kind, folders)), np.float32)


# --- How well it can be told ---------------------------------------------------------------------


def _judge(score: Floats, truth: Floats, right: float, lowest: float = 0.0) -> Verdict | None:
    """The lowest bar from which a word is right often enough; scores ``(n, v)``, truth ``(n,)``."""
    likely = 1 / (1 + np.exp(-score.ravel()))
    true = np.repeat(truth, score.shape[1])
    for bar in _BARS[lowest <= _BARS]:
        said = likely >= bar
        count, hits = int(said.sum()), float(true[said].sum())
        trust = (hits + _DOUBT * max(bar, float(likely[said].sum()) / max(count, 1))) / (
            count + _DOUBT
        )
        if trust >= right:
            precision = hits / count if count else math.nan
            return Verdict(
                round(float(bar), 2), count, precision, hits / max(float(true.sum()), 1e-9)
            )
    return None


def _judge_place(
    name: str, score: Floats, truth: Floats, known: Marks, examples: TagExamples
) -> Verdict | None:
    """The same of a scene; indoor and outdoor are judged on the pictures told by eye."""
    if name in _RIGHT_OF and (examples.inside >= 0).any():
        known = examples.inside >= 0
    verdict = _judge(
        score[known], truth[known], _RIGHT_OF.get(name, _RIGHT_OF_SCENES), _RAISED.get(name, 0.0)
    )
    return verdict if verdict and verdict.count >= _LEAST_SAID else None


def _calibrate(odds: Floats, truth: Floats) -> tuple[float, NDArray[np.float64]]:
    """Slope, and offset of each word, of the likelihood; odds ``(n, v, S)``, truth ``(n, S)``."""
    from scipy.optimize import minimize

    counted = odds > math.log(_CONSIDERED / (1 - _CONSIDERED))
    x, word = odds[counted].astype(np.float64), np.nonzero(counted)[2]
    wanted = np.broadcast_to(truth[:, None], odds.shape)[counted].astype(np.float64)

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Cross entropy and its gradient at slope, base and each word's own offset."""
        own = point[2:]
        score = point[0] * x + point[1] + own[word]
        error = (np.logaddexp(0, score) - wanted * score).sum() / odds.shape[1]
        wrong = (1 / (1 + np.exp(-score)) - wanted) / odds.shape[1]
        each = np.bincount(word, wrong, minlength=len(own)) + 2 * _TIE * own
        return error + _TIE * (own**2).sum(), np.array([(wrong * x).sum(), wrong.sum(), *each])

    start = np.array([1.0, 0.0, *np.zeros(odds.shape[2])])
    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return float(found[0]), np.minimum(found[1] + found[2:], 0)


def _regress(x: Floats, truth: Floats, known: Marks) -> tuple[Floats, Floats]:
    """Logistic regressions of all scenes at once by Adam: weights ``(E, P)`` and bias ``(P,)``.

    Features ``(n, v, E)``, truth and known ``(n, P)``. Each scene counts by the pictures of which
    it is known.
    """
    views = x.shape[1]
    rows = x.reshape(-1, x.shape[2])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inputs = torch.from_numpy((rows - mean) / spread)
    wanted = torch.from_numpy(np.repeat(truth, views, axis=0))
    counted = torch.from_numpy(np.repeat(known, views, axis=0).astype(np.float32))
    counted /= counted.sum(dim=0).clamp(min=1)
    weights = torch.zeros(rows.shape[1], truth.shape[1], requires_grad=True)
    bias = torch.zeros(truth.shape[1], requires_grad=True)
    optimizer = torch.optim.Adam([weights, bias], lr=_RATE, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, _STEPS)
    for _ in range(_STEPS):
        optimizer.zero_grad()
        error = torch.nn.functional.binary_cross_entropy_with_logits(
            inputs @ weights + bias, wanted, weight=counted, reduction="sum"
        )
        (error + 0.5 * _DECAY * (weights**2).sum()).backward()
        optimizer.step()
        schedule.step()
    scaled = weights.detach().numpy() / spread[:, None]
    return scaled, bias.detach().numpy() - mean @ scaled
