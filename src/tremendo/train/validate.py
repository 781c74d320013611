"""Held-out figures and a sample sheet of a network in training, read as users will see it."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tremendo.evaluate.color_figures import colorfulness, psnr
from tremendo.finish.color.decoding import DEFAULT_DECODING, decode_ab
from tremendo.media.frames import Frame
from tremendo.train.network import ColorNet
from tremendo.train.pictures import Pictures

__all__ = ["validate"]

_SHOWN = 24


def validate(network: ColorNet, pictures: Pictures) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Color grey versions of the pictures and compare.

    Returns:
        figures: ``psnr`` (RGB, dB), ``colorfulness`` (ratio to the truth, Hasler and
            Suesstrunk 2003), ``ab_error`` (mean distance in ab, at a quarter of the size).
        sheet: ``(H, W, 3) uint8``: rows of truth above coloring.
    """
    noise: list[float] = []
    ours: list[float] = []
    true: list[float] = []
    distance: list[float] = []
    pairs: list[NDArray[np.uint8]] = []
    for image in pictures.images:
        colored, error = _color(network, image)
        noise.append(psnr(colored, image))
        ours.append(colorfulness(colored))
        true.append(colorfulness(image))
        distance.append(error)
        if len(pairs) < _SHOWN:
            square = min(image.shape[:2])
            pair = np.vstack([image[:square, :square], colored[:square, :square]])
            pairs.append(cv2.resize(pair, (128, 256), interpolation=cv2.INTER_AREA))
    figures = {
        "psnr": float(np.mean(noise)),
        "colorfulness": float(np.mean(ours) / np.mean(true)),
        "ab_error": float(np.mean(distance)),
    }
    pairs += [np.zeros_like(pairs[0])] * (-len(pairs) % 8)
    rows = [np.hstack(pairs[i : i + 8]) for i in range(0, len(pairs), 8)]
    return figures, np.vstack(rows)


def _color(network: ColorNet, image: Frame) -> tuple[Frame, float]:
    height, width = image.shape[:2]
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    size = (max(32, round(width / 32) * 32), max(32, round(height / 32) * 32))
    luma = cv2.resize(lab[..., 0], size, interpolation=cv2.INTER_AREA)
    device = network.grid.device
    with torch.no_grad():
        logits = network(torch.from_numpy(luma)[None, None].to(device))[0]
        odds = (
            logits[0].permute(1, 2, 0) + (DEFAULT_DECODING.lift - network.power) * network.emphasis
        )
    places = odds.flatten(0, 1).cpu().numpy()
    ab = decode_ab(places, network.grid.cpu().numpy(), DEFAULT_DECODING).reshape(*odds.shape[:2], 2)
    truth = cv2.resize(lab[..., 1:], ab.shape[1::-1], interpolation=cv2.INTER_AREA)
    error = float(np.linalg.norm(ab - truth, axis=2).mean())
    lab[..., 1:] = cv2.resize(ab, (width, height), interpolation=cv2.INTER_CUBIC)
    colored = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255, 0, 255).round()
    return colored.astype(np.uint8), error
