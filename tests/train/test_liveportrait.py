"""LivePortrait's networks: names and shapes of the published weights, and their way to ONNX."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tremendo.cli import app
from tremendo.errors import MediaError, ModelMissingError
from tremendo.models import open_onnx

torch = pytest.importorskip("torch", reason="converting needs the train extra")
pytest.importorskip("onnx", reason="converting needs the train extra")

from tremendo.models.convert import liveportrait_bundle as bundle  # noqa: E402
from tremendo.models.convert.liveportrait import (  # noqa: E402
    OUTPUTS,
    Appearance,
    Correction,
    Generator,
    Motion,
    Plan,
    Warping,
)

SMALL = Plan(
    points=5,
    width=4,
    channels=4,
    depth=4,
    rounds=1,
    squeezed=2,
    hourglass=(4, 12, 3),
    widths=(8, 8, 8, 8),
    blocks=(1, 1, 2, 1),
)
DESIGNS = (Appearance, Motion, Warping, Generator)
PUBLISHED = {
    Appearance: (0.838, {
        "first.conv.weight": (64, 3, 3, 3),
        "down_blocks.1.norm.running_var": (256,),
        "second.weight": (512, 256, 1, 1),
        "resblocks_3d.3dr5.conv2.weight": (32, 32, 3, 3, 3),
    }),
    Motion: (28.119, {
        "detector.downsample_layers.0.1.weight": (96,),
        "detector.downsample_layers.3.1.weight": (768, 384, 2, 2),
        "detector.stages.2.8.grn.gamma": (1, 1, 1, 1536),
        "detector.fc_yaw.weight": (66, 768),
        "detector.fc_exp.bias": (63,),
    }),
    Warping: (45.537, {
        "dense_motion_network.hourglass.encoder.down_blocks.4.conv.weight": (1024, 512, 3, 3, 3),
        "dense_motion_network.hourglass.decoder.up_blocks.0.conv.weight": (512, 1024, 3, 3, 3),
        "dense_motion_network.hourglass.decoder.up_blocks.4.conv.weight": (32, 128, 3, 3, 3),
        "dense_motion_network.mask.weight": (22, 142, 7, 7, 7),
        "dense_motion_network.occlusion.weight": (1, 2272, 7, 7),
        "dense_motion_network.compress.weight": (4, 32, 1, 1, 1),
        "third.conv.weight": (256, 512, 3, 3),
        "fourth.bias": (256,),
    }),
    Generator: (55.365, {
        "fc.weight": (512, 256, 3, 3),
        "G_middle_5.norm_1.mlp_shared.0.weight": (128, 256, 3, 3),
        "G_middle_0.conv_1.bias": (512,),
        "up_0.conv_s.weight": (256, 512, 1, 1),
        "up_1.norm_s.mlp_beta.weight": (256, 128, 3, 3),
        "conv_img.0.weight": (12, 64, 3, 3),
    }),
}  # fmt: skip


@pytest.mark.parametrize("design", DESIGNS)
def test_names_and_shapes_are_those_of_the_published_weights(design: type) -> None:
    with torch.device("meta"):
        state = design(Plan()).state_dict()
    millions, some = PUBLISHED[design]
    weights = [v for name, v in state.items() if not name.endswith("num_batches_tracked")]
    assert sum(v.numel() for v in weights) / 1e6 == pytest.approx(millions, abs=5e-4)
    assert {name: tuple(state[name].shape) for name in some} == some


def spoiled(network: "torch.nn.Module", seed: int = 0) -> "torch.nn.Module":
    """The network with random weights."""
    chance = torch.Generator().manual_seed(seed)
    for name, value in network.state_dict().items():
        if value.dtype == torch.float32:
            noise = torch.randn(value.shape, generator=chance)
            scale = 0.2 if value.ndim == 1 else value[0].numel() ** -0.5
            value.copy_(noise.abs() + 0.5 if name.endswith("running_var") else noise * scale)
    return network.eval()


def spectral(state: dict[str, "torch.Tensor"]) -> dict[str, "torch.Tensor"]:
    """The generator's convolutions as they are published: apart from their largest stretch."""
    published = {}
    for name, value in state.items():
        if re.fullmatch(r"(G_middle_\d|up_\d)\.conv_\w\.weight", name):
            left, sizes, right = torch.linalg.svd(value.flatten(1), full_matrices=False)
            published[f"{name}_orig"] = 3 * value
            published[f"{name}_u"] = left[:, 0] / sizes[0]
            published[f"{name}_v"] = right[0]
        else:
            published[name] = value
    return published


def write_checkpoints(folder: Path, plan: Plan = SMALL) -> dict[str, "torch.nn.Module"]:
    """Five checkpoints as the authors lay them out; returns the networks in them."""
    networks = {
        name: spoiled(design(plan)) for name, design in zip(bundle.FILES, DESIGNS, strict=False)
    }
    (folder / "base_models").mkdir(parents=True)
    for name, network in networks.items():
        state = network.state_dict()
        state = spectral(state) if name == "spade_generator" else state
        torch.save(state, folder / "base_models" / f"{name}.pth")
    small = {}
    for number, (name, (key, sizes)) in enumerate(bundle._wishes(plan.points).items()):
        networks[name] = spoiled(Correction(sizes), number)
        state = networks[name].state_dict()
        small[key] = {f"module.{parameter}": value for parameter, value in state.items()}
    (folder / "retargeting_models").mkdir()
    torch.save(small, folder / "retargeting_models" / "stitching_retargeting_module.pth")
    return networks


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("liveportrait")
    networks = write_checkpoints(folder / "weights")
    bundle.convert_liveportrait(folder / "weights", folder / "made.zip", SMALL)
    return folder / "made.zip", networks


def session(archive: Path, name: str) -> object:
    with zipfile.ZipFile(archive) as parts:
        return open_onnx(parts.read(f"{name}.onnx"))


def test_checkpoints_become_the_same_networks(
    converted: tuple[Path, dict[str, Callable[..., object]]],
) -> None:
    archive, networks = converted
    chance = torch.Generator().manual_seed(1)
    picture = torch.rand(1, 3, 256, 256, generator=chance)
    driving = torch.rand(1, 5, 3, generator=chance) * 1.4 - 0.7
    source = driving + 0.2 * torch.rand(1, 5, 3, generator=chance)
    with torch.no_grad():
        volume = networks["appearance_feature_extractor"](picture)
        motion = networks["motion_extractor"](picture)
        moved = networks["warping_module"](volume, driving, source)
        painted = networks["spade_generator"](moved)
    pairs = [("appearance", [picture], [volume]), ("motion", [picture], list(motion))]
    pairs += [("renderer", [volume, driving, source], [painted])]
    for name in bundle.CORRECTIONS:
        wish = torch.rand(1, bundle._wishes(5)[name][1][0], generator=chance)
        pairs += [(name, [wish], [networks[name](wish).detach()])]
    for name, given, wanted in pairs:
        net = session(archive, name)
        names = [one.name for one in net.get_inputs()]
        answers = net.run(None, dict(zip(names, (x.numpy() for x in given), strict=True)))
        for answer, target in zip(answers, wanted, strict=True):
            assert answer.shape == target.shape
            spread = float(target.std()) if target.numel() > 1 else 1.0
            assert np.abs(answer - target.numpy()).max() < 0.03 * spread + 0.002, name
    assert painted.shape == (1, 3, 512, 512)
    assert [one.name for one in session(archive, "motion").get_outputs()] == list(OUTPUTS)


def test_angles_are_means_over_bins() -> None:
    network = spoiled(Motion(SMALL))
    bins = torch.full((66,), -30.0)
    bins[40] = 30.0
    network.detector.fc_yaw.weight.data.zero_()
    network.detector.fc_yaw.bias.data.copy_(bins)
    with torch.no_grad():
        yaw = network(torch.zeros(1, 3, 64, 64))[OUTPUTS.index("yaw")]
    assert yaw.item() == pytest.approx(3 * 40 - 97.5)


def test_key_points_that_stay_move_nothing() -> None:
    """With equal key points each way into the volume is the straight one."""
    network = spoiled(Warping(SMALL))
    volume = torch.rand(1, 4, 4, 16, 16)
    points = torch.rand(1, 5, 3) - 0.5
    with torch.no_grad():
        places, visible = network.dense_motion_network(volume, points, points)
        moved, _ = network.dense_motion_network(volume, points + 0.3, points)
    right = torch.linspace(-1, 1, 16)
    assert torch.allclose(places[0, 2, 5, :, 0], right, atol=1e-5)
    assert torch.allclose(places[0, 2, :, 5, 1], right, atol=1e-5)
    assert (moved - places).abs().max() > 0.02
    assert visible.min() > 0
    assert visible.max() < 1


def change_state(file: Path, change: Callable[[dict[str, object]], object]) -> None:
    state = dict(torch.load(file, weights_only=True))
    change(state)
    torch.save(state, file)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("base_models/warping_module", lambda s: s.pop("fourth.bias"), "lacks fourth.bias"),
        (
            "base_models/motion_extractor",
            lambda s: s.update({"detector.fc_t.bias": torch.zeros(4)}),
            "size mismatch",
        ),
        (
            "base_models/appearance_feature_extractor",
            lambda s: s.update({"head.weight": torch.zeros(2)}),
            "also has head.weight",
        ),
        ("base_models/spade_generator", lambda s: s.update({"fc.bias": print}), "print"),
        (
            "retargeting_models/stitching_retargeting_module",
            lambda s: s.pop("retarget_eye"),
            "lacks mlp.0.weight",
        ),
    ],
)
def test_other_files_are_refused(
    tmp_path: Path, name: str, change: Callable[[dict[str, object]], object], words: str
) -> None:
    write_checkpoints(tmp_path / "weights")
    change_state(tmp_path / "weights" / f"{name}.pth", change)
    with pytest.raises(MediaError, match=words) as refused:
        bundle.convert_liveportrait(tmp_path / "weights", tmp_path / "made.zip", SMALL)
    assert name in str(refused.value)
    assert not (tmp_path / "made.zip").exists()


def test_each_file_is_needed_once(tmp_path: Path) -> None:
    write_checkpoints(tmp_path / "liveportrait")
    animals = tmp_path / "liveportrait_animals" / "base_models"
    animals.mkdir(parents=True)
    (animals / "warping_module.pth").write_bytes(b"not looked at")
    found = bundle._place(tmp_path, "warping_module")
    assert found == tmp_path / "liveportrait" / "base_models" / "warping_module.pth"
    again = tmp_path / "copy"
    again.mkdir()
    (again / "warping_module.pth").write_bytes(b"which?")
    with pytest.raises(MediaError, match="2 files named warping_module"):
        bundle.convert_liveportrait(tmp_path, tmp_path / "more.zip", SMALL)
    missing = CliRunner().invoke(app, ["models", "add", "liveportrait", str(again)])
    assert missing.exit_code == 3
    assert "no files named appearance_feature_extractor" in missing.output
    file = str(again / "warping_module.pth")
    alone = CliRunner().invoke(app, ["models", "add", "liveportrait", file])
    assert alone.exit_code == 2


def test_networks_of_random_weights_run_as_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From checkpoints to a film, by the commands; what such networks paint is nothing to see."""
    skimage = pytest.importorskip("skimage.data")
    import cv2

    from tremendo.finish.animate.face.engine import face_engine
    from tremendo.finish.animate.face.motion import HeadMotion
    from tremendo.perception.faces import FaceFinder

    try:
        finder = FaceFinder()
    except ModelMissingError as error:
        pytest.skip(str(error))
    photo = cv2.cvtColor(cv2.cvtColor(skimage.astronaut(), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    face = finder.find(photo)[0]
    write_checkpoints(tmp_path / "weights", replace(SMALL, points=21))
    bundle.convert_liveportrait(
        tmp_path / "weights", tmp_path / "made.zip", replace(SMALL, points=21)
    )
    monkeypatch.setenv("TREMENDO_MODELS", str(tmp_path / "models"))
    asked = ["models", "add", "liveportrait", str(tmp_path / "made.zip")]
    assert CliRunner().invoke(app, asked).exit_code == 0
    engine = face_engine("liveportrait")(photo, [face], finder.canonical, seed=0)
    still = HeadMotion.still(1)
    told = replace(still, turn=np.array([[8.0, 4, 2]]), lids=np.ones((1, 2)))
    frames = [engine.frame([one], 0) for one in (still, told)]
    assert np.array_equal(frames[1], engine.frame([told], 0))
    outside = np.ones(photo.shape[:2], bool)
    outside[engine.region.slices] = False
    assert outside.any()
    for frame in frames:
        assert np.array_equal(frame[outside], photo[outside])
        assert (frame != photo).any()
        assert np.ptp(frame.astype(int), axis=-1).max() <= 1  # gray stays gray
    assert (frames[0] != frames[1]).any()
