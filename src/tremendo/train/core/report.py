"""Figures of a run in, what lies beside its checkpoint out: card, curves and samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["CardText", "write_report"]


@dataclass(frozen=True)
class CardText:
    """Words of a model card, in Markdown.

    Attributes:
        what: the network is.
        meaning: of the figures.
        limits: data, license, and what the network does not know.
    """

    what: str
    meaning: str
    limits: str

    def page(self, name: str, facts: Mapping[str, float], choices: Mapping[str, object]) -> str:
        """The card: what it is, the run's facts, what they mean, the recipe, data and limits."""
        run = "\n".join(f"| {key} | {value:.6g} |" for key, value in facts.items())
        recipe = "\n".join(f"| {key} | {value} |" for key, value in choices.items())
        table = "|---|---|\n"
        return (
            f"# {name}\n\n{self.what}\n\n| run | |\n{table}{run}\n\n{self.meaning}\n\n"
            f"| recipe | |\n{table}{recipe}\n\n{self.limits}\n"
        )


def write_report(
    output: Path,
    card: str,
    log: Sequence[Mapping[str, float]],
    names: Sequence[str],
    sheet: NDArray[np.uint8] | None,
) -> None:
    """Write, beside the model ``output``, ``.md``, ``.curves.png`` and ``.samples.png``.

    Args:
        output: the model; it is not written here.
        card: the model card.
        log: figures at each checkpoint.
        names: those of them that are drawn, eight at most; absent ones are passed over.
        sheet: samples, ``(H, W, 3) uint8 RGB``.

    Raises:
        OSError: a file cannot be written.
    """
    _replace(output.with_suffix(".md"), card.encode())
    drawn = [name for name in names if any(name in entry for entry in log)]
    _write_image(output.with_suffix(".curves.png"), _curves(log, drawn))
    if sheet is not None:
        _write_image(output.with_suffix(".samples.png"), sheet)


def _curves(log: Sequence[Mapping[str, float]], names: Sequence[str]) -> NDArray[np.uint8]:
    """The named figures over the minutes: ``(H, W, 3) uint8``."""
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


def _write_image(path: Path, rgb: NDArray[np.uint8]) -> None:
    done, encoded = cv2.imencode(".png", rgb[..., ::-1])
    if not done:
        raise OSError(f"cannot encode {path.name}")
    _replace(path, encoded.tobytes())


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
