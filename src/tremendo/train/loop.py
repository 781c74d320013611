"""The training of the color network: from photographs to a model file, stoppable at any time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from tremendo.errors import MediaError, NoRoomError, UsageError
from tremendo.train.batches import Batch, batches
from tremendo.train.loss import ColorLoss, LossWeights
from tremendo.train.network import ColorNet, load_weights, new_network
from tremendo.train.pictures import Pictures, load_pictures, split_off
from tremendo.train.report import write_report
from tremendo.train.targets import SoftTable, ab_grid, bin_weights
from tremendo.train.validate import validate

__all__ = ["Recipe", "train_color"]


@dataclass(frozen=True)
class Recipe:
    """The choices of a training run.

    Attributes:
        side: short side of the crops in pixels, a multiple of 32.
        batch: pictures per step; each is seen in two degraded views.
        decoder_rate: learning rate of decoder, attention and head.
        encoder_rate: learning rate of the encoder's deeper half; its first half gets a quarter.
        frozen_blocks: this many first blocks of the encoder, and its stem, stay as they are.
        warm_up: steps until the full rate.
        decay: share of the run, at its end, in which the rate falls to nothing (half a cosine).
        ema: how slowly the averaged weights, which are what is exported, follow.
        source_cap: most pictures of one source (see ``load_pictures``).
        held_out: pictures kept aside for validation.
        loss: shares of the loss terms.
    """

    side: int = 160
    batch: int = 12
    decoder_rate: float = 3e-4
    encoder_rate: float = 1e-4
    frozen_blocks: int = 3
    warm_up: int = 100
    decay: float = 0.5
    ema: float = 0.998
    source_cap: int = 2000
    held_out: int = 200
    loss: LossWeights = field(default_factory=LossWeights)


@dataclass
class _State:
    """Everything that a checkpoint holds."""

    network: ColorNet
    average: ColorNet
    optimizer: torch.optim.Optimizer
    rebalance: Tensor
    step: int = 0
    seconds: float = 0.0
    log: list[dict[str, float]] = field(default_factory=list)


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
        start: weights to start from (``.onnx`` or ``.safetensors``); else ImageNet features.
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
        NoRoomError: the results cannot be written.
    """
    recipe = recipe or Recipe()
    say = report or (lambda _line: None)
    where = _device(device)
    torch.manual_seed(seed)
    pictures = load_pictures(data, side=recipe.side, source_cap=recipe.source_cap)
    held = min(recipe.held_out, max(1, len(pictures.images) // 10))
    training, validation = split_off(pictures, held, seed)
    say(f"{len(training.images)} pictures, {held} held out, left out: {pictures.left_out}")
    state = _begin(training, start, recipe, where) if resume is None else None
    state = state or _load(_as_path(resume), recipe, where)
    loss = ColorLoss(
        state.network.grid, SoftTable(state.network.grid, where), state.rebalance, recipe.loss
    )
    saved = time.monotonic()
    stream = batches(training, start=state.step, size=recipe.batch, side=recipe.side, seed=seed)
    facts = {"pictures": len(training.images), "side": recipe.side, "seed": seed}
    began, before = time.monotonic(), state.seconds
    terms: dict[str, float] = {}
    while (done := _progress(state, steps, minutes)) < 1:
        values = _step(state, next(stream), loss, recipe, done, seed)
        terms = {k: 0.98 * terms.get(k, v) + 0.02 * v for k, v in values.items()}
        state.step += 1
        state.seconds = before + time.monotonic() - began
        if state.step % 20 == 0:
            say(_line(state, terms))
        if time.monotonic() - saved > 60 * checkpoint_minutes:
            _publish(state, terms, validation, output, recipe, facts)
            say("checkpoint: " + _figures(state))
            saved = time.monotonic()
    _publish(state, terms, validation, output, recipe, facts)
    say("done: " + _figures(state))
    return output


def _as_path(resume: Path | None) -> Path:
    if resume is None:
        raise UsageError("no checkpoint to resume from")
    return resume


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name not in {"cpu", "cuda"}:
        raise UsageError(f"no such device: {name}", hint="auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("no CUDA device here", hint="--device auto takes what is there")
    return torch.device(name)


def _begin(training: Pictures, start: Path | None, recipe: Recipe, device: torch.device) -> _State:
    network = new_network(torch.from_numpy(ab_grid())) if start is None else load_weights(start)
    share = _bin_share(training, network.grid, recipe.side)
    return _state(network, bin_weights(share), recipe, device)


def _state(network: ColorNet, rebalance: Tensor, recipe: Recipe, device: torch.device) -> _State:
    layout = torch.channels_last
    network = network.to(device, memory_format=layout)
    average = ColorNet(network.grid.cpu()).to(device, memory_format=layout).eval()
    average.load_state_dict(network.state_dict())
    late: list[nn.Parameter] = []
    early: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        depth = _depth(name)
        if depth is None:
            rest.append(parameter)
        elif depth < recipe.frozen_blocks:
            parameter.requires_grad_(False)
        else:
            (late if depth >= 7 else early).append(parameter)
    groups = [
        {"params": rest, "full_rate": recipe.decoder_rate},
        {"params": late, "full_rate": recipe.encoder_rate},
        {"params": early, "full_rate": recipe.encoder_rate / 4},
    ]
    optimizer = torch.optim.AdamW(groups, lr=0.0, weight_decay=0.01, betas=(0.9, 0.99))
    return _State(network, average, optimizer, rebalance.to(device))


def _depth(name: str) -> int | None:
    """The encoder's block that a parameter is in, -1 for its stem, None outside the encoder."""
    if not name.startswith("e."):
        return None
    return int(name.split(".")[2]) if name.startswith("e._blocks.") else -1


def _bin_share(training: Pictures, grid: Tensor, side: int) -> Tensor:
    """How often each bin is hit in a sample of the training pictures, a little smoothed."""
    table = SoftTable(grid, torch.device("cpu"))
    share = torch.full((len(grid),), 1e-6)
    stream = batches(training, start=0, size=16, side=side, seed=1)
    for _ in range(min(60, 1 + len(training.images) // 16)):
        ab = torch.from_numpy(next(stream).ab).permute(0, 2, 3, 1)
        ids, soft = table.encode(ab.reshape(-1, 2))
        share.index_add_(0, ids.reshape(-1), soft.reshape(-1))
    return share / share.sum()


def _progress(state: _State, steps: int | None, minutes: float) -> float:
    return state.step / steps if steps is not None else state.seconds / (60 * minutes)


def _step(
    state: _State, batch: Batch, loss: ColorLoss, recipe: Recipe, done: float, seed: int
) -> dict[str, float]:
    network, device = state.network, state.rebalance.device
    network.train()
    for norm in network.batch_norms():
        norm.eval()
    rate = _rate(state.step, done, recipe)
    for group in state.optimizer.param_groups:
        group["lr"] = group["full_rate"] * rate
    luma = torch.from_numpy(batch.luma).to(device, memory_format=torch.channels_last)
    ab = torch.from_numpy(batch.ab).to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=_has_bfloat16(device)):
        logits, _ = network(luma)
    chance = torch.Generator().manual_seed(seed * 1_000_003 + state.step)
    terms = loss(logits, ab, chance)
    state.optimizer.zero_grad(set_to_none=True)
    terms["total"].backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    state.optimizer.step()
    _follow(state.average, network, min(recipe.ema, (1 + state.step) / (10 + state.step)))
    return {name: float(value.detach()) for name, value in terms.items()}


def _rate(step: int, done: float, recipe: Recipe) -> float:
    """Warm-up, a plateau, and half a cosine down to one percent."""
    warm = min(1.0, (step + 1) / recipe.warm_up)
    fall = max(0.0, (done - (1 - recipe.decay)) / recipe.decay)
    return warm * (0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, fall))) / 2)


def _has_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is fast here: CUDA, or a CPU with avx512_bf16."""
    return device.type == "cuda" or bool(torch.cpu._is_avx512_bf16_supported())  # noqa: SLF001


def _follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    means, news = average.state_dict().values(), network.state_dict().values()
    with torch.no_grad():
        for mean, new in zip(means, news, strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(new, 1 - keep)


def _publish(
    state: _State,
    terms: dict[str, float],
    validation: Pictures,
    output: Path,
    recipe: Recipe,
    facts: dict[str, int],
) -> None:
    """Validate the averaged weights and write checkpoint, model, curves, samples and card."""
    figures, sheet = validate(state.average, validation)
    state.log.append({"step": state.step, "minutes": state.seconds / 60, **terms, **figures})
    run = {**facts, "steps": state.step, "minutes": round(state.seconds / 60, 1), **figures}
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        _save(state, output.with_suffix(".ckpt"))
        write_report(state.average, output, run, asdict(recipe), state.log, sheet)
    except OSError as error:
        raise NoRoomError("the model cannot be written", path=output) from error


def _save(state: _State, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    torch.save(
        {
            "network": state.network.state_dict(),
            "average": state.average.state_dict(),
            "optimizer": state.optimizer.state_dict(),
            "rebalance": state.rebalance,
            "step": state.step,
            "seconds": state.seconds,
            "log": state.log,
        },
        part,
    )
    part.replace(path)


def _load(path: Path, recipe: Recipe, device: torch.device) -> _State:
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        network = ColorNet(saved["network"]["grid"])
        network.load_state_dict(saved["network"])
        state = _state(network, saved["rebalance"], recipe, device)
        state.average.load_state_dict(saved["average"])
        state.optimizer.load_state_dict(saved["optimizer"])
    except (OSError, KeyError, RuntimeError, ValueError, EOFError) as error:
        raise MediaError("not a checkpoint of the color network", path=path) from error
    except Exception as error:  # pickle errors have no common base
        raise MediaError("the checkpoint holds more than weights", path=path) from error
    state.step, state.seconds, state.log = saved["step"], saved["seconds"], saved["log"]
    return state


def _line(state: _State, terms: dict[str, float]) -> str:
    parts = " ".join(f"{name} {value:.4f}" for name, value in terms.items())
    return f"step {state.step} {state.seconds / 60:.1f} min {parts}"


def _figures(state: _State) -> str:
    return " ".join(f"{name} {value:.4f}" for name, value in state.log[-1].items())
