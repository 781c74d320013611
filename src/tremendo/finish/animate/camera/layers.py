"""A photograph taken apart into layers: sky, scene and figures, hidden parts made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.analysis.depth import Depth
from tremendo.finish.animate.camera.inpainting import fill_hidden
from tremendo.finish.animate.camera.view import Layer
from tremendo.media.frames import Frame

__all__ = ["alive", "cut_layers", "open_parts"]

_HIDDEN = 140
"""Matte from which on the background is made up, of 255."""


def alive(layers: Sequence[Layer], canvas: Frame, seen: Sequence[NDArray[np.uint8]]) -> list[Layer]:
    """The layers with what moved in the photograph; what was made up behind others stays."""
    moved = []
    for layer, part in zip(layers, seen, strict=True):
        pixels = layer.pixels.copy()
        now = cv2.merge([canvas, pixels[..., 3]]) if pixels.shape[2] == 4 else canvas
        moved.append(replace(layer, pixels=np.asarray(cv2.copyTo(now, part, pixels))))
    return moved


def open_parts(layers: Sequence[Layer]) -> list[NDArray[np.uint8]]:
    """Of each layer what no nearer one hides, ``(H, W)`` 0 or 255."""
    shape = layers[0].pixels.shape[:2]
    parts = []
    for n in range(len(layers)):
        veils = [layer.pixels[..., 3] for layer in layers[n + 1 :]]
        hidden = np.max([np.zeros(shape, np.uint8), *veils], axis=0)
        parts.append(np.where(hidden > _HIDDEN, 0, 255).astype(np.uint8))
    return parts


def cut_layers(canvas: Frame, depth: Depth) -> list[Layer]:
    """Back to front: the sky, what stands on the ground, the figures; hidden parts made up."""
    layers = []
    scene = canvas
    figures = depth.matte.any()
    if figures:
        scene = _behind(canvas, depth.matte)
    if depth.sky.any():
        standing = 1 - depth.sky
        nothing = np.zeros_like(depth.sky)
        layers.append(Layer(_behind(canvas, standing), nothing, nothing))
        layers.append(_cut(scene, depth.ground, standing))
    else:
        layers.append(Layer(scene, depth.ground, depth.matte))
    if figures:
        layers.append(_cut(canvas, depth.figures, depth.matte))
    return layers


def _fine(matte: NDArray[np.float32], canvas: Frame) -> NDArray[np.float32]:
    """A matte in pixels of the canvas."""
    fine = cv2.resize(matte, canvas.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(fine, 0, 1), np.float32)


def _behind(canvas: Frame, matte: NDArray[np.float32]) -> Frame:
    """The canvas with what the matte hides made up."""
    hidden = _fine(matte, canvas) > _HIDDEN / 255
    return canvas if hidden.all() else fill_hidden(canvas, hidden)


def _cut(picture: Frame, disparity: NDArray[np.float32], matte: NDArray[np.float32]) -> Layer:
    """What the matte shows of a picture."""
    pixels = np.dstack([picture, np.round(_fine(matte, picture) * 255).astype(np.uint8)])
    return Layer(pixels, disparity, np.asarray(cv2.dilate(matte, np.ones((3, 3), np.uint8))))
