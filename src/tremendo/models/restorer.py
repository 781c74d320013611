"""Users' own image restoration networks, through spandrel: the only place that opens them.

`spandrel <https://github.com/chaiNNer-org/spandrel>`_ tells from the weights alone which of some
forty published architectures they belong to. PyTorch and spandrel come with the extra ``restorers``
and are imported when a network is opened, not before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tremendo.errors import MediaError, ModelMissingError
from tremendo.media import Frame
from tremendo.models.torch_file import read_weights

__all__ = ["Restorer"]

_TILE = 256
"""Side of the squares that go through the network, pixels: they bound its memory."""
_OVERLAP = 24
"""Pixels around a square that the network sees and that are not kept."""


class Restorer:
    """A network that makes one picture of one picture, of the same size or larger.

    Args:
        path: a checkpoint (``.pth``, ``.pt``, ``.ckpt`` or ``.safetensors``) of an architecture
            that spandrel knows. Only tensors are read from it: nothing in it is run.

    Raises:
        ModelMissingError: the extra is not installed.
        MediaError: the file is missing, damaged, asks for code, is of no known architecture, or is
            no network from one picture to one picture.
    """

    def __init__(self, path: str | Path) -> None:
        weights = read_weights(path)
        try:
            import torch
            from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError
        except (ImportError, RuntimeError) as error:  # a torchvision that does not fit torch
            raise ModelMissingError(
                f"restoration networks need PyTorch and spandrel ({error})",
                path=path,
                hint="pip install 'tremendo[restorers]'",
            ) from error
        device = "cuda" if torch.cuda.is_available() else "cpu"
        state = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
        try:
            found: Any = ModelLoader(device).load_from_state_dict(state)
        except (UnsupportedModelError, RuntimeError, KeyError, ValueError) as error:
            raise MediaError(
                "no architecture of restoration that spandrel knows",
                path=path,
                hint="see the list at https://github.com/chaiNNer-org/spandrel",
            ) from error
        channels = {found.input_channels, found.output_channels}
        if not isinstance(found, ImageModelDescriptor) or channels not in ({1}, {3}):
            raise MediaError("this network does not make a picture of one picture", path=path)
        self._network = found.to(device).eval()
        self._gray = channels == {1}
        self.scale: int = found.scale
        """How many times larger the result is."""
        self.name: str = found.architecture.name
        """The architecture."""

    def restore(self, frame: Frame) -> Frame:
        """Run a picture ``(H, W, 3) uint8 RGB`` through the network, tile by tile."""
        height, width = frame.shape[:2]
        scale = self.scale
        result = np.empty((height * scale, width * scale, 3), np.uint8)
        padded = np.pad(frame, ((_OVERLAP, _OVERLAP), (_OVERLAP, _OVERLAP), (0, 0)), "symmetric")
        for top in range(0, height, _TILE):
            for left in range(0, width, _TILE):
                high, wide = min(_TILE, height - top), min(_TILE, width - left)
                seen = padded[top : top + high + 2 * _OVERLAP, left : left + wide + 2 * _OVERLAP]
                made = self._tile(seen)[_OVERLAP * scale :, _OVERLAP * scale :]
                inner = made[: high * scale, : wide * scale]
                y, x = top * scale, left * scale
                result[y : y + inner.shape[0], x : x + inner.shape[1]] = inner
        return result

    def _tile(self, tile: Frame) -> Frame:
        import torch

        seen = tile[..., :1] if self._gray else tile
        values = torch.from_numpy(np.ascontiguousarray(seen.transpose(2, 0, 1)))[None]
        with torch.inference_mode():
            made = self._network(values.to(self._network.device, torch.float32) / 255)
        picture = (made[0].float().clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()
        return np.broadcast_to(picture.transpose(1, 2, 0), (*picture.shape[1:], 3))
