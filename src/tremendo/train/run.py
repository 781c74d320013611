"""A training run that can be stopped at any time and goes on as if it had not been."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tremendo.errors import Interrupted, MediaError, ResourceError
from tremendo.train.schedule import progress

__all__ = ["Course", "State", "drive", "learn", "read_checkpoint", "resume"]

Network = TypeVar("Network", bound=nn.Module)


@dataclass
class State(Generic[Network]):
    """Everything that a checkpoint holds.

    Attributes:
        network: what learns.
        average: its running average, which is what is exported.
        optimizer: of the network.
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


@dataclass(frozen=True)
class Course:
    """How long a run is, and where its results go.

    Attributes:
        output: the model; the checkpoint lies beside it, with the suffix ``.ckpt``.
        minutes: length of the whole run.
        steps: length in steps instead.
        checkpoint_minutes: time between checkpoints.
        facts: for the model card.
        judge: gives held-out figures and a sheet of samples.
        report: writes what lies beside the checkpoint: given the run's facts and the sheet.
        say: receives a line of progress now and then.
    """

    output: Path
    minutes: float
    steps: int | None
    checkpoint_minutes: float
    facts: Mapping[str, float]
    judge: Callable[[], tuple[dict[str, float], NDArray[np.uint8]]]
    report: Callable[[Mapping[str, float], NDArray[np.uint8]], None]
    say: Callable[[str], None]


def drive(state: State[Any], course: Course, take: Callable[[float], None]) -> None:
    """Take steps until the run is over; all is kept at checkpoints, at Ctrl-C and at the end.

    Args:
        state: the run, new or resumed.
        course: length and results.
        take: takes one step; given the share of the run that is done.

    Raises:
        ResourceError: the results cannot be written.
        Interrupted: Ctrl-C.
    """
    began, before = time.monotonic(), state.seconds
    saved = began
    try:
        while (done := progress(state.step, course.steps, state.seconds, course.minutes)) < 1:
            take(done)
            state.seconds = before + time.monotonic() - began
            if state.step % 20 == 0:
                course.say(f"step {state.step} {state.seconds / 60:.1f} min {_line(state.terms)}")
            if time.monotonic() - saved > 60 * course.checkpoint_minutes:
                _publish(state, course, "checkpoint")
                saved = time.monotonic()
    except KeyboardInterrupt as error:
        _publish(state, course, "interrupted")
        raise Interrupted(
            "training interrupted",
            hint=f"go on with --resume {course.output.with_suffix('.ckpt')}",
        ) from error
    _publish(state, course, "done")


def learn(state: State[Any], terms: Mapping[str, Tensor], keep: float) -> None:
    """One step down the slope of ``terms["total"]``; the average follows, keeping that share."""
    state.optimizer.zero_grad(set_to_none=True)
    terms["total"].backward()
    nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.optimizer.step()
    _follow(state.average, state.network, min(keep, (1 + state.step) / (10 + state.step)))
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


def resume(state: State[Any], saved: Mapping[str, Any], path: Path) -> None:
    """Go on from a checkpoint's content.

    Raises:
        MediaError: it is of another network.
    """
    try:
        for name in ("network", "average", "optimizer"):
            getattr(state, name).load_state_dict(saved[name])
        state.step, state.seconds, state.log = saved["step"], saved["seconds"], saved["log"]
        state.terms = saved.get("terms", {})
    except (KeyError, RuntimeError, ValueError, TypeError) as error:
        raise MediaError("a checkpoint of another network", path=path) from error


def _publish(state: State[Any], course: Course, word: str) -> None:
    """Judge the averaged weights; write checkpoint, model, curves, samples and card."""
    figures, sheet = course.judge()
    minutes = state.seconds / 60
    state.log.append({"step": state.step, "minutes": minutes, **state.terms, **figures})
    facts = {**course.facts, "steps": state.step, "minutes": round(minutes, 1), **figures}
    try:
        course.output.parent.mkdir(parents=True, exist_ok=True)
        _save(state, course.output.with_suffix(".ckpt"))
        course.report(facts, sheet)
    except OSError as error:
        raise ResourceError("the model cannot be written", path=course.output) from error
    course.say(f"{word}: {_line(state.log[-1])}")


def _save(state: State[Any], path: Path) -> None:
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
