"""Figures and samples on people that a face renderer in training has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tremendo.finish.animate.face.renderer.input import CHANNELS
from tremendo.train.face.batches import example
from tremendo.train.face.network import FaceNet
from tremendo.train.face.pairs import Pairs

__all__ = ["validate"]

_COUNT = 160
_SHOWN = 16


def validate(
    network: FaceNet, people: Sequence[Pairs]
) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Render pairs, half of them damaged, always the same ones.

    Returns:
        figures: for ``face`` and ``detail`` (around eyes and mouth) the mean absolute error in
            ranges of the face's tones, and beside each that of geometry alone (``still_``); for
            both the ratio, which is below 1 where the network helps.
        sheet: ``(H, W, 3) uint8``: photograph, geometry, network, truth, mask; two pairs a row.
    """
    device = next(network.parameters()).device
    sums = np.zeros((2, 2))
    weights = np.zeros(2)
    rows: list[NDArray[np.uint8]] = []
    numbers = [(k % len(people), k // len(people)) for k in range(_COUNT)]
    for count, (person, place) in enumerate(numbers):
        pairs = people[person]
        number = place * len(pairs) // (_COUNT // len(people) + 1)
        rng = np.random.default_rng(count) if count % 2 else None
        maps, wanted, detail, face = example(pairs, number, rng)
        with torch.no_grad():
            change, mask = network(torch.from_numpy(maps[None]).to(device))
        made = change[0].float().cpu().numpy() * detail
        for k, where in enumerate((face, detail)):
            sums[:, k] += [
                float((np.abs(error) * where).sum()) for error in (wanted, made - wanted)
            ]
            weights[k] += float(where.sum())
        if count % (_COUNT // _SHOWN) in (0, 1) and len(rows) < _SHOWN:
            rows.append(_row(maps, wanted, made, mask[0].float().cpu().numpy()))
    (still_face, still_detail), (of_face, of_detail) = sums / weights
    figures = {
        "face": of_face,
        "still_face": still_face,
        "detail": of_detail,
        "still_detail": still_detail,
        "face_ratio": of_face / still_face,
        "detail_ratio": of_detail / still_detail,
    }
    sheet = np.vstack([np.hstack(rows[k : k + 2]) for k in range(0, len(rows) // 2 * 2, 2)])
    rgb = np.asarray(cv2.cvtColor(sheet, cv2.COLOR_GRAY2RGB), np.uint8)
    return {name: float(value) for name, value in figures.items()}, rgb


def _row(
    maps: NDArray[np.float32],
    wanted: NDArray[np.float32],
    made: NDArray[np.float32],
    mask: NDArray[np.float32],
) -> NDArray[np.uint8]:
    photo, frame = (maps[CHANNELS.index(name)] for name in ("photograph", "frame"))
    shown = [photo, frame, frame + made[0], frame + wanted[0]]
    tones = np.hstack([0.1 + 0.7 * one for one in shown] + [mask[0]])
    return np.asarray(np.clip(np.rint(tones * 255), 0, 255), np.uint8)
