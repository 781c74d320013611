"""A task in, a trained network out, with checkpoint, card and curves: one loop for all tasks.

*Why.* A run can be stopped at any moment and goes on as if it had not been: everything that a step
depends on is the state, the seed and the number of the step. So a batch is a function of its
number, chance is seeded anew in each step, and the loop alone knows of clocks and files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tremendo.errors import Interrupted, MediaError, ResourceError
from tremendo.train.core.report import CardText, write_report
from tremendo.train.core.schedule import find_device, learning_rate, progress
from tremendo.train.core.streams import made_ahead

__all__ = [
    "RunConfig",
    "Schedule",
    "TrainingState",
    "TrainingTask",
    "fit",
    "read_checkpoint",
    "resume",
]

Network = TypeVar("Network", bound=nn.Module)
_SEEDS = 1_000_003
"""Step numbers between the seeds of two runs."""


@dataclass(frozen=True)
class RunConfig:
    """How long a run is, on what, and where its results go.

    Attributes:
        output: the ONNX file; beside it ``.ckpt`` (everything needed to go on), ``.md``,
            ``.curves.png`` and ``.samples.png``, all renewed at each checkpoint, each atomically.
        minutes: length of the whole run, resumed parts included; the learning rate then follows
            the clock, so that it ends well whatever the machine's speed.
        steps: length in steps instead; the run is then a function of data, seed and threads alone.
        resume: a checkpoint to go on from, exactly as if the run had not been interrupted.
        device: ``auto``, ``cpu`` or ``cuda``.
        seed: of all chance.
        checkpoint_minutes: time between checkpoints.
        log: receives a line of progress now and then.
    """

    output: Path
    minutes: float = 60.0
    steps: int | None = None
    resume: Path | None = None
    device: str = "auto"
    seed: int = 0
    checkpoint_minutes: float = 5.0
    log: Callable[[str], None] = lambda _line: None

    def begin(self) -> torch.device:
        """Seed what is drawn before the first step; the device that the run is on.

        Raises:
            UsageError: the device is not there.
        """
        torch.manual_seed(self.seed)
        return find_device(self.device)


@dataclass(frozen=True)
class Schedule:
    """How fast a network learns, and how slowly its average follows.

    Attributes:
        warm_up: steps until the full rate.
        decay: share of the run, at its end, in which the rate falls to nothing (half a cosine).
        ema: how slowly the averaged weights, which are what is exported, follow.
    """

    warm_up: int
    decay: float
    ema: float


class TrainingTask(Protocol[Network]):
    """What one network learns; see the folders of ``train/tasks/``."""

    @property
    def schedule(self) -> Schedule:
        """Rates over the run."""

    @property
    def card(self) -> CardText:
        """Words of the model card."""

    @property
    def choices(self) -> Mapping[str, object]:
        """The recipe, for the card."""

    @property
    def facts(self) -> Mapping[str, float]:
        """Of the material, for the card."""

    @property
    def curves(self) -> Sequence[str]:
        """Figures that are drawn, eight at most."""

    def batch(self, step: int) -> Any:  # noqa: ANN401 - each task has its own
        """The material of one step: a function of its number alone; called in another thread."""

    def losses(self, state: TrainingState[Network], batch: Any) -> Mapping[str, Tensor]:  # noqa: ANN401
        """Terms of the loss and their sum, ``total``."""

    def validate(self, network: Network) -> tuple[dict[str, float], NDArray[Any] | None]:
        """Figures on material held out, and a sheet of samples ``(H, W, 3) uint8``, if any."""

    def export(self, network: Network, output: Path, facts: Mapping[str, float]) -> None:
        """Write the network as ONNX, atomically."""


@dataclass
class TrainingState(Generic[Network]):
    """Everything that a checkpoint holds.

    Attributes:
        network: what learns.
        average: its running average, which is what is exported.
        optimizer: of the network; each of its groups names its ``full_rate``.
        step: how many have been taken.
        seconds: that they took.
        terms: of the loss, averaged over about fifty steps.
        log: step, minutes, terms and held-out figures at each checkpoint.
    """

    network: Network
    average: Network
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    terms: dict[str, float] = field(default_factory=dict)
    log: list[dict[str, float]] = field(default_factory=list)


def fit(state: TrainingState[Any], task: TrainingTask[Any], run: RunConfig) -> Path:
    """Take steps until the run is over; all is kept at checkpoints, at Ctrl-C and at the end.

    Returns:
        The ONNX file.

    Raises:
        ResourceError: the results cannot be written.
        Interrupted: Ctrl-C; everything so far is kept.
    """
    began, before = time.monotonic(), state.seconds
    saved = began
    try:
        with closing(made_ahead(task.batch, state.step)) as batches:
            while (done := progress(state.step, run.steps, state.seconds, run.minutes)) < 1:
                _step(state, task, next(batches), done, run.seed)
                state.seconds = before + time.monotonic() - began
                if state.step % 20 == 0:
                    minutes = state.seconds / 60
                    run.log(f"step {state.step} {minutes:.1f} min {_line(state.terms)}")
                if time.monotonic() - saved > 60 * run.checkpoint_minutes:
                    _publish(state, task, run, "checkpoint")
                    saved = time.monotonic()
    except KeyboardInterrupt as error:
        _publish(state, task, run, "interrupted")
        raise Interrupted(
            "training interrupted",
            hint=f"go on with --resume {run.output.with_suffix('.ckpt')}",
        ) from error
    _publish(state, task, run, "done")
    return run.output


def _step(
    state: TrainingState[Any], task: TrainingTask[Any], batch: object, done: float, seed: int
) -> None:
    """One step down the slope of the loss; the average follows."""
    schedule = task.schedule
    rate = learning_rate(state.step, done, warm_up=schedule.warm_up, decay=schedule.decay)
    for group in state.optimizer.param_groups:
        group["lr"] = group["full_rate"] * rate
    torch.manual_seed(seed * _SEEDS + state.step)  # dropout: the same after a resume
    terms = task.losses(state, batch)
    state.optimizer.zero_grad(set_to_none=True)
    terms["total"].backward()
    nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.optimizer.step()
    keep = min(schedule.ema, (1 + state.step) / (10 + state.step))
    _follow(state.average, state.network, keep)
    state.step += 1
    for name, term in terms.items():
        value = float(term.detach())
        state.terms[name] = 0.98 * state.terms.get(name, value) + 0.02 * value


def read_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint's content; weights only, no code.

    Raises:
        MediaError: the file is none.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError) as error:
        raise MediaError("not a checkpoint of a training", path=path) from error
    except Exception as error:  # pickle errors have no common base
        raise MediaError("the checkpoint holds more than weights", path=path) from error
    if not isinstance(saved, dict) or not isinstance(saved.get("network"), dict):
        raise MediaError("not a checkpoint of a training", path=path)
    return saved


def resume(state: TrainingState[Any], saved: Mapping[str, Any], path: Path) -> None:
    """Go on from a checkpoint's content.

    Raises:
        MediaError: it is of another network.
    """
    rates = [group["full_rate"] for group in state.optimizer.param_groups]
    try:
        for name in ("network", "average", "optimizer"):
            getattr(state, name).load_state_dict(saved[name])
        state.step, state.seconds, state.log = saved["step"], saved["seconds"], saved["log"]
        state.terms = saved.get("terms", {})
    except (KeyError, RuntimeError, ValueError, TypeError) as error:
        raise MediaError("a checkpoint of another network", path=path) from error
    for group, rate in zip(state.optimizer.param_groups, rates, strict=True):
        group.setdefault("full_rate", rate)  # checkpoints of the first edition


def _publish(state: TrainingState[Any], task: TrainingTask[Any], run: RunConfig, word: str) -> None:
    """Judge the averaged weights; write checkpoint, model, curves, samples and card."""
    figures, sheet = task.validate(state.average)
    minutes = state.seconds / 60
    state.log.append({"step": state.step, "minutes": minutes, **state.terms, **figures})
    facts = {**task.facts, "steps": state.step, "minutes": round(minutes, 1), **figures}
    try:
        run.output.parent.mkdir(parents=True, exist_ok=True)
        _save(state, run.output.with_suffix(".ckpt"))
        task.export(state.average, run.output, facts)
        text = task.card.page(run.output.name, facts, task.choices)
        write_report(run.output, text, state.log, task.curves, sheet)
    except OSError as error:
        raise ResourceError("the model cannot be written", path=run.output) from error
    run.log(f"{word}: {_line(state.log[-1])}")


def _save(state: TrainingState[Any], path: Path) -> None:
    part = path.with_name(path.name + ".part")
    kept = {name: getattr(state, name) for name in ("step", "seconds", "terms", "log")}
    for name in ("network", "average", "optimizer"):
        kept[name] = getattr(state, name).state_dict()
    torch.save(kept, part)
    part.replace(path)


def _follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Let averaged weights take a step toward the network's."""
    means, news = average.state_dict().values(), network.state_dict().values()
    with torch.no_grad():
        for mean, new in zip(means, news, strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(new, 1 - keep)


def _line(figures: Mapping[str, float]) -> str:
    return " ".join(f"{name} {value:.4f}" for name, value in figures.items())
