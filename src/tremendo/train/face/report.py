"""What a run of the face renderer leaves beside its checkpoint: model, card, curves, samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tremendo.train.face.export import export_face
from tremendo.train.face.network import FaceNet
from tremendo.train.report import card, curves, write_image, write_text

__all__ = ["write_report"]

_CURVES = ("total", "pixels", "edges", "likeness", "mask", "face_ratio", "detail_ratio")


def write_report(
    network: FaceNet,
    output: Path,
    run: Mapping[str, float],
    recipe: Mapping[str, object],
    log: Sequence[Mapping[str, float]],
    sheet: NDArray[np.uint8],
) -> None:
    """Write ``output`` (ONNX) and, beside it, ``.md``, ``.curves.png`` and ``.samples.png``."""
    export_face(network, output, {"name": output.stem, "version": "1", "training": dict(run)})
    write_text(output.with_suffix(".md"), card(output.name, run, recipe, _WORDS))
    write_image(output.with_suffix(".samples.png"), sheet)
    write_image(output.with_suffix(".curves.png"), curves(log, _CURVES))


_WORDS = (
    """A face renderer trained with `tremendo train face`: it retouches eyelids, mouth, folds and
light of a face that the mesh engine has moved.""",
    """`face` and `detail` (around eyes and mouth) are mean absolute errors in ranges of the face's
tones on people held out of the training; `still_` are those of geometry alone, `_ratio` the one
over the other: below 1 the network helps.""",
    """Data and license: those of the films given to the command; state them here before you pass
the model on. Limits: what a mouth or a lid looks like is made up plausibly, never evidence.""",
)
