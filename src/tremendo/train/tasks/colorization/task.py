"""Color photographs in, the color network out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tremendo.errors import MediaError
from tremendo.finish.color.decoding import DEFAULT_DECODING, decode_ab
from tremendo.imaging.metrics import colorfulness, psnr
from tremendo.media.frames import Frame
from tremendo.models import find
from tremendo.train.core.pictures import Pictures, load_pictures, split_off
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
from tremendo.train.tasks.colorization.dataset import ColorBatch, ColorBatchPlan, make_batch
from tremendo.train.tasks.colorization.loss import (
    ColorLoss,
    ColorLossWeights,
    DecodedColorLoss,
    SoftTable,
    ab_grid,
    bin_weights,
)
from tremendo.train.tasks.colorization.network import (
    ColorNet,
    export_color,
    load_weights,
    new_network,
)

__all__ = ["FINE_TUNE", "ColorRecipe", "train_color"]

_SCHEDULE = Schedule(warm_up=100, decay=0.6, ema=0.999)
_DECODER = ("u4.", "a4.", "u3.", "u2.", "head.")
"""What learns where a network is fine-tuned."""
_LATE_BLOCK = 7
"""From this block of the encoder on it learns at the full encoder rate."""
_SHOWN = 24
_CARD = CardText(
    "A color network trained with `tremendo train color`.",
    """`psnr` (RGB, dB), `colorfulness` (ratio to the truth) and `ab_error` (mean distance in ab)
are measured on pictures held out of the training data, decoded as users will see them.""",
    """Data and license: those of the photographs given to the command; state them here before you
pass the model on. Limits: colors are plausible, never evidence of what was there.""",
)
_TERMS = ("total", "entropy", "mean", "consistency", "signal", "vivid", "anchor")
_FIGURES = ("psnr", "colorfulness", "ab_error")


@dataclass(frozen=True)
class ColorRecipe:
    """The choices of a run.

    Attributes:
        side: short side of the crops in pixels, a multiple of 32.
        batch: pictures per step.
        views: degraded views of each, 1 or 2; two can be held to agree.
        decoder_rate: learning rate of decoder, attention and head.
        encoder_rate: learning rate of the encoder's deeper half; its first half gets a quarter.
        frozen_blocks: this many first blocks of the encoder, and its stem, stay as they are.
        schedule: warm-up, decay and averaging.
        source_cap: most pictures of one source (see ``load_pictures``).
        rebalance: power of the weights that make rare colors count, 0 (none) to 1 (full).
        dropout: share of the deep features left out in each step, against learning by heart.
        weight_decay: of AdamW.
        held_out: pictures kept aside for validation.
        loss: shares of the loss terms.
        fine_tune: only the decoder learns, toward what a viewer sees (``DecodedColorLoss``), and
            sources count by the root of their size.
    """

    side: int = 160
    batch: int = 20
    views: int = 1
    decoder_rate: float = 2.5e-4
    encoder_rate: float = 1e-4
    frozen_blocks: int = 3
    schedule: Schedule = _SCHEDULE
    source_cap: int = 2000
    rebalance: float = 0.5
    dropout: float = 0.15
    weight_decay: float = 0.02
    held_out: int = 48
    loss: ColorLossWeights = field(default_factory=ColorLossWeights)
    fine_tune: bool = False


FINE_TUNE = ColorRecipe(
    batch=10,
    decoder_rate=2e-4,
    schedule=Schedule(warm_up=50, decay=0.7, ema=0.998),
    source_cap=1_000_000,
    dropout=0.1,
    weight_decay=0.0,
    held_out=240,
    fine_tune=True,
)
"""For a network that has been trained."""


def train_color(
    data: Sequence[Path],
    run: RunConfig,
    recipe: ColorRecipe | None = None,
    *,
    start: Path | None = None,
) -> Path:
    """Train the color network and write it as ONNX, with curves, samples and a model card.

    Args:
        data: folders and tars of color photographs.
        run: length, device and results.
        recipe: the choices.
        start: weights to start from (``.onnx`` or ``.safetensors``); else ImageNet features, or
            the packaged network where the recipe fine-tunes one.

    Returns:
        The path of the ONNX file.

    Raises:
        MediaError: data or checkpoint unreadable.
        NothingUsableError: no color photographs.
        UsageError: the device is not there.
        ResourceError: the results cannot be written.
        Interrupted: Ctrl-C; everything so far is kept.
    """
    recipe = recipe or ColorRecipe()
    device = run.begin()
    if start is None and recipe.fine_tune:
        start = find("color").place
    pictures = load_pictures(data, side=recipe.side, source_cap=recipe.source_cap)
    held = min(recipe.held_out, max(1, len(pictures.images) // 10))
    training, validation = split_off(pictures, held, run.seed)
    run.log(f"{len(training.images)} pictures, {held} held out, left out: {pictures.left_out}")
    state = _begin(training, start, recipe, run, device)
    loss: ColorLoss | _AgainstBefore
    if recipe.fine_tune and start is not None:
        loss = _AgainstBefore(state.network, load_weights(start).to(device).eval(), recipe)
    else:
        table = SoftTable(state.network.grid, state.network.grid.device)
        loss = ColorLoss(state.network, table, recipe.loss)
    return fit(state, _Colorization(training, validation, recipe, loss, run.seed), run)


class _Colorization:
    """The task: see ``core.trainer.Task``."""

    def __init__(
        self,
        training: Pictures,
        validation: Pictures,
        recipe: ColorRecipe,
        loss: ColorLoss | _AgainstBefore,
        seed: int,
    ) -> None:
        self.schedule, self.card, self.choices = recipe.schedule, _CARD, asdict(recipe)
        self.curves = (*_TERMS, *_FIGURES)
        self.facts = {"pictures": len(training.images), "side": recipe.side, "seed": seed}
        self._training, self._validation = training, validation
        self._recipe, self._loss, self._seed = recipe, loss, seed
        self._plan = ColorBatchPlan(recipe.batch, recipe.side, seed, recipe.views, recipe.fine_tune)

    def batch(self, step: int) -> ColorBatch:
        """Crops of photographs and their colors."""
        return make_batch(self._training, self._plan, step)

    def losses(self, state: TrainingState[ColorNet], batch: ColorBatch) -> Mapping[str, Tensor]:
        """Terms of the loss; normalizations stay as they are."""
        network, device = state.network, state.network.grid.device
        network.train(not self._recipe.fine_tune)
        network.drop.train()
        for norm in network.batch_norms():
            norm.eval()
        luma = torch.from_numpy(batch.luma).to(device, memory_format=torch.channels_last)
        lab = torch.from_numpy(batch.lab).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device)):
            logits = network(luma)[0]
        chance = torch.Generator().manual_seed(self._seed * 1_000_003 + state.step)
        if isinstance(self._loss, _AgainstBefore):
            return self._loss(logits, lab, chance, luma)
        return self._loss(logits, lab, chance)

    def validate(self, network: ColorNet) -> tuple[dict[str, float], NDArray[np.uint8]]:
        """Figures and samples on the pictures held out."""
        return validate(network, self._validation)

    def export(self, network: ColorNet, output: Path, facts: Mapping[str, float]) -> None:
        """Write the ONNX file."""
        export_color(network, output, {"name": output.stem, "version": "1", "training": facts})


class _AgainstBefore:
    """``DecodedColorLoss``, and the network as it was, whose word counts on aged pictures."""

    def __init__(self, network: ColorNet, before: ColorNet, recipe: ColorRecipe) -> None:
        self._loss, self._before = DecodedColorLoss(network, recipe.loss), before

    def __call__(
        self, logits: Tensor, lab: Tensor, chance: torch.Generator, luma: Tensor
    ) -> dict[str, Tensor]:
        kind = luma.device
        with torch.no_grad(), torch.autocast(kind.type, torch.bfloat16, enabled=has_bfloat16(kind)):
            before = self._before(luma[len(lab) :])[0]
        return self._loss(logits, lab, chance, before)


def _begin(
    training: Pictures,
    start: Path | None,
    recipe: ColorRecipe,
    run: RunConfig,
    device: torch.device,
) -> TrainingState[ColorNet]:
    """The state at the first step, or where a checkpoint left it."""
    if run.resume is not None:
        saved = read_checkpoint(run.resume)
        try:
            network = ColorNet(saved["network"]["grid"])
            network.load_state_dict(saved["network"])
        except (KeyError, RuntimeError, AttributeError) as error:
            raise MediaError("not a checkpoint of the color network", path=run.resume) from error
        state = _new_state(network, recipe, device)
        resume(state, saved, run.resume)
        return state
    network = new_network(torch.from_numpy(ab_grid())) if start is None else load_weights(start)
    if not recipe.fine_tune:
        weights = bin_weights(_bin_share(training, network.grid, recipe.side))
        network.emphasis.copy_(weights.log())
    return _new_state(network, recipe, device)


def _new_state(
    network: ColorNet, recipe: ColorRecipe, device: torch.device
) -> TrainingState[ColorNet]:
    """Network, its running average and the optimizer."""
    network.drop.p = recipe.dropout
    if not recipe.fine_tune:
        network.power.fill_(recipe.rebalance)
    layout = torch.channels_last
    network = network.to(device, memory_format=layout)
    average = ColorNet(network.grid.cpu()).to(device, memory_format=layout).eval()
    average.load_state_dict(network.state_dict())
    late: list[nn.Parameter] = []
    early: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        depth = _depth(name)
        if recipe.fine_tune and not name.startswith(_DECODER):
            parameter.requires_grad_(False)
        elif depth is None:
            rest.append(parameter)
        elif depth < recipe.frozen_blocks:
            parameter.requires_grad_(False)
        else:
            (late if depth >= _LATE_BLOCK else early).append(parameter)
    groups = [
        {"params": rest, "full_rate": recipe.decoder_rate},
        {"params": late, "full_rate": recipe.encoder_rate},
        {"params": early, "full_rate": recipe.encoder_rate / 4},
    ]
    optimizer = torch.optim.AdamW(
        groups, lr=0.0, weight_decay=recipe.weight_decay, betas=(0.9, 0.99)
    )
    return TrainingState(network, average, optimizer)


def _depth(name: str) -> int | None:
    """The encoder's block that a parameter is in, -1 for its stem, None outside the encoder."""
    if not name.startswith("e."):
        return None
    return int(name.split(".")[2]) if name.startswith("e._blocks.") else -1


def _bin_share(training: Pictures, grid: Tensor, side: int) -> Tensor:
    """How often each bin is hit in a sample of the training pictures, a little smoothed."""
    table = SoftTable(grid, torch.device("cpu"))
    share = torch.full((len(grid),), 1e-6)
    plan = ColorBatchPlan(16, side, seed=1)
    for step in range(min(60, 1 + len(training.images) // 16)):
        lab = make_batch(training, plan, step).lab
        ab = torch.from_numpy(lab[:, 1:]).permute(0, 2, 3, 1)
        ids, soft = table.encode(ab.reshape(-1, 2))
        share.index_add_(0, ids.reshape(-1), soft.reshape(-1))
    return share / share.sum()


def validate(network: ColorNet, pictures: Pictures) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Color grey versions of the pictures and compare.

    Returns:
        figures: ``psnr`` (RGB, dB), ``colorfulness`` (ratio to the truth, Hasler and
            Suesstrunk 2003), ``ab_error`` (mean distance in ab, at a quarter of the size).
        sheet: ``(H, W, 3) uint8``: rows of truth above coloring.
    """
    made = [_color(network, image) for image in pictures.images]
    both = list(zip((frame for frame, _ in made), pictures.images, strict=True))
    truth = np.mean([colorfulness(image) for _, image in both])
    figures = {
        "psnr": float(np.mean([psnr(frame, image) for frame, image in both])),
        "colorfulness": float(np.mean([colorfulness(frame) for frame, _ in both]) / truth),
        "ab_error": float(np.mean([error for _, error in made])),
    }
    pairs: list[NDArray[np.uint8]] = []
    for frame, image in both[:_SHOWN]:
        square = min(image.shape[:2])
        pair = np.vstack([image[:square, :square], frame[:square, :square]])
        small = cv2.resize(pair, (128, 256), interpolation=cv2.INTER_AREA)
        pairs.append(np.asarray(small, np.uint8))
    pairs += [np.zeros_like(pairs[0])] * (-len(pairs) % 8)
    rows = [np.hstack(pairs[i : i + 8]) for i in range(0, len(pairs), 8)]
    return figures, np.vstack(rows)


def _color(network: ColorNet, image: Frame) -> tuple[Frame, float]:
    """The picture colored from its lightness, and the mean distance of its colors in ab."""
    height, width = image.shape[:2]
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    size = (max(32, round(width / 32) * 32), max(32, round(height / 32) * 32))
    luma = cv2.resize(lab[..., 0], size, interpolation=cv2.INTER_AREA)
    device = network.grid.device
    with torch.no_grad():
        logits = network(torch.from_numpy(luma)[None, None].to(device))[0]
        lift = (DEFAULT_DECODING.lift - network.power) * network.emphasis
        odds = logits[0].permute(1, 2, 0) + lift
    places = odds.flatten(0, 1).cpu().numpy()
    ab = decode_ab(places, network.grid.cpu().numpy(), DEFAULT_DECODING).reshape(*odds.shape[:2], 2)
    truth = cv2.resize(lab[..., 1:], ab.shape[1::-1], interpolation=cv2.INTER_AREA)
    error = float(np.linalg.norm(ab - truth, axis=2).mean())
    lab[..., 1:] = cv2.resize(ab, (width, height), interpolation=cv2.INTER_CUBIC)
    colored = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255, 0, 255).round()
    return colored.astype(np.uint8), error
