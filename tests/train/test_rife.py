"""RIFE's checkpoint, here of a small network with random weights, made ONNX and used."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.deliver.test_conform import error, play, scene
from tremendo.cli import app
from tremendo.deliver import conform
from tremendo.errors import MediaError, ModelMissingError
from tremendo.finish.interpolate.rife import RifeNetwork as Network
from tremendo.finish.interpolate.rife import RifePair
from tremendo.models import find, open_onnx

torch = pytest.importorskip("torch", reason="converting needs the train extra")
pytest.importorskip("onnx", reason="converting needs the train extra")

from tremendo.models.convert.rife import Rife, convert_rife  # noqa: E402


def small(*, moving: float = 1.0) -> Rife:
    """A network of a few channels; ``moving`` scales the motion that it makes up."""
    sizes = {}
    for i in range(3):
        sizes[f"block{i}.conv0.0.0.weight"] = torch.zeros(4, 11, 3, 3)
        sizes[f"block{i}.conv0.1.0.weight"] = torch.zeros(6, 4, 3, 3)
    network = Rife(sizes).eval()
    chance = torch.Generator().manual_seed(0)
    for name, value in network.state_dict().items():
        last = ".conv1.2." in name or ".conv2.2." in name
        spread = 0.3 if value.ndim == 1 else 1.5 * value[0].numel() ** -0.5
        value.copy_(torch.randn(value.shape, generator=chance) * spread * (moving if last else 1))
    return network


def saved(network: Rife, path: Path, **more: object) -> Path:
    """As published: names of a parallel training, and the teacher's block."""
    state = {f"module.{name}": value for name, value in network.state_dict().items()}
    torch.save(state | {"module.block_tea.conv0.0.0.weight": torch.zeros(2, 14, 3, 3)} | more, path)
    return path


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """A network that sees no motion and takes half of each picture."""
    folder = tmp_path_factory.mktemp("rife")
    convert_rife(saved(small(moving=0.0), folder / "w.pkl"), folder / "rife.onnx")
    return Network(folder / "rife.onnx")


def test_a_checkpoint_becomes_the_same_network(tmp_path: Path) -> None:
    network = small()
    convert_rife(saved(network, tmp_path / "w.pkl"), tmp_path / "w.onnx")
    session = open_onnx(tmp_path / "w.onnx", 1)
    chance = torch.Generator().manual_seed(1)
    for height, width in ((32, 64), (96, 64)):
        pair = torch.rand(2, 1, 3, height, width, generator=chance)
        with torch.no_grad():
            wanted = [plane.numpy() for plane in network(pair[0], pair[1])]
        given = session.run(None, {"first": pair[0].numpy(), "second": pair[1].numpy()})
        assert [g.shape for g in given] == [(1, 4, height, width), (1, 1, height, width)]
        for got, true in zip(given, wanted, strict=True):
            assert true.std() > 0.01
            assert np.abs(got - true).max() < 0.05 * np.abs(true).max()


def test_a_picture_is_fetched_from_where_the_flow_points() -> None:
    from tremendo.models.convert.rife import _fetch

    picture = torch.arange(32.0 * 48).reshape(1, 1, 32, 48)
    flow = torch.zeros(1, 2, 32, 48)
    flow[:, 0], flow[:, 1] = 3, -2
    moved = _fetch(picture, flow)[0, 0]
    assert torch.allclose(moved[2:, :45], picture[0, 0, :30, 3:], atol=1e-2)
    assert torch.allclose(moved[0, 47], picture[0, 0, 0, 47], atol=1e-2)  # the edge goes on


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("module.block2.conv0.1.0.weight"), "lacks block2.conv0.1.0.weight"),
        (lambda s: s.update({"module.block0.more": torch.zeros(2)}), "also has block0.more"),
        (lambda s: s.update({"module.block0.conv1.0.bias": print}), "print"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, change: object, words: str) -> None:
    state = {f"module.{name}": value for name, value in small().state_dict().items()}
    change(state)  # type: ignore[operator]
    torch.save(state, tmp_path / "w.pkl")
    with pytest.raises(MediaError, match=words):
        convert_rife(tmp_path / "w.pkl", tmp_path / "w.onnx")
    assert not (tmp_path / "w.onnx").exists()


def test_any_size_is_served_and_no_motion_is_a_mean(still: Network) -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 255, (2, 70, 101, 3), dtype=np.uint8)
    flows, share = still.motion(first, second)
    assert flows.shape == (70, 101, 4)
    assert share.shape == (70, 101)
    half = RifePair(first, second, still)._made(0.5)
    assert np.abs(half.astype(int) - (first.astype(int) + second) / 2).max() <= 1
    early = RifePair(first, second, still)._made(0.25)
    assert np.abs(early.astype(int) - (first.astype(int) * 0.75 + second * 0.25)).max() <= 1.5


class Panning:
    """Knows the motion of ``scene``: 6 pixels to the right from first to second."""

    def motion(self, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        flow = np.zeros((*first.shape[:2], 4), np.float32)
        flow[..., 0], flow[..., 2] = -3, 3
        return flow, np.full(first.shape[:2], 0.5, np.float32)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_other_moments_lie_on_the_motion(share: float) -> None:
    made = RifePair(scene(-40), scene(-34), Panning()).at(share)  # type: ignore[arg-type]
    assert made is not None
    assert error(made, scene(-40 + 6 * share)) < 3


def test_refusals_are_those_without_a_network(still: Network) -> None:
    assert RifePair(scene(0, seed=1), scene(0, seed=2), still).at(0.5) is None
    frames = [scene(-40 + 2 * n) for n in range(8)]
    _, counted = play(frames, between=lambda a, b: RifePair(a, b, still), joins=(8,))
    assert (counted.between, counted.refused) == (6, 2)  # at the join and after the end


def test_another_network_is_refused() -> None:
    with pytest.raises(MediaError, match="not RIFE"):
        Network("color")


def test_it_is_pulled_converted_and_opened_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREMENDO_MODELS", str(tmp_path / "cache"))
    conform.pairing_of.cache_clear()
    with pytest.raises(ModelMissingError) as caught:
        conform.pairing_of("rife")
    assert caught.value.hint == "tremendo models pull rife"
    file = saved(small(), tmp_path / "flownet.pkl")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    entry = replace(find("rife"), sha256=digest)
    monkeypatch.setattr(sys.modules["tremendo.models.catalog"], "_builtin", lambda: {"rife": entry})
    entry.fetched.parent.mkdir(parents=True)
    entry.fetched.write_bytes(file.read_bytes())
    done = CliRunner().invoke(app, ["models", "pull", "rife"])
    assert done.exit_code == 0, done.output
    assert entry.present
    assert entry.place.name == "rife.onnx"
    pairing = conform.pairing_of("rife")
    assert pairing is not None
    assert pairing(scene(-40), scene(-38)).at(0) is not None
    conform.pairing_of.cache_clear()
