"""Checkpoints of DDColor and DeOldify, here of small networks with random weights, made ONNX."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.finish.color.scenes import landscape
from tremendo.cli import app
from tremendo.errors import MediaError
from tremendo.finish.color.engine import open_engine
from tremendo.finish.color.photo import colorize_photo
from tremendo.models import open_onnx

torch = pytest.importorskip("torch", reason="converting needs the train extra")
pytest.importorskip("onnx", reason="converting needs the train extra")

from tremendo.models.convert.convert import convert  # noqa: E402
from tremendo.models.convert.ddcolor import DDColor, _Heads  # noqa: E402
from tremendo.models.convert.deoldify import DeOldify  # noqa: E402
from tremendo.models.convert.parts import plain_weights  # noqa: E402

ENCODER = "encoder.arch.stages"
DECODER = "decoder.color_decoder"


def sized(*shapes: tuple[str, tuple[int, ...]]) -> dict[str, "torch.Tensor"]:
    return {name: torch.zeros(shape) for name, shape in shapes}


def small_ddcolor() -> DDColor:
    return DDColor(
        sized(
            *((f"{ENCODER}.{i}.0.norm.weight", (8 + 8 * i,)) for i in range(4)),
            *((f"{ENCODER}.{i}.{j}.gamma", (8,)) for i in range(4) for j in range(1 + i % 2)),
            *((f"decoder.layers.{i}.conv.0.weight", (32 >> (i == 2), 1, 3, 3)) for i in range(3)),
            (f"{DECODER}.query_feat.weight", (12, 16)),
            *((f"{DECODER}.transformer_ffn_layers.{i}.linear1.weight", (24, 1)) for i in range(4)),
            *((f"{DECODER}.transformer_ffn_layers.{i}.norm.bias", (1,)) for i in range(4)),
            (f"{DECODER}.color_embed.layers.2.weight", (16, 1)),
        )
    )


def small_deoldify(*, deep: bool) -> DeOldify:
    layer, first, inner = ("conv2", "conv1.0", 16) if deep else ("conv3", "conv.0", 8)
    return DeOldify(
        sized(
            ("layers.0.0.weight", (8, 3, 7, 7)),
            *((f"layers.0.{4 + i}.0.{layer}.weight", (16 << i, 1, 1, 1)) for i in range(4)),
            *((f"layers.0.{4 + i}.0.conv1.weight", (inner << i, 1)) for i in range(4)),
            *((f"layers.0.{4 + i}.0.bn1.weight", (1,)) for i in range(4)),
            ("layers.0.5.1.bn1.weight", (1,)),
            *((f"layers.{4 + i}.shuf.conv.0.weight", (64, 1)) for i in range(4)),
            *((f"layers.{4 + i}.{first}.weight", (24, 1)) for i in range(4)),
        )
    )


SMALL = {
    "ddcolor": ("ddcolor", small_ddcolor),
    "deoldify wide": ("deoldify", lambda: small_deoldify(deep=False)),
    "deoldify deep": ("deoldify", lambda: small_deoldify(deep=True)),
}


def random_weights(network: "torch.nn.Module") -> None:
    chance = torch.Generator().manual_seed(0)
    for name, value in network.state_dict().items():
        if value.dtype == torch.float32:
            noise = torch.randn(value.shape, generator=chance)
            scale = 0.2 if value.ndim == 1 else value[0].numel() ** -0.5
            value.copy_(noise.abs() + 0.5 if name.endswith("running_var") else noise * scale)


def as_published(network: "torch.nn.Module") -> dict[str, "torch.Tensor"]:
    """The state with its convolutions under spectral normalization, but one under weight's."""
    state = dict(network.state_dict())
    first, *others = [n for n, v in state.items() if n.endswith(".weight") and v.ndim == 4]
    for name in others:
        matrix = state.pop(name)
        left, sizes, right = torch.linalg.svd(matrix.flatten(1), full_matrices=False)
        state[f"{name}_orig"] = 3 * matrix
        state[f"{name}_u"], state[f"{name}_v"] = left[:, 0] / sizes[0], right[0]
    direction = state.pop(first)
    state[f"{first}_g"] = direction.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)
    state[f"{first}_v"] = direction * 5
    return state


@pytest.mark.parametrize("name", SMALL)
def test_a_checkpoint_becomes_the_same_network(tmp_path: Path, name: str) -> None:
    kind, build = SMALL[name]
    network = build().eval()
    random_weights(network)
    torch.save({"model": as_published(network), "opt": {}}, tmp_path / "w.pth")
    convert(kind, tmp_path / "w.pth", tmp_path / "w.onnx")
    session = open_onnx(tmp_path / "w.onnx", 1)
    for height, width in ((64, 64), (32, 96)):
        scale = 1 if kind == "ddcolor" else 255
        picture = (
            torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1)) * scale
        )
        with torch.no_grad():
            wanted = network(picture).numpy()
        (given,) = session.run(None, {"picture": picture.numpy()})
        assert wanted.std() > 0.05
        assert np.abs(given - wanted).max() < 0.02 * wanted.std() + 0.02 * scale / 255


def test_normalizations_are_multiplied_in() -> None:
    layer = torch.nn.utils.spectral_norm(torch.nn.Conv2d(3, 5, 3))
    layer.train()(torch.rand(1, 3, 8, 8))
    layer.eval()(torch.rand(1, 3, 8, 8))
    state = {f"a.{name}": value.detach().numpy() for name, value in layer.state_dict().items()}
    assert torch.allclose(plain_weights(state)["a.weight"], layer.weight, atol=1e-6)
    del state["a.weight_v"]  # as files before PyTorch 1.1 are
    assert torch.allclose(plain_weights(state)["a.weight"], layer.weight, rtol=0.2, atol=0.02)


def test_heads_are_those_of_torch() -> None:
    torch.manual_seed(0)
    theirs = torch.nn.MultiheadAttention(16, 8).eval()
    ours = _Heads(16)
    ours.load_state_dict(theirs.state_dict())
    query, key, value = torch.rand(4, 1, 16), torch.rand(9, 1, 16), torch.rand(9, 1, 16)
    wanted = theirs(query, key, value)[0].transpose(0, 1)
    assert torch.allclose(
        ours(*(x.transpose(0, 1) for x in (query, key, value))), wanted, atol=1e-5
    )


@pytest.mark.parametrize("name", ["ddcolor", "deoldify deep"])
def test_a_checkpoint_is_added_once_and_colors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TREMENDO_MODELS", str(tmp_path / "models"))
    kind, build = SMALL[name]
    network = build()
    random_weights(network)
    torch.save(network.state_dict(), tmp_path / "w.pt")
    done = CliRunner().invoke(app, ["models", "add", kind, str(tmp_path / "w.pt")])
    assert done.exit_code == 0, done.output
    photo = colorize_photo(landscape(), engine=open_engine(kind))
    assert photo.shape == landscape().shape


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("refine_net.0.0.bias"), "lacks refine_net.0.0.bias"),
        (lambda s: s.pop("encoder.arch.stages.2.0.norm.weight"), "lacks encoder.arch.stages.2"),
        (lambda s: s.update({"more.weight": torch.zeros(2)}), "also has more.weight"),
        (lambda s: s.update({"refine_net.0.0.weight": torch.zeros(2, 3, 1, 1)}), "size mismatch"),
        (lambda s: s.update({"refine_net.0.0.bias": print}), "print"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, change: object, words: str) -> None:
    state = dict(small_ddcolor().state_dict())
    change(state)  # type: ignore[operator]
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(MediaError, match=words):
        convert("ddcolor", tmp_path / "w.pth", tmp_path / "w.onnx")
    assert not (tmp_path / "w.onnx").exists()


def test_safetensors_serve_too(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file(small_ddcolor().state_dict(), tmp_path / "w.safetensors")
    convert("ddcolor", tmp_path / "w.safetensors", tmp_path / "w.onnx")
    (tmp_path / "broken.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(MediaError, match="safetensors"):
        convert("ddcolor", tmp_path / "broken.safetensors", tmp_path / "b.onnx")
