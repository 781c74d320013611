"""Films and photographs of people in, the face renderer out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tremendo.errors import NothingUsableError
from tremendo.finish.animate.face.renderer.input import CHANNELS
from tremendo.perception.faces import FaceFinder
from tremendo.train.core.report import CardText
from tremendo.train.core.schedule import has_bfloat16
from tremendo.train.core.trainer import (
    RunConfig,
    Schedule,
    TrainingState,
    fit,
    read_checkpoint,
    resume,
)
from tremendo.train.tasks.face_renderer.dataset import (
    FaceBatch,
    FaceBatchPlan,
    example,
    make_batch,
)
from tremendo.train.tasks.face_renderer.network import (
    FaceLossWeights,
    FaceNet,
    export_face,
    face_loss,
)
from tremendo.train.tasks.face_renderer.pairs import Pairs, load_pairs, load_portraits

__all__ = ["FaceRecipe", "train_face"]

_SCHEDULE = Schedule(warm_up=100, decay=0.7, ema=0.998)
_JUDGED = 160
"""Pairs held out that figures are measured on."""
_SHOWN = 16
_CARD = CardText(
    """A face renderer trained with `tremendo train face`: it retouches eyelids, mouth, folds and
light of a face that the mesh engine has moved.""",
    """`face` and `detail` (around eyes and mouth) are mean absolute errors in ranges of the face's
tones on people held out of the training; `still_` are those of geometry alone, `_ratio` the one
over the other: below 1 the network helps.""",
    """Data and license: those of the films given to the command; state them here before you pass
the model on. Limits: what a mouth or a lid looks like is made up plausibly, never evidence.""",
)
_CURVES = ("total", "pixels", "edges", "likeness", "mask", "face_ratio", "detail_ratio")


@dataclass(frozen=True)
class FaceRecipe:
    """The choices of a run.

    Attributes:
        batch: pairs per step.
        rate: learning rate at its highest.
        schedule: warm-up, decay and averaging.
        damaged: share of the pairs that are shown as an old plate.
        weight_decay: of AdamW.
        held_out: people kept aside for validation.
        loss: shares of the loss terms.
    """

    batch: int = 8
    rate: float = 6e-4
    schedule: Schedule = _SCHEDULE
    damaged: float = 0.8
    weight_decay: float = 0.01
    held_out: int = 1
    loss: FaceLossWeights = field(default_factory=FaceLossWeights)


def train_face(
    films: Sequence[Path],
    run: RunConfig,
    recipe: FaceRecipe | None = None,
    *,
    photos: Sequence[Path] = (),
    cache: Path | None = None,
) -> Path:
    """Train the face renderer and write it as ONNX, with curves, samples and a model card.

    Args:
        films: films of one face each, every film of another person; the last ones in
            alphabetical order are held out.
        run: length, device and results.
        recipe: the choices.
        photos: folders and tars of photographs: people in them become half of the material, the
            last twentieth is held out.
        cache: folder in which pairs are kept; a temporary one of this machine by default.

    Returns:
        The path of the ONNX file.

    Raises:
        MediaError: a film or the checkpoint is unreadable.
        NothingUsableError: fewer than two films show a face.
        UsageError: the device is not there.
        ResourceError: the results cannot be written.
        Interrupted: Ctrl-C; everything so far is kept.
    """
    recipe = recipe or FaceRecipe()
    device = run.begin()
    cache = cache or Path(tempfile.gettempdir()) / "tremendo-face-pairs"
    people = _people(films, cache, run.log)
    held = min(recipe.held_out, len(people) - 1)
    training, validation = people[: len(people) - held], people[len(people) - held :]
    crowds = _crowds(photos, cache, run.log)
    facts = {
        "films": len(training),
        "pairs": sum(map(len, training)),
        "portraits": sum(len(crowd) for crowd, _ in crowds),
        "seed": run.seed,
    }
    run.log(" ".join(f"{name} {value}" for name, value in facts.items()))
    for crowd, aside in crowds:
        training = training + [crowd] * max(1, len(people[held:]) // len(crowds))
        validation = [*validation, aside]
    state = new_state(recipe, device)
    if run.resume is not None:
        resume(state, read_checkpoint(run.resume), run.resume)
    return fit(state, _FaceRenderer(training, validation, recipe, facts), run)


class _FaceRenderer:
    """The task: see ``core.trainer.Task``."""

    def __init__(
        self,
        training: Sequence[Pairs],
        validation: Sequence[Pairs],
        recipe: FaceRecipe,
        facts: Mapping[str, float],
    ) -> None:
        self.schedule, self.card, self.choices = recipe.schedule, _CARD, asdict(recipe)
        self.curves, self.facts = _CURVES, facts
        self._training, self._validation, self._recipe = training, validation, recipe
        self._plan = FaceBatchPlan(recipe.batch, int(facts["seed"]), recipe.damaged)

    def batch(self, step: int) -> FaceBatch:
        """Pairs under period damage."""
        return make_batch(self._training, self._plan, step)

    def losses(self, state: TrainingState[FaceNet], batch: FaceBatch) -> Mapping[str, Tensor]:
        """Terms of the loss."""
        network = state.network
        device = next(network.parameters()).device
        network.train()
        maps = torch.from_numpy(batch.maps).to(device, memory_format=torch.channels_last)
        truth, detail, face = (
            torch.from_numpy(part).to(device) for part in (batch.change, batch.detail, batch.face)
        )
        with torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device)):
            change, mask = network(maps)
        frame = maps[:, CHANNELS.index("frame")][:, None]
        change = change.float() * detail
        where = (detail, face)
        return face_loss(change, mask.float(), frame, truth, where, self._recipe.loss)

    def validate(self, network: FaceNet) -> tuple[dict[str, float], NDArray[np.uint8]]:
        """Figures and samples of people held out."""
        return validate(network, self._validation)

    def export(self, network: FaceNet, output: Path, facts: Mapping[str, float]) -> None:
        """Write the ONNX file."""
        export_face(network, output, {"name": output.stem, "version": "1", "training": facts})


def new_state(recipe: FaceRecipe, device: torch.device) -> TrainingState[FaceNet]:
    """A run at its first step."""
    layout = torch.channels_last
    network = FaceNet().to(device, memory_format=layout)
    average = FaceNet().to(device, memory_format=layout).eval()
    average.load_state_dict(network.state_dict())
    groups = [{"params": list(network.parameters()), "full_rate": recipe.rate}]
    optimizer = torch.optim.AdamW(
        groups, lr=0.0, weight_decay=recipe.weight_decay, betas=(0.9, 0.99)
    )
    return TrainingState(network, average, optimizer)


def _people(films: Sequence[Path], cache: Path, log: Callable[[str], None]) -> list[Pairs]:
    finder = FaceFinder()
    people = []
    for film in sorted(films, key=lambda path: path.name):
        try:
            people.append(load_pairs(film, cache, finder, log))
        except NothingUsableError as error:
            log(f"left out: {error}")
    if len(people) < 2:
        raise NothingUsableError(
            "a face renderer needs films of two people at least",
            hint="give films in which one face fills a third of the picture, a person each",
        )
    return people


def _crowds(
    photos: Sequence[Path], cache: Path, log: Callable[[str], None]
) -> list[tuple[Pairs, Pairs]]:
    """Pairs of the people in each tar or folder of photographs: to learn from, and held out."""
    finder = FaceFinder()
    crowds = []
    for origin in photos:
        pairs = load_portraits(origin, cache, finder, log)
        aside = len(pairs) - max(1, len(pairs) // 20)
        crowds.append((pairs.part(0, aside), pairs.part(aside, len(pairs))))
    return crowds


def validate(
    network: FaceNet, people: Sequence[Pairs]
) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Render pairs, half of them damaged, always the same ones.

    Returns:
        figures: for ``face`` and ``detail`` (around eyes and mouth) the mean absolute error in
            ranges of the face's tones, and beside each that of geometry alone (``still_``); for
            both the ratio, which is below 1 where the network helps.
        sheet: ``(H, W, 3) uint8``: photograph, geometry, network, truth, mask; two pairs a row.
    """
    device = next(network.parameters()).device
    sums = np.zeros((2, 2))
    weights = np.zeros(2)
    rows: list[NDArray[np.uint8]] = []
    numbers = [(k % len(people), k // len(people)) for k in range(_JUDGED)]
    for count, (person, place) in enumerate(numbers):
        pairs = people[person]
        number = place * len(pairs) // (_JUDGED // len(people) + 1)
        rng = np.random.default_rng(count) if count % 2 else None
        maps, wanted, detail, face = example(pairs, number, rng)
        with torch.no_grad():
            change, mask = network(torch.from_numpy(maps[None]).to(device))
        made = change[0].float().cpu().numpy() * detail
        for k, where in enumerate((face, detail)):
            sums[:, k] += [
                float((np.abs(error) * where).sum()) for error in (wanted, made - wanted)
            ]
            weights[k] += float(where.sum())
        if count % (_JUDGED // _SHOWN) in (0, 1) and len(rows) < _SHOWN:
            rows.append(_row(maps, wanted, made, mask[0].float().cpu().numpy()))
    (still_face, still_detail), (of_face, of_detail) = sums / weights
    figures = {
        "face": of_face,
        "still_face": still_face,
        "detail": of_detail,
        "still_detail": still_detail,
        "face_ratio": of_face / still_face,
        "detail_ratio": of_detail / still_detail,
    }
    sheet = np.vstack([np.hstack(rows[k : k + 2]) for k in range(0, len(rows) // 2 * 2, 2)])
    rgb = np.asarray(cv2.cvtColor(sheet, cv2.COLOR_GRAY2RGB), np.uint8)
    return {name: float(value) for name, value in figures.items()}, rgb


def _row(
    maps: NDArray[np.float32],
    wanted: NDArray[np.float32],
    made: NDArray[np.float32],
    mask: NDArray[np.float32],
) -> NDArray[np.uint8]:
    photo, frame = (maps[CHANNELS.index(name)] for name in ("photograph", "frame"))
    shown = [photo, frame, frame + made[0], frame + wanted[0]]
    tones = np.hstack([0.1 + 0.7 * one for one in shown] + [mask[0]])
    return np.asarray(np.clip(np.rint(tones * 255), 0, 255), np.uint8)
