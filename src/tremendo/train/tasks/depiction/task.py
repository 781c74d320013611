"""Photographs and films of faces in, out the network that tells what a face is made of."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tremendo.errors import NothingUsableError
from tremendo.models.convert.onnx_export import traced, write_onnx
from tremendo.perception.depiction import FACE_SIDE, MEDIA
from tremendo.train.core.report import CardText
from tremendo.train.core.trainer import (
    RunConfig,
    Schedule,
    TrainingState,
    fit,
    read_checkpoint,
    resume,
)
from tremendo.train.tasks.depiction.dataset import MOST, FaceExamples, load_faces
from tremendo.train.tasks.depiction.network import DepictionNet, new_network

__all__ = ["train_depiction"]

_BATCH = (10, 10, 4)
"""Photographs, drawings and sculptures of a step."""
_ORIGINS = (0.6, 0.15, 0.25)
"""Share of the photographs and drawings that come from tars, films and single photographs."""
_RATE, _HEAD_RATE, _WEIGHT_DECAY = 2e-4, 2e-3, 0.02
_SCHEDULE = Schedule(warm_up=50, decay=1.0, ema=0.99)
_SMOOTHING = 0.05
_HELD_OUT = 4
"""One source in so many is held out."""

_CARD = CardText(
    "A network trained with `tremendo train depiction`: is a face photographed, drawn or carved?",
    "`known ...` is the share of held-out faces of each kind for which that kind is the likeliest.",
    """Data and license: those of the pictures given to the command; state them here before you pass
the model on. Limits: it looks at texture; a smooth painting may pass for a photograph.""",
)


def train_depiction(data: Sequence[Path], run: RunConfig, *, most: int = MOST) -> Path:
    """Train the network and write it as ONNX, with checkpoint, curves and a model card.

    Args:
        data: tars of photographs with a ``manifest.csv`` beside them, films of faces, and single
            photographs of living people.
        run: length (beside the finding of faces), device and results.
        most: faces of photographs to learn from.

    Returns:
        The path of the ONNX file.

    Raises:
        MediaError: a path or the checkpoint is unreadable.
        ModelMissingError: the weights of ImageNet are not installed.
        NothingUsableError: no face, or none that is carved.
        UsageError: the device is not there.
        ResourceError: the results cannot be written.
        Interrupted: Ctrl-C; everything so far is kept.
    """
    device = run.begin()
    saved = None if run.resume is None else read_checkpoint(run.resume)
    network = new_network().to(device)
    examples = load_faces(data, seed=run.seed, most=most, log=run.log)
    fold = np.array([zlib.crc32(name.encode()) % _HELD_OUT for name in examples.source])
    task = _DepictionTask(examples.part(fold != 0), examples.part(fold == 0), run.seed)
    run.log(" ".join(f"{name} {count:.0f}" for name, count in task.facts.items()))
    settled = _faces(task.training, np.random.default_rng(run.seed), (32, 32, 16))
    network.measure_texture(settled.to(device))
    body = [weight for name, weight in network.named_parameters() if not name.startswith("head")]
    groups = [
        {"params": body, "full_rate": _RATE},
        {"params": network.head.parameters(), "full_rate": _HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=_WEIGHT_DECAY)
    state = TrainingState(network, copy.deepcopy(network), optimizer)
    if saved is not None and run.resume is not None:
        resume(state, saved, run.resume)
    return fit(state, task, run)


class _DepictionTask:
    """The task: see ``core.trainer.Task``."""

    schedule, card, curves = _SCHEDULE, _CARD, ("total", *(f"known {name}" for name in MEDIA))
    choices: Mapping[str, object] = {
        "faces a step": _BATCH,
        "rates": (_RATE, _HEAD_RATE),
        "weight decay": _WEIGHT_DECAY,
        "label smoothing": _SMOOTHING,
    }

    def __init__(self, training: FaceExamples, held_out: FaceExamples, seed: int) -> None:
        counts = np.bincount(training.medium, minlength=len(MEDIA))
        if not counts.all():
            raise NothingUsableError(
                "too few faces: of one medium all are held out", hint="give more photographs"
            )
        self.facts = {str(name): float(n) for name, n in zip(MEDIA, counts, strict=True)}
        self.training, self._held_out, self._seed = training, held_out, seed

    def batch(self, step: int) -> Tensor:
        """Faces of each kind, each a little different."""
        return _faces(self.training, np.random.default_rng([self._seed, step]), _BATCH)

    def losses(self, state: TrainingState[DepictionNet], batch: Tensor) -> Mapping[str, Tensor]:
        """Cross entropy."""
        state.network.train()
        faces = batch.to(state.network.mean.device)
        truth = torch.repeat_interleave(torch.arange(len(MEDIA)), torch.tensor(_BATCH))
        total = torch.nn.functional.cross_entropy(
            state.network(faces), truth.to(faces.device), label_smoothing=_SMOOTHING
        )
        return {"total": total}

    def validate(self, network: DepictionNet) -> tuple[dict[str, float], None]:
        """Figures on faces held out."""
        return validate(network, self._held_out), None

    def export(self, network: DepictionNet, output: Path, facts: Mapping[str, float]) -> None:
        """Write the ONNX file."""
        network.eval()
        at_rest = copy.deepcopy(network).cpu()
        axes = {"gray": {0: "N"}, "logits": {0: "N"}}
        model = traced(at_rest, torch.zeros(1, 1, FACE_SIDE, FACE_SIDE), axes)
        write_onnx(model, output, dict(facts))


def validate(network: DepictionNet, examples: FaceExamples) -> dict[str, float]:
    """Of each medium the share that is known (likelier than the others), of faces held out."""
    network.eval()
    device = network.mean.device
    said = []
    with torch.no_grad():
        for start in range(0, len(examples.gray), 32):
            faces = torch.from_numpy(_plain(examples.gray[start : start + 32])).to(device)
            said.append(network(faces).argmax(dim=1).cpu().numpy())
    known = np.concatenate(said or [np.zeros(0)]) == examples.medium
    shares = {
        name: float(known[examples.medium == k].mean())
        for k, name in enumerate(MEDIA)
        if (examples.medium == k).any()
    }
    return {f"known {name}": share for name, share in shares.items()}


def _faces(
    examples: FaceExamples, rng: np.random.Generator, counts: tuple[int, int, int]
) -> Tensor:
    """So many of each medium, each a little different: ``(N, 1, side, side)`` 0..255."""
    chosen = []
    for medium, count in enumerate(counts):
        pool = np.flatnonzero(examples.medium == medium)
        origin = examples.origin[pool]
        sizes = np.bincount(origin, minlength=len(_ORIGINS))
        share = np.array(_ORIGINS)[origin] / sizes[origin]
        numbers = rng.choice(pool, count, p=share / share.sum())
        chosen += [_varied(examples.gray[number], rng) for number in numbers]
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
