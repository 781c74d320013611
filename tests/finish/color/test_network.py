from pathlib import Path

import numpy as np
import pytest

from tremendo.errors import MediaError
from tremendo.finish.color.decoding import DEFAULT_DECODING, DecodingParams, boost_chroma
from tremendo.finish.color.engines.embedded import EmbeddedEngine

onnx = pytest.importorskip("onnx", reason="the hostile models are built with onnx")


@pytest.fixture(scope="module")
def network() -> EmbeddedEngine:
    return EmbeddedEngine()


@pytest.mark.parametrize("shape", [(1, 1), (7, 900), (64, 64), (481, 333)])
def test_any_size_is_understood(network: EmbeddedEngine, shape: tuple[int, int]) -> None:
    seen = network.predict(np.full(shape, 55, np.float32))
    assert seen.ab.shape[2] == 2
    assert np.isfinite(seen.ab).all()
    assert 0 <= seen.confidence.min() <= seen.confidence.max() <= 1 + 1e-5


def test_same_picture_same_answer(network: EmbeddedEngine) -> None:
    light = np.random.default_rng(0).uniform(0, 100, (120, 160)).astype(np.float32)
    assert np.array_equal(network.predict(light).ab, network.predict(light).ab)


def test_more_lift_for_rare_colors_is_more_vivid(network: EmbeddedEngine) -> None:
    x, y = np.meshgrid(np.linspace(0, 90, 256), np.linspace(0, 1, 192))
    light = (x * y).astype(np.float32)
    tastes = [DecodingParams(lift=lift, temperature=1.0, gain=1.0) for lift in (0.0, 0.8)]
    chroma = [np.hypot(*network.predict(light, params=taste).ab.T).mean() for taste in tastes]
    assert chroma[0] < chroma[1]


def _model(path: Path, *, metadata: str | None, channels: int = 4, stride: int = 4) -> Path:
    helper = onnx.helper
    weight = np.ones((channels, 1, stride, stride), np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["luma", "w"], ["logits"], strides=[stride, stride]),
            helper.make_node("ReduceMean", ["logits"], ["embedding"], axes=[2, 3], keepdims=0),
        ],
        "g",
        [helper.make_tensor_value_info("luma", 1, ["N", 1, "H", "W"])],
        [
            helper.make_tensor_value_info("logits", 1, ["N", channels, "h", "w"]),
            helper.make_tensor_value_info("embedding", 1, ["N", channels]),
        ],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    if metadata is not None:
        model.metadata_props.add(key="tremendo", value=metadata)
    onnx.save(model, path)
    return path


_GRID = '{"grid": [[0, 0], [10, 0], [0, 10], [-10, 0]]}'


def test_a_small_foreign_network_of_the_contract_serves(tmp_path: Path) -> None:
    seen = EmbeddedEngine(_model(tmp_path / "m.onnx", metadata=_GRID)).predict(
        np.zeros((64, 64), np.float32)
    )
    # four colors equally likely everywhere: no doubt is greater, so the most is given back
    expected = boost_chroma(np.array([[0, 2.5]], np.float32), 1.3 * DEFAULT_DECODING.gain)
    assert np.allclose(seen.ab, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("metadata", "options"),
    [
        (None, {}),
        ("{not json", {}),
        ("[]", {}),
        ('{"grid": [[0, 0]]}', {}),
        ('{"grid": [[0, 0, 0], [1, 1, 1], [2, 2, 2], [3, 3, 3]]}', {}),
        ('{"grid": [[0, 0], [1e9, 0], [0, 1], [1, 1]]}', {}),
        ('{"grid": [[0, 0], [NaN, 0], [0, 1], [1, 1]]}', {}),
        (_GRID, {"channels": 5}),
        (_GRID, {"stride": 8}),
    ],
)
def test_networks_that_break_the_contract_are_refused(
    tmp_path: Path, metadata: str | None, options: dict[str, int]
) -> None:
    with pytest.raises(MediaError):
        EmbeddedEngine(_model(tmp_path / "m.onnx", metadata=metadata, **options))


@pytest.mark.parametrize("content", [b"", b"\x80\x04cos\nsystem\n(S'true'\ntR.", b"\0" * 4096])
def test_files_that_are_no_models_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(MediaError):
        EmbeddedEngine(path)
