"""What a training run leaves beside its checkpoint: model, card, curves and samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.train.export import export_onnx
from tremendo.train.network import ColorNet

__all__ = ["card", "curves", "write_image", "write_report", "write_text"]

_TERMS = ("total", "entropy", "mean", "consistency", "signal", "vivid", "anchor")
_FIGURES = ("psnr", "colorfulness", "ab_error")


def write_report(
    network: ColorNet,
    output: Path,
    run: Mapping[str, float],
    recipe: Mapping[str, object],
    log: Sequence[Mapping[str, float]],
    sheet: NDArray[np.uint8],
) -> None:
    """Write ``output`` (ONNX) and, beside it, ``.md``, ``.curves.png`` and ``.samples.png``."""
    export_onnx(network, output, {"name": output.stem, "version": "1", "training": dict(run)})
    write_text(output.with_suffix(".md"), card(output.name, run, recipe, _WORDS))
    write_image(output.with_suffix(".samples.png"), sheet)
    names = [name for name in _TERMS if name in log[0]]
    write_image(output.with_suffix(".curves.png"), curves(log, [*names, *_FIGURES]))


_WORDS = (
    "A color network trained with `tremendo train color`.",
    """`psnr` (RGB, dB), `colorfulness` (ratio to the truth) and `ab_error` (mean distance in ab)
are measured on pictures held out of the training data, read as users will see them.""",
    """Data and license: those of the photographs given to the command; state them here before you
pass the model on. Limits: colors are plausible, never evidence of what was there.""",
)


def card(
    name: str,
    run: Mapping[str, float],
    recipe: Mapping[str, object],
    words: tuple[str, str, str],
) -> str:
    """A model card: what it is, the run's facts, what they mean, the recipe, data and limits."""
    facts = "\n".join(f"| {key} | {value:.6g} |" for key, value in run.items())
    choices = "\n".join(f"| {key} | {value} |" for key, value in recipe.items())
    what, meaning, limits = words
    table = "|---|---|\n"
    return (
        f"# {name}\n\n{what}\n\n| run | |\n{table}{facts}\n\n{meaning}\n\n"
        f"| recipe | |\n{table}{choices}\n\n{limits}\n"
    )


def curves(log: Sequence[Mapping[str, float]], names: Sequence[str]) -> NDArray[np.uint8]:
    """The named figures over the minutes, eight at most: ``(H, W, 3) uint8``."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 5), dpi=80, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    minutes = [entry["minutes"] for entry in log]
    for place, name in enumerate(names, start=1):
        axes = figure.add_subplot(2, 4, place)
        axes.plot(minutes, [entry.get(name, np.nan) for entry in log], marker=".")
        axes.set_title(name)
        axes.set_xlabel("minutes")
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def write_text(path: Path, text: str) -> None:
    """Write a text, atomically."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def write_image(path: Path, rgb: NDArray[np.uint8]) -> None:
    """Write a picture as PNG, atomically."""
    done, encoded = cv2.imencode(".png", rgb[..., ::-1])
    if not done:
        raise OSError(f"cannot encode {path.name}")
    part = path.with_name(path.name + ".part")
    part.write_bytes(encoded.tobytes())
    part.replace(path)
