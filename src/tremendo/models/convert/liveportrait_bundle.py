"""LivePortrait's published checkpoints made into one file that tremendo's engine runs.

The file is a zip archive, stored, of ONNX networks;
``finish/animate/face/liveportrait/networks.py`` says what each takes and gives. Weights are kept
as float16, computing is in float32.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

import onnx
import torch
from torch import nn

from tremendo.errors import MediaError
from tremendo.media.atomic import atomic_path
from tremendo.models.convert.checkpoint import filled
from tremendo.models.convert.liveportrait import (
    OUTPUTS,
    Appearance,
    Correction,
    Generator,
    Motion,
    Plan,
    Renderer,
    Warping,
)
from tremendo.models.convert.onnx_export import traced
from tremendo.models.convert.parts import plain_weights
from tremendo.models.torch_file import read_weights

__all__ = ["CORRECTIONS", "FILES", "SIDE", "convert_liveportrait"]

FILES = (
    "appearance_feature_extractor",
    "motion_extractor",
    "warping_module",
    "spade_generator",
    "stitching_retargeting_module",
)
"""Names of the checkpoints, without their endings."""
_ENDINGS = (".pth", ".safetensors")
SIDE = 256
"""Pixels of the square that the networks see."""
_OPSET = 20
"""The first in which a volume can be sampled."""


def _wishes(points: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Each correction's name in the checkpoint, and sizes of its layers."""
    flat = 3 * points
    return {
        "stitching": ("retarget_shoulder", (2 * flat, 128, 128, 64, flat + 2)),
        "eyes": ("retarget_eye", (flat + 3, 256, 256, 128, 128, 64, flat)),
        "lips": ("retarget_mouth", (flat + 2, 128, 128, 64, flat)),
    }


_Network = TypeVar("_Network", bound=nn.Module)

CORRECTIONS = tuple(_wishes(0))
"""The small networks that change key points."""


def convert_liveportrait(folder: Path, output: Path, plan: Plan | None = None) -> None:
    """Write LivePortrait's networks as one file.

    Args:
        folder: holds the five checkpoints (`FILES`, ``.pth`` or ``.safetensors``), at any depth.
        output: written whole or not at all.
        plan: sizes of the layers; those of the published weights by default.

    Raises:
        MediaError: a checkpoint is missing, there twice, damaged, or of another network; or its
            pickle asks for code to be run.
    """
    places = {name: _place(folder, name) for name in FILES}
    plan = plan or Plan()
    with atomic_path(output) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name, model in _networks(places, plan):
            onnx.checker.check_model(model)
            archive.writestr(zipfile.ZipInfo(f"{name}.onnx"), model.SerializeToString())


def _place(folder: Path, name: str) -> Path:
    found = sorted(
        path
        for path in folder.rglob(f"{name}.*")
        if path.suffix in _ENDINGS and "animals" not in str(path.relative_to(folder))
    )
    if len(found) == 1:
        return found[0]
    raise MediaError(
        f"the folder has {len(found) or 'no'} files named {name}.pth, one is needed",
        path=folder,
        hint="give the folder of LivePortrait's weights, as its authors publish them",
    )


def _networks(places: Mapping[str, Path], plan: Plan) -> Iterator[tuple[str, onnx.ModelProto]]:
    """Each network by its name in the archive; all are read before the first is converted."""
    appearance = _made(Appearance, FILES[0], places, plan)
    motion = _made(Motion, FILES[1], places, plan)
    renderer = Renderer(
        _made(Warping, FILES[2], places, plan), _made(Generator, FILES[3], places, plan)
    )
    corrections = _corrections(places[FILES[4]], plan)
    picture = torch.full((1, 3, SIDE, SIDE), 0.5)
    yield "appearance", traced(appearance, picture, _closed("picture", "volume"), _OPSET)
    yield "motion", traced(motion, picture, _closed("picture", *OUTPUTS), _OPSET)
    volume = torch.rand(1, plan.channels, plan.depth, SIDE // 4, SIDE // 4)
    points = torch.zeros(1, plan.points, 3)
    names = _closed("volume", "driving", "source", "picture")
    yield "renderer", traced(renderer.eval(), (volume, points, points), names, _OPSET)
    for name, correction in corrections.items():
        wish = torch.zeros(1, correction.mlp[0].in_features)
        yield name, traced(correction, wish, _closed("wish", "change"), _OPSET)


def _made(
    design: Callable[[Plan], _Network], name: str, places: Mapping[str, Path], plan: Plan
) -> _Network:
    weights = plain_weights(read_weights(places[name]))
    return filled(lambda: design(plan), weights, f"LivePortrait's {name}", places[name])


def _corrections(checkpoint: Path, plan: Plan) -> dict[str, Correction]:
    weights = plain_weights(read_weights(checkpoint))
    made = {}
    for name, (key, sizes) in _wishes(plan.points).items():
        own = {
            parameter.removeprefix(f"{key}.").removeprefix("module."): value
            for parameter, value in weights.items()
            if parameter.startswith(f"{key}.")
        }
        kind = f"LivePortrait's {checkpoint.stem}, {key},"
        made[name] = filled(partial(Correction, sizes), own, kind, checkpoint)
    return made


def _closed(*names: str) -> dict[str, dict[int, str]]:
    """Inputs and outputs without open axes."""
    return {name: {} for name in names}
