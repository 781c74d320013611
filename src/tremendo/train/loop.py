"""The training of the color network: from photographs to a model file, stoppable at any time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tremendo.models import find
from tremendo.train.batches import Batch, Plan, batches
from tremendo.train.loss import ColorLoss
from tremendo.train.network import ColorNet, load_weights, new_network
from tremendo.train.pictures import Pictures, load_pictures, split_off
from tremendo.train.recipe import Recipe
from tremendo.train.report import write_report
from tremendo.train.run import Course, State, drive, learn
from tremendo.train.schedule import find_device, has_bfloat16, learning_rate
from tremendo.train.seen import SeenLoss
from tremendo.train.state import load_state, new_state
from tremendo.train.targets import SoftTable, ab_grid, bin_weights
from tremendo.train.validate import validate

__all__ = ["Recipe", "train_color"]


def train_color(
    data: Sequence[Path],
    output: Path,
    *,
    resume: Path | None = None,
    start: Path | None = None,
    minutes: float = 60.0,
    steps: int | None = None,
    device: str = "auto",
    seed: int = 0,
    recipe: Recipe | None = None,
    checkpoint_minutes: float = 5.0,
    report: Callable[[str], None] | None = None,
) -> Path:
    """Train the color network and write it as ONNX, with curves, samples and a model card.

    Beside ``output`` stand ``.ckpt`` (everything needed to go on), ``.curves.png``,
    ``.samples.png`` and ``.md``; all are renewed every ``checkpoint_minutes``, each atomically.
    With ``steps`` the run is a function of data, seed and thread count alone; with ``minutes``
    the learning rate follows the clock, so that it ends well whatever the machine's speed.

    Args:
        data: folders and tars of color photographs.
        output: the ONNX file.
        resume: a checkpoint to go on from, exactly as if it had not been interrupted.
        start: weights to start from (``.onnx`` or ``.safetensors``); else ImageNet features, or
            the packaged network if the recipe is to finish one.
        minutes: length of the whole run, resumed parts included.
        steps: length in steps instead.
        device: ``auto``, ``cpu`` or ``cuda``.
        seed: of all chance.
        recipe: the choices of the run.
        checkpoint_minutes: time between checkpoints.
        report: receives a line of progress now and then.

    Returns:
        The path of the ONNX file.

    Raises:
        MediaError: data or checkpoint unreadable.
        NothingUsableError: no color photographs.
        UsageError: the device is not there.
        ResourceError: the results cannot be written.
        Interrupted: Ctrl-C; everything so far is kept.
    """
    recipe = recipe or Recipe()
    say = report or (lambda _line: None)
    where = find_device(device)
    torch.manual_seed(seed)
    if start is None and recipe.finish:
        start = find("color").place
    pictures = load_pictures(data, side=recipe.side, source_cap=recipe.source_cap)
    held = min(recipe.held_out, max(1, len(pictures.images) // 10))
    training, validation = split_off(pictures, held, seed)
    say(f"{len(training.images)} pictures, {held} held out, left out: {pictures.left_out}")
    if resume is None:
        state = _begin(training, start, recipe, where)
    else:
        state = load_state(resume, recipe, where)
    loss = _loss(state.network, start, recipe, where)
    facts = {"pictures": len(training.images), "side": recipe.side, "seed": seed}

    def report_run(run: Mapping[str, float], sheet: NDArray[np.uint8]) -> None:
        write_report(state.average, output, run, asdict(recipe), state.log, sheet)

    course = Course(
        output,
        minutes,
        steps,
        checkpoint_minutes,
        facts,
        judge=lambda: validate(state.average, validation),
        report=report_run,
        say=say,
    )
    plan = Plan(recipe.batch, recipe.side, seed, recipe.views, recipe.finish)
    stream = batches(training, plan, start=state.step)
    with closing(stream):
        drive(state, course, lambda done: _step(state, next(stream), loss, recipe, done, seed))
    return output


def _begin(
    training: Pictures, start: Path | None, recipe: Recipe, device: torch.device
) -> State[ColorNet]:
    network = new_network(torch.from_numpy(ab_grid())) if start is None else load_weights(start)
    if not recipe.finish:
        weights = bin_weights(_bin_share(training, network.grid, recipe.side))
        network.emphasis.copy_(weights.log())
    return new_state(network, recipe, device)


class _Finishing:
    """`SeenLoss`, and the network as it was before, whose word counts on aged pictures."""

    def __init__(self, network: ColorNet, before: ColorNet, recipe: Recipe) -> None:
        self._loss, self._before = SeenLoss(network, recipe.loss), before

    def __call__(
        self, logits: Tensor, lab: Tensor, chance: torch.Generator, luma: Tensor
    ) -> dict[str, Tensor]:
        kind = luma.device
        with torch.no_grad(), torch.autocast(kind.type, torch.bfloat16, enabled=has_bfloat16(kind)):
            before = self._before(luma[len(lab) :])[0]
        return self._loss(logits, lab, chance, before)


def _loss(
    network: ColorNet, start: Path | None, recipe: Recipe, device: torch.device
) -> ColorLoss | _Finishing:
    if recipe.finish and start is not None:
        return _Finishing(network, load_weights(start).to(device).eval(), recipe)
    return ColorLoss(network, SoftTable(network.grid, network.grid.device), recipe.loss)


def _bin_share(training: Pictures, grid: Tensor, side: int) -> Tensor:
    """How often each bin is hit in a sample of the training pictures, a little smoothed."""
    table = SoftTable(grid, torch.device("cpu"))
    share = torch.full((len(grid),), 1e-6)
    stream = batches(training, Plan(16, side, seed=1), start=0)
    for _ in range(min(60, 1 + len(training.images) // 16)):
        ab = torch.from_numpy(next(stream).lab[:, 1:]).permute(0, 2, 3, 1)
        ids, soft = table.encode(ab.reshape(-1, 2))
        share.index_add_(0, ids.reshape(-1), soft.reshape(-1))
    return share / share.sum()


def _step(
    state: State[ColorNet],
    batch: Batch,
    loss: ColorLoss | _Finishing,
    recipe: Recipe,
    done: float,
    seed: int,
) -> None:
    network, device = state.network, state.network.grid.device
    network.train(not recipe.finish)
    network.drop.train()
    for norm in network.batch_norms():
        norm.eval()
    rate = learning_rate(state.step, done, warm_up=recipe.warm_up, decay=recipe.decay)
    for group in state.optimizer.param_groups:
        group["lr"] = group["full_rate"] * rate
    luma = torch.from_numpy(batch.luma).to(device, memory_format=torch.channels_last)
    lab = torch.from_numpy(batch.lab).to(device)
    torch.manual_seed(seed * 1_000_003 + state.step)  # dropout: the same after a resume
    with torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device)):
        logits = network(luma)[0]
    chance = torch.Generator().manual_seed(seed * 1_000_003 + state.step)
    given = (logits, lab, chance)
    terms = loss(*given, luma) if isinstance(loss, _Finishing) else loss(*given)
    learn(state, terms, recipe.ema)
