"""The training of the network that tells what a face is made of, stoppable at any time."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tremendo.errors import NothingUsableError
from tremendo.perception.depiction import FACE_SIDE, MEDIA
from tremendo.train.export import traced, write_onnx
from tremendo.train.medium.lessons import MOST, Lessons, load_lessons
from tremendo.train.medium.network import MediumNet, new_network
from tremendo.train.run import Course, State, drive, learn, read_checkpoint
from tremendo.train.run import resume as take_up
from tremendo.train.schedule import find_device, learning_rate

__all__ = ["train_medium"]

_BATCH = (10, 10, 4)
"""Photographs, drawings and sculptures of a step."""
_ORIGINS = (0.6, 0.15, 0.25)
"""Share of the photographs and drawings that come from tars, films and single photographs."""
_RATE, _HEAD_RATE, _DECAY, _WARM_UP = 2e-4, 2e-3, 0.02, 50
_SMOOTHING = 0.05
_KEEP = 0.99
_HELD_OUT = 4
"""One source in so many is held out."""


def train_medium(
    data: Sequence[Path],
    output: Path,
    *,
    resume: Path | None = None,
    minutes: float = 30.0,
    steps: int | None = None,
    device: str = "auto",
    seed: int = 0,
    most: int = MOST,
    report: Callable[[str], None] | None = None,
) -> Path:
    """Train the network and write it as ONNX, with its checkpoint (``.ckpt``) beside it.

    Args:
        data: tars of photographs with a ``manifest.csv`` beside them, films of faces, and single
            photographs of living people.
        output: the ONNX file.
        resume: a checkpoint to go on from.
        minutes: length of the whole run, beside the finding of faces.
        steps: length in steps instead.
        device: ``auto``, ``cpu`` or ``cuda``.
        seed: of all chance.
        most: faces of photographs to learn from.
        report: receives a line of progress now and then.

    Raises:
        MediaError: a path or the checkpoint is unreadable.
        ModelMissingError: the weights of ImageNet are not installed.
        NothingUsableError: no face, or none that is carved.
        UsageError: the device is not there.
        ResourceError: the results cannot be written.
        Interrupted: Ctrl-C; everything so far is kept.
    """
    say = report or (lambda _line: None)
    where = find_device(device)
    torch.manual_seed(seed)
    saved = None if resume is None else read_checkpoint(resume)
    network = new_network().to(where)
    lessons = load_lessons(data, seed=seed, most=most, say=say)
    fold = np.array([zlib.crc32(name.encode()) % _HELD_OUT for name in lessons.source])
    lesson, test = lessons.part(fold != 0), lessons.part(fold == 0)
    counts = np.bincount(lesson.medium, minlength=len(MEDIA))
    facts = {str(name): float(count) for name, count in zip(MEDIA, counts, strict=True)}
    if not counts.all():
        raise NothingUsableError(
            "too few faces: of one medium all are held out", hint="give more photographs"
        )
    say(" ".join(f"{name} {count:.0f}" for name, count in facts.items()))
    network.settle(_faces(lesson, np.random.default_rng(seed), (32, 32, 16)).to(where))
    body = [weight for name, weight in network.named_parameters() if not name.startswith("head")]
    groups = [{"params": body}, {"params": network.head.parameters()}]
    state = State(network, copy.deepcopy(network), torch.optim.AdamW(groups, weight_decay=_DECAY))
    if saved is not None and resume is not None:
        take_up(state, saved, resume)

    def judge() -> tuple[dict[str, float], NDArray[np.uint8]]:
        return validate(state.average, test), np.zeros((1, 1, 3), np.uint8)

    def write(run: Mapping[str, float], _sheet: NDArray[np.uint8]) -> None:
        write_onnx(_exported(state.average), output, dict(run))

    def take(done: float) -> None:
        torch.manual_seed(seed * 1_000_003 + state.step)  # dropout: the same after a resume
        rng = np.random.default_rng([seed, state.step])
        _step(state, _faces(lesson, rng, _BATCH).to(where), done)

    drive(state, Course(output, minutes, steps, 5.0, facts, judge, write, say), take)
    return output


def validate(network: MediumNet, lessons: Lessons) -> dict[str, float]:
    """Of each medium the share that is known (likelier than the others), of faces held out."""
    network.eval()
    device = network.mean.device
    said = []
    with torch.no_grad():
        for start in range(0, len(lessons.gray), 32):
            faces = torch.from_numpy(_plain(lessons.gray[start : start + 32])).to(device)
            said.append(network(faces).argmax(dim=1).cpu().numpy())
    known = np.concatenate(said or [np.zeros(0)]) == lessons.medium
    shares = {
        name: float(known[lessons.medium == k].mean())
        for k, name in enumerate(MEDIA)
        if (lessons.medium == k).any()
    }
    return {f"known {name}": share for name, share in shares.items()}


def _step(state: State[MediumNet], faces: Tensor, done: float) -> None:
    rate = learning_rate(state.step, done, warm_up=_WARM_UP, decay=1.0)
    for group, full in zip(state.optimizer.param_groups, (_RATE, _HEAD_RATE), strict=True):
        group["lr"] = full * rate
    state.network.train()
    truth = torch.repeat_interleave(torch.arange(len(MEDIA)), torch.tensor(_BATCH))
    total = torch.nn.functional.cross_entropy(
        state.network(faces), truth.to(faces.device), label_smoothing=_SMOOTHING
    )
    learn(state, {"total": total}, _KEEP)


def _faces(lessons: Lessons, rng: np.random.Generator, counts: tuple[int, int, int]) -> Tensor:
    """So many of each medium, each a little different: ``(N, 1, side, side)`` 0..255."""
    chosen = []
    for medium, count in enumerate(counts):
        pool = np.flatnonzero(lessons.medium == medium)
        origin = lessons.origin[pool]
        sizes = np.bincount(origin, minlength=len(_ORIGINS))
        share = np.array(_ORIGINS)[origin] / sizes[origin]
        numbers = rng.choice(pool, count, p=share / share.sum())
        chosen += [_varied(lessons.gray[number], rng) for number in numbers]
    return torch.from_numpy(np.stack(chosen)[:, None])


def _varied(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """A part of it, perhaps mirrored, of another exposure and perhaps with grain."""
    side = int(len(face) * rng.uniform(0.8, 1))
    top, left = rng.integers(0, len(face) - side + 1, 2)
    part = _small(face[top : top + side, left : left + side])
    part = part[:, ::-1] if rng.random() < 0.5 else part
    light = (part - 128) * rng.uniform(0.75, 1.25) + 128 + rng.uniform(-20, 20)
    grain = rng.uniform(1, 8) * (rng.random() < 0.3)
    return np.clip(light + grain * rng.normal(size=part.shape), 0, 255).astype(np.float32)


def _plain(faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.stack([_small(face) for face in faces])[:, None]


def _small(face: NDArray[np.uint8]) -> NDArray[np.float32]:
    method = cv2.INTER_AREA if len(face) > FACE_SIDE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(face, (FACE_SIDE, FACE_SIDE), interpolation=method), np.float32)


def _exported(network: MediumNet) -> object:
    network.eval()
    at_rest = copy.deepcopy(network).cpu()
    axes = {"gray": {0: "N"}, "logits": {0: "N"}}
    return traced(at_rest, torch.zeros(1, 1, FACE_SIDE, FACE_SIDE), axes)
