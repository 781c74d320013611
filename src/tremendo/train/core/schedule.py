"""Where a training runs, how far it is and how fast it learns."""

from __future__ import annotations

import math

import torch

from tremendo.errors import UsageError

__all__ = ["find_device", "has_bfloat16", "learning_rate", "progress"]


def find_device(name: str) -> torch.device:
    """The device of that name; ``auto`` takes a GPU where there is one.

    Raises:
        UsageError: it is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name not in {"cpu", "cuda"}:
        raise UsageError(f"no such device: {name}", hint="auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("no CUDA device here", hint="--device auto takes what is there")
    return torch.device(name)


def progress(step: int, steps: int | None, seconds: float, minutes: float) -> float:
    """Share of a run that is done: by steps when their number is given, else by the clock."""
    return step / steps if steps is not None else seconds / (60 * minutes)


def learning_rate(step: int, done: float, *, warm_up: int, decay: float) -> float:
    """Share of the full rate: warm-up, a plateau, and half a cosine down to one percent.

    Args:
        step: from 0.
        done: share of the run that is done.
        warm_up: steps until the full rate.
        decay: share of the run, at its end, in which the rate falls.
    """
    warm = min(1.0, (step + 1) / warm_up)
    fall = max(0.0, (done - (1 - decay)) / decay)
    return warm * (0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, fall))) / 2)


def has_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is fast here: CUDA, or a CPU with avx512_bf16."""
    return device.type == "cuda" or bool(torch.cpu._is_avx512_bf16_supported())  # noqa: SLF001
